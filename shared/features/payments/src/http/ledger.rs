//! The ledger of money, told.

use std::collections::BTreeMap;

use jiff::civil::Date;
use maru_identity::permit;
use maru_kernel::{BookingId, FieldError, Fields, Money, Said, UserId};
use maru_web::{Answer, Doc, MemberOrStaff, Pagination, Problem, Staff, State, Texts, instant};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::desk::{PAGE, cursor};
use super::seoul;
use crate::model::Movement;
use crate::store::Moved;
use crate::{Payments, Stray};

pub(super) fn doc() -> Doc {
    let uuid = || json!({"type": "string", "format": "uuid"});
    Doc::new(
        "listMovements",
        "원장",
        "Every movement of money in double entry, oldest first: of a booking, a person, or a day in Seoul. Each sums to zero. Without a parameter, your own.",
    )
    .query("booking_id", "그 예약의 기록 · of that booking", uuid)
    .query("user_id", "그 사람의 기록 · of that person", uuid)
    .query("day", "그날의 기록 · of that day", || json!({"type": "string", "format": "date"}))
    .query("page_size", "1~50", || json!({"type": "integer", "minimum": 1, "maximum": PAGE}))
    .query("next", "다음 쪽 · from the answer before", || json!({"type": "string"}))
    .list::<MovementView>("원장 기록과 계정별 합계 · movements, with what each account of the page sums to")
}

pub(super) fn strays_doc() -> Doc {
    Doc::new(
        "listStrays",
        "미확인 입금",
        "Money at the provider that no order of ours knows, as the hourly comparison of the books found it, newest first.",
    )
    .query("page_size", "1~50", || json!({"type": "integer", "minimum": 1, "maximum": PAGE}))
    .query("next", "다음 쪽 · from the answer before", || json!({"type": "string"}))
    .list::<StrayView>("미확인 입금 · money nobody here asked for")
}

/// Money at the provider that no order of ours knows.
#[derive(Serialize, ToSchema)]
struct StrayView {
    payment_key: String,
    /// The order, as the provider has it.
    order_id: String,
    /// In minor units, as the provider's line tells it.
    amount: i64,
    currency: String,
    moved_at: Option<String>,
    found_at: String,
}

impl From<Stray> for StrayView {
    fn from(stray: Stray) -> Self {
        let payment_key = stray.payment_key().to_owned();
        let Stray { order_id: _, named, amount, currency, moved_at, shelf: _, created_at } = stray;
        Self {
            payment_key,
            order_id: named,
            amount,
            currency,
            moved_at: moved_at.map(|at| instant(at, &seoul())),
            found_at: instant(created_at, &seoul()),
        }
    }
}

pub(super) async fn strays(
    _caller: Staff<permit::PaymentsRead>,
    State(payments): State<Payments>,
    query: Texts,
) -> Result<Answer, Problem> {
    let size = query.parse::<u16>("page_size").map_err(|e| vec![e])?.unwrap_or(PAGE).clamp(1, PAGE);
    let page = payments.strays(size, cursor(&query)?).await?;
    let next = page.next.map(|cursor| cursor.encode());
    let views: Vec<StrayView> = page.items.into_iter().map(StrayView::from).collect();
    Ok(Answer::list(&views, &Pagination { page_size: size, has_next: next.is_some(), next }))
}

/// A movement of money.
#[derive(Serialize, ToSchema)]
struct MovementView {
    order_id: String,
    /// Which of the order's movements.
    movement: String,
    /// capture, refund, reversal
    kind: &'static str,
    at: String,
    currency: &'static str,
    lines: Vec<LineView>,
    user_id: Option<String>,
    booking_id: Option<String>,
    membership_type: Option<String>,
}

/// A line.
#[derive(Serialize, ToSchema)]
struct LineView {
    account: String,
    /// What it gained, major units; what it lost is negative.
    #[schema(value_type = f64)]
    amount: Value,
}

impl From<Movement> for MovementView {
    fn from(movement: Movement) -> Self {
        let Movement { order_id, movement, kind, at, day: _, currency, lines, user_id, booking_id, grade } =
            movement;
        Self {
            order_id: order_id.to_string(),
            movement,
            kind: kind.as_str(),
            at: instant(at, &seoul()),
            currency: currency.code(),
            lines: lines
                .into_iter()
                .map(|line| LineView {
                    account: line.account,
                    amount: Money::new(line.minor, currency).to_json(),
                })
                .collect(),
            user_id: user_id.map(|id| id.to_string()),
            booking_id: booking_id.map(|id| id.to_string()),
            membership_type: grade,
        }
    }
}

pub(super) async fn movements(
    caller: MemberOrStaff<permit::PaymentsRead>,
    State(payments): State<Payments>,
    query: Texts,
) -> Result<Answer, Problem> {
    let mut fields = Fields::new();
    let booking = fields.take(query.parse::<BookingId>("booking_id"));
    let user = fields.take(query.parse::<UserId>("user_id"));
    let day = fields.take(query.parse::<Date>("day"));
    let size = fields.take(query.parse::<u16>("page_size"));
    let chosen = ["booking_id", "user_id", "day"].into_iter().filter(|name| query.get(name).is_some());
    if chosen.count() > 1 {
        let said = Said::new("하나만 고를 수 있습니다.", "Choose one of them.");
        fields.refuse(FieldError::new("?booking_id", "ambiguous", said));
    }
    let read = booking.zip(user).zip(day).zip(size);
    let (((booking, user), day), size) = fields.finish(read)?;
    let which = booking.map(Moved::For).or(user.map(Moved::Of)).or(day.map(Moved::On));
    let size = size.unwrap_or(PAGE).clamp(1, PAGE);
    let page = payments.movements(&caller.0, which, size, cursor(&query)?).await?;
    let mut sums: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for movement in &page.items {
        for line in &movement.lines {
            *sums.entry((line.account.as_str(), movement.currency.code())).or_default() += line.minor;
        }
    }
    let sums: Vec<Value> = sums
        .iter()
        .map(|((account, code), minor)| {
            let currency = page.items.iter().map(|m| m.currency).find(|c| c.code() == *code);
            let amount = currency.map(|currency| Money::new(*minor, currency).to_json());
            json!({"account": account, "currency": code, "amount": amount})
        })
        .collect();
    let next = page.next.map(|cursor| cursor.encode());
    let views: Vec<MovementView> = page.items.into_iter().map(MovementView::from).collect();
    let pagination = Pagination { page_size: size, has_next: next.is_some(), next };
    Ok(Answer::list(&views, &pagination).with("sums", Value::Array(sums)))
}
