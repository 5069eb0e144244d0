//! A room's free hours, and what staff keep of it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use maru_identity::permit;
use maru_kernel::{BookingId, FieldError, Fields, LineRule, RoomId, Said, line};
use maru_web::{Answer, Api, Body, Doc, Member, Problem, Public, Raw, Segment, Staff, State, Texts};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::input::{date, instant_of, needed, when};
use super::problem::for_staff;
use super::request_of;
use super::views::{BookingView, IntervalView};
use crate::availability::{FreeDays, is_past, month};
use crate::model::{Resource, What};
use crate::service::When;
use crate::{BookingError, Bookings};

/// A local day's free spans.
#[derive(Serialize, ToSchema)]
struct DayView {
    /// `2026-12-01`
    date: String,
    free: Vec<IntervalView>,
}

/// A local day in a month's view.
#[derive(Serialize, ToSchema)]
struct MonthDayView {
    /// `2026-12-01`
    date: String,
    /// `past`, `closed`, `full`, or `free`.
    state: &'static str,
    open_minutes: i64,
    free_minutes: i64,
    holiday: Option<&'static str>,
}

/// Why a time can be booked or not.
#[derive(Serialize, ToSchema)]
struct ExplainedView {
    bookable: bool,
    reasons: Vec<ReasonView>,
    alternatives: Vec<IntervalView>,
}

/// One reason.
#[derive(Serialize, ToSchema)]
struct ReasonView {
    /// `outside_opening_hours`, `public_holiday`, `taken`, `yours`, `blocked`, `closed`, `waiting_line`, `too_late` …
    code: &'static str,
    /// Korean.
    detail: String,
    /// English.
    detail_en: String,
}

/// Hours or a day staff keep for themselves.
#[derive(Deserialize, ToSchema)]
struct BlockWish {
    /// From, as in a booking; together with `end_time`. What is booked there stands in the way.
    #[schema(value_type = Option<String>)]
    start_time: Raw<String>,
    #[schema(value_type = Option<String>)]
    end_time: Raw<String>,
    /// Or a whole day, which is closed for new bookings while those there stay.
    #[schema(value_type = Option<String>, format = "date")]
    date: Raw<String>,
    /// 1 to 200 characters.
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    reason: Raw<String>,
}

/// What is to be kept.
enum Kept {
    Day(Date),
    Hours(When, When),
}

/// What staff keep of a room.
#[derive(Serialize, ToSchema)]
struct BlocksView {
    blackouts: Vec<BookingView>,
    closed_days: Vec<ClosedView>,
}

/// A closed day.
#[derive(Serialize, ToSchema)]
struct ClosedView {
    date: String,
    reason: String,
}

pub(super) fn mount(api: Api<Bookings>) -> Api<Bookings> {
    let day = || json!({"type": "string", "format": "date"});
    let free_doc = Doc::new(
        "availability",
        "빈 시간",
        "Free intervals per local day, 42 days at most; with `month=2026-12`, a month at a glance.",
    )
    .query("from", "첫날 (기본: 오늘) · first day, today by default", day)
    .query("to", "마지막 날 (기본: from) · last day", day)
    .query(
        "month",
        "한 달 보기 · a month at a glance",
        || json!({"type": "string", "pattern": r"^\d{4}-\d{2}$"}),
    )
    .all::<DayView>("날짜별 빈 시간 · free spans by day")
    .refuses(422, "잘못된 날짜 · wrong dates");
    let explain_doc = Doc::new(
        "explainAvailability",
        "왜 예약할 수 없나요",
        "Why a time can be booked or not, and what could be had instead.",
    )
    .query("start_time", "시작 · from", || json!({"type": "string"}))
    .query("end_time", "끝 · to", || json!({"type": "string"}))
    .one::<ExplainedView>(200, "까닭 · the reasons")
    .refuses(422, "잘못된 시각 · wrong times");
    let list_doc = Doc::new("listBlackouts", "사용 제한 목록", "What staff keep of a room, 31 days at most.")
        .query("from", "첫날 (기본: 오늘) · first day, today by default", day)
        .query("to", "마지막 날 (기본: from부터 31일) · last day", day)
        .one::<BlocksView>(200, "사용 제한 · what staff keep")
        .refuses(422, "잘못된 날짜 · wrong dates");
    let block_doc = Doc::new("createBlackout", "사용 제한", "Keeps hours of a room for staff, or closes a day for new bookings. Through the gate: what is booked stands in the way of hours.")
        .body::<BlockWish>()
        .one::<BlocksView>(201, "제한했습니다 · kept")
        .idempotent()
        .refuses(409, "이미 예약된 시간 · booked already");
    let lift_doc = Doc::new("deleteBlackout", "사용 제한 풀기", "Gives hours back, or opens a day.")
        .query("blackout_id", "사용 제한 · the blackout", || json!({"type": "string", "format": "uuid"}))
        .query("date", "닫은 날 · the closed day", day)
        .one::<BlocksView>(200, "풀었습니다 · given back")
        .refuses(409, "지금은 할 수 없음 · not possible now")
        .refuses(422, "잘못된 질의 · wrong query");
    api.get("/rooms/{id}/availability", free_doc, free)
        .get("/rooms/{id}/availability/explain", explain_doc, explain)
        .get("/rooms/{id}/blackouts", list_doc, list)
        .post("/rooms/{id}/blackouts", block_doc, block)
        .delete("/rooms/{id}/blackouts", lift_doc, lift)
}

async fn free(
    _: Public,
    State(bookings): State<Bookings>,
    Segment(id): Segment<RoomId>,
    query: Texts,
) -> Result<Answer, Problem> {
    if let Some(named) = query.get("month") {
        let said = || Said::new("2026-12 형식이어야 합니다.", "Must look like 2026-12.");
        let ends = month(named).ok_or_else(|| vec![FieldError::new("?month", "type", said())])?;
        return Ok(at_a_glance(bookings.free(id, Some(ends.0), Some(ends.1)).await?, bookings.now()));
    }
    let mut fields = Fields::new();
    let from = fields.take(query.parse::<Date>("from"));
    let to = fields.take(query.parse::<Date>("to"));
    let (from, to) = fields.finish(from.zip(to))?;
    let FreeDays { room, grid, days } = bookings.free(id, from, to).await?;
    let days = days.into_iter().map(|day| DayView {
        date: day.date.to_string(),
        free: day.free.into_iter().map(|span| IntervalView::new(span, grid.zone())).collect(),
    });
    Ok(Answer::one(&days.collect::<Vec<_>>()).with("zone", json!(room.zone)))
}

fn at_a_glance(found: FreeDays, now: jiff::Timestamp) -> Answer {
    let FreeDays { room, grid, days } = found;
    let days = days.into_iter().map(|day| {
        let free_minutes: i64 = day.free.iter().map(|span| span.minutes()).sum();
        MonthDayView {
            date: day.date.to_string(),
            state: match () {
                () if is_past(&grid, day.date, now) => "past",
                () if free_minutes > 0 => "free",
                () if day.open_minutes == 0 || day.closed => "closed",
                () => "full",
            },
            open_minutes: day.open_minutes,
            free_minutes,
            holiday: day.holiday,
        }
    });
    Answer::one(&days.collect::<Vec<_>>()).with("zone", json!(room.zone))
}

/// The refusal of what was asked for in the query and not in a body.
fn in_query(error: BookingError) -> BookingError {
    let BookingError::Invalid(fields) = error else { return error };
    let there =
        |field: FieldError| FieldError { pointer: field.pointer.replacen('/', "?", 1).into(), ..field };
    BookingError::Invalid(fields.into_iter().map(there).collect())
}

async fn explain(
    caller: Member,
    State(bookings): State<Bookings>,
    Segment(id): Segment<RoomId>,
    query: Texts,
) -> Result<Answer, Problem> {
    let mut fields = Fields::new();
    let read = |name: &'static str, pointer: &'static str| {
        let said = || {
            Said::new(
                "2026-12-01T10:00:00+09:00 형식이어야 합니다.",
                "Must look like 2026-12-01T10:00:00+09:00.",
            )
        };
        query.get(name).and_then(instant_of).ok_or_else(|| FieldError::new(pointer, "type", said()))
    };
    let start = fields.take(read("start_time", "?start_time"));
    let end = fields.take(read("end_time", "?end_time"));
    let (start, end) = fields.finish(start.zip(end))?;
    let found = bookings.explain(id, start, end).await.map_err(in_query)?;
    let zone = TimeZone::get(&found.room.zone).unwrap_or(TimeZone::UTC);
    let mut reasons: Vec<ReasonView> = Vec::new();
    for reason in found.reasons {
        reasons.push(ReasonView {
            code: reason.code,
            detail: reason.said.ko.into(),
            detail_en: reason.said.en.into(),
        });
    }
    let mut more = |code, ko: &str, en: &str| {
        // Several bookings in the way are one reason.
        if reasons.iter().all(|reason| reason.code != code) {
            reasons.push(ReasonView { code, detail: ko.into(), detail_en: en.into() });
        }
    };
    for holder in &found.holders {
        match &holder.what {
            What::Block(_) => more("blocked", "운영자가 사용을 제한한 시간입니다.", "Kept by staff."),
            What::Room(_) | What::Tour(_) if holder.user_id == Some(caller.0.user_id) => {
                more("yours", "이미 예약하신 시간입니다.", "You have booked it.")
            }
            What::Room(_) | What::Tour(_) => more("taken", "이미 예약된 시간입니다.", "It is taken."),
        }
    }
    if let Some(closed) = &found.closed {
        more(
            "closed",
            &format!("예약을 받지 않는 날입니다: {closed}"),
            &format!("Closed for new bookings: {closed}"),
        );
    }
    if found.claimed {
        more("waiting_line", "먼저 기다리는 사람이 있습니다.", "Somebody waits for it and goes first.");
    }
    let alternatives = found.alternatives.into_iter().map(|span| IntervalView::new(span, &zone)).collect();
    Ok(Answer::one(&ExplainedView { bookable: reasons.is_empty(), reasons, alternatives }))
}

async fn list(
    _: Staff<permit::BookingsRead>,
    State(bookings): State<Bookings>,
    Segment(id): Segment<RoomId>,
    query: Texts,
) -> Result<Answer, Problem> {
    let mut fields = Fields::new();
    let from = fields.take(query.parse::<Date>("from"));
    let to = fields.take(query.parse::<Date>("to"));
    let (from, to) = fields.finish(from.zip(to))?;
    let (blackouts, closed) = bookings.blocks(id, from, to).await?;
    let closed_days =
        closed.into_iter().map(|(date, reason)| ClosedView { date: date.to_string(), reason }).collect();
    let blackouts = blackouts.into_iter().map(BookingView::from).collect();
    Ok(Answer::one(&BlocksView { blackouts, closed_days }))
}

async fn block(
    caller: Staff<permit::BookingsWrite>,
    State(bookings): State<Bookings>,
    Segment(id): Segment<RoomId>,
    body: Body<BlockWish>,
) -> Result<Answer, Problem> {
    let request = request_of(body.repeat(), &caller.0, &format!("POST /rooms/{id}/blackouts"), &bookings);
    let BlockWish { start_time, end_time, date: day, reason } = body.value;
    let mut fields = Fields::new();
    let rule = LineRule { pointer: "/reason", min: 1, max: 200, multiline: false };
    let reason = fields.take(reason.required("/reason").and_then(|text| line(&text, rule)));
    let timed = day.is_missing();
    let day = fields.take(needed(day, false, |text| date(text, "/date")));
    let start = fields.take(needed(start_time, timed, |text| when(text, "/start_time")));
    let end = fields.take(needed(end_time, timed, |text| when(text, "/end_time")));
    let hours = start.flatten().zip(end.flatten());
    if let (Some(Some(_)), Some(_)) = (&day, &hours) {
        let said = Said::new("시간과 날짜 중 하나만 보내 주세요.", "Send hours or a date, not both.");
        fields.refuse(FieldError::new("/date", "ambiguous", said));
    }
    let what = day.flatten().map(Kept::Day).or(hours.map(|(start, end)| Kept::Hours(start, end)));
    let (what, reason) = fields.finish(what.zip(reason))?;
    match what {
        Kept::Day(day) => {
            bookings.close_day(&caller.0, Resource::Room(id), day, Some(reason.clone())).await?;
            let closed_days = vec![ClosedView { date: day.to_string(), reason }];
            Ok(Answer::created("닫았습니다.", &BlocksView { blackouts: Vec::new(), closed_days }))
        }
        Kept::Hours(start, end) => {
            let kept = bookings.block(&caller.0, id, (start, end), reason, request.as_ref()).await;
            let (block, replayed) = kept.map_err(for_staff)?;
            let view = BlocksView { blackouts: vec![block.into()], closed_days: Vec::new() };
            Ok(Answer::created("제한했습니다.", &view).replayed(replayed))
        }
    }
}

async fn lift(
    caller: Staff<permit::BookingsWrite>,
    State(bookings): State<Bookings>,
    Segment(id): Segment<RoomId>,
    query: Texts,
) -> Result<Answer, Problem> {
    let mut fields = Fields::new();
    let blackout = fields.take(query.parse::<BookingId>("blackout_id"));
    let day = fields.take(query.parse::<Date>("date"));
    let view = match fields.finish(blackout.zip(day))? {
        (Some(blackout), None) => {
            let lifted = bookings.unblock(&caller.0, id, blackout).await?;
            BlocksView { blackouts: vec![lifted.into()], closed_days: Vec::new() }
        }
        (None, Some(day)) => {
            bookings.close_day(&caller.0, Resource::Room(id), day, None).await?;
            BlocksView { blackouts: Vec::new(), closed_days: Vec::new() }
        }
        (Some(_), Some(_)) | (None, None) => {
            let said = Said::new(
                "blackout_id나 date 중 하나가 필요합니다.",
                "Send blackout_id or date, one of them.",
            );
            return Err(BookingError::Invalid(vec![FieldError::new("?blackout_id", "required", said)]).into());
        }
    };
    Ok(Answer::one(&view))
}
