//! Inputs and views of a person's own page.

use maru_kernel::Secret;
use maru_web::Raw;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::member_status;
use crate::model::{Calendar, Gender};
use crate::service::Me;

/// The caller.
#[derive(Serialize, ToSchema)]
pub(super) struct Mine {
    pub(super) user_id: String,
    pub(super) email: Option<String>,
    pub(super) name: String,
    pub(super) role: &'static str,
    /// Whether signing in takes a second factor.
    pub(super) mfa: bool,
    pub(super) has_password: bool,
    pub(super) kakao_id: Option<String>,
    /// `회원` once they told the rest, `비회원` before.
    pub(super) member_status: &'static str,
    pub(super) profile: Option<MyProfile>,
    pub(super) created_at: String,
    pub(super) last_login: Option<String>,
    pub(super) lock_version: u64,
}

/// What the caller told about themselves.
#[derive(Serialize, ToSchema)]
pub(super) struct MyProfile {
    pub(super) birth_date: String,
    pub(super) birth_time: Option<String>,
    pub(super) calendar: Calendar,
    pub(super) phone: String,
    pub(super) gender: Gender,
}

/// What is to be changed.
#[derive(Deserialize, ToSchema)]
pub(super) struct Renamed {
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    pub(super) name: Raw<String>,
    /// The version that is changed, where `If-Match` is not sent.
    #[schema(value_type = Option<u64>)]
    #[serde(default)]
    pub(super) lock_version: Raw<u64>,
}

/// Two passwords.
#[derive(Deserialize, ToSchema)]
pub(super) struct Passwords {
    #[schema(value_type = String)]
    pub(super) current_password: Raw<Secret>,
    #[schema(value_type = String, min_length = 8, max_length = 256)]
    pub(super) new_password: Raw<Secret>,
}

/// Another address.
#[derive(Deserialize, ToSchema)]
pub(super) struct Moved {
    #[schema(value_type = String, format = "email", example = "new@example.kr")]
    pub(super) email: Raw<String>,
    /// The present password, where the sign-in is not fresh.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub(super) password: Raw<Secret>,
}

/// The new address's token.
#[derive(Deserialize, ToSchema)]
pub(super) struct Confirmed {
    /// The token of the link mailed to the new address.
    #[schema(value_type = String)]
    pub(super) token: Raw<Secret>,
}

/// A document and the caller's decision.
#[derive(Serialize, ToSchema)]
pub(super) struct Decision {
    pub(super) kind: String,
    /// The present version.
    pub(super) version: String,
    /// Whether the service needs it.
    pub(super) required: bool,
    /// Whether they agreed to the present version.
    pub(super) accepted: bool,
    /// The version they decided about.
    pub(super) decided_version: Option<String>,
    pub(super) decided_at: Option<String>,
}

/// A decision.
#[derive(Deserialize, ToSchema)]
pub(super) struct Decided {
    #[schema(value_type = String, example = "marketing")]
    pub(super) kind: Raw<String>,
    #[schema(value_type = bool)]
    pub(super) accepted: Raw<bool>,
}

/// What a new member tells.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Submitted {
    #[schema(value_type = String, min_length = 1, max_length = 50)]
    pub(super) username: Raw<String>,
    /// `1990-02-14` or `19900214`.
    #[schema(value_type = String)]
    pub(super) birth_date: Raw<String>,
    /// `14:30` or `1430`.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub(super) birth_time: Raw<String>,
    /// `solar` (default) or `lunar`.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub(super) calendar: Raw<String>,
    /// `am`, `pm`, 오전 or 오후, where the hour is one of twelve.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub(super) ampm: Raw<String>,
    #[schema(value_type = String, example = "010-1234-5678")]
    #[serde(rename = "userphonenumber")]
    pub(super) userphonenumber: Raw<String>,
    /// 남 or 여.
    #[schema(value_type = String)]
    pub(super) gender: Raw<String>,
}

/// A completed member.
#[derive(Serialize, ToSchema)]
pub(super) struct Taken {
    pub(super) success: bool,
    /// `success`
    pub(super) status: &'static str,
    pub(super) user: Mine,
}

impl Mine {
    pub(super) fn of(me: Me) -> Self {
        let Me { user, profile, has_password } = me;
        Self {
            user_id: user.user_id.to_string(),
            email: user.email.as_ref().map(|email| email.as_str().to_owned()),
            role: user.role.as_str(),
            mfa: user.mfa,
            has_password,
            member_status: member_status(user.completed_at.is_some()),
            profile: profile.map(|profile| MyProfile {
                birth_date: profile.birth_date,
                birth_time: profile.birth_time,
                calendar: profile.calendar,
                phone: profile.phone.as_str().to_owned(),
                gender: profile.gender,
            }),
            created_at: user.created_at.to_string(),
            last_login: user.last_login.map(|at| at.to_string()),
            lock_version: user.lock_version,
            name: user.name,
            kakao_id: user.kakao_id,
        }
    }
}
