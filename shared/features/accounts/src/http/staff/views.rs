//! Inputs and views of staff and keys.

use maru_identity::Permission;
use maru_kernel::Timestamp;
use maru_web::Raw;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::model::{Standing, User};
use crate::service::ListedKey;

/// A member of staff who is signed in.
#[derive(Serialize, ToSchema)]
pub(super) struct Checked {
    pub(super) valid: bool,
    pub(super) admin: Admin,
}

/// Who it is.
#[derive(Serialize, ToSchema)]
pub(super) struct Admin {
    pub(super) user_id: String,
    pub(super) kakao_id: Option<String>,
    pub(super) nickname: String,
    pub(super) role: &'static str,
}

/// Somebody, as staff see them.
#[derive(Serialize, ToSchema)]
pub(super) struct Somebody {
    pub(super) id: String,
    pub(super) email: Option<String>,
    pub(super) name: String,
    pub(super) role: &'static str,
    /// `active`, `invited` or `suspended`
    #[schema(value_type = String)]
    pub(super) standing: Standing,
    pub(super) mfa: bool,
    pub(super) kakao_id: Option<String>,
    pub(super) created_at: String,
    pub(super) last_login: Option<String>,
    pub(super) lock_version: u64,
}

impl From<User> for Somebody {
    fn from(user: User) -> Self {
        Self {
            id: user.user_id.to_string(),
            email: user.email.as_ref().map(|email| email.as_str().to_owned()),
            role: user.role.as_str(),
            standing: user.standing,
            mfa: user.mfa,
            created_at: user.created_at.to_string(),
            last_login: user.last_login.map(|at| at.to_string()),
            lock_version: user.lock_version,
            name: user.name,
            kakao_id: user.kakao_id,
        }
    }
}

/// An invitation.
#[derive(Deserialize, ToSchema)]
pub(super) struct Invited {
    /// Where the invitation goes; this or `kakao_id`.
    #[schema(value_type = Option<String>, format = "email")]
    #[serde(default)]
    pub(super) email: Raw<String>,
    /// The Kakao account that may sign in; this or `email`.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub(super) kakao_id: Raw<Value>,
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    pub(super) name: Raw<String>,
    /// `owner`, `admin`, `operator` or `viewer`
    #[schema(value_type = String)]
    pub(super) role: Raw<String>,
}

/// A change.
#[derive(Deserialize, ToSchema)]
pub(super) struct Changed {
    /// Any role; a customer's takes them off the staff.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub(super) role: Raw<String>,
    /// Whether they can sign in.
    #[schema(value_type = Option<bool>)]
    #[serde(default)]
    pub(super) is_active: Raw<bool>,
    /// Why; told to whoever is suspended.
    #[schema(value_type = Option<String>, max_length = 500)]
    #[serde(default)]
    pub(super) reason: Raw<String>,
    /// The version that is changed, where `If-Match` is not sent.
    #[schema(value_type = Option<u64>)]
    #[serde(default)]
    pub(super) lock_version: Raw<u64>,
}

/// Why.
#[derive(Default, Deserialize, ToSchema)]
pub(super) struct Reason {
    /// Told to the person.
    #[schema(value_type = Option<String>, max_length = 500)]
    #[serde(default)]
    pub(super) reason: Raw<String>,
}

/// A key.
#[derive(Serialize, ToSchema)]
pub(super) struct KeyView {
    pub(super) id: String,
    pub(super) name: String,
    /// Its first characters.
    pub(super) prefix: String,
    pub(super) user_id: String,
    #[schema(value_type = Vec<String>)]
    pub(super) scopes: Vec<Permission>,
    pub(super) created_at: String,
    pub(super) expires_at: Option<String>,
    pub(super) revoked_at: Option<String>,
    /// To the hour.
    pub(super) last_used_at: Option<String>,
}

/// A new key.
#[derive(Serialize, ToSchema)]
pub(super) struct NewKeyView {
    /// Its text: shown now and never again.
    pub(super) key: String,
    #[serde(flatten)]
    pub(super) view: KeyView,
}

/// A key to be made.
#[derive(Deserialize, ToSchema)]
pub(super) struct Made {
    #[schema(value_type = String, min_length = 1, max_length = 100, example = "예약 연동")]
    pub(super) name: Raw<String>,
    /// What it may do; never more than its maker.
    #[schema(value_type = Vec<String>, example = json!(["bookings_read"]))]
    pub(super) scopes: Raw<Vec<String>>,
    /// When it stops working (RFC 3339).
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub(super) expires_at: Raw<Timestamp>,
}

impl From<ListedKey> for KeyView {
    fn from(listed: ListedKey) -> Self {
        let ListedKey { key, last_used_at } = listed;
        Self {
            id: key.key_id,
            name: key.name,
            prefix: key.prefix,
            user_id: key.user_id.to_string(),
            scopes: key.scopes,
            created_at: key.created_at.to_string(),
            expires_at: key.expires_at.map(|at| at.to_string()),
            revoked_at: key.revoked_at.map(|at| at.to_string()),
            last_used_at: last_used_at.map(|at| at.to_string()),
        }
    }
}
