//! People who left, and what is still to be done about them.

use maru_kernel::{Timestamp, UserId};
use maru_table::{Key, Record, TableSpec};
use serde::{Deserialize, Serialize};

use crate::store::ERASURES;

/// Where an erasure stands; the partition of the index it is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// Something is to be done at `due_at`.
    Open,
    /// Everything is done. Kept, to be done again after a restore.
    Done,
}

impl Due {
    /// As the index has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
        }
    }
}

/// One person's erasure.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Erasure {
    /// Whose.
    pub user_id: UserId,
    /// Where it stands.
    pub due: Due,
    /// When to look at it next (epoch seconds).
    pub due_at: i64,
    /// When the person is to be erased (epoch seconds).
    pub erase_at: i64,
    /// The Kakao account that is still to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kakao_id: Option<String>,
    /// When they left.
    pub created_at: Timestamp,
    /// Version.
    pub lock_version: u64,
}

impl Record for Erasure {
    const TABLE: &'static TableSpec = &ERASURES;
    const KIND: &'static str = "erasure";
    const PERSONAL: &'static [&'static str] = &["kakao_id"];

    maru_table::record_fields! { id: user_id, person: user_id }
}

impl Erasure {
    /// Where a person's lies.
    pub fn key_of(user: UserId) -> Key {
        Key::of(&ERASURES, user)
    }
}
