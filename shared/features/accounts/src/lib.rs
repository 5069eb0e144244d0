//! Accounts: how a person comes to be one, signs in, gets back in, and leaves.
//!
//! **Signing up** is a *mail link*: nothing about the person exists until the link in the mail is
//! followed, so nobody can squat an address and an outsider cannot tell a known one from an unknown one.
//! The link is a request id and a code over it; neither the code nor anything it could be guessed from
//! is stored. Only the newest link of a kind works, and it works once. A sign-up's password counts only
//! if whoever follows its link knows it.
//!
//! **Signing in.** The password's hash lies in the item that also makes the address unique. Every try is
//! counted before it is hashed, under a code over what was typed, so guessing is slow, costs us little,
//! and looks the same for addresses nobody has. A device that signed in before has a counter of its own,
//! so strangers cannot lock its person out. A second factor stands behind the password where it is set
//! up; staff can be made to have one. Kakao's people are known by Kakao's id alone: an address Kakao
//! tells never opens an account.
//!
//! **Leaving** ends every session at once; the person is erased after the retention period by destroying
//! the key under which the trail, and every backup of it, keeps their words.
//!
//! ```text
//!   (sign-up) ──link──▶ active ⇄ suspended
//!   invited ──accepts──▶ active ──leaves──▶ withdrawn ──retention──▶ erased
//! ```
//!
//! | who | may |
//! | --- | --- |
//! | anyone | sign up, verify, sign in, ask for a reset |
//! | whoever has a session's refresh token | refresh it, end it |
//! | a signed-in person, never their API key | change, export and leave their account; end their sessions |
//! | owner, admin | suspend customers, invite and change staff below them (an owner: anybody), make and revoke keys |
//! | operator, machines with the scope | take customers in by their Kakao id |

mod error;
mod grants;
mod http;
mod jobs;
mod keys;
mod letters;
mod model;
mod password;
mod rules;
mod service;
mod store;

pub use error::AccountError;
pub use grants::*;
pub use http::{
    Exports, forgot_password_api, kakao_api, login_api, me_api, mfa_api, register_api, reset_password_api,
    sessions_api, staff_api, verify_email_api,
};
pub use jobs::{Erased, Eraser, Letters, Rotator, Suppressions};
pub use keys::Keys;
pub use letters::escape;
pub use model::{Credential, Standing, User, Verification};
pub use password::{Check, Hasher};
pub use rules::Policy;
pub use service::{Accounts, Document, House, Seeded, documents, seed};
pub use store::{
    BANS, CREDENTIALS, ERASURES, IDENTITIES, MAIL_LINKS, PROFILES, ROSTERS, SECOND_FACTORS, SUPPRESSIONS,
    THROTTLES, people, person, person_with_seal,
};
