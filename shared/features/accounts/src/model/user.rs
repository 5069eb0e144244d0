//! A person.

use std::collections::BTreeMap;

use maru_identity::{Principal, Role, USERS};
use maru_kernel::{Email, Timestamp, UserId};
use maru_table::{Record, TableSpec};
use serde::{Deserialize, Serialize};

/// Whether an address must be proved before it can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// A person exists once the mailed link was followed.
    Required,
    /// A person exists at once; a taken address is told.
    Optional,
}

impl Verification {
    /// `optional`, or required for any other name.
    pub fn named(name: &str) -> Self {
        if name == "optional" { Self::Optional } else { Self::Required }
    }
}

/// How a person stands with the business.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// They can sign in.
    #[default]
    Active,
    /// Invited as staff; they have not set a password yet.
    Invited,
    /// Shut out, for a reason that was told.
    Suspended,
    /// They left; the erasure is due later.
    Withdrawn,
    /// Nothing of them is left but the id.
    Erased,
}

/// One decision about one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// The document's version.
    pub version: String,
    /// Whether they agreed.
    pub accepted: bool,
    /// When they decided.
    pub at: Timestamp,
}

/// A person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct User {
    /// Their id.
    pub user_id: UserId,
    /// Where they get mail. What they sign in with is a [`super::Credential`]; a person of a social
    /// sign-in may have neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// What they are called.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Raised to end all their sessions.
    pub session_epoch: u64,
    /// Whether they count: their standing is active.
    pub is_active: bool,
    /// How they stand.
    #[serde(default)]
    pub standing: Standing,
    /// Whether signing in takes a second factor.
    #[serde(default)]
    pub mfa: bool,
    /// Their linked Kakao account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kakao_id: Option<String>,
    /// When they told the rest about themselves; 회원 from then on, 비회원 before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    /// What they agreed to or not, by kind of document.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub consents: BTreeMap<String, Consent>,
    /// When they came.
    pub created_at: Timestamp,
    /// When they last changed.
    pub updated_at: Timestamp,
    /// When they last signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_login: Option<Timestamp>,
    /// When they left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// Version.
    pub lock_version: u64,
}

impl Record for User {
    const TABLE: &'static TableSpec = &USERS;
    const KIND: &'static str = "user";
    const PERSONAL: &'static [&'static str] = &["email", "name", "kakao_id"];

    maru_table::record_fields! { id: user_id, person: user_id }
}

impl User {
    /// What of them decides who they are.
    pub fn principal(&self) -> Principal {
        let Self { user_id, role, session_epoch, is_active, .. } = self;
        Principal { user_id: *user_id, role: *role, session_epoch: *session_epoch, is_active: *is_active }
    }

    /// The same person standing differently; whatever is signed in as them ends.
    #[must_use]
    pub fn standing_as(&self, standing: Standing, now: Timestamp) -> Self {
        let is_active = standing == Standing::Active;
        let session_epoch = self.session_epoch + 1;
        Self { standing, is_active, session_epoch, updated_at: now, ..self.clone() }
    }
}
