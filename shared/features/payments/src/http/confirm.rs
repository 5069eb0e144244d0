//! Capturing what a customer authenticated.

use maru_kernel::{Currency, FieldError, Fields, Money, OrderId, Said};
use maru_web::{Amount, Answer, Api, Body, Doc, Member, Mounted, Problem, Raw, State, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::views::PaymentView;
use crate::service::{Confirmed, WishToConfirm};
use crate::{Payments, rules};

/// The route of `payment-confirm`.
pub fn confirm_api(payments: Payments) -> Mounted {
    let doc = Doc::new("confirmPayment", "결제 승인", "Captures what the customer authenticated, once. Names in snake_case or camelCase; the amount is only compared with ours.")
        .body::<Confirmation>()
        .plain::<PaymentView>(200, "승인되었거나 입금을 기다립니다 · captured, or waiting for the deposit")
        .plain::<PendingView>(202, "확인 중입니다 (url로 다시 조회) · not known yet: poll the url")
        .refuses(404, "없는 주문 · no such order")
        .refuses(409, "거절되었거나 승인할 수 없는 상태 · declined, or not possible now");
    Api::new().post("/payments/confirm", doc, confirm).with_state(payments)
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
