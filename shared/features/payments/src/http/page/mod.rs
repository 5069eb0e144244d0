//! The pay page: what a ticket is for, paid by whoever holds it, without signing in.
//!
//! Every answer is a page or sends a browser on to one, by addresses relative to the one it is at, so that
//! neither a stage nor a name of one's own has to be known. Looking again, going back and sending twice are
//! harmless: what captures is the same service as `POST /payments/confirm`.

mod html;

use std::sync::Arc;

use maru_kernel::{Currency, Money, OrderId, Said};
use maru_web::{
    Api, Doc, Form, IntoResponse, Meta, Mounted, Problem, Public, Response, SeeOther, Segment, State,
    StatusCode, Texts,
};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use self::html::Sheet;
use crate::model::{FailureReason, Payment};
use crate::service::{Shown, Window, WishToConfirm};
use crate::stage::Stage;
use crate::{PaymentError, Payments, rules};

/// Seconds after which a page looks again at what nobody knows yet, and at an account.
const LOOK_AGAIN: u32 = 5;
const LOOK_FOR_DEPOSIT: u32 = 60;

/// What the pages need.
#[derive(Clone)]
struct Counter {
    payments: Payments,
    business: Arc<str>,
}

/// The routes of `pay`, for a business that calls itself so (one line, may be empty).
pub fn pay_api(payments: Payments, business: &str) -> Mounted {
    let text = || json!({"type": "string"});
    let doc = |id, summary, details| {
        Doc::new(id, summary, details)
            .page(200, "페이지 · the page")
            .page(404, "없거나 끝난 링크 · no such link, or not any more")
            .page(409, "결제할 수 없음 · cannot be paid")
            .page(503, "잠시 후 다시 · try again later")
    };
    let show = doc(
        "payPage",
        "결제 페이지",
        "What a ticket is for, for people: `checkout_url` of `POST /payments/ready` and `url` of `POST /payments/links` lead here. A ticket of a booking makes its open order.",
    );
    let success = doc("payPageSuccess", "결제창에서 돌아옴", "Where the payment window sends a customer who authenticated: a page that sends itself on to `confirm`. The order must be the ticket's and the amount ours.")
        .query("paymentKey", "결제 키 · the payment key", text)
        .query("orderId", "주문 · the order", text)
        .query("amount", "금액, 비교만 합니다 · only compared", text)
        .page(422, "금액이 다름 · another amount");
    let confirm = doc("payPageConfirm", "결제 페이지의 승인", "Captures what was authenticated, once, like `POST /payments/confirm`, and sends the browser on to the page.")
        .form::<Authenticated>()
        .sends_on("결제 페이지로 · on to the page")
        .page(422, "금액이 다름 · another amount");
    let fail = doc("payPageFail", "결제창의 실패", "Where the payment window sends a customer who did not authenticate: its message, and a way to try again.")
        .query("code", "오류 코드 · the provider's code", text)
        .query("message", "오류 메시지, 200자까지 · its message, at most 200 characters are shown", text)
        .query("orderId", "주문 · the order", text);
    let renew = doc(
        "payPageRenew",
        "다시 결제",
        "Makes a new order in place of one that was refused or lapsed, and sends the browser on to its page.",
    )
    .form::<Again>()
    .sends_on("결제 페이지로 · on to the page");
    let counter = Counter { payments, business: business.into() };
    Api::new()
        .get("/pay/{ticket}", show, page)
        .get("/pay/{ticket}/success", success, authenticated)
        .post("/pay/{ticket}/confirm", confirm, capture)
        .get("/pay/{ticket}/fail", fail, refused)
        .post("/pay/{ticket}/renew", renew, again)
        .with_state(counter)
}

/// What the payment window gave.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
struct Authenticated {
    #[schema(max_length = 200)]
    payment_key: String,
    order_id: String,
    /// Digits.
    amount: String,
}

impl Authenticated {
    /// The wish these make; `None` where they make none.
    fn read(&self) -> Option<WishToConfirm> {
        let order_id: OrderId = self.order_id.parse().ok()?;
        let amount = Money::parse(&self.amount, Currency::KRW).ok();
        let payment_key = Some(self.payment_key.clone()).filter(|key| rules::is_payment_key(key))?;
        Some(WishToConfirm { payment_key, order_id, amount })
    }
}

/// Which order is not wanted any more.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
struct Again {
    /// Absent: the one the page is about.
    #[schema(value_type = Option<String>)]
    order_id: String,
}

async fn page(
    by: Public,
    State(counter): State<Counter>,
    meta: Meta,
    Segment(ticket): Segment<String>,
) -> Response {
    match counter.payments.open(&ticket, &by.actor).await {
        Ok(shown) => counter.show(shown, &ticket, &meta),
        Err(error) => counter.sorry(error, None),
    }
}

async fn authenticated(
    _: Public,
    State(counter): State<Counter>,
    Segment(ticket): Segment<String>,
    query: Texts,
) -> Response {
    let text = |name| query.get(name).unwrap_or_default().to_owned();
    let sent =
        Authenticated { payment_key: text("paymentKey"), order_id: text("orderId"), amount: text("amount") };
    let Some(wish) = sent.read() else { return counter.not_ours(&ticket).await };
    match counter.payments.of_ticket(&ticket, wish.order_id).await {
        Ok(Some(payment)) if wish.amount == Some(payment.amount) => {
            let parts = vec![
                html::what(&payment.order_name, payment.amount),
                html::said(
                    "결제를 마치고 있습니다. 창을 닫지 마세요.",
                    "Finishing your payment. Please keep this page open.",
                ),
                html::capture(&sent.payment_key, &sent.order_id, &sent.amount),
            ];
            Sheet::new("결제 중", "Paying", parts).render(&counter.business).into_response()
        }
        Ok(Some(_)) => counter.sorry(PaymentError::Amount, Some(&ticket)),
        Ok(None) => counter.not_ours(&ticket).await,
        Err(error) => counter.sorry(error, None),
    }
}

async fn capture(
    by: Public,
    State(counter): State<Counter>,
    Segment(ticket): Segment<String>,
    Form(sent): Form<Authenticated>,
) -> Response {
    let Some(wish) = sent.read() else { return counter.not_ours(&ticket).await };
    match counter.payments.confirm_by_ticket(&ticket, &wish, &by.actor).await {
        Ok(None) => counter.not_ours(&ticket).await,
        // Whatever became of it, the page says it.
        Ok(Some(_))
        | Err(
            PaymentError::Declined(_)
            | PaymentError::AlreadyPaid
            | PaymentError::UnderWay
            | PaymentError::WentBack
            | PaymentError::HoldOver
            | PaymentError::Closed,
        ) => to_page(&ticket),
        Err(error @ PaymentError::NotFound) => counter.sorry(error, None),
        Err(error) => counter.sorry(error, Some(&ticket)),
    }
}

async fn refused(
    by: Public,
    State(counter): State<Counter>,
    Segment(ticket): Segment<String>,
    query: Texts,
) -> Response {
    match counter.payments.open(&ticket, &by.actor).await {
        Ok(shown) if matches!(shown.stage, Stage::Open | Stage::Failed(_)) => {
            let text = |name| query.get(name).unwrap_or_default().to_owned();
            let told = FailureReason { code: text("code"), message: text("message") };
            let current = shown.payment.as_ref().map(|payment| payment.order_id.to_string());
            let order = query.get("orderId").map(str::to_owned).or(current);
            let what = html::what(&shown.order_name, shown.amount);
            counter.failed(what, Some(&told), "renew", order.as_deref())
        }
        Ok(_) => to_page(&ticket),
        Err(error) => counter.sorry(error, None),
    }
}

async fn again(
    by: Public,
    State(counter): State<Counter>,
    Segment(ticket): Segment<String>,
    Form(sent): Form<Again>,
) -> Response {
    match counter.payments.renew(&ticket, sent.order_id.parse().ok(), &by.actor).await {
        Ok(ticket) => to_page(&ticket),
        Err(error @ PaymentError::NotFound) => counter.sorry(error, None),
        Err(error) => counter.sorry(error, Some(&ticket)),
    }
}

/// On to the page of a ticket, from one of the addresses under one.
fn to_page(ticket: &str) -> Response {
    SeeOther(format!("../{ticket}")).into_response()
}

impl Counter {
    fn show(&self, shown: Shown, ticket: &str, meta: &Meta) -> Response {
        let Shown { order_name, amount, stage, payment, until, customer_key } = shown;
        let what = html::what(&order_name, amount);
        let sheet = match (stage, payment) {
            (Stage::Open, Some(payment)) => {
                let (window, page) = match self.window(ticket, meta) {
                    Ok(ours) => ours,
                    Err(error) => return self.sorry(error, None),
                };
                let until = until.map(|until| html::rows(&[("결제 기한", "Until", html::time(until))]));
                let button = html::pay_button(window, &payment, customer_key.as_deref(), &page);
                let provider = window.stand_in.is_empty() && !window.client_key.is_empty();
                let parts = vec![what, until.unwrap_or_default(), button];
                Sheet { provider, ..Sheet::new("결제하기", "Pay", parts) }
            }
            (Stage::Open, None) => return self.sorry(PaymentError::NotFound, None),
            (Stage::UnderWay, _) => {
                let said = html::said(
                    "결제를 확인하고 있습니다. 다시 결제하지 마세요. 이 페이지가 곧 결과를 알려 드립니다.",
                    "We are checking your payment. Please do not pay again; this page will tell.",
                );
                let sheet = Sheet::new("결제 확인 중", "Being checked", vec![what, said]);
                Sheet { again: Some(LOOK_AGAIN), ..sheet }
            }
            (Stage::Deposit(account), _) => {
                let said = html::said(
                    "아래 계좌로 기한 안에 입금하시면 결제가 완료됩니다.",
                    "Please pay into this account in time.",
                );
                let parts = vec![what, said, html::account(&account, amount)];
                let sheet = Sheet::new("입금 대기", "Waiting for your deposit", parts);
                Sheet { again: Some(LOOK_FOR_DEPOSIT), ..sheet }
            }
            (Stage::Done, Some(payment)) => Sheet::new("결제 완료", "Paid", vec![what, done(&payment)]),
            (Stage::Paid, _) | (Stage::Done, None) => {
                let said = html::said("이미 결제되었습니다.", "It is paid already.");
                Sheet::new("결제 완료", "Paid", vec![what, said])
            }
            (Stage::Returned, _) => {
                let said = html::said(
                    "결제하신 금액을 돌려드렸거나 돌려드리는 중입니다. 카드사에 따라 며칠 걸릴 수 있습니다.",
                    "What you paid went back or is on its way; your bank may take some days.",
                );
                Sheet::new("환불", "Paid back", vec![what, said])
            }
            (Stage::Failed(reason), payment) => {
                let order = payment.map(|payment| payment.order_id.to_string());
                let action = format!("{ticket}/renew");
                return self.failed(what, reason.as_ref(), &action, order.as_deref());
            }
            (Stage::Refused(why), _) => {
                let problem = Problem::from(why);
                let Said { ko, en } = problem.said();
                let sheet =
                    Sheet::new("결제할 수 없습니다", "Cannot be paid", vec![what, html::said(ko, en)]);
                Sheet { bad: true, ..sheet }
            }
        };
        sheet.render(&self.business).into_response()
    }

    /// The payment window, and our page as browsers reach it.
    fn window(&self, ticket: &str, meta: &Meta) -> Result<(&Window, String), PaymentError> {
        let page = self.payments.checkout()?.page(meta.address.as_deref(), ticket);
        Ok((self.payments.window()?, page))
    }

    /// It did not work out. Without a reason of the provider's, the order ran out of time.
    fn failed(
        &self,
        what: String,
        reason: Option<&FailureReason>,
        action: &str,
        order: Option<&str>,
    ) -> Response {
        let told = match reason {
            Some(reason) => html::failure(reason),
            None => html::said("결제 시간이 지났습니다.", "The time to pay is over."),
        };
        let parts = vec![
            what,
            told,
            html::said("청구된 금액은 없습니다.", "Nothing was charged."),
            html::retry(action, order),
        ];
        let sheet = Sheet { bad: true, ..Sheet::new("결제되지 않았습니다", "Not paid", parts) };
        sheet.render(&self.business).into_response()
    }

    /// What came back names no order of this ticket: nobody is asked to capture it.
    async fn not_ours(&self, ticket: &str) -> Response {
        // That a ticket is none of ours is said first, and nothing else.
        if let Err(error) = self.payments.knows(ticket).await {
            return self.sorry(error, None);
        }
        let said = html::said(
            "이 링크의 결제가 아니어서 승인하지 않았습니다. 청구된 금액은 없습니다.",
            "This is not the payment of this link, so it was not captured. Nothing was charged.",
        );
        let back = html::link(&format!("../{ticket}"), "결제 페이지로", "Back");
        let sheet = Sheet::new("결제되지 않았습니다", "Not paid", vec![said, back]);
        Sheet { status: StatusCode::CONFLICT, bad: true, ..sheet }.render(&self.business).into_response()
    }

    /// Why there is nothing to see, with a way back where there is one.
    fn sorry(&self, error: PaymentError, back: Option<&str>) -> Response {
        let unknown = matches!(error, PaymentError::NotFound);
        let problem = Problem::from(error);
        let Said { ko, en } = problem.said();
        let said = if unknown {
            html::said(
                "링크가 잘못되었거나 기한이 지났습니다. 보내 드린 주소를 다시 확인해 주세요.",
                "This link is wrong or has expired. Please check the address we sent you.",
            )
        } else {
            html::said(ko, en)
        };
        let back = back.map(|ticket| html::link(&format!("../{ticket}"), "결제 페이지로", "Back"));
        let title = if unknown {
            ("결제 링크를 찾을 수 없습니다", "No such link")
        } else {
            ("결제할 수 없습니다", "Cannot be paid")
        };
        let sheet = Sheet::new(title.0, title.1, vec![said, back.unwrap_or_default()]);
        Sheet { status: problem.status(), bad: true, ..sheet }.render(&self.business).into_response()
    }
}

/// How it was paid, and what of it went back.
fn done(payment: &Payment) -> String {
    let capture = payment.capture.as_ref();
    let mut rows = vec![("주문 번호", "Order", payment.order_id.to_string())];
    rows.extend(capture.and_then(|c| c.method.clone()).map(|method| ("결제 수단", "Method", method)));
    rows.extend(capture.and_then(|c| c.approved_at).map(|at| ("결제 시각", "Paid at", html::time(at))));
    let back = payment.refunded();
    if !back.is_zero() {
        rows.push(("환불한 금액", "Paid back", html::won(back)));
    }
    let receipt = capture.and_then(|c| c.receipt_url.as_deref()).filter(|url| url.starts_with("https://"));
    let link = receipt.map(|url| html::link(url, "영수증", "Receipt")).unwrap_or_default();
    html::said("결제가 완료되었습니다. 감사합니다.", "Your payment was received. Thank you.")
        + &html::rows(&rows)
        + &link
}
