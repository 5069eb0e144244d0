//! The routes of rooms.

use jiff::tz::TimeZone;
use maru_identity::{Identity, permit};
use maru_kernel::{Currency, FieldError, Fields, LineRule, Money, RoomId, Said, line};
use maru_table::Cursor;
use maru_web::{
    Amount, Answer, Api, Body, Doc, FromRef, Mounted, Pagination, Problem, Public, Raw, Segment, Staff,
    State, Texts,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{NewRoom, Room, RoomError, Rooms};

/// Rooms a page shows where the client says nothing, and at most.
const PAGE: u16 = 50;
/// Hours a repeated request is recognised.
const REMEMBER_HOURS: u32 = 24;

impl FromRef<Rooms> for Identity {
    fn from_ref(rooms: &Rooms) -> Self {
        rooms.identity().clone()
    }
}

/// `GET` and `POST /rooms`, `GET /rooms/{id}`.
pub fn api(rooms: Rooms) -> Mounted {
    let list_doc = Doc::new("listRooms", "강의실 목록", "Active rooms by name.")
        .query("page_size", "1~50", || json!({"type": "integer", "minimum": 1, "maximum": PAGE}))
        .query("next", "앞 쪽의 next · the cursor of the page before", || json!({"type": "string"}))
        .list::<RoomView>("강의실 · rooms")
        .refuses(422, "잘못된 질의 · wrong query");
    let get_doc = Doc::new("getRoom", "강의실", "One active room.").one::<RoomView>(200, "강의실 · the room");
    let create_doc = Doc::new(
        "createRoom",
        "강의실 만들기",
        "Makes a room. A rate of zero is free of charge; a price below the provider's least is refused.",
    )
    .body::<RoomWish>()
    .one::<RoomView>(201, "만들었습니다 · made")
    .idempotent();
    Api::new()
        .post("/rooms", create_doc, create)
        .get("/rooms", list_doc, list)
        .get("/rooms/{id}", get_doc, get)
        .with_state(rooms)
}

/// A room to be made.
#[derive(Deserialize, ToSchema)]
struct RoomWish {
    /// 1 to 100 characters.
    #[schema(value_type = String, min_length = 1, max_length = 100, example = "강의실 A")]
    name: Raw<String>,
    #[schema(value_type = u32, minimum = 1, maximum = 10000)]
    capacity: Raw<u32>,
    /// At most 2000 characters.
    #[schema(value_type = Option<String>, max_length = 2000)]
    description: Raw<String>,
    /// Won an hour: 0, or enough that the shortest booking costs the provider's least (100원).
    #[schema(value_type = f64, example = 20000)]
    hourly_rate: Raw<Amount>,
    /// IANA zone; Asia/Seoul by default.
    #[schema(value_type = Option<String>, example = "Asia/Seoul")]
    zone: Raw<String>,
    /// `09:00` by default.
    #[schema(value_type = Option<String>, example = "09:00")]
    open_time: Raw<String>,
    /// `22:00` by default; `24:00` is midnight.
    #[schema(value_type = Option<String>, example = "22:00")]
    close_time: Raw<String>,
    /// Whether bookings are confirmed without staff; yes by default.
    #[schema(value_type = Option<bool>)]
    auto_confirm: Raw<bool>,
}

/// A room as customers see it.
#[derive(Serialize, ToSchema)]
struct RoomView {
    id: String,
    name: String,
    capacity: u32,
    description: String,
    /// Major units.
    #[schema(value_type = f64)]
    hourly_rate: Value,
    currency: &'static str,
    is_active: bool,
    zone: String,
    /// `09:00`
    open_time: String,
    /// `22:00`
    close_time: String,
    slot_minutes: u16,
    min_minutes: u16,
    max_minutes: u16,
    max_ahead_days: u16,
    auto_confirm: bool,
    lock_version: u64,
}

impl From<Room> for RoomView {
    fn from(room: Room) -> Self {
        let Room {
            room_id,
            name,
            capacity,
            description,
            hourly_rate,
            is_active,
            zone,
            opens,
            closes,
            slot_minutes,
            min_minutes,
            max_minutes,
            max_ahead_days,
            auto_confirm,
            shelf: _,
            created_at: _,
            updated_at: _,
            lock_version,
        } = room;
        Self {
            id: room_id.to_string(),
            name,
            capacity,
            description,
            hourly_rate: hourly_rate.to_json(),
            currency: hourly_rate.currency.code(),
            is_active,
            zone,
            open_time: clock_text(opens),
            close_time: clock_text(closes),
            slot_minutes,
            min_minutes,
            max_minutes,
            max_ahead_days,
            auto_confirm,
            lock_version,
        }
    }
}

fn clock_text(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The least a card payment may be (원), as the provider documents it.
const LEAST_PAYMENT: i64 = 100;
/// The shortest booking of a new room.
const SHORTEST_MINUTES: i64 = 15;

fn wish(body: RoomWish) -> Result<NewRoom, Vec<FieldError>> {
    let RoomWish { name, capacity, description, hourly_rate, zone, open_time, close_time, auto_confirm } =
        body;
    let mut fields = Fields::new();
    let name_rule = LineRule { pointer: "/name", min: 1, max: 100, multiline: false };
    let name = fields.take(name.required("/name").and_then(|text| line(&text, name_rule)));
    let seats = |n: u32| {
        refuse_unless(
            (1..=10_000).contains(&n),
            n,
            "/capacity",
            "range",
            "1~10000명이어야 합니다.",
            "Must be 1 to 10000.",
        )
    };
    let capacity = fields.take(capacity.required("/capacity").and_then(seats));
    let text_rule = LineRule { pointer: "/description", min: 0, max: 2000, multiline: true };
    let description = fields.take(
        description.optional("/description").and_then(|text| line(&text.unwrap_or_default(), text_rule)),
    );
    let rate = fields.take(hourly_rate.required("/hourly_rate").and_then(|Amount(text)| {
        let money = Money::parse(&text, Currency::KRW).ok().filter(|money| money.minor >= 0);
        let unread = || {
            FieldError::new(
                "/hourly_rate",
                "amount",
                Said::new("금액이 올바르지 않습니다.", "Not an amount."),
            )
        };
        let money = money.ok_or_else(unread)?;
        let least = money.per_hour_for(SHORTEST_MINUTES).map_or(0, |m| m.minor);
        let payable = money.is_zero() || least >= LEAST_PAYMENT;
        refuse_unless(
            payable,
            money,
            "/hourly_rate",
            "below_minimum",
            "가장 짧은 예약도 100원 이상이어야 결제할 수 있습니다.",
            "The shortest booking must cost 100 won at least.",
        )
    }));
    let zone = fields.take(zone.optional("/zone").and_then(|zone| {
        let zone = zone.unwrap_or_else(|| "Asia/Seoul".into());
        let known = TimeZone::get(&zone).is_ok();
        refuse_unless(known, zone, "/zone", "zone", "알 수 없는 시간대입니다.", "Not a time zone.")
    }));
    let opens = fields.take(time_of_day(open_time, "/open_time", 9 * 60));
    let closes = fields.take(time_of_day(close_time, "/close_time", 22 * 60));
    if let (Some(opens), Some(closes)) = (opens, closes) {
        let later = refuse_unless(
            opens < closes,
            (),
            "/close_time",
            "not_after_open",
            "여는 시각보다 늦어야 합니다.",
            "Must be after open_time.",
        );
        fields.take(later);
    }
    let auto_confirm = fields.take(auto_confirm.optional("/auto_confirm")).map(|yes| yes.unwrap_or(true));
    let whole =
        name.zip(capacity).zip(description).zip(rate).zip(zone).zip(opens).zip(closes).zip(auto_confirm);
    let new =
        whole.map(
            |(((((((name, capacity), description), hourly_rate), zone), opens), closes), auto_confirm)| {
                NewRoom { name, capacity, description, hourly_rate, zone, opens, closes, auto_confirm }
            },
        );
    fields.finish(new)
}

fn refuse_unless<T>(
    good: bool,
    value: T,
    pointer: &'static str,
    code: &'static str,
    ko: &'static str,
    en: &'static str,
) -> Result<T, FieldError> {
    if good { Ok(value) } else { Err(FieldError::new(pointer, code, Said::new(ko, en))) }
}

fn two_digits(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())
}

/// Minutes after midnight of `HH:MM` on the quarter of an hour.
fn time_of_day(typed: Raw<String>, pointer: &'static str, default: u16) -> Result<u16, FieldError> {
    let Some(text) = typed.optional(pointer)? else { return Ok(default) };
    let read = text.split_once(':').filter(|(h, m)| two_digits(h) && two_digits(m));
    let minutes = read
        .and_then(|(h, m)| Some(h.parse::<u16>().ok()? * 60 + m.parse::<u16>().ok().filter(|m| *m < 60)?));
    let minutes = minutes.filter(|minutes| *minutes <= 1440 && minutes % 15 == 0);
    minutes.ok_or_else(|| {
        FieldError::new(
            pointer,
            "time",
            Said::new("15분 단위의 HH:MM이어야 합니다.", "Must be HH:MM on the quarter of an hour."),
        )
    })
}

async fn create(
    caller: Staff<permit::RoomsManage>,
    State(rooms): State<Rooms>,
    body: Body<RoomWish>,
) -> Result<Answer, Problem> {
    let request = body.repeat().of(&caller.0, "POST /rooms", rooms.now(), REMEMBER_HOURS);
    let (room, replayed) = rooms.create(&caller.0, wish(body.value)?, request.as_ref()).await?;
    let (version, location) = (room.lock_version, format!("/rooms/{}", room.room_id));
    Ok(Answer::created("강의실을 만들었습니다.", &RoomView::from(room))
        .version(version)
        .replayed(replayed)
        .at(&location))
}

impl From<RoomError> for Problem {
    fn from(error: RoomError) -> Self {
        match error {
            RoomError::KeyReused => Self::idempotency_key_reused(),
            RoomError::Store(error) => error.into(),
        }
    }
}

async fn list(_: Public, State(rooms): State<Rooms>, query: Texts) -> Result<Answer, Problem> {
    let size = query.parse::<u16>("page_size").map_err(|e| vec![e])?.unwrap_or(PAGE).clamp(1, PAGE);
    let after = query.get("next").and_then(Cursor::decode);
    let page = rooms.list(size, after).await?;
    let next = page.next.map(|cursor| cursor.encode());
    let views: Vec<RoomView> = page.items.into_iter().map(RoomView::from).collect();
    Ok(Answer::list(&views, &Pagination { page_size: size, has_next: next.is_some(), next }))
}

async fn get(_: Public, State(rooms): State<Rooms>, Segment(id): Segment<RoomId>) -> Result<Answer, Problem> {
    let room = rooms.active(id).await?.ok_or_else(Problem::not_found)?;
    let version = room.lock_version;
    Ok(Answer::one(&RoomView::from(room)).version(version))
}
