//! The second factor.

use maru_kernel::{Timestamp, UserId};
use maru_table::{Key, Record, TableSpec};
use serde::{Deserialize, Serialize};

use crate::store::SECOND_FACTORS;

/// A person's authenticator app and their recovery codes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SecondFactor {
    /// Whose.
    pub user_id: UserId,
    /// The shared secret, sealed under a key of the stack.
    pub sealed_secret: String,
    /// When the first code proved that the app has it; before, it counts for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Timestamp>,
    /// The step of the last code that was taken: one code is good once.
    pub last_step: u64,
    /// Codes over the recovery codes that are left.
    pub recovery: Vec<String>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// Version.
    pub lock_version: u64,
}

impl Record for SecondFactor {
    const TABLE: &'static TableSpec = &SECOND_FACTORS;
    const KIND: &'static str = "second-factor";
    const HIDDEN: &'static [&'static str] = &["sealed_secret", "recovery", "last_step"];

    maru_table::record_fields! { id: user_id, person: user_id }
}

impl SecondFactor {
    /// Where a person's lies.
    pub fn key_of(user: UserId) -> Key {
        Key::of(&SECOND_FACTORS, user)
    }
}
