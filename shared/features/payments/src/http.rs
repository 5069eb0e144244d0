//! The routes of payments: inputs, views, and each cause as a problem.

use jiff::tz::TimeZone;
use maru_identity::{Identity, permit};
use maru_kernel::{BookingId, Currency, FieldError, Fields, LineRule, Money, OrderId, Said, line};
use maru_web::{
    Amount, Answer, Api, Body, Doc, FromRef, Member, MemberOrStaff, Mounted, Problem, Raw, Segment, State,
    StatusCode, instant,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::model::Payment;
use crate::service::{Confirmed, Ready, WishToConfirm, WishToPay};
use crate::{PaymentError, Payments, rules};

/// Hours a repeated request is recognised: as long as Toss recognises its own.
const REMEMBER_HOURS: u32 = 15 * 24;

impl FromRef<Payments> for Identity {
    fn from_ref(payments: &Payments) -> Self {
        payments.identity().clone()
    }
}

/// The route of `payment-ready`.
pub fn ready_api(payments: Payments) -> Mounted {
    let doc = Doc::new(
        "readyPayment",
        "결제 준비",
        "Fixes the amount of a held booking: hourly rate times hours, decided here.",
    )
    .body::<NewPayment>()
    .plain::<ReadyView>(200, "결제할 수 있습니다 · ready to be paid")
    .idempotent()
    .refuses(404, "없는 예약 · no such booking")
    .refuses(409, "결제할 수 없는 상태 · cannot be paid now");
    Api::new().post("/payments/ready", doc, ready).with_state(payments)
}

/// The route of `payment-confirm`.
pub fn confirm_api(payments: Payments) -> Mounted {
    let doc = Doc::new("confirmPayment", "결제 승인", "Captures what the customer authenticated, once. Names in snake_case or camelCase; the amount is only compared with ours.")
        .body::<Confirmation>()
        .plain::<PaymentView>(200, "승인되었습니다 · captured")
        .plain::<PendingView>(202, "확인 중입니다 (url로 다시 조회) · not known yet: poll the url")
        .refuses(404, "없는 주문 · no such order")
        .refuses(409, "거절되었거나 승인할 수 없는 상태 · declined, or not possible now");
    Api::new().post("/payments/confirm", doc, confirm).with_state(payments)
}

/// The route of `payments`.
pub fn read_api(payments: Payments) -> Mounted {
    let doc = Doc::new("getPayment", "결제 내역", "One payment: yours, or anyone's for staff.")
        .plain::<PaymentView>(200, "결제 · the payment")
        .refuses(403, "권한 없는 키 · the key's scopes do not cover it");
    Api::new().get("/payments/{payment_key}", doc, read).with_state(payments)
}

/// A wish to pay.
#[derive(Deserialize, ToSchema)]
struct NewPayment {
    #[serde(alias = "bookingId")]
    #[schema(value_type = String, format = "uuid")]
    booking_id: Raw<String>,
    /// What the payment window calls it; 1 to 100 characters.
    #[serde(alias = "orderName")]
    #[schema(value_type = Option<String>, max_length = 100)]
    order_name: Raw<String>,
}

/// What the payment window gave.
#[derive(Deserialize, ToSchema)]
struct Confirmation {
    #[serde(alias = "paymentKey")]
    #[schema(value_type = String, max_length = 200)]
    payment_key: Raw<String>,
    #[serde(alias = "orderId")]
    #[schema(value_type = String)]
    order_id: Raw<String>,
    /// A number, or a text of digits.
    #[schema(value_type = f64, example = 40000)]
    amount: Raw<Amount>,
}

/// What the payment window needs.
#[derive(Serialize, ToSchema)]
struct ReadyView {
    success: bool,
    order_id: String,
    /// Major units.
    #[schema(value_type = f64)]
    amount: Value,
    currency: &'static str,
    order_name: String,
    client_key: String,
    customer_key: String,
    checkout_url: String,
    expires_at: Option<String>,
}

/// A payment.
#[derive(Serialize, ToSchema)]
struct PaymentView {
    success: bool,
    payment_key: Option<String>,
    order_id: String,
    booking_id: String,
    order_name: String,
    /// READY, CONFIRMING, DONE, FAILED, UNKNOWN, EXPIRED
    status: &'static str,
    method: Option<String>,
    approved_at: Option<String>,
    receipt_url: Option<String>,
    /// Major units.
    #[schema(value_type = f64)]
    total_amount: Value,
    currency: &'static str,
    failure: Option<FailureView>,
    created_at: String,
    lock_version: u64,
}

/// Why a payment failed.
#[derive(Serialize, ToSchema)]
struct FailureView {
    code: String,
    message: String,
}

/// A payment nobody knows yet.
#[derive(Serialize, ToSchema)]
struct PendingView {
    success: bool,
    /// `PAYMENT_PENDING`
    code: &'static str,
    message: &'static str,
    order_id: String,
    status: &'static str,
    /// Ask here until the status is DONE or FAILED.
    url: String,
}

impl From<Payment> for PaymentView {
    fn from(payment: Payment) -> Self {
        let Payment {
            order_id,
            user_id: _,
            booking_id,
            amount,
            order_name,
            status,
            attempt,
            capture,
            failure,
            review: _,
            open: _,
            next_check_at: _,
            created_at,
            updated_at: _,
            lock_version,
        } = payment;
        let zone = TimeZone::get("Asia/Seoul").unwrap_or(TimeZone::UTC);
        let (method, approved_at, receipt_url) =
            capture.map_or((None, None, None), |c| (c.method, c.approved_at, c.receipt_url));
        Self {
            success: true,
            payment_key: attempt.map(|attempt| attempt.payment_key),
            order_id: order_id.to_string(),
            booking_id: booking_id.to_string(),
            order_name,
            status: status.as_str(),
            method,
            approved_at: approved_at.map(|at| instant(at, &zone)),
            receipt_url,
            total_amount: amount.to_json(),
            currency: amount.currency.code(),
            failure: failure.map(|f| FailureView { code: f.code, message: f.message }),
            created_at: instant(created_at, &zone),
            lock_version,
        }
    }
}

async fn ready(
    caller: Member,
    State(payments): State<Payments>,
    body: Body<NewPayment>,
) -> Result<Answer, Problem> {
    let now = payments.db.clock().now();
    let request = body.repeat().of(&caller.0, "POST /payments/ready", now, REMEMBER_HOURS);
    let NewPayment { booking_id, order_name } = body.value;
    let mut fields = Fields::new();
    let booking_id = fields.take(booking_id.required("/booking_id").and_then(|text| {
        let said = || Said::new("예약 ID가 아닙니다.", "Not a booking id.");
        text.parse::<BookingId>().map_err(|_| FieldError::new("/booking_id", "type", said()))
    }));
    let rule = LineRule { pointer: "/order_name", min: 1, max: 100, multiline: false };
    let name =
        order_name.optional("/order_name").and_then(|name| name.map(|text| line(&text, rule)).transpose());
    let order_name = fields.take(name);
    let wish =
        booking_id.zip(order_name).map(|(booking_id, order_name)| WishToPay { booking_id, order_name });
    let wish = fields.finish(wish)?;
    let Ready { payment, client_key, checkout_url, customer_key, expires_at, replayed } =
        payments.ready(&caller.0, &wish, request.as_ref()).await?;
    let zone = TimeZone::get("Asia/Seoul").unwrap_or(TimeZone::UTC);
    let view = ReadyView {
        success: true,
        order_id: payment.order_id.to_string(),
        amount: payment.amount.to_json(),
        currency: payment.amount.currency.code(),
        order_name: payment.order_name,
        client_key,
        customer_key,
        checkout_url,
        expires_at: expires_at.map(|at| instant(at, &zone)),
    };
    Ok(Answer::plain(StatusCode::OK, &view).replayed(replayed))
}

async fn confirm(
    caller: Member,
    State(payments): State<Payments>,
    body: Body<Confirmation>,
) -> Result<Answer, Problem> {
    let Confirmation { payment_key, order_id, amount } = body.value;
    let mut fields = Fields::new();
    let payment_key = fields.take(payment_key.required("/payment_key").and_then(|key| {
        let said = || Said::new("결제 키가 아닙니다.", "Not a payment key.");
        if rules::is_payment_key(&key) {
            Ok(key)
        } else {
            Err(FieldError::new("/payment_key", "type", said()))
        }
    }));
    let order_id = fields.take(order_id.required("/order_id"));
    let amount = fields.take(amount.required("/amount").and_then(|Amount(text)| {
        // Every order is in won; zero and less is nobody's amount.
        let said = || Said::new("금액이 올바르지 않습니다.", "Not an amount.");
        Money::parse(&text, Currency::KRW)
            .ok()
            .filter(|m| m.minor > 0)
            .ok_or_else(|| FieldError::new("/amount", "amount", said()))
    }));
    let ((payment_key, order_id), amount) = fields.finish(payment_key.zip(order_id).zip(amount))?;
    // What cannot be an order of ours is nobody's order.
    let order_id: OrderId = order_id.parse().map_err(|_| Problem::not_found())?;
    let wish = WishToConfirm { payment_key, order_id, amount: Some(amount) };
    Ok(match payments.confirm(&caller.0, &wish).await? {
        Confirmed::Done(payment) => Answer::plain(StatusCode::OK, &PaymentView::from(payment)),
        Confirmed::Pending(payment) => {
            let view = PendingView {
                success: true,
                code: "PAYMENT_PENDING",
                message: "결제를 확인하고 있습니다. 다시 결제하지 말고 잠시 후 조회해 주세요.",
                order_id: payment.order_id.to_string(),
                status: payment.status.as_str(),
                url: format!("/payments/{}", wish.payment_key),
            };
            Answer::plain(StatusCode::ACCEPTED, &view)
        }
    })
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

impl From<PaymentError> for Problem {
    fn from(error: PaymentError) -> Self {
        match error {
            PaymentError::NotFound => Self::not_found(),
            PaymentError::NothingToPay => {
                Self::conflict("nothing_to_pay", "결제할 금액이 없습니다.", "There is nothing to pay.")
            }
            PaymentError::HoldOver => Self::conflict(
                "hold_over",
                "예약 시간이 지나 결제할 수 없습니다. 청구된 금액은 없습니다. 다시 예약해 주세요.",
                "The hold is over; nothing was charged. Please book again.",
            ),
            PaymentError::WaitsForStaff => {
                let said =
                    ("예약이 아직 승인되지 않았습니다.", "The booking has not been confirmed by staff yet.");
                Self::conflict("waits_for_staff", said.0, said.1)
            }
            PaymentError::AlreadyPaid => {
                Self::conflict("already_paid", "이미 결제되었습니다.", "It is paid already.")
            }
            PaymentError::UnderWay => {
                Self::conflict("payment_under_way", "결제가 진행 중입니다.", "A payment is under way.")
            }
            PaymentError::Amount => {
                let said = Said::new(
                    "금액이 주문과 다릅니다. 청구된 금액은 없습니다.",
                    "The amount is not the order's; nothing was charged.",
                );
                Self::fields(vec![FieldError::new("/amount", "amount_mismatch", said)])
            }
            PaymentError::Closed => Self::conflict(
                "order_closed",
                "닫힌 주문입니다. 결제를 다시 준비해 주세요.",
                "This order is closed. Please make the payment ready again.",
            ),
            PaymentError::KeyTaken => Self::conflict(
                "payment_key_used",
                "다른 주문에 쓰인 결제 키입니다.",
                "This payment key belongs to another order.",
            ),
            PaymentError::Declined(failure) => {
                let told = json!({"code": failure.code, "message": failure.message});
                let ko = if failure.message.is_empty() {
                    "결제가 거절되었습니다.".to_owned()
                } else {
                    failure.message
                };
                Self::conflict(
                    "payment_declined",
                    ko,
                    format!("The payment was declined ({}).", failure.code),
                )
                .with("failure", told)
            }
            PaymentError::KeyReused => Self::idempotency_key_reused(),
            PaymentError::Contended => Self::unavailable(),
            PaymentError::Store(error) => error.into(),
            PaymentError::Broken(why) => {
                tracing::error!(why, "payments");
                Self::unavailable()
            }
        }
    }
}
