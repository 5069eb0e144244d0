//! Capturing what a customer authenticated.

use maru_identity::permit;
use maru_kernel::{Currency, FieldError, Fields, Money, OrderId, Said};
use maru_web::{Amount, Answer, Api, Body, Doc, MemberOrStaff, Mounted, Problem, Raw, State, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::sample::{self, ProviderFailure, ProviderPayment};
use super::views::PaymentView;
use crate::service::{Confirmed, Payer, WishToConfirm};
use crate::{Payments, rules};

/// The routes of `payment-confirm`.
pub fn confirm_api(payments: Payments) -> Mounted {
    let doc = Doc::new("confirmPayment", "결제 승인", "Captures what the customer authenticated, once. Names in snake_case or camelCase; the amount is only compared with ours.")
        .body::<Confirmation>()
        .plain::<PaymentView>(200, "승인되었거나 입금을 기다립니다 · captured, or waiting for the deposit")
        .plain::<PendingView>(202, "확인 중입니다 (url로 다시 조회) · not known yet: poll the url")
        .refuses(404, "없는 주문 · no such order")
        .refuses(409, "거절되었거나 승인할 수 없는 상태 · declined, or not possible now");
    let sample = |id, summary| {
        Doc::new(id, summary, "What the provider's sample front ends call. Whoever shows the key of what was authenticated for our order and our amount may have it captured; the answer is the provider's.")
            .body::<Confirmation>()
            .plain::<ProviderPayment>(200, "결제 객체 · the provider's payment object")
            .plain::<ProviderPayment>(202, "확인 중입니다 (IN_PROGRESS) · not known yet: do not pay again")
            .plain::<ProviderFailure>(400, "승인할 수 없음 · cannot be captured")
            .plain::<ProviderFailure>(403, "거절 · declined")
            .plain::<ProviderFailure>(404, "없거나 지난 주문 · no such order, or too late")
            .plain::<ProviderFailure>(409, "진행 중 · under way")
            .plain::<ProviderFailure>(500, "일시적인 오류 · try again")
    };
    Api::new()
        .post("/payments/confirm", doc, confirm)
        .post("/confirm/widget", sample("confirmWidget", "결제위젯 샘플의 승인"), sample::confirm)
        .post("/confirm/payment", sample("confirmWindow", "결제창 샘플의 승인"), sample::confirm)
        .with_state(payments)
}

/// What the payment window gave.
#[derive(Deserialize, ToSchema)]
pub(super) struct Confirmation {
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

impl Confirmation {
    /// The wish, or every fault of it; nothing where that can be no order.
    pub(super) fn read(self) -> Result<Option<WishToConfirm>, Vec<FieldError>> {
        let Confirmation { payment_key, order_id, amount } = self;
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
        let order: Option<OrderId> = order_id.parse().ok();
        Ok(order.map(|order_id| WishToConfirm { payment_key, order_id, amount: Some(amount) }))
    }
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
    caller: MemberOrStaff<permit::PaymentsWrite>,
    State(payments): State<Payments>,
    body: Body<Confirmation>,
) -> Result<Answer, Problem> {
    // What cannot be an order of ours is nobody's order.
    let wish = body.value.read()?.ok_or_else(Problem::not_found)?;
    Ok(match payments.confirm(Payer::Owner(&caller.0), &wish).await? {
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
