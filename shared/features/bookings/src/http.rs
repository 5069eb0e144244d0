//! The routes of bookings: inputs, views, and each cause as a problem.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use maru_identity::{Identity, permit};
use maru_kernel::{BookingId, FieldError, Fields, LineRule, RoomId, Said, line};
use maru_table::{Cursor, Db};
use maru_web::{
    Answer, Api, Body, Doc, FromRef, Member, MemberOrStaff, Mounted, Pagination, Problem, Public, Raw,
    Repeat, Segment, State, StatusCode, Texts, instant,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::availability::Availability;
use crate::error::Interval;
use crate::model::Booking;
use crate::service::{NewBooking, When};
use crate::{BookingError, Bookings};

/// Hours a repeated request is recognised.
const REMEMBER_HOURS: u32 = 24;
/// Bookings a page shows at most.
const PAGE: u16 = 50;

impl FromRef<Bookings> for Identity {
    fn from_ref(bookings: &Bookings) -> Self {
        bookings.identity().clone()
    }
}

/// The routes of `bookings`.
pub fn api(bookings: Bookings) -> Mounted {
    let create_doc = Doc::new("createBooking", "예약", "Takes the hours: held for ten minutes where they cost something, confirmed at once where they do not.")
        .body::<BookingWish>()
        .one::<BookingView>(201, "예약되었습니다 · booked")
        .idempotent()
        .refuses(404, "없는 강의실 · no such room")
        .refuses(409, "이미 예약된 시간 (빈 시간을 함께 알려 줌) · taken; free alternatives are told");
    let list_doc = Doc::new("listBookings", "내 예약", "Your own bookings, latest start first.")
        .query("page_size", "1~50", || json!({"type": "integer", "minimum": 1, "maximum": PAGE}))
        .query("next", "앞 쪽의 next · the cursor of the page before", || json!({"type": "string"}))
        .list::<BookingView>("예약 · bookings")
        .refuses(422, "잘못된 질의 · wrong query");
    let get_doc = Doc::new("getBooking", "예약 보기", "One booking: yours, or anyone's for staff.")
        .one::<BookingView>(200, "예약 · the booking");
    let cancel_doc = Doc::new(
        "cancelBooking",
        "예약 취소",
        "Cancels and frees the hours. Cancelling again answers the same.",
    )
    .query("reason", "사유 · why", || json!({"type": "string", "maxLength": 200}))
    .one::<BookingView>(200, "취소되었습니다 · cancelled")
    .refuses(403, "볼 수는 있으나 취소할 수 없음 · may see it, may not cancel it")
    .refuses(409, "취소할 수 없는 상태 · cannot be cancelled now")
    .refuses(422, "잘못된 질의 · wrong query");
    Api::new()
        .post("/api/bookings", create_doc, create)
        .get("/api/bookings", list_doc, list)
        .get("/api/bookings/{id}", get_doc, get)
        .delete("/api/bookings/{id}", cancel_doc, cancel)
        .with_state(bookings)
}

/// `GET /rooms/{id}/availability`, mounted by the function that shows rooms.
pub fn availability_api(db: Db) -> Mounted {
    let doc = Doc::new("availability", "빈 시간", "Free intervals per local day, 31 days at most.")
        .query(
            "from",
            "첫날 (기본: 오늘) · first day, today by default",
            || json!({"type": "string", "format": "date"}),
        )
        .query("to", "마지막 날 (기본: from) · last day", || json!({"type": "string", "format": "date"}))
        .all::<DayView>("날짜별 빈 시간 · free spans by day")
        .refuses(422, "잘못된 날짜 · wrong dates");
    Api::new().get("/rooms/{id}/availability", doc, free).with_state(Availability::new(db))
}

/// A wish to book.
#[derive(Deserialize, ToSchema)]
struct BookingWish {
    #[schema(value_type = String, format = "uuid")]
    room_id: Raw<String>,
    /// RFC 3339; without an offset it is the room's local time.
    #[schema(value_type = String, example = "2026-12-01T10:00:00+09:00")]
    start_time: Raw<String>,
    #[schema(value_type = String, example = "2026-12-01T12:00:00+09:00")]
    end_time: Raw<String>,
    /// 1 to 200 characters.
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    title: Raw<String>,
    /// At most 2000 characters.
    #[schema(value_type = Option<String>, max_length = 2000)]
    description: Raw<String>,
}

/// A booking as its owner and staff see it.
#[derive(Serialize, ToSchema)]
struct BookingView {
    id: String,
    room_id: String,
    user_id: String,
    title: String,
    description: String,
    start_time: String,
    end_time: String,
    status: &'static str,
    /// Major units.
    #[schema(value_type = f64)]
    amount: Value,
    currency: &'static str,
    /// When an unpaid hold ends.
    expires_at: Option<String>,
    order_id: Option<String>,
    created_at: String,
    updated_at: String,
    lock_version: u64,
}

/// A free span.
#[derive(Serialize, ToSchema)]
struct IntervalView {
    start_time: String,
    end_time: String,
}

/// A local day's free spans.
#[derive(Serialize, ToSchema)]
struct DayView {
    /// `2026-12-01`
    date: String,
    free: Vec<IntervalView>,
}

impl From<Booking> for BookingView {
    fn from(booking: Booking) -> Self {
        let expires_at = booking.expires_at();
        let Booking {
            booking_id,
            room_id,
            user_id,
            title,
            description,
            start_time,
            end_time,
            zone,
            status,
            price,
            places: _,
            order_id,
            hold: _,
            hold_until: _,
            created_at,
            updated_at,
            lock_version,
        } = booking;
        let zone = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
        Self {
            id: booking_id.to_string(),
            room_id: room_id.to_string(),
            user_id: user_id.to_string(),
            title,
            description,
            start_time: instant(start_time, &zone),
            end_time: instant(end_time, &zone),
            status: status.as_str(),
            amount: price.to_json(),
            currency: price.currency.code(),
            expires_at: expires_at.map(|at| instant(at, &zone)),
            order_id: order_id.map(|id| id.to_string()),
            created_at: instant(created_at, &zone),
            updated_at: instant(updated_at, &zone),
            lock_version,
        }
    }
}

fn interval(span: Interval, zone: &TimeZone) -> IntervalView {
    IntervalView { start_time: instant(span.start, zone), end_time: instant(span.end, zone) }
}

/// A point in time, with or without an offset.
fn when(typed: Raw<String>, pointer: &'static str) -> Result<When, FieldError> {
    let text = typed.required(pointer)?;
    let text = text.trim();
    // A zone's name in brackets is Temporal's, not RFC 3339's.
    let read = if text.contains('[') {
        text.parse::<Zoned>().ok().map(|zoned| When::Instant(zoned.timestamp()))
    } else {
        text.parse::<Timestamp>()
            .ok()
            .map(When::Instant)
            .or_else(|| text.parse::<DateTime>().ok().map(When::Local))
    };
    let said = || {
        Said::new("2026-12-01T10:00:00+09:00 형식이어야 합니다.", "Must look like 2026-12-01T10:00:00+09:00.")
    };
    read.ok_or_else(|| FieldError::new(pointer, "type", said()))
}

fn wish(body: BookingWish) -> Result<NewBooking, Vec<FieldError>> {
    let BookingWish { room_id, start_time, end_time, title, description } = body;
    let mut fields = Fields::new();
    let room = fields.take(room_id.required("/room_id").and_then(|text| {
        let said = || Said::new("강의실 ID가 아닙니다.", "Not a room id.");
        text.parse::<RoomId>().map_err(|_| FieldError::new("/room_id", "type", said()))
    }));
    let start = fields.take(when(start_time, "/start_time"));
    let end = fields.take(when(end_time, "/end_time"));
    let title_rule = LineRule { pointer: "/title", min: 1, max: 200, multiline: false };
    let title = fields.take(title.required("/title").and_then(|text| line(&text, title_rule)));
    let text_rule = LineRule { pointer: "/description", min: 0, max: 2000, multiline: true };
    let description =
        description.optional("/description").and_then(|text| line(&text.unwrap_or_default(), text_rule));
    let description = fields.take(description);
    let whole = room.zip(start).zip(end).zip(title).zip(description);
    let new = whole.map(|((((room_id, start), end), title), description)| NewBooking {
        room_id,
        start,
        end,
        title,
        description,
    });
    fields.finish(new)
}

async fn create(
    caller: Member,
    State(bookings): State<Bookings>,
    body: Body<BookingWish>,
) -> Result<Answer, Problem> {
    let request = body.repeat().of(&caller.0, "POST /api/bookings", bookings.now(), REMEMBER_HOURS);
    let new = wish(body.value)?;
    let (booking, replayed) = bookings.create(&caller.0, &new, request.as_ref()).await?;
    let version = booking.lock_version;
    let location = format!("/api/bookings/{}", booking.booking_id);
    let answer =
        Answer::created("예약되었습니다.", &BookingView::from(booking)).version(version).replayed(replayed);
    Ok(answer.at(&location))
}

async fn list(caller: Member, State(bookings): State<Bookings>, query: Texts) -> Result<Answer, Problem> {
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
    Segment(id): Segment<BookingId>,
) -> Result<Answer, Problem> {
    let booking = bookings.get(&caller.0, id).await?;
    let version = booking.lock_version;
    Ok(Answer::one(&BookingView::from(booking)).version(version))
}

/// Cancelling twice is cancelling once, so a key adds nothing; the body, if any, is read and ignored.
async fn cancel(
    caller: MemberOrStaff<permit::BookingsWrite>,
    State(bookings): State<Bookings>,
    Segment(id): Segment<BookingId>,
    query: Texts,
    _body: Repeat,
) -> Result<Answer, Problem> {
    let rule = LineRule { pointer: "?reason", min: 0, max: 200, multiline: false };
    let reason = query.get("reason").map(|text| line(text, rule)).transpose().map_err(|e| vec![e])?;
    let booking = bookings.cancel(&caller.0, id, reason).await?;
    let version = booking.lock_version;
    Ok(Answer::one(&BookingView::from(booking)).version(version))
}

async fn free(
    _: Public,
    State(rooms): State<Availability>,
    Segment(id): Segment<RoomId>,
    query: Texts,
) -> Result<Answer, Problem> {
    let mut fields = Fields::new();
    let from = fields.take(query.parse::<Date>("from"));
    let to = fields.take(query.parse::<Date>("to"));
    let (from, to) = fields.finish(from.zip(to))?;
    let found = rooms.free(id, from, to).await?;
    let zone = found.grid.zone();
    let days = found.days.into_iter().map(|(date, free)| DayView {
        date: date.to_string(),
        free: free.into_iter().map(|span| interval(span, zone)).collect(),
    });
    let days: Vec<DayView> = days.collect();
    Ok(Answer::one(&days).with("zone", json!(found.room.zone)))
}

impl From<BookingError> for Problem {
    fn from(error: BookingError) -> Self {
        match error {
            BookingError::NoRoom => Self::new(
                StatusCode::NOT_FOUND,
                "no_such_room",
                "그런 강의실이 없습니다.",
                "There is no such room.",
            ),
            BookingError::NoBooking => Self::not_found(),
            BookingError::Forbidden => Self::forbidden(),
            BookingError::Invalid(fields) => Self::fields(fields),
            BookingError::Taken { alternatives, zone } => {
                let zone = TimeZone::get(&zone).unwrap_or(TimeZone::UTC);
                let spans: Vec<IntervalView> =
                    alternatives.into_iter().map(|span| interval(span, &zone)).collect();
                let said = (
                    "이미 예약된 시간입니다. 다른 시간을 골라 주세요.",
                    "This time is taken. Please choose another.",
                );
                Self::conflict("slot_taken", said.0, said.1).with("alternatives", json!(spans))
            }
            BookingError::Status(status) => {
                let ko = format!("지금 상태({})에서는 할 수 없습니다.", status.as_str());
                Self::conflict("wrong_status", ko, format!("Not possible while {}.", status.as_str()))
                    .with("current_status", json!(status.as_str()))
            }
            BookingError::Paid => {
                let said = (
                    "결제가 끝난 예약은 환불과 함께 취소해야 합니다. 문의해 주세요.",
                    "A paid booking is cancelled together with its refund. Please contact us.",
                );
                Self::conflict("paid_booking", said.0, said.1)
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
