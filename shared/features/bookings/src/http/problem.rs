//! Each cause as a problem.

use jiff::tz::TimeZone;
use maru_kernel::Said;
use maru_rooms::Period;
use maru_web::{Problem, StatusCode};
use serde_json::{Value, json};

use super::views::IntervalView;
use crate::BookingError;
use crate::error::Taken;

impl From<BookingError> for Problem {
    fn from(error: BookingError) -> Self {
        match error {
            BookingError::NoResource => Self::new(
                StatusCode::NOT_FOUND,
                "no_such_room",
                "그런 강의실이나 투어가 없습니다.",
                "There is no such room or tour.",
            ),
            BookingError::NoBooking => Self::not_found(),
            BookingError::NoPerson => Self::new(
                StatusCode::NOT_FOUND,
                "no_such_person",
                "그런 회원이 없습니다.",
                "There is no such person.",
            ),
            BookingError::Forbidden => Self::forbidden(),
            BookingError::Invalid(fields) => Self::fields(fields),
            BookingError::Taken(taken) => self::taken(&taken),
            BookingError::Status(status) => {
                let ko = format!("지금 상태({})에서는 할 수 없습니다.", status.as_str());
                Self::conflict("wrong_status", ko, format!("Not possible while {}.", status.as_str()))
                    .with("current_status", json!(status.as_str()))
            }
            BookingError::Refused(code, Said { ko, en }) => Self::conflict(code, ko, en),
            BookingError::Quota(quota) => {
                let (ko, en) = match quota.per {
                    Period::Day => ("하루", "a day"),
                    Period::Week => ("한 주", "a week"),
                    Period::Month => ("한 달", "a month"),
                };
                let most = quota.bookings;
                let ko = format!("{ko}에 {most}번까지 예약할 수 있습니다.");
                Self::conflict("over_quota", ko, format!("At most {most} times {en}."))
                    .with("limit", json!(most))
            }
            BookingError::Changed(current) => {
                let said = (
                    "그 사이에 다른 사람이 바꾸었습니다. 다시 읽고 시도해 주세요.",
                    "Somebody changed it meanwhile. Read it again and retry.",
                );
                Self::conflict("conflict_version", said.0, said.1).with("current_version", json!(current))
            }
            BookingError::KeyReused => Self::idempotency_key_reused(),
            BookingError::Contended => {
                let said = (
                    "예약이 몰리고 있습니다. 잠시 후 다시 시도해 주세요.",
                    "Many people are booking right now. Please try again in a moment.",
                );
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "contended", said.0, said.1).retry_after(1)
            }
            BookingError::Store(error) => error.into(),
        }
    }
}

/// Who has the hours is told staff only, by [`for_staff`].
fn taken(taken: &Taken) -> Problem {
    let zone = TimeZone::get(&taken.zone).unwrap_or(TimeZone::UTC);
    let spans = |all: &[crate::model::Interval]| -> Vec<IntervalView> {
        all.iter().map(|span| IntervalView::new(*span, &zone)).collect()
    };
    let (alternatives, conflicts) = (spans(&taken.alternatives), spans(&taken.conflicts));
    let said =
        ("이미 예약된 시간입니다. 다른 시간을 골라 주세요.", "This time is taken. Please choose another.");
    Problem::conflict("slot_taken", said.0, said.1)
        .with("alternatives", json!(alternatives))
        .with("conflicts", json!(conflicts))
}

/// The problem as staff see it: who has the hours, too.
pub(super) fn for_staff(error: BookingError) -> Problem {
    let holders: Vec<Value> = match &error {
        BookingError::Taken(taken) => {
            let told = |booking: &crate::Booking| json!({"id": booking.booking_id.to_string(), "title": booking.title, "status": booking.status.as_str()});
            taken.holders.iter().map(told).collect()
        }
        BookingError::NoResource
        | BookingError::NoBooking
        | BookingError::NoPerson
        | BookingError::Forbidden
        | BookingError::Invalid(_)
        | BookingError::Status(_)
        | BookingError::Refused(..)
        | BookingError::Quota(_)
        | BookingError::Changed(_)
        | BookingError::KeyReused
        | BookingError::Contended
        | BookingError::Store(_) => return error.into(),
    };
    Problem::from(error).with("conflicting_bookings", json!(holders))
}
