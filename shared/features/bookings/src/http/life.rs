//! What happens to a booking: changing, moving, approving, cancelling, coming.

use maru_identity::{Caller, Permission, permit};
use maru_kernel::{BookingId, FieldError, Said};
use maru_web::{
    Answer, Api, Body, Doc, IfMatch, MaybeBody, MemberOrStaff, Problem, Raw, Repeat, Seen, Segment, Staff,
    State, Texts,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::input::{AmendWish, id, reason};
use super::problem::for_staff;
use super::request_of;
use super::views::{BookingView, PreviewView};
use crate::model::{Booking, Status};
use crate::service::{Amend, Cancel, Refunding};
use crate::{BookingError, Bookings};

type Writer = Staff<permit::BookingsWrite>;
type Own = MemberOrStaff<permit::BookingsWrite>;

/// Why, and what becomes of the money.
#[derive(Deserialize, ToSchema, Default)]
struct CancelWish {
    /// At most 200 characters.
    #[schema(value_type = Option<String>, max_length = 200)]
    reason: Raw<String>,
    /// `policy` (by the terms it was booked on, the default), `full` or `none`. Staff only, where not by the terms.
    #[schema(value_type = Option<String>, example = "policy")]
    refund: Raw<String>,
    /// Hides the booking from everybody. Admins only.
    #[schema(value_type = Option<bool>)]
    hard_delete: Raw<bool>,
}

/// Why.
#[derive(Deserialize, ToSchema, Default)]
struct Because {
    /// At most 200 characters.
    #[schema(value_type = Option<String>, max_length = 200)]
    reason: Raw<String>,
}

/// A request approved.
#[derive(Deserialize, ToSchema, Default)]
struct Approval {
    /// Firm at once, paid or not.
    #[schema(value_type = Option<bool>)]
    confirm: Raw<bool>,
}

/// Another status.
#[derive(Deserialize, ToSchema)]
struct StatusWish {
    /// `confirmed`, `cancelled`, `completed`, `no_show`, `pending`, `held`, `draft`, `needs_review`, `reviewed`
    #[schema(value_type = String)]
    #[serde(alias = "new_status")]
    status: Raw<String>,
    /// At most 200 characters.
    #[serde(alias = "_reason")]
    #[schema(value_type = Option<String>, max_length = 200)]
    reason: Raw<String>,
}

/// The booking to change places with.
#[derive(Deserialize, ToSchema)]
struct SwapWish {
    #[schema(value_type = String, format = "uuid")]
    with: Raw<String>,
    /// At most 200 characters.
    #[schema(value_type = Option<String>, max_length = 200)]
    reason: Raw<String>,
}

fn doc(id: &'static str, summary: &'static str, details: &'static str) -> Doc {
    Doc::new(id, summary, details)
        .one::<BookingView>(200, "예약 · the booking")
        .idempotent()
        .refuses(409, "지금은 할 수 없음 · not possible now")
        .refuses(422, "잘못된 값 · wrong fields")
}

fn own_doc(id: &'static str, summary: &'static str, details: &'static str) -> Doc {
    doc(id, summary, details).refuses(403, "볼 수는 있으나 바꿀 수 없음 · may see it, may not change it")
}

pub(super) fn mount(api: Api<Bookings>) -> Api<Bookings> {
    let amend_doc = doc("changeBooking", "예약 변경", "Changes what is sent; moving it in time passes the gate. If-Match or lock_version is honoured where one is sent.")
        .body::<AmendWish>()
        .refuses(412, "버전이 다름 · If-Match is not the latest");
    let move_doc = doc(
        "rescheduleBooking",
        "예약 옮기기",
        "Moves it to another time, room or departure in one transaction.",
    )
    .body::<AmendWish>()
    .refuses(412, "버전이 다름 · If-Match is not the latest");
    let cancel_doc = own_doc(
        "cancelBooking",
        "예약 취소",
        "Cancels by the terms it was booked on and frees its hours. Cancelling again answers the same.",
    )
    .query("reason", "사유 · why", || serde_json::json!({"type": "string", "maxLength": 200}))
    .maybe_body::<CancelWish>();
    let preview_doc =
        Doc::new("previewCancellation", "취소 미리보기", "What would be paid back if it were cancelled now.")
            .one::<PreviewView>(200, "환불 예정 · what would be paid back")
            .refuses(403, "볼 수는 있으나 바꿀 수 없음 · may see it, may not change it");
    let extend_doc = own_doc(
        "extendHold",
        "결제 시간 연장",
        "Ten more minutes to pay, up to an hour after the hold was made.",
    );
    let confirm_doc = own_doc(
        "confirmHold",
        "자리 받기",
        "Confirms a hold that costs nothing: what somebody waited for. Staff confirm any.",
    );
    let restore_doc = doc(
        "restoreBooking",
        "예약 복구",
        "Takes a cancelled booking's hours again, within 24 hours, or those of one nobody came to.",
    );
    let status_doc =
        doc("setBookingStatus", "예약 상태 변경", "Moves it to another status, by whatever that means.")
            .body::<StatusWish>();
    let approve_doc = doc(
        "approveBooking",
        "예약 승인",
        "Firm where nothing is owed, else held for a day while it is paid.",
    )
    .maybe_body::<Approval>();
    let reject_doc =
        doc("rejectBooking", "예약 거절", "Says no to a request; what was paid is paid back whole.")
            .maybe_body::<Because>();
    let swap_doc =
        doc("swapBookings", "예약 맞바꾸기", "Two bookings exchange their rooms and times: both or neither.")
            .body::<SwapWish>();
    let missed_doc = doc("markNoShow", "노쇼", "Nobody came: what is left of the hours is free again.")
        .maybe_body::<Because>();
    api.patch("/api/bookings/{id}", amend_doc, amend)
        .delete("/api/bookings/{id}", cancel_doc, cancel)
        .post("/api/bookings/{id}/cancel-preview", preview_doc, preview)
        .post("/api/bookings/{id}/extend", extend_doc, extend)
        .post("/api/bookings/{id}/confirm", confirm_doc, confirm)
        .post("/api/bookings/{id}/restore", restore_doc, restore)
        .post("/api/bookings/{id}/status", status_doc, set_status)
        .post("/api/bookings/{id}/approve", approve_doc, approve)
        .post("/api/bookings/{id}/reject", reject_doc, reject)
        .post("/api/bookings/{id}/reschedule", move_doc, reschedule)
        .post("/api/bookings/{id}/swap", swap_doc, swap)
        .post("/api/bookings/{id}/check-in", doc("checkIn", "체크인", "They are here."), check_in)
        .post("/api/bookings/{id}/complete", doc("completeBooking", "이용 완료", "It took place."), complete)
        .post("/api/bookings/{id}/no-show", missed_doc, no_show)
}

/// What became of it.
fn told(done: Result<(Booking, bool), BookingError>) -> Result<Answer, Problem> {
    let (booking, replayed) = done.map_err(for_staff)?;
    let version = booking.lock_version;
    Ok(Answer::one(&BookingView::from(booking)).version(version).replayed(replayed))
}

fn route(verb: &str, id: BookingId) -> String {
    format!("POST /api/bookings/{id}/{verb}")
}

async fn changed(
    caller: &Caller,
    bookings: &Bookings,
    (id, shown): (BookingId, IfMatch),
    body: Body<AmendWish>,
    verb: &str,
) -> Result<Answer, Problem> {
    let request = request_of(body.repeat(), caller, &route(verb, id), bookings);
    let wish = body.value.read()?;
    let seen = shown.seen(wish.seen);
    let wish = Amend { seen: seen.map(Seen::version), ..wish };
    match (bookings.amend(caller, id, &wish, request.as_ref()).await, seen) {
        (Err(BookingError::Changed(current)), Some(seen)) => {
            Err(seen.stale().with("current_version", serde_json::json!(current)))
        }
        (done, _) => told(done),
    }
}

async fn amend(
    caller: Writer,
    State(bookings): State<Bookings>,
    Segment(id): Segment<BookingId>,
    shown: IfMatch,
    body: Body<AmendWish>,
) -> Result<Answer, Problem> {
    changed(&caller.0, &bookings, (id, shown), body, "change").await
}

async fn reschedule(
    caller: Writer,
    State(bookings): State<Bookings>,
    Segment(id): Segment<BookingId>,
    shown: IfMatch,
    body: Body<AmendWish>,
) -> Result<Answer, Problem> {
    changed(&caller.0, &bookings, (id, shown), body, "reschedule").await
}

/// Hiding is for admins, whatever else somebody may do about bookings.
async fn cancel(
    caller: Own,
    State(bookings): State<Bookings>,
    Segment(id): Segment<BookingId>,
    query: Texts,
    body: MaybeBody<CancelWish>,
) -> Result<Answer, Problem> {
    let request = request_of(body.repeat(), &caller.0, &format!("DELETE /api/bookings/{id}"), &bookings);
    let CancelWish { reason: typed, refund, hard_delete } = body.0;
    let typed = match (typed, query.get("reason")) {
        (Raw::Missing, Some(text)) => Raw::Good(text.to_owned()),
        (typed, _) => typed,
    };
    let mut fields = maru_kernel::Fields::new();
    let reason = fields.take(reason(typed));
    let refunding = fields.take(refund.optional("/refund").and_then(|named| match named.as_deref() {
        None | Some("policy") => Ok(Refunding::ByTerms),
        Some("full") => Ok(Refunding::Full),
        Some("none") => Ok(Refunding::None),
        Some(_) => {
            let said = Said::new("policy, full, none 중 하나여야 합니다.", "Must be policy, full or none.");
            Err(FieldError::new("/refund", "unknown", said))
        }
    }));
    let hide = fields.take(hard_delete.optional("/hard_delete")).flatten().unwrap_or(false);
    let (reason, refunding) = fields.finish(reason.zip(refunding))?;
    if hide {
        if !caller.0.may(Permission::BookingsErase) {
            return Err(Problem::forbidden());
        }
        return told(bookings.hide(&caller.0, id, reason, request.as_ref()).await);
    }
    told(bookings.cancel(&caller.0, id, &Cancel { reason, refunding }, request.as_ref()).await)
}

async fn preview(
    caller: Own,
    State(bookings): State<Bookings>,
    Segment(id): Segment<BookingId>,
) -> Result<Answer, Problem> {
    let preview = bookings.preview(&caller.0, id).await?;
    Ok(Answer::one(&PreviewView::new(&preview.booking, preview.possible, preview.refund)))
}

async fn extend(
    caller: Own,
    State(bookings): State<Bookings>,
    Segment(id): Segment<BookingId>,
    repeat: Repeat,
) -> Result<Answer, Problem> {
    let request = request_of(&repeat, &caller.0, &route("extend", id), &bookings);
    told(bookings.extend(&caller.0, id, request.as_ref()).await)
}

async fn confirm(
    caller: Own,
    State(bookings): State<Bookings>,
    Segment(id): Segment<BookingId>,
    repeat: Repeat,
) -> Result<Answer, Problem> {
    let request = request_of(&repeat, &caller.0, &route("confirm", id), &bookings);
    told(bookings.confirm_hold(&caller.0, id, None, request.as_ref()).await)
}

async fn restore(
    caller: Writer,
    State(bookings): State<Bookings>,
    Segment(id): Segment<BookingId>,
    repeat: Repeat,
) -> Result<Answer, Problem> {
    let request = request_of(&repeat, &caller.0, &route("restore", id), &bookings);
    told(bookings.restore(&caller.0, id, request.as_ref()).await)
}

async fn set_status(
    caller: Writer,
    State(bookings): State<Bookings>,
    Segment(id): Segment<BookingId>,
    body: Body<StatusWish>,
) -> Result<Answer, Problem> {
    let request = request_of(body.repeat(), &caller.0, &route("status", id), &bookings);
    let mut fields = maru_kernel::Fields::new();
    let to = fields.take(body.value.status.required("/status").and_then(|name| {
        let said = || Said::new("그런 상태가 없습니다.", "There is no such status.");
        Status::named(&name).ok_or_else(|| FieldError::new("/status", "unknown", said()))
    }));
    let why = fields.take(reason(body.value.reason));
    let (to, why) = fields.finish(to.zip(why))?;
    told(bookings.set_status(&caller.0, id, to, why, request.as_ref()).await)
}

async fn approve(
    caller: Writer,
    State(bookings): State<Bookings>,
    Segment(id): Segment<BookingId>,
    body: MaybeBody<Approval>,
) -> Result<Answer, Problem> {
    let request = request_of(body.repeat(), &caller.0, &route("approve", id), &bookings);
    let firm = body.0.confirm.optional("/confirm").map_err(|e| vec![e])?.unwrap_or(false);
    told(bookings.approve(&caller.0, id, firm, request.as_ref()).await)
}

async fn reject(
    caller: Writer,
    State(bookings): State<Bookings>,
    Segment(id): Segment<BookingId>,
    body: MaybeBody<Because>,
) -> Result<Answer, Problem> {
    let request = request_of(body.repeat(), &caller.0, &route("reject", id), &bookings);
    let why = reason(body.0.reason).map_err(|e| vec![e])?;
    told(bookings.reject(&caller.0, id, why, request.as_ref()).await)
}

async fn swap(
    caller: Writer,
    State(bookings): State<Bookings>,
    Segment(one): Segment<BookingId>,
    body: Body<SwapWish>,
) -> Result<Answer, Problem> {
    let request = request_of(body.repeat(), &caller.0, &route("swap", one), &bookings);
    let mut fields = maru_kernel::Fields::new();
    let with = fields.take(id::<BookingId>(body.value.with, "/with"));
    let why = fields.take(reason(body.value.reason));
    let (with, why) = fields.finish(with.zip(why))?;
    told(bookings.swap(&caller.0, one, with, why, request.as_ref()).await)
}

async fn check_in(
    caller: Writer,
    State(bookings): State<Bookings>,
    Segment(id): Segment<BookingId>,
    repeat: Repeat,
) -> Result<Answer, Problem> {
    let request = request_of(&repeat, &caller.0, &route("check-in", id), &bookings);
    told(bookings.check_in(&caller.0, id, request.as_ref()).await)
}

async fn complete(
    caller: Writer,
    State(bookings): State<Bookings>,
    Segment(id): Segment<BookingId>,
    repeat: Repeat,
) -> Result<Answer, Problem> {
    let request = request_of(&repeat, &caller.0, &route("complete", id), &bookings);
    told(bookings.complete_stay(&caller.0, id, request.as_ref()).await)
}

async fn no_show(
    caller: Writer,
    State(bookings): State<Bookings>,
    Segment(id): Segment<BookingId>,
    body: MaybeBody<Because>,
) -> Result<Answer, Problem> {
    let request = request_of(body.repeat(), &caller.0, &route("no-show", id), &bookings);
    let why = reason(body.0.reason).map_err(|e| vec![e])?;
    told(bookings.no_show(&caller.0, id, why, request.as_ref()).await)
}
