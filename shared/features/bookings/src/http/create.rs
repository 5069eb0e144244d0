//! Booking, and seeing what is booked.

use jiff::tz::TimeZone;
use maru_identity::{Permission, permit};
use maru_kernel::FieldError;
use maru_table::Cursor;
use maru_web::{
    Answer, Api, Body, Calendar, Doc, IntoResponse, MemberOrStaff, Pagination, Problem, Response, Segment,
    State, Texts,
};
use serde_json::json;

use super::input::{BookingWish, SeriesWish, Shown};
use super::problem::for_staff;
use super::views::{BookingView, skipped};
use super::{PAGE, request_of};
use crate::service::{Made, NewBooking};
use crate::{Bookings, ics};

pub(super) fn mount(api: Api<Bookings>) -> Api<Bookings> {
    let taken = "이미 예약된 시간 (빈 시간을 함께 알려 줌), 한도 초과 · taken (free alternatives are told), or over the quota";
    let create_doc = Doc::new(
        "createBooking",
        "예약",
        "Takes hours of a room or seats of a departure: held for ten minutes where they cost something, confirmed at once where they do not, pending where staff approve. Staff and keys book for anybody.",
    )
    .body::<BookingWish>()
    .one::<BookingView>(201, "예약되었습니다 · booked")
    .idempotent()
    .refuses(403, "남을 대신해 예약할 수 없음 · not for others")
    .refuses(404, "없는 강의실이나 투어 · no such room or tour")
    .refuses(409, taken);
    let series_doc = Doc::new(
        "createSeries",
        "반복 예약",
        "One booking of at most 25 times: all or nothing, or (on_conflict: skip) without those that cannot be had, which are reported in `skipped`.",
    )
    .body::<SeriesWish>()
    .one::<BookingView>(201, "예약되었습니다 · booked")
    .idempotent()
    .refuses(403, "남을 대신해 예약할 수 없음 · not for others")
    .refuses(404, "없는 강의실 · no such room")
    .refuses(409, taken);
    let list_doc = Doc::new("listBookings", "내 예약", "Your own bookings, latest start first.")
        .query("page_size", "1~50", || json!({"type": "integer", "minimum": 1, "maximum": PAGE}))
        .query("next", "앞 쪽의 next · the cursor of the page before", || json!({"type": "string"}))
        .list::<BookingView>("예약 · bookings")
        .refuses(403, "권한 없는 키 · the key's scopes do not cover it")
        .refuses(422, "잘못된 질의 · wrong query");
    let get_doc = Doc::new(
        "getBooking",
        "예약 보기",
        "One booking: yours, or anyone's for staff. With `.ics` behind the id, as a calendar.",
    )
    .one::<BookingView>(200, "예약 · the booking")
    .text("text/calendar", "예약 · the booking")
    .refuses(403, "권한 없는 키 · the key's scopes do not cover it");
    api.post("/api/bookings", create_doc, create)
        .get("/api/bookings", list_doc, list)
        .get("/api/bookings/{id}", get_doc, get)
        .post("/api/series", series_doc, create_series)
}

/// Makes what is wished and tells it.
async fn made(
    caller: &MemberOrStaff<permit::BookingsWrite>,
    bookings: &Bookings,
    new: Result<NewBooking, Vec<FieldError>>,
    request: Option<maru_table::Idempotency>,
) -> Result<Answer, Problem> {
    let made = bookings.create(&caller.0, &new?, request.as_ref()).await;
    let staff = caller.0.may(Permission::BookingsWrite);
    let Made { booking, replayed, skipped: left_out } =
        made.map_err(|error| if staff { for_staff(error) } else { error.into() })?;
    let version = booking.lock_version;
    let location = format!("/api/bookings/{}", booking.booking_id);
    let zone = TimeZone::get(&booking.zone).unwrap_or(TimeZone::UTC);
    let answer = Answer::created("예약되었습니다.", &BookingView::from(booking));
    let answer = if left_out.is_empty() { answer } else { answer.with("skipped", skipped(&left_out, &zone)) };
    Ok(answer.version(version).replayed(replayed).at(&location))
}

async fn create(
    caller: MemberOrStaff<permit::BookingsWrite>,
    State(bookings): State<Bookings>,
    body: Body<BookingWish>,
) -> Result<Answer, Problem> {
    let request = request_of(body.repeat(), &caller.0, "POST /api/bookings", &bookings);
    made(&caller, &bookings, body.value.read(), request).await
}

async fn create_series(
    caller: MemberOrStaff<permit::BookingsWrite>,
    State(bookings): State<Bookings>,
    body: Body<SeriesWish>,
) -> Result<Answer, Problem> {
    let request = request_of(body.repeat(), &caller.0, "POST /api/series", &bookings);
    made(&caller, &bookings, body.value.read(), request).await
}

async fn list(
    caller: MemberOrStaff<permit::BookingsRead>,
    State(bookings): State<Bookings>,
    query: Texts,
) -> Result<Answer, Problem> {
    let size = query.parse::<u16>("page_size").map_err(|e| vec![e])?.unwrap_or(PAGE).clamp(1, PAGE);
    let after = query.get("next").and_then(Cursor::decode);
    let page = bookings.own(&caller.0, size, after).await?;
    let next = page.next.map(|cursor| cursor.encode());
    let views: Vec<BookingView> = page.items.into_iter().map(BookingView::from).collect();
    Ok(Answer::list(&views, &Pagination { page_size: size, has_next: next.is_some(), next }))
}

async fn get(
    caller: MemberOrStaff<permit::BookingsRead>,
    State(bookings): State<Bookings>,
    Segment(shown): Segment<Shown>,
) -> Result<Response, Problem> {
    let booking = bookings.get(&caller.0, shown.id).await?;
    if shown.as_calendar {
        let place = bookings.place_of(&booking).await?;
        let calendar = ics::calendar("마루", &[booking], |_| place.clone(), bookings.now());
        return Ok(Calendar(calendar).into_response());
    }
    let version = booking.lock_version;
    Ok(Answer::one(&BookingView::from(booking)).version(version).into_response())
}
