//! What people sign in with.

use maru_kernel::{Email, Timestamp, UserId};
use maru_table::Key;
use serde::{Deserialize, Serialize};

use crate::store::{CREDENTIALS, IDENTITIES};

/// What an address signs in with. One per address: the unique index over e-mail.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Credential {
    /// The address.
    pub email: Email,
    /// Whose.
    pub user_id: UserId,
    /// PHC string of argon2id, behind the id of its pepper if it has one; none until they set a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_hash: Option<String>,
    /// When the password was set.
    pub changed_at: Timestamp,
    /// Whether its owner ever read mail there. Without that, nothing may be tied to the account that would
    /// outlive the day they claim it.
    #[serde(default = "proved")]
    pub proved: bool,
}

fn proved() -> bool {
    true
}

impl Credential {
    /// Whether its person can sign in by password.
    pub fn has_password(&self) -> bool {
        self.password_hash.is_some()
    }

    /// Where the credential of an address lies.
    pub fn key(email: &Email) -> Key {
        Key::of(&CREDENTIALS, email.as_str())
    }
}

/// Whose account another system's account signs in to. One per account there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SocialLink {
    /// `kakao#` and the id there.
    pub id: String,
    /// Whose.
    pub user_id: UserId,
    /// Since when.
    pub linked_at: Timestamp,
}

impl SocialLink {
    /// Its key text for a Kakao account.
    pub fn kakao(id: &str) -> String {
        format!("kakao#{id}")
    }

    /// Where the link of a Kakao account lies.
    pub fn kakao_key(id: &str) -> Key {
        Key::of(&IDENTITIES, Self::kakao(id))
    }
}
