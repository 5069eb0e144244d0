//! Payments shown, listed, and taken at the desk.

use maru_identity::permit;
use maru_kernel::{FieldError, Fields, LineRule, Said, UserId, line};
use maru_table::Cursor;
use maru_web::{
    Answer, Api, Body, Doc, MemberOrStaff, Mounted, Pagination, Problem, Raw, Segment, Staff, State,
    StatusCode, Texts, instant,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::ready::NewPayment;
use super::refund::{self, taker};
use super::views::PaymentView;
use super::{REMEMBER_HOURS, ledger, links, seoul};
use crate::service::{Listed, Taking};
use crate::{Payments, rules};

/// Payments an answer lists at most.
pub(super) const PAGE: u16 = 50;

/// The routes of `payments`.
pub fn desk_api(payments: Payments) -> Mounted {
    let one = Doc::new(
        "getPayment",
        "결제 내역",
        "One payment, by the provider's key or the order: yours, or anyone's for staff.",
    )
    .plain::<PaymentView>(200, "결제 · the payment")
    .refuses(403, "권한 없는 키 · the key's scopes do not cover it");
    let text = || json!({"type": "string"});
    let uuid = || json!({"type": "string", "format": "uuid"});
    let list = Doc::new(
        "listPayments",
        "결제 목록",
        "Payments, newest first: your own, or anyone's for staff. A page may hold fewer than asked for while more follow.",
    )
    .query("user_id", "그 사람의 결제 · of that person", uuid)
    .query("booking_id", "그 예약의 결제 · for that booking", uuid)
    .query("status", "DONE, REFUNDED …", text)
    .query("review", "true: 확인이 필요한 결제 · those a person has to look at", || json!({"type": "boolean"}))
    .query("page_size", "1~50", || json!({"type": "integer", "minimum": 1, "maximum": PAGE}))
    .query("next", "다음 쪽 · from the answer before", text)
    .list::<PaymentView>("결제 목록 · payments");
    let manual = Doc::new(
        "takePayment",
        "현장 결제",
        "Records what staff took in cash or by transfer: exactly what is owed. What it pays is paid at once.",
    )
    .body::<NewTaking>()
    .plain::<PaymentView>(201, "기록되었습니다 · recorded")
    .idempotent()
    .refuses(404, "없는 예약 또는 회원 · no such booking or person")
    .refuses(409, "결제할 수 없는 상태 · cannot be paid now");
    let member = Doc::new(
        "getMembership",
        "회원 등급",
        "The grade of membership somebody has, and the order that paid it: your own, or anyone's for staff.",
    )
    .one::<MembershipView>(200, "회원 등급 · the grade");
    Api::new()
        .get("/payments", list, all)
        .post("/payments/manual", manual, take)
        .post("/payments/links", links::doc(), links::link)
        .get("/payments/ledger", ledger::doc(), ledger::movements)
        .get("/payments/strays", ledger::strays_doc(), ledger::strays)
        .get("/payments/memberships/{user_id}", member, membership)
        .get("/payments/{payment_key}", one, read)
        .post("/payments/{payment_key}/cancel", refund::doc(), refund::cancel)
        .with_state(payments)
}

async fn read(
    caller: MemberOrStaff<permit::PaymentsRead>,
    State(payments): State<Payments>,
    Segment(key): Segment<String>,
) -> Result<Answer, Problem> {
    if !rules::is_payment_key(&key) {
        return Err(Problem::not_found());
    }
    let payment = payments.by_key(&caller.0, &key).await?;
    let version = payment.lock_version;
    Ok(Answer::plain(StatusCode::OK, &PaymentView::from(payment)).version(version))
}

/// Where a page begins, as an answer told it.
pub(super) fn cursor(query: &Texts) -> Result<Option<Cursor>, Vec<FieldError>> {
    let said = || Said::new("이어 볼 위치가 올바르지 않습니다.", "Not a position of ours.");
    let wrong = || vec![FieldError::new("?next", "type", said())];
    query.get("next").map(|text| Cursor::decode(text).ok_or_else(wrong)).transpose()
}

async fn all(
    caller: MemberOrStaff<permit::PaymentsRead>,
    State(payments): State<Payments>,
    query: Texts,
) -> Result<Answer, Problem> {
    let mut fields = Fields::new();
    let user_id = fields.take(query.parse("user_id"));
    let booking_id = fields.take(query.parse("booking_id"));
    let review = fields.take(query.parse::<bool>("review"));
    let size = fields.take(query.parse::<u16>("page_size"));
    let read = user_id.zip(booking_id).zip(review).zip(size);
    let (((user_id, booking_id), review), size) = fields.finish(read)?;
    let standing = query.get("status").map(str::to_uppercase);
    let wish = Listed { user_id, booking_id, standing, review: review.unwrap_or(false) };
    let size = size.unwrap_or(PAGE).clamp(1, PAGE);
    let page = payments.list(&caller.0, &wish, size, cursor(&query)?).await?;
    let next = page.next.map(|cursor| cursor.encode());
    let views: Vec<PaymentView> = page.items.into_iter().map(PaymentView::from).collect();
    Ok(Answer::list(&views, &Pagination { page_size: size, has_next: next.is_some(), next }))
}

/// What staff took.
#[derive(Deserialize, ToSchema)]
struct NewTaking {
    #[serde(flatten)]
    what: NewPayment,
    /// Whose membership or donation it is.
    #[schema(value_type = Option<String>, format = "uuid")]
    user_id: Raw<String>,
    /// `cash` or `transfer`.
    #[schema(value_type = String)]
    method: Raw<String>,
    /// For the trail; 1 to 200 characters.
    #[serde(alias = "memo")]
    #[schema(value_type = Option<String>, max_length = 200)]
    note: Raw<String>,
}

async fn take(
    caller: Staff<permit::PaymentsWrite>,
    State(payments): State<Payments>,
    body: Body<NewTaking>,
) -> Result<Answer, Problem> {
    let now = payments.db.clock().now();
    let request = body.repeat().of(&caller.0, "POST /payments/manual", now, REMEMBER_HOURS);
    let NewTaking { what, user_id, method, note } = body.value;
    let mut fields = Fields::new();
    let (what, faults) = match what.read() {
        Ok(wish) => (Some(wish.what), Vec::new()),
        Err(faults) => (None, faults),
    };
    faults.into_iter().for_each(|fault| fields.refuse(fault));
    let user_id = fields.take(user_id.optional("/user_id").and_then(|text| {
        let said = || Said::new("회원 ID가 아닙니다.", "Not a person's id.");
        let read = |text: String| text.parse::<UserId>();
        text.map(read).transpose().map_err(|_| FieldError::new("/user_id", "type", said()))
    }));
    let till = fields.take(taker(method, "/method"));
    if till == Some(None) {
        let said = Said::new("결제 수단을 보내 주세요.", "How was it paid?");
        fields.refuse(FieldError::new("/method", "required", said));
    }
    let rule = LineRule { pointer: "/note", min: 1, max: 200, multiline: false };
    let note = note.optional(rule.pointer).and_then(|sent| sent.map(|text| line(&text, rule)).transpose());
    let note = fields.take(note);
    let taking = what.zip(user_id).zip(till.flatten()).zip(note);
    let taking = taking.map(|(((what, user_id), taker), note)| Taking { what, user_id, taker, note });
    let (payment, replayed) = payments.take(&caller.0, &fields.finish(taking)?, request.as_ref()).await?;
    let path = format!("/payments/{}", payment.order_id);
    let answer = Answer::plain(StatusCode::CREATED, &PaymentView::from(payment));
    Ok(answer.at(&path).replayed(replayed))
}

/// A grade of membership.
#[derive(Serialize, ToSchema)]
struct MembershipView {
    user_id: String,
    /// 정회원, 결제회원 …; null for who has none.
    membership_type: Option<String>,
    payment_date: Option<String>,
    /// The order that paid it.
    order_id: Option<String>,
    ended_at: Option<String>,
}

async fn membership(
    caller: MemberOrStaff<permit::PaymentsRead>,
    State(payments): State<Payments>,
    Segment(user_id): Segment<UserId>,
) -> Result<Answer, Problem> {
    let has = payments.membership(&caller.0, user_id).await?;
    let live = has.as_ref().filter(|has| has.ended_at.is_none());
    let view = MembershipView {
        user_id: user_id.to_string(),
        membership_type: live.map(|has| has.grade.clone()),
        payment_date: has.as_ref().map(|has| instant(has.paid_at, &seoul())),
        order_id: has.as_ref().map(|has| has.order_id.to_string()),
        ended_at: has.as_ref().and_then(|has| has.ended_at).map(|at| instant(at, &seoul())),
    };
    Ok(Answer::one(&view))
}
