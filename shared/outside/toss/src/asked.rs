//! What Toss is asked.

use std::fmt;

/// What is asked to be captured.
#[derive(Debug, Clone)]
pub struct Confirm<'a> {
    /// The key the payment window gave.
    pub payment_key: &'a str,
    /// Our order.
    pub order_id: &'a str,
    /// Our amount in won; never a client's.
    pub amount: i64,
    /// Stored before the call and the same for every try of this attempt.
    pub idempotency_key: &'a str,
}

/// What is asked to be given back.
#[derive(Debug, Clone)]
pub struct Cancel<'a> {
    /// Toss's key of the payment.
    pub payment_key: &'a str,
    /// For the shop's own console; only its first 200 characters are sent.
    pub reason: &'a str,
    /// Won; `None` is all that is left.
    pub amount: Option<i64>,
    /// What we believe is left, in won. Toss refuses if it is not, and then nothing was given back.
    pub refundable: Option<i64>,
    /// Where the money goes; a virtual account somebody has paid in to needs one.
    pub account: Option<&'a RefundAccount>,
    /// Stored before the call and the same for every try of this attempt. Toss binds it to the first answer
    /// whatever the body says later, so another amount needs another key.
    pub idempotency_key: &'a str,
}

/// A customer's own account. `Debug` shows neither its number nor whose it is.
#[derive(Clone, PartialEq, Eq)]
pub struct RefundAccount {
    /// Toss's code of the bank.
    pub bank: String,
    /// Up to twenty digits.
    pub number: String,
    /// The holder's name.
    pub holder: String,
}

impl fmt::Debug for RefundAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefundAccount").field("bank", &self.bank).finish_non_exhaustive()
    }
}

/// What is asked of a card on file. `Debug` does not show its key.
#[derive(Clone)]
pub struct Charge<'a> {
    /// Charges the card: exposed for this call only.
    pub billing_key: &'a str,
    /// The one the card was registered with.
    pub customer_key: &'a str,
    /// Won.
    pub amount: i64,
    /// Our order.
    pub order_id: &'a str,
    /// What people read on their statement.
    pub order_name: &'a str,
    /// Stored before the call and the same for every try of this attempt.
    pub idempotency_key: &'a str,
}

impl fmt::Debug for Charge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Charge")
            .field("order_id", &self.order_id)
            .field("amount", &self.amount)
            .finish_non_exhaustive()
    }
}
