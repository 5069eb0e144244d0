//! A tour's departures.

use jiff::civil::Date;
use maru_identity::permit;
use maru_kernel::{FieldError, Fields, LineRule, Said, TourId, line};
use maru_web::{Answer, Api, Body, Doc, Problem, Public, Raw, Segment, Staff, State, Texts};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::input::{date, minute, needed};
use super::views::clock;
use crate::Bookings;
use crate::model::Resource;
use crate::service::Leaving;

/// A departure and its seats.
#[derive(Serialize, ToSchema)]
struct LeavingView {
    /// `2026-12-01`
    date: String,
    /// `09:00`
    time: String,
    /// Seats that can be had now.
    seats_left: u16,
}

impl From<Leaving> for LeavingView {
    fn from(leaving: Leaving) -> Self {
        let Leaving { date, time, left } = leaving;
        Self { date: date.to_string(), time: clock(time), seats_left: left }
    }
}

/// What staff decide about a date: a departure's seats, or the whole day.
#[derive(Deserialize, ToSchema)]
struct DepartureWish {
    #[schema(value_type = String, format = "date")]
    date: Raw<String>,
    /// `09:00`; without one the whole day is meant.
    #[schema(value_type = Option<String>, example = "09:00")]
    time: Raw<String>,
    /// Its seats on that date: 0 cancels it, a time the timetable has not adds it, none gives it the timetable's
    /// again. Not fewer than are booked.
    #[schema(value_type = Option<u16>, maximum = 500)]
    seats: Raw<u16>,
    /// Closes the whole day for new bookings, for this reason; none opens it.
    #[schema(value_type = Option<String>, max_length = 200)]
    closed: Raw<String>,
}

pub(super) fn mount(api: Api<Bookings>) -> Api<Bookings> {
    let day = || json!({"type": "string", "format": "date"});
    let list_doc = Doc::new("departures", "출발 목록", "Departures with the seats left, 31 days at most.")
        .query("from", "첫날 (기본: 오늘) · first day, today by default", day)
        .query("to", "마지막 날 (기본: from) · last day", day)
        .all::<LeavingView>("출발 · departures")
        .refuses(422, "잘못된 날짜 · wrong dates");
    let set_doc = Doc::new(
        "setDeparture",
        "출발 정하기",
        "Gives a departure seats of its own for one date, or closes a day.",
    )
    .body::<DepartureWish>()
    .all::<LeavingView>("그 날의 출발 · that day's departures")
    .refuses(409, "이미 예약된 좌석보다 적음 · more seats are booked");
    api.get("/tours/{id}/departures", list_doc, list).put("/tours/{id}/departures", set_doc, set)
}

async fn list(
    _: Public,
    State(bookings): State<Bookings>,
    Segment(id): Segment<TourId>,
    query: Texts,
) -> Result<Answer, Problem> {
    let mut fields = Fields::new();
    let from = fields.take(query.parse::<Date>("from"));
    let to = fields.take(query.parse::<Date>("to"));
    let (from, to) = fields.finish(from.zip(to))?;
    let all = bookings.departures(id, from, to).await?;
    Ok(Answer::one(&all.into_iter().map(LeavingView::from).collect::<Vec<_>>()))
}

async fn set(
    caller: Staff<permit::BookingsWrite>,
    State(bookings): State<Bookings>,
    Segment(id): Segment<TourId>,
    body: Body<DepartureWish>,
) -> Result<Answer, Problem> {
    let DepartureWish { date: day, time, seats, closed } = body.value;
    let mut fields = Fields::new();
    let timed = !time.is_missing() || !seats.is_missing();
    let day = fields.take(date(day, "/date"));
    let time = fields.take(needed(time, timed, |text| minute(text, "/time")));
    let seats = fields.take(seats.optional("/seats").and_then(|seats| match seats {
        Some(501..) => {
            let said = Said::new("500석 이하여야 합니다.", "Must be 500 at most.");
            Err(FieldError::new("/seats", "range", said))
        }
        seats => Ok(seats),
    }));
    let rule = LineRule { pointer: "/closed", min: 1, max: 200, multiline: false };
    let closed = closed.optional("/closed").and_then(|text| text.map(|text| line(&text, rule)).transpose());
    let closed = fields.take(closed);
    if timed && matches!(closed, Some(Some(_))) {
        let said = Said::new("하루 전체만 닫을 수 있습니다.", "Only a whole day can be closed.");
        fields.refuse(FieldError::new("/closed", "ambiguous", said));
    }
    let ((day, time), (seats, closed)) = fields.finish(day.zip(time).zip(seats.zip(closed)))?;
    let all = if let Some(time) = time {
        bookings.reseat(&caller.0, id, (day, time), seats).await?
    } else {
        bookings.close_day(&caller.0, Resource::Tour(id), day, closed).await?;
        bookings.departures_of(&caller.0, id, day).await?
    };
    Ok(Answer::one(&all.into_iter().map(LeavingView::from).collect::<Vec<_>>()))
}
