//! Waiting lines.

use maru_identity::permit;
use maru_kernel::WaitId;
use maru_table::Cursor;
use maru_web::{Answer, Api, Body, Doc, MemberOrStaff, Pagination, Problem, Segment, State, Texts};
use serde_json::json;

use super::input::BookingWish;
use super::views::WaitView;
use super::{PAGE, request_of};
use crate::{BookingError, Bookings};

pub(super) fn mount(api: Api<Bookings>) -> Api<Bookings> {
    let join_doc = Doc::new(
        "joinWaitlist",
        "대기 신청",
        "Stands in line for hours of a room or seats of a departure that are taken. Once they come free, the first in line gets a hold of half an hour.",
    )
    .body::<BookingWish>()
    .one::<WaitView>(201, "대기 중입니다 · waiting")
    .idempotent()
    .refuses(403, "남을 대신해 기다릴 수 없음 · not for others")
    .refuses(404, "없는 강의실이나 투어 · no such room or tour")
    .refuses(409, "지금 예약할 수 있거나 기다릴 수 없음 · free right now, or no line for this");
    let list_doc = Doc::new("listWaits", "내 대기", "Your places in lines, newest first.")
        .query("page_size", "1~50", || json!({"type": "integer", "minimum": 1, "maximum": PAGE}))
        .query("next", "앞 쪽의 next · the cursor of the page before", || json!({"type": "string"}))
        .list::<WaitView>("대기 · places in lines")
        .refuses(403, "권한 없는 키 · the key's scopes do not cover it")
        .refuses(422, "잘못된 질의 · wrong query");
    let leave_doc = Doc::new(
        "leaveWaitlist",
        "대기 취소",
        "Leaves the line; staff take anybody out of it. Leaving again answers the same.",
    )
    .one::<WaitView>(200, "대기를 취소했습니다 · left")
    .refuses(403, "권한 없는 키 · the key's scopes do not cover it");
    api.post("/api/waitlist", join_doc, join).get("/api/waitlist", list_doc, list).delete(
        "/api/waitlist/{id}",
        leave_doc,
        leave,
    )
}

async fn join(
    caller: MemberOrStaff<permit::BookingsWrite>,
    State(bookings): State<Bookings>,
    body: Body<BookingWish>,
) -> Result<Answer, Problem> {
    let request = request_of(body.repeat(), &caller.0, "POST /api/waitlist", &bookings);
    let new = body.value.read()?;
    if !matches!(new.whom, crate::service::Whom::Caller) || new.draft || new.firm {
        return Err(BookingError::Forbidden.into());
    }
    let joined = bookings.join(&caller.0, &new, request.as_ref()).await?;
    let version = joined.wait.lock_version;
    let answer = Answer::created("대기 중입니다.", &WaitView::from(joined.wait));
    Ok(answer.version(version).replayed(joined.replayed))
}

async fn list(
    caller: MemberOrStaff<permit::BookingsRead>,
    State(bookings): State<Bookings>,
    query: Texts,
) -> Result<Answer, Problem> {
    let size = query.parse::<u16>("page_size").map_err(|e| vec![e])?.unwrap_or(PAGE).clamp(1, PAGE);
    let page = bookings.waits(&caller.0, size, query.get("next").and_then(Cursor::decode)).await?;
    let next = page.next.map(|cursor| cursor.encode());
    let views: Vec<WaitView> = page.items.into_iter().map(WaitView::from).collect();
    Ok(Answer::list(&views, &Pagination { page_size: size, has_next: next.is_some(), next }))
}

async fn leave(
    caller: MemberOrStaff<permit::BookingsWrite>,
    State(bookings): State<Bookings>,
    Segment(id): Segment<WaitId>,
) -> Result<Answer, Problem> {
    let wait = bookings.leave_line(&caller.0, id).await?;
    let version = wait.lock_version;
    Ok(Answer::one(&WaitView::from(wait)).version(version))
}
