//! Grades of membership.

use maru_kernel::{OrderId, Timestamp, UserId};
use maru_table::{Record, TableSpec};
use serde::{Deserialize, Serialize};

use crate::store::MEMBERSHIPS;

/// Somebody's membership: what grade they have, and by which payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Whose.
    pub user_id: UserId,
    /// The grade: 정회원, 결제회원 ...
    pub grade: String,
    /// The order that paid it.
    pub order_id: OrderId,
    /// When it was paid.
    pub paid_at: Timestamp,
    /// When it ended, its payment having been paid back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Version.
    pub lock_version: u64,
}

impl Record for Membership {
    const TABLE: &'static TableSpec = &MEMBERSHIPS;
    const KIND: &'static str = "membership";

    maru_table::record_fields! { id: user_id, person: user_id }
}
