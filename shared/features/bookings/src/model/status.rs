//! Where a booking stands, and where it may go from there.

use serde::{Deserialize, Serialize};

/// Where a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Being put together; occupies nothing.
    Draft,
    /// Somebody has to look at what it says; occupies nothing.
    NeedsReview,
    /// Looked at; occupies nothing yet.
    Reviewed,
    /// Has its slots until `expires_at`; waits for payment.
    Held,
    /// Firm; waits for staff.
    Pending,
    /// Firm; a payment is under way or unknown.
    Paying,
    /// Firm.
    Confirmed,
    /// Firm; it took place.
    Completed,
    /// Freed on request.
    Cancelled,
    /// A hold whose time ran out.
    Expired,
    /// Nobody came; what was left of its hours is free again.
    NoShow,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Draft,
        Self::NeedsReview,
        Self::Reviewed,
        Self::Held,
        Self::Pending,
        Self::Paying,
        Self::Confirmed,
        Self::Completed,
        Self::Cancelled,
        Self::Expired,
        Self::NoShow,
    ];

    /// The name clients know.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::NeedsReview => "needs_review",
            Self::Reviewed => "reviewed",
            Self::Held => "held",
            Self::Pending => "pending",
            Self::Paying => "paying",
            Self::Confirmed => "confirmed",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::NoShow => "no_show",
        }
    }

    /// The status of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }

    /// Whether its slots can be had by nobody else, whatever the clock says.
    pub const fn is_firm(self) -> bool {
        matches!(self, Self::Pending | Self::Paying | Self::Confirmed | Self::Completed)
    }

    /// Whether it has slots.
    pub const fn occupies(self) -> bool {
        self.is_firm() || matches!(self, Self::Held)
    }

    /// What calendars call it.
    pub const fn in_calendars(self) -> &'static str {
        match self {
            Self::Cancelled | Self::Expired | Self::NoShow => "CANCELLED",
            Self::Confirmed | Self::Completed => "CONFIRMED",
            Self::Draft | Self::NeedsReview | Self::Reviewed | Self::Held | Self::Pending | Self::Paying => {
                "TENTATIVE"
            }
        }
    }

    /// Whether it has not been entered in the ledger yet.
    pub const fn is_before(self) -> bool {
        matches!(self, Self::Draft | Self::NeedsReview | Self::Reviewed)
    }

    /// The statuses it may move to. An illegal move cannot be written: `Booking::moved` refuses it.
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Draft => &[
                Self::NeedsReview,
                Self::Reviewed,
                Self::Held,
                Self::Pending,
                Self::Confirmed,
                Self::Cancelled,
            ],
            Self::NeedsReview => &[Self::Draft, Self::Reviewed, Self::Cancelled],
            Self::Reviewed => {
                &[Self::NeedsReview, Self::Held, Self::Pending, Self::Confirmed, Self::Cancelled]
            }
            Self::Held => &[Self::Paying, Self::Confirmed, Self::Cancelled, Self::Expired],
            Self::Pending => &[Self::Held, Self::Confirmed, Self::Cancelled],
            Self::Paying => &[Self::Confirmed, Self::Held, Self::Expired],
            Self::Confirmed => &[Self::Completed, Self::NoShow, Self::Cancelled],
            // By being restored, to what it was.
            Self::Cancelled => {
                &[Self::Draft, Self::NeedsReview, Self::Reviewed, Self::Held, Self::Pending, Self::Confirmed]
            }
            // They came after all.
            Self::NoShow => &[Self::Confirmed],
            Self::Completed | Self::Expired => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_nothing_leaves_an_end() {
        for status in Status::ALL {
            assert_eq!(Status::named(status.as_str()), Some(status));
            assert!(!status.next().contains(&status), "{status:?}");
        }
        assert_eq!(Status::named("confirmed "), None);
        assert!(Status::Completed.next().is_empty() && Status::Expired.next().is_empty());
    }

    #[test]
    fn a_payment_under_way_cannot_be_cancelled_and_a_review_cannot_be_skipped() {
        assert!(!Status::Paying.next().contains(&Status::Cancelled));
        assert!(!Status::NeedsReview.next().contains(&Status::Confirmed));
        for status in Status::ALL {
            assert!(!(status.is_before() && status.occupies()), "{status:?}");
        }
    }
}
