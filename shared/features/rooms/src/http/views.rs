//! What clients read of a room.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::Room;
use crate::form::{SpanView, TermsView, WeekView, clock_text, days_view};
use crate::hours::{Exception, Hours, Minutes};
use crate::terms::Peak;

/// A room as customers see it.
#[derive(Serialize, ToSchema)]
pub struct RoomView {
    id: String,
    name: String,
    capacity: u32,
    description: String,
    /// Major units.
    #[schema(value_type = f64)]
    hourly_rate: Value,
    currency: &'static str,
    /// Other prices at certain hours; the first that fits counts.
    peak_prices: Vec<PeakView>,
    is_active: bool,
    zone: String,
    /// The earliest opening of the ordinary week (`09:00`).
    open_time: Option<String>,
    /// The latest closing of the ordinary week (`22:00`).
    close_time: Option<String>,
    opening_hours: WeekView,
    /// Dates with other hours, which win over everything.
    exceptions: Vec<ExceptionView>,
    /// Whose public holidays it is closed on: `KR` or `GU`.
    holidays: Option<&'static str>,
    slot_minutes: u16,
    buffer_before_minutes: u16,
    buffer_after_minutes: u16,
    min_minutes: u16,
    max_minutes: u16,
    min_notice_minutes: u16,
    max_ahead_days: u16,
    auto_confirm: bool,
    rush: bool,
    #[serde(flatten)]
    terms: TermsView,
    /// When it was taken off the books.
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<String>,
    lock_version: u64,
}

/// Another price at certain hours.
#[derive(Serialize, ToSchema)]
pub(super) struct PeakView {
    /// `mon` to `sun`
    days: Vec<&'static str>,
    #[serde(flatten)]
    span: SpanView,
    /// Major units.
    #[schema(value_type = f64)]
    hourly_rate: Value,
}

/// Other hours on one date; none means closed.
#[derive(Serialize, ToSchema)]
pub(super) struct ExceptionView {
    #[schema(format = Date)]
    date: String,
    hours: Vec<SpanView>,
}

impl From<&Peak> for PeakView {
    fn from(peak: &Peak) -> Self {
        let Peak { days, from, to, hourly_rate } = peak;
        let span = SpanView::from(&Minutes { from: *from, to: *to });
        Self { days: days_view(days), span, hourly_rate: hourly_rate.to_json() }
    }
}

impl From<&Exception> for ExceptionView {
    fn from(Exception { date, hours }: &Exception) -> Self {
        Self { date: date.to_string(), hours: hours.iter().map(SpanView::from).collect() }
    }
}

impl From<Room> for RoomView {
    fn from(room: Room) -> Self {
        let Room {
            room_id,
            name,
            capacity,
            description,
            hourly_rate,
            peaks,
            is_active,
            zone,
            hours,
            slot_minutes,
            buffer_before,
            buffer_after,
            min_minutes,
            max_minutes,
            min_notice_minutes,
            max_ahead_days,
            auto_confirm,
            rush,
            terms,
            quota,
            deleted_at,
            shelf: _,
            created_at: _,
            updated_at: _,
            lock_version,
        } = room;
        let Hours { week, exceptions, holidays } = hours;
        let bounds = week.bounds();
        Self {
            id: room_id.to_string(),
            name,
            capacity,
            description,
            hourly_rate: hourly_rate.to_json(),
            currency: hourly_rate.currency.code(),
            peak_prices: peaks.iter().map(PeakView::from).collect(),
            is_active,
            zone,
            open_time: bounds.map(|span| clock_text(span.from)),
            close_time: bounds.map(|span| clock_text(span.to)),
            opening_hours: WeekView::from(&week),
            exceptions: exceptions.iter().map(ExceptionView::from).collect(),
            holidays: holidays.map(crate::Calendar::code),
            slot_minutes,
            buffer_before_minutes: buffer_before,
            buffer_after_minutes: buffer_after,
            min_minutes,
            max_minutes,
            min_notice_minutes,
            max_ahead_days,
            auto_confirm,
            rush,
            terms: TermsView::of(&terms, quota),
            deleted_at: deleted_at.map(|at| at.to_string()),
            lock_version,
        }
    }
}
