//! The words: people, credentials, mail links.

use maru_identity::{Role, USERS};
use maru_kernel::{Email, MailLinkId, Timestamp, UserId};
use maru_table::{Key, Record, TableSpec};
use serde::{Deserialize, Serialize};

use crate::store::{CREDENTIALS, MAIL_LINKS};

/// Whether an address must be proved before it can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// A person exists once the mailed link was followed.
    Required,
    /// A person exists at once; a taken address is told.
    Optional,
}

/// A person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct User {
    /// Their id.
    pub user_id: UserId,
    /// Their address; its credential item makes it unique.
    pub email: Email,
    /// What they are called.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Raised to end all their sessions.
    pub session_epoch: u64,
    /// Whether they count.
    pub is_active: bool,
    /// When they came.
    pub created_at: Timestamp,
    /// When they last changed.
    pub updated_at: Timestamp,
    /// When they last signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_login: Option<Timestamp>,
    /// Version.
    pub lock_version: u64,
}

impl Record for User {
    const TABLE: &'static TableSpec = &USERS;
    const KIND: &'static str = "user";
    const PERSONAL: &'static [&'static str] = &["email", "name"];

    fn id(&self) -> String {
        self.user_id.to_string()
    }
    fn lock_version(&self) -> u64 {
        self.lock_version
    }
    fn set_lock_version(&mut self, version: u64) {
        self.lock_version = version;
    }
    fn person(&self) -> Option<UserId> {
        Some(self.user_id)
    }
}

/// What an address signs in with. One per address: the unique index over e-mail.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Credential {
    /// The address.
    pub email: Email,
    /// Whose.
    pub user_id: UserId,
    /// PHC string of argon2id.
    pub password_hash: String,
    /// When the password was set.
    pub changed_at: Timestamp,
}

impl Credential {
    /// Where the credential of an address lies.
    pub fn key(email: &Email) -> Key {
        Key::of(&CREDENTIALS, email.as_str())
    }
}

/// What a mail link is for. Codes of one purpose never open another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Prove the address and become a person.
    SignUp,
    /// Set a new password.
    Reset,
    /// Mail the sign-up link once more.
    Resend,
}

impl Purpose {
    /// How it is stored and bound into codes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::Reset => "reset",
            Self::Resend => "resend",
        }
    }

    /// Seconds a link works: a day to verify, half an hour to reset.
    pub const fn life_seconds(self) -> i64 {
        match self {
            Self::SignUp | Self::Resend => 24 * 3600,
            Self::Reset => 30 * 60,
        }
    }
}

/// A request for a mailed link: written for every address asked about, known or not.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MailLink {
    /// Its id; half of the token.
    pub id: MailLinkId,
    /// What for.
    pub purpose: Purpose,
    /// The address asked about.
    pub email: Email,
    /// The name given at sign-up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The hash of the password given at sign-up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_hash: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it stops working (epoch seconds).
    pub expires_at: i64,
    /// Version.
    pub lock_version: u64,
}

impl Record for MailLink {
    const TABLE: &'static TableSpec = &MAIL_LINKS;
    const KIND: &'static str = "mail-link";
    const PERSONAL: &'static [&'static str] = &["email", "name"];
    const HIDDEN: &'static [&'static str] = &["password_hash"];

    fn id(&self) -> String {
        self.id.to_string()
    }
    fn lock_version(&self) -> u64 {
        self.lock_version
    }
    fn set_lock_version(&mut self, version: u64) {
        self.lock_version = version;
    }
}

/// Names the newest link of a purpose for an address. Deleting it under the condition that it still
/// names a link is what makes that link work once, and only if it is the newest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Newest {
    /// `newest#purpose#address`.
    pub id: String,
    /// The link.
    pub link: MailLinkId,
    /// When it may go (epoch seconds).
    pub expires_at: i64,
}

impl Newest {
    /// Its key text.
    pub fn id_of(purpose: Purpose, email: &Email) -> String {
        format!("newest#{}#{}", purpose.as_str(), email.as_str())
    }

    /// Where it lies.
    pub fn key(purpose: Purpose, email: &Email) -> Key {
        Key::of(&MAIL_LINKS, Self::id_of(purpose, email))
    }
}
