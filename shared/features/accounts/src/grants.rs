//! What each function may do to which table: exactly what it does.

use maru_identity::{API_KEYS, KEY_USES, SEALS, SESSIONS, SIGNING_KEYS, USERS};
use maru_table::{AUDITS, Action, Grant};

use crate::store::{
    BANS, CREDENTIALS, ERASURES, IDENTITIES, MAIL_LINKS, PROFILES, ROSTERS, SECOND_FACTORS, SUPPRESSIONS,
    THROTTLES,
};
use Action::{BatchGetItem, ConditionCheckItem, DeleteItem, GetItem, PutItem, Query, UpdateItem};

const fn grant(table: &'static maru_table::TableSpec, may: &'static [Action]) -> Grant {
    Grant { table, may }
}

const TRAIL: Grant = grant(&AUDITS, &[PutItem, GetItem]);
const RING: Grant = grant(&SIGNING_KEYS, &[GetItem, PutItem]);
const NEW_USER: Grant = grant(&USERS, &[PutItem]);
const NEW_SEAL: Grant = grant(&SEALS, &[PutItem]);
const NEW_CREDENTIAL: Grant = grant(&CREDENTIALS, &[PutItem]);
const NEW_LINK: Grant = grant(&MAIL_LINKS, &[PutItem]);
const COUNT: Grant = grant(&THROTTLES, &[UpdateItem]);
/// Counts tries: read, counted, forgotten.
const TRIES: Grant = grant(&THROTTLES, &[BatchGetItem, UpdateItem, DeleteItem]);
const NOT_BANNED: Grant = grant(&BANS, &[ConditionCheckItem]);

/// The rights of `register`: a link where verification is required, a person where it is optional.
pub const REGISTER_GRANTS: [Grant; 7] =
    [TRAIL, NEW_LINK, NEW_USER, NEW_CREDENTIAL, NEW_SEAL, COUNT, NOT_BANNED];
/// The rights of `forgot-password`.
pub const FORGOT_GRANTS: [Grant; 3] = [TRAIL, NEW_LINK, COUNT];
/// The rights of `verify-email`.
pub const VERIFY_GRANTS: [Grant; 8] = [
    TRAIL,
    grant(&MAIL_LINKS, &[GetItem, PutItem, DeleteItem, ConditionCheckItem]),
    grant(&USERS, &[BatchGetItem, PutItem]),
    grant(&CREDENTIALS, &[GetItem, PutItem, DeleteItem]),
    grant(&SEALS, &[BatchGetItem, PutItem]),
    grant(&ROSTERS, &[GetItem, PutItem]),
    grant(&THROTTLES, &[BatchGetItem, UpdateItem]),
    NOT_BANNED,
];
/// The rights of `reset-password`, which also takes invitations.
pub const RESET_GRANTS: [Grant; 7] = [
    TRAIL,
    grant(&MAIL_LINKS, &[GetItem, DeleteItem]),
    grant(&USERS, &[BatchGetItem, PutItem]),
    grant(&SEALS, &[BatchGetItem]),
    grant(&CREDENTIALS, &[GetItem, PutItem]),
    grant(&ROSTERS, &[GetItem, PutItem]),
    grant(&THROTTLES, &[DeleteItem]),
];
/// The rights of `login`.
pub const LOGIN_GRANTS: [Grant; 8] = [
    TRAIL,
    RING,
    grant(&CREDENTIALS, &[BatchGetItem, ConditionCheckItem, PutItem]),
    grant(&USERS, &[BatchGetItem, UpdateItem]),
    grant(&SEALS, &[BatchGetItem]),
    grant(&SESSIONS, &[PutItem]),
    NEW_LINK,
    TRIES,
];
/// The rights of `sessions` beside its guard's.
pub const SESSION_GRANTS: [Grant; 4] =
    [TRAIL, RING, grant(&USERS, &[GetItem, PutItem]), grant(&SESSIONS, &[GetItem, Query, PutItem])];
/// The rights of `mfa` beside its guard's.
pub const MFA_GRANTS: [Grant; 7] = [
    TRAIL,
    RING,
    grant(&USERS, &[GetItem, UpdateItem, PutItem]),
    grant(&CREDENTIALS, &[GetItem]),
    grant(&SESSIONS, &[GetItem, PutItem]),
    grant(&SECOND_FACTORS, &[GetItem, PutItem, DeleteItem]),
    TRIES,
];
/// The rights of `kakao-login` beside its guard's.
pub const KAKAO_GRANTS: [Grant; 10] = [
    TRAIL,
    RING,
    grant(&USERS, &[GetItem, UpdateItem, PutItem]),
    NEW_SEAL,
    grant(&CREDENTIALS, &[GetItem, DeleteItem]),
    grant(&IDENTITIES, &[GetItem, PutItem, DeleteItem]),
    grant(&SESSIONS, &[GetItem, PutItem]),
    grant(&ERASURES, &[PutItem]),
    TRIES,
    grant(&BANS, &[ConditionCheckItem, PutItem]),
];
/// The rights of `me` beside its guard's.
pub const ME_GRANTS: [Grant; 11] = [
    grant(&AUDITS, &[PutItem, GetItem, Query]),
    grant(&USERS, &[GetItem, PutItem]),
    grant(&CREDENTIALS, &[GetItem, PutItem, DeleteItem]),
    grant(&IDENTITIES, &[DeleteItem]),
    grant(&SESSIONS, &[GetItem, Query, PutItem]),
    grant(&PROFILES, &[GetItem, PutItem]),
    grant(&ROSTERS, &[GetItem, PutItem]),
    grant(&ERASURES, &[PutItem]),
    grant(&MAIL_LINKS, &[GetItem, PutItem, DeleteItem, ConditionCheckItem]),
    TRIES,
    NOT_BANNED,
];
/// The rights of `staff` beside its guard's.
pub const STAFF_GRANTS: [Grant; 10] = [
    TRAIL,
    grant(&USERS, &[GetItem, PutItem]),
    NEW_SEAL,
    grant(&CREDENTIALS, &[GetItem]),
    grant(&IDENTITIES, &[GetItem, PutItem]),
    grant(&ROSTERS, &[GetItem, PutItem]),
    grant(&API_KEYS, &[GetItem, Query, PutItem]),
    grant(&KEY_USES, &[BatchGetItem]),
    NEW_LINK,
    grant(&ERASURES, &[PutItem]),
];
/// The rights of `staff` over what signing in takes.
pub const STAFF_DOOR_GRANTS: [Grant; 3] =
    [NOT_BANNED, grant(&SECOND_FACTORS, &[GetItem, DeleteItem]), grant(&THROTTLES, &[DeleteItem])];
/// The rights of `key-rotator`.
pub const ROTATOR_GRANTS: [Grant; 1] = [RING];
/// The rights of `eraser`.
pub const ERASER_GRANTS: [Grant; 8] = [
    TRAIL,
    grant(&CREDENTIALS, &[GetItem, DeleteItem]),
    grant(&IDENTITIES, &[GetItem, DeleteItem]),
    grant(&USERS, &[GetItem, PutItem]),
    grant(&SEALS, &[GetItem, DeleteItem]),
    grant(&PROFILES, &[DeleteItem]),
    grant(&SECOND_FACTORS, &[DeleteItem]),
    grant(&ERASURES, &[GetItem, Query, PutItem]),
];
/// The rights of `mail-feedback`.
pub const FEEDBACK_GRANTS: [Grant; 1] = [grant(&SUPPRESSIONS, &[PutItem])];
/// The rights of whoever writes letters about accounts and asks whether they may be sent.
pub const LETTER_GRANTS: [Grant; 5] = [
    grant(&MAIL_LINKS, &[GetItem]),
    grant(&CREDENTIALS, &[GetItem]),
    grant(&USERS, &[GetItem]),
    grant(&SESSIONS, &[GetItem]),
    grant(&SUPPRESSIONS, &[GetItem]),
];
/// The rights needed to make the local stack's people.
pub const SEED_GRANTS: [Grant; 7] = [
    TRAIL,
    RING,
    grant(&CREDENTIALS, &[GetItem, PutItem]),
    grant(&USERS, &[PutItem]),
    grant(&SEALS, &[PutItem]),
    grant(&API_KEYS, &[PutItem]),
    grant(&ROSTERS, &[GetItem, PutItem]),
];
