//! The front desk's day.

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use maru_accounts::User;
use maru_identity::permit;
use maru_kernel::{Fields, UserId};
use maru_web::{Answer, Api, Doc, Problem, Staff, State, Texts};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::views::{BookingView, IntervalView, clock};
use crate::Bookings;
use crate::model::Booking;
use crate::service::{Desk, DeskDay};

/// A room or tour on a date.
#[derive(Serialize, ToSchema)]
struct DeskView {
    /// `room` or `tour`.
    kind: &'static str,
    id: String,
    name: String,
    zone: String,
    /// When a room is open.
    open: Vec<IntervalView>,
    /// The public holiday a room is closed on.
    holiday: Option<&'static str>,
    /// Why staff closed the day for new bookings.
    closed: Option<String>,
    /// A tour's departures.
    departures: Vec<DepartureView>,
    /// How many wait in line.
    waiting: usize,
    bookings: Vec<ComerView>,
}

/// A departure.
#[derive(Serialize, ToSchema)]
struct DepartureView {
    /// `09:00`
    time: String,
    seats_left: u16,
}

/// Who comes.
#[derive(Serialize, ToSchema)]
struct ComerView {
    /// Their name.
    name: String,
    phone: Option<String>,
    email: Option<String>,
    #[serde(flatten)]
    booking: BookingView,
}

pub(super) fn mount(api: Api<Bookings>) -> Api<Bookings> {
    let doc = Doc::new(
        "day",
        "하루 보기",
        "The front desk's day: every room and tour, who comes when, paid or not.",
    )
    .query("date", "날짜 · 2026-12-01", || json!({"type": "string", "format": "date"}))
    .all::<DeskView>("강의실과 투어 · rooms and tours")
    .refuses(422, "잘못된 날짜 · wrong date");
    api.get("/api/day", doc, day)
}

async fn day(
    caller: Staff<permit::BookingsRead>,
    State(bookings): State<Bookings>,
    query: Texts,
) -> Result<Answer, Problem> {
    let mut fields = Fields::new();
    let date = fields.take(query.parse::<Date>("date"));
    let date = fields.finish(date)?;
    // Without a date, today as most of the business knows it.
    let today = || bookings.now().to_zoned(TimeZone::get("Asia/Seoul").unwrap_or(TimeZone::UTC)).date();
    let date = date.unwrap_or_else(today);
    let (days, people) = bookings.day(&caller.0, date).await?;
    let views: Vec<DeskView> = days.into_iter().map(|day| view(day, &people)).collect();
    Ok(Answer::one(&views).with("date", json!(date.to_string())))
}

fn view(day: DeskDay, people: &HashMap<UserId, User>) -> DeskView {
    let DeskDay { resource, closed, bookings, waiting } = day;
    let bookings = bookings.into_iter().map(|booking| comer(booking, people)).collect();
    match resource {
        Desk::Room(room, open, holiday) => {
            let zone = TimeZone::get(&room.zone).unwrap_or(TimeZone::UTC);
            DeskView {
                kind: "room",
                id: room.room_id.to_string(),
                name: room.name,
                zone: room.zone,
                open: open.into_iter().map(|span| IntervalView::new(span, &zone)).collect(),
                holiday,
                closed,
                departures: Vec::new(),
                waiting,
                bookings,
            }
        }
        Desk::Tour(tour, departures) => DeskView {
            kind: "tour",
            id: tour.tour_id.to_string(),
            name: tour.name,
            zone: tour.zone,
            open: Vec::new(),
            holiday: None,
            closed,
            departures: departures
                .into_iter()
                .map(|(time, seats_left)| DepartureView { time: clock(time), seats_left })
                .collect(),
            waiting,
            bookings,
        },
    }
}

fn comer(booking: Booking, people: &HashMap<UserId, User>) -> ComerView {
    let user = booking.user_id.and_then(|id| people.get(&id));
    let contact = booking.contact.clone();
    let name =
        contact.as_ref().map(|contact| contact.name.clone()).or_else(|| user.map(|user| user.name.clone()));
    let email = contact.as_ref().and_then(|contact| contact.email.clone());
    let email = email.or_else(|| user.and_then(|user| user.email.clone()));
    ComerView {
        name: name.unwrap_or_default(),
        phone: contact.and_then(|contact| contact.phone).map(|phone| phone.as_str().to_owned()),
        email: email.map(|email| email.as_str().to_owned()),
        booking: booking.into(),
    }
}
