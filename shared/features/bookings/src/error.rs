//! Why something about a booking cannot be done.

use jiff::Timestamp;
use maru_kernel::FieldError;
use maru_table::StoreError;

use crate::Status;

/// A span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// Included.
    pub start: Timestamp,
    /// Not included.
    pub end: Timestamp,
}

/// Causes a caller can act on.
#[derive(Debug, thiserror::Error)]
pub enum BookingError {
    /// There is no such room, or it is not active.
    #[error("no such room")]
    NoRoom,
    /// There is no such booking, or it is not the caller's.
    #[error("no such booking")]
    NoBooking,
    /// The caller may see the booking, but not change it.
    #[error("not theirs to change")]
    Forbidden,
    /// The input cannot be.
    #[error("invalid input")]
    Invalid(Vec<FieldError>),
    /// Somebody has one of these hours.
    #[error("taken")]
    Taken {
        /// Free spans of the same length on the same day, nearest first.
        alternatives: Vec<Interval>,
        /// The room's zone, to tell them in.
        zone: String,
    },
    /// Its status does not allow it.
    #[error("not while {}", .0.as_str())]
    Status(Status),
    /// It is paid; the money has to go back with it.
    #[error("paid")]
    Paid,
    /// The same idempotency key came with another body.
    #[error("idempotency key reused")]
    KeyReused,
    /// Too many people want the same day at once; nothing was written.
    #[error("contended")]
    Contended,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}
