//! Why something about a booking cannot be done.

use maru_kernel::{FieldError, Said};
use maru_rooms::Quota;
use maru_table::StoreError;

use crate::model::Interval;
use crate::{Booking, Status};

/// What stands in the way of a wish, and what could be had instead.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    /// Free spans of the same length nearby, nearest first.
    pub alternatives: Vec<Interval>,
    /// The zone to tell them in.
    pub zone: String,
    /// Those of the wished times that cannot be had.
    pub conflicts: Vec<Interval>,
    /// Whose they are, for staff.
    pub holders: Vec<Booking>,
}

/// Causes a caller can act on.
#[derive(Debug, thiserror::Error)]
pub enum BookingError {
    /// There is no such room or tour, or it is not active.
    #[error("nothing of that id can be booked")]
    NoResource,
    /// There is no such booking, or it is not the caller's.
    #[error("no such booking")]
    NoBooking,
    /// There is no such person.
    #[error("no such person")]
    NoPerson,
    /// The caller may see the booking, but not change it.
    #[error("not theirs to change")]
    Forbidden,
    /// The input cannot be.
    #[error("invalid input")]
    Invalid(Vec<FieldError>),
    /// Somebody has one of these hours or seats.
    #[error("taken")]
    Taken(Box<Taken>),
    /// Its status does not allow it.
    #[error("not while {}", .0.as_str())]
    Status(Status),
    /// Something about it does not allow it now: a code, and what to tell.
    #[error("{0}")]
    Refused(&'static str, Said),
    /// They have as many as one person may have.
    #[error("over the quota")]
    Quota(Quota),
    /// It is not in the version that was seen any more; this is the one it is in.
    #[error("changed meanwhile")]
    Changed(u64),
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

impl BookingError {
    /// Whether it was read off the ledger's days.
    pub(crate) const fn is_about_days(&self) -> bool {
        matches!(self, Self::Taken(_) | Self::Contended)
    }

    /// Refused now, for this reason.
    pub(crate) fn refused(code: &'static str, ko: &'static str, en: &'static str) -> Self {
        Self::Refused(code, Said::new(ko, en))
    }
}
