//! The calls of the classroom system, under the names its clients know.

use maru_identity::permit;
use maru_kernel::BookingId;
use maru_table::Cursor;
use maru_web::{Answer, Api, Body, Doc, MemberOrStaff, Pagination, Problem, Repeat, Segment, State, Texts};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::input::BookingWish;
use super::views::BookingView;
use super::{PAGE, request_of};
use crate::Bookings;
use crate::model::Booking;
use crate::service::Cancel;

/// A booking as those clients read it: every field under both spellings.
#[derive(Serialize, ToSchema)]
struct ReservationView {
    #[serde(flatten)]
    booking: BookingView,
    #[serde(rename = "roomId")]
    room_id: Option<String>,
    #[serde(rename = "userId")]
    user_id: Option<String>,
    #[serde(rename = "startTime")]
    start_time: String,
    #[serde(rename = "endTime")]
    end_time: String,
    #[serde(rename = "createdAt")]
    created_at: String,
}

impl From<Booking> for ReservationView {
    fn from(booking: Booking) -> Self {
        let booking = BookingView::from(booking);
        Self {
            room_id: booking.room_id.clone(),
            user_id: booking.user_id.clone(),
            start_time: booking.start_time.clone(),
            end_time: booking.end_time.clone(),
            created_at: booking.created_at.clone(),
            booking,
        }
    }
}

pub(super) fn mount(api: Api<Bookings>) -> Api<Bookings> {
    let create_doc =
        Doc::new("createReservation", "예약 (강의실 앱)", "createBooking under the classroom system's name.")
            .body::<BookingWish>()
            .one::<ReservationView>(201, "예약되었습니다 · booked")
            .idempotent()
            .refuses(403, "남을 대신해 예약할 수 없음 · not for others")
            .refuses(404, "없는 강의실 · no such room")
            .refuses(409, "이미 예약된 시간 · taken");
    let list_doc = Doc::new(
        "listReservations",
        "내 예약 (강의실 앱)",
        "listBookings under the classroom system's name.",
    )
    .query("page_size", "1~50", || json!({"type": "integer", "minimum": 1, "maximum": PAGE}))
    .query("next", "앞 쪽의 next · the cursor of the page before", || json!({"type": "string"}))
    .list::<ReservationView>("예약 · bookings")
    .refuses(403, "권한 없는 키 · the key's scopes do not cover it")
    .refuses(422, "잘못된 질의 · wrong query");
    let get_doc =
        Doc::new("getReservation", "예약 보기 (강의실 앱)", "getBooking under the classroom system's name.")
            .one::<ReservationView>(200, "예약 · the booking")
            .refuses(403, "권한 없는 키 · the key's scopes do not cover it");
    let cancel_doc = Doc::new(
        "cancelReservation",
        "예약 취소 (강의실 앱)",
        "cancelBooking under the classroom system's name.",
    )
    .one::<ReservationView>(200, "취소되었습니다 · cancelled")
    .idempotent()
    .refuses(403, "볼 수는 있으나 취소할 수 없음 · may see it, may not cancel it")
    .refuses(409, "취소할 수 없는 상태 · cannot be cancelled now")
    .refuses(422, "잘못된 값 · wrong fields");
    api.post("/api/reservations/create", create_doc, create)
        .get("/api/reservations/list", list_doc, list)
        .get("/api/reservations/{id}", get_doc, get)
        .put("/api/reservations/{id}/cancel", cancel_doc, cancel)
}

async fn create(
    caller: MemberOrStaff<permit::BookingsWrite>,
    State(bookings): State<Bookings>,
    body: Body<BookingWish>,
) -> Result<Answer, Problem> {
    let request = request_of(body.repeat(), &caller.0, "POST /api/reservations/create", &bookings);
    let new = body.value.read()?;
    let made = bookings.create(&caller.0, &new, request.as_ref()).await?;
    let location = format!("/api/reservations/{}", made.booking.booking_id);
    let version = made.booking.lock_version;
    let answer = Answer::created("예약되었습니다.", &ReservationView::from(made.booking));
    Ok(answer.version(version).replayed(made.replayed).at(&location))
}

async fn list(
    caller: MemberOrStaff<permit::BookingsRead>,
    State(bookings): State<Bookings>,
    query: Texts,
) -> Result<Answer, Problem> {
    let size = query.parse::<u16>("page_size").map_err(|e| vec![e])?.unwrap_or(PAGE).clamp(1, PAGE);
    let page = bookings.own(&caller.0, size, query.get("next").and_then(Cursor::decode)).await?;
    let next = page.next.map(|cursor| cursor.encode());
    let views: Vec<ReservationView> = page.items.into_iter().map(ReservationView::from).collect();
    Ok(Answer::list(&views, &Pagination { page_size: size, has_next: next.is_some(), next }))
}

async fn get(
    caller: MemberOrStaff<permit::BookingsRead>,
    State(bookings): State<Bookings>,
    Segment(id): Segment<BookingId>,
) -> Result<Answer, Problem> {
    let booking = bookings.get(&caller.0, id).await?;
    let version = booking.lock_version;
    Ok(Answer::one(&ReservationView::from(booking)).version(version))
}

async fn cancel(
    caller: MemberOrStaff<permit::BookingsWrite>,
    State(bookings): State<Bookings>,
    Segment(id): Segment<BookingId>,
    repeat: Repeat,
) -> Result<Answer, Problem> {
    let request = request_of(&repeat, &caller.0, &format!("PUT /api/reservations/{id}/cancel"), &bookings);
    let (booking, replayed) = bookings.cancel(&caller.0, id, &Cancel::default(), request.as_ref()).await?;
    let version = booking.lock_version;
    Ok(Answer::one(&ReservationView::from(booking)).version(version).replayed(replayed))
}
