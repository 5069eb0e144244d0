//! What Toss tells: payments and what belongs to them, cards on file, money that moved, and what a call led to.

use std::fmt;

use jiff::Timestamp;
use maru_kernel::Secret;

/// A payment as Toss tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TossPayment {
    /// Toss's key.
    pub payment_key: String,
    /// Our order.
    pub order_id: String,
    /// Where it stands. Whether everything was given back is told by [`Self::balance_amount`], not by this:
    /// parts that add up to the whole stay "partial".
    pub status: TossStatus,
    /// The whole amount in won.
    pub total_amount: i64,
    /// What can still be given back, in won; the whole amount where Toss does not say.
    pub balance_amount: i64,
    /// `KRW`.
    pub currency: String,
    /// Korean name of the means of payment (카드, 간편결제 …).
    pub method: Option<String>,
    /// When it was approved.
    pub approved_at: Option<Timestamp>,
    /// The receipt page.
    pub receipt_url: Option<String>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// What was given back, oldest first, by whoever.
    pub cancels: Vec<TossCancel>,
    /// What a deposit's webhook must show.
    pub secret: Option<Secret>,
    /// Where the customer pays in.
    pub virtual_account: Option<VirtualAccount>,
}

/// Money that went back, or is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TossCancel {
    /// Toss's key of this cancel; empty where it has none yet.
    pub transaction_key: String,
    /// Won.
    pub amount: i64,
    /// What was given as the reason, possibly in the shop's own console.
    pub reason: String,
    /// When.
    pub at: Option<Timestamp>,
    /// Some foreign means take their time: until then nothing is certain.
    pub done: bool,
}

/// The account a customer pays in to. `Debug` shows neither its number nor whose it is.
#[derive(Clone, PartialEq, Eq)]
pub struct VirtualAccount {
    /// Toss's code of the bank.
    pub bank_code: String,
    /// The number to pay in to.
    pub account_number: String,
    /// The customer.
    pub customer_name: Option<String>,
    /// Until when a deposit is taken. Toss tells nobody when this passes.
    pub due_at: Option<Timestamp>,
}

impl fmt::Debug for VirtualAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VirtualAccount")
            .field("bank_code", &self.bank_code)
            .field("due_at", &self.due_at)
            .finish_non_exhaustive()
    }
}

/// Toss's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TossStatus {
    /// The window is open.
    Ready,
    /// The customer has authenticated; not captured.
    InProgress,
    /// A virtual account waits for its deposit, possibly again.
    WaitingForDeposit,
    /// Captured.
    Done,
    /// Given back by one cancel of everything, or a virtual account nobody paid in to.
    Canceled,
    /// Given back in parts, possibly all of it.
    PartialCanceled,
    /// Refused.
    Aborted,
    /// Ran out.
    Expired,
    /// A status this version does not know.
    Other(String),
}

/// Toss's reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Stable code.
    pub code: String,
    /// For the customer, in Korean.
    pub message: String,
}

/// What a call that moves money led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Toss told the payment; look at its status.
    Told(TossPayment),
    /// Provably refused: this call did nothing and never will under its key.
    Declined(Failure),
    /// Nobody knows. Read the payment back.
    Unknown(String),
}

/// What reading back led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadBack {
    /// Toss told the payment.
    Told(TossPayment),
    /// Toss knows no such payment (yet): proves nothing by itself.
    NotFound,
    /// No readable answer.
    Unknown(String),
}

/// What asking for a card to keep on file led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issued {
    /// Toss tells the key this once and never again: store it before anything else.
    Key(BillingKey),
    /// Provably refused; the customer registers a card anew.
    Declined(Failure),
    /// Nobody knows. Only the same call under the same key can still bring the answer.
    Unknown(String),
}

/// A card on file. `Debug` shows nothing of the card.
#[derive(Clone, PartialEq, Eq)]
pub struct BillingKey {
    /// Charges the card, together with our key: as good as the card itself.
    pub billing_key: Secret,
    /// Our key of the customer, as sent.
    pub customer_key: String,
    /// Korean name of the means of payment.
    pub method: Option<String>,
    /// The masked number as told.
    pub card: Option<String>,
    /// Toss's code of the issuer.
    pub issuer_code: Option<String>,
}

impl fmt::Debug for BillingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BillingKey").field("method", &self.method).finish_non_exhaustive()
    }
}

/// A line of Toss's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Toss's key of this line; the last one of a page leads to the next page.
    pub transaction_key: String,
    /// The payment it belongs to.
    pub payment_key: String,
    /// Our order.
    pub order_id: String,
    /// The payment's status as of this line.
    pub status: TossStatus,
    /// When.
    pub at: Option<Timestamp>,
    /// `KRW`.
    pub currency: String,
    /// In won, with the sign Toss tells: no source says which one a cancel has.
    pub amount: i64,
}
