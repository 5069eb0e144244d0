//! Paying back.

use maru_kernel::{Money, Timestamp};
use serde::{Deserialize, Serialize};

use super::Taker;

/// What is to be paid back of a payment, written down before the provider is asked. One at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// How much.
    pub amount: Money,
    /// Why, as the provider and the customer read it.
    pub reason: String,
    /// Who decided it (`user:...`, `key:...`, `system:...`).
    pub by: String,
    /// By which the provider's answer is recognised, under whatever key it was asked for.
    pub mark: String,
    /// Sent with every call for it, so the provider pays it back at most once. Renewed only once it is known
    /// that nothing came of it.
    pub key: String,
    /// When it was decided.
    pub since: Timestamp,
    /// What it waits for, if a person has to act first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<Waits>,
}

/// What a refund waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Waits {
    /// An account to pay to: what was deposited cannot go back the way it came.
    Account,
    /// Staff who hand the money over themselves.
    Desk,
}

impl Waits {
    /// The name clients know.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "refund_account",
            Self::Desk => "desk",
        }
    }
}

/// What was paid back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refunded {
    /// The provider's id of it, or ours at the desk. What is known by it is not recorded twice.
    pub transaction: String,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: String,
    /// Who decided it; absent where it was done at the provider itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// What it was paid from.
    pub taker: Taker,
    /// When.
    pub at: Timestamp,
}

/// The account money is paid back to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundTo {
    /// The bank's code.
    pub bank: String,
    /// Its number.
    pub number: String,
    /// Whose it is.
    pub holder: String,
}

impl std::fmt::Debug for RefundTo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RefundTo").field("bank", &self.bank).finish_non_exhaustive()
    }
}
