//! Why something about a payment cannot be done.

use maru_bookings::BookingError;
use maru_kernel::Money;
use maru_table::StoreError;
use maru_toss::Failure;

/// Causes a caller can act on.
#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    /// There is no such booking or payment, or it is not the caller's.
    #[error("nothing there")]
    NotFound,
    /// The booking costs nothing.
    #[error("nothing to pay")]
    NothingToPay,
    /// The hold is over, or the booking was cancelled: nothing was charged.
    #[error("the hold is over")]
    HoldOver,
    /// Staff have not confirmed the booking yet.
    #[error("waits for staff")]
    WaitsForStaff,
    /// The booking is paid.
    #[error("paid already")]
    AlreadyPaid,
    /// A payment of it is under way.
    #[error("a payment is under way")]
    UnderWay,
    /// The amount is not what we said; nothing was charged.
    #[error("another amount")]
    Amount,
    /// The order is closed; a new one is needed.
    #[error("the order is closed")]
    Closed,
    /// The payment key belongs to another order; nothing was charged.
    #[error("another order's payment key")]
    KeyTaken,
    /// The money came in and went straight back: what was paid for cannot be had.
    #[error("it went back")]
    WentBack,
    /// It pays nothing back, because nothing came in.
    #[error("not paid")]
    NotPaid,
    /// More than this is not left of it.
    #[error("only {0} is left")]
    OverBalance(Money),
    /// Another refund of it is under way.
    #[error("a refund is under way")]
    RefundUnderWay,
    /// What was deposited goes back to an account that has to be named.
    #[error("an account is needed")]
    AccountNeeded,
    /// Only staff may.
    #[error("not permitted")]
    Forbidden,
    /// The provider takes won only: it is paid at the desk.
    #[error("paid at the desk")]
    AtTheDesk,
    /// There is no such grade of membership.
    #[error("no such grade")]
    NoGrade,
    /// What is to be cancelled cannot be.
    #[error(transparent)]
    Booking(BookingError),
    /// The provider refused.
    #[error("declined: {}", .0.code)]
    Declined(Failure),
    /// The same idempotency key came with another body.
    #[error("idempotency key reused")]
    KeyReused,
    /// Others change the same booking; nothing was charged.
    #[error("contended")]
    Contended,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The provider's key cannot be had; nothing was charged.
    #[error("{0}")]
    Broken(&'static str),
}
