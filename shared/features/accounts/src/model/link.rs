//! Requests for mailed links.

use maru_kernel::{Email, MailLinkId, Timestamp, UserId};
use maru_table::{Key, Record, TableSpec};
use serde::{Deserialize, Serialize};

use crate::store::MAIL_LINKS;

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
    /// Set a first password as invited staff.
    Invite,
    /// Take another address, by the link to the new one.
    NewEmail,
    /// Take another address, by the link to the old one.
    OldEmail,
}

impl Purpose {
    /// How it is stored and bound into codes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::Reset => "reset",
            Self::Resend => "resend",
            Self::Invite => "invite",
            Self::NewEmail => "new_email",
            Self::OldEmail => "old_email",
        }
    }

    /// What was asked for: both ends of a change of address follow the one request for it.
    pub const fn request(self) -> Self {
        match self {
            Self::NewEmail | Self::OldEmail => Self::NewEmail,
            Self::SignUp | Self::Reset | Self::Resend | Self::Invite => self,
        }
    }

    /// Seconds a link works.
    pub const fn life_seconds(self) -> i64 {
        match self {
            Self::SignUp | Self::Resend | Self::NewEmail | Self::OldEmail => 24 * 3600,
            Self::Reset => 30 * 60,
            Self::Invite => 7 * 24 * 3600,
        }
    }
}

/// Which ends of a change of address have agreed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proofs {
    /// Whoever reads mail at the address up to now; none if there was none.
    pub old: Option<bool>,
    /// Whoever reads mail at the new one.
    pub new: bool,
}

impl Proofs {
    /// Whether the change may be made.
    pub fn complete(&self) -> bool {
        self.new && self.old != Some(false)
    }
}

/// A request for a mailed link. The link is its id and a code over it; nothing that opens it is stored.
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
    /// Documents agreed to at sign-up, by kind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<String>,
    /// Whom an invitation or a change of address is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    /// Who has agreed to a change of address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proofs: Option<Proofs>,
    /// Whether it was asked for by too many wrong passwords, not by a person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub locked: bool,
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

    maru_table::record_fields! { id: id }
}

impl MailLink {
    /// Whose newest link it may be: the person a change of address is about, else the address.
    pub fn whose(&self) -> String {
        match (self.purpose, self.user_id) {
            (Purpose::NewEmail, Some(user)) => user.to_string(),
            _ => self.email.as_str().to_owned(),
        }
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
    /// The item that names `link`.
    pub fn of(link: &MailLink) -> Self {
        Self { id: Self::id_of(link.purpose, &link.whose()), link: link.id, expires_at: link.expires_at }
    }

    fn id_of(purpose: Purpose, whose: &str) -> String {
        format!("newest#{}#{whose}", purpose.as_str())
    }

    /// Where it lies.
    pub fn key(purpose: Purpose, whose: &str) -> Key {
        Key::of(&MAIL_LINKS, Self::id_of(purpose, whose))
    }
}
