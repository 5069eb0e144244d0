//! What a member of a social sign-in tells about themselves.

use maru_kernel::{Phone, UserId};
use maru_table::{Key, Record, TableSpec};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::PROFILES;

/// Which calendar a birth date is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Calendar {
    /// 양력.
    Solar,
    /// 음력.
    Lunar,
}

/// 성별.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Gender {
    /// Man.
    #[serde(rename = "남")]
    Man,
    /// Woman.
    #[serde(rename = "여")]
    Woman,
}

/// A member's own words about themselves.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Profile {
    /// Whose.
    pub user_id: UserId,
    /// `1990-02-14`, in its calendar.
    pub birth_date: String,
    /// `14:30`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_time: Option<String>,
    /// The calendar of the birth date.
    pub calendar: Calendar,
    /// Their number.
    pub phone: Phone,
    /// 남 or 여.
    pub gender: Gender,
    /// Version.
    pub lock_version: u64,
}

impl Record for Profile {
    const TABLE: &'static TableSpec = &PROFILES;
    const KIND: &'static str = "profile";
    const PERSONAL: &'static [&'static str] = &["birth_date", "birth_time", "calendar", "phone", "gender"];

    maru_table::record_fields! { id: user_id, person: user_id }
}

impl Profile {
    /// Where a person's lies.
    pub fn key_of(user: UserId) -> Key {
        Key::of(&PROFILES, user)
    }
}
