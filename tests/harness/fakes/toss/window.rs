//! The customer's side: authenticating by call or by pay page, ordering misbehaviour, looking at everything.
//! These routes are for the local stack and tests only.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::FakeToss;
use super::answer::{Answer, message};
use super::behaviour::Behaviour;
use super::billing::is_customer_key;
use super::desk::is_order_id;
use super::object::{self, METHODS, payment_object};
use super::page::{PayPage, refusal_page};
use super::returns::{may_return_to, with_query};

/// Nothing on the page comes from elsewhere. No `form-action`: browsers apply it to the redirect as well.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'";

pub(super) fn routes(toss: FakeToss) -> Router {
    Router::new()
        .route("/local/toss/payments", post(authenticate).get(list))
        .route("/local/toss/deposits", post(pay_in))
        .route("/local/toss/cards", post(register_card))
        .route("/local/toss/behaviour", post(misbehave))
        .route("/local/toss/pay", get(open).post(press))
        .with_state(toss)
}

async fn list(State(toss): State<FakeToss>) -> Json<Vec<Value>> {
    Json(toss.glance(|book| book.payments.iter().map(payment_object).collect()))
}

async fn authenticate(State(toss): State<FakeToss>, body: Bytes) -> Response {
    let Ok(Value::Object(sent)) = serde_json::from_slice(&body) else {
        return bad_fields(&BTreeMap::from([("body", "a JSON object".to_owned())]));
    };
    let mut faults = BTreeMap::new();
    let order_id = sent.get("orderId").and_then(Value::as_str).unwrap_or_default();
    if !is_order_id(order_id) {
        faults.insert("orderId", ORDER_ID_RULE.to_owned());
    }
    let amount = match sent.get("amount") {
        Some(Value::String(digits)) => read_amount(digits),
        Some(number) => number.as_i64().filter(|amount| *amount > 0),
        None => None,
    };
    if amount.is_none() {
        faults.insert("amount", AMOUNT_RULE.to_owned());
    }
    let method = match sent.get("method") {
        None | Some(Value::Null) => Some(object::CARD),
        Some(word) => word.as_str().and_then(object::known_method),
    };
    if method.is_none() {
        faults.insert("method", method_rule());
    }
    let (Some(amount), Some(method), true) = (amount, method, faults.is_empty()) else {
        return bad_fields(&faults);
    };
    let payment_key = toss.authenticate(order_id, amount, Some(method));
    let answer = json!({ "paymentKey": payment_key, "orderId": order_id, "amount": amount });
    (StatusCode::CREATED, Json(answer)).into_response()
}

async fn pay_in(State(toss): State<FakeToss>, body: Bytes) -> Response {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Deposit {
        order_id: String,
        #[serde(default)]
        take_back: bool,
    }
    let Ok(Deposit { order_id, take_back }) = serde_json::from_slice(&body) else {
        return bad_fields(&BTreeMap::from([(
            "body",
            r#"{"orderId": "...", "takeBack": false}"#.to_owned(),
        )]));
    };
    let payment = toss.with_book(|book, now| {
        if take_back { book.take_back_deposit(now, &order_id) } else { book.deposit(now, &order_id) }
    });
    match payment {
        Some(payment) => Json(payment_object(&payment)).into_response(),
        None => Answer::refusal("NOT_FOUND_PAYMENT").into_response(),
    }
}

async fn register_card(State(toss): State<FakeToss>, body: Bytes) -> Response {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Registration {
        customer_key: String,
    }
    match serde_json::from_slice::<Registration>(&body) {
        Ok(Registration { customer_key }) if is_customer_key(&customer_key) => {
            let auth_key = toss.authorize_card(&customer_key);
            let answer = json!({ "authKey": auth_key, "customerKey": customer_key });
            (StatusCode::CREATED, Json(answer)).into_response()
        }
        Ok(_) | Err(_) => {
            let rule = "2 to 300 letters, digits or any of -_=.@".to_owned();
            bad_fields(&BTreeMap::from([("customerKey", rule)]))
        }
    }
}

async fn misbehave(State(toss): State<FakeToss>, body: Bytes) -> Response {
    #[derive(Deserialize)]
    struct Order {
        next: Vec<String>,
    }
    let allowed = Behaviour::ALL.map(Behaviour::name);
    let refuse = |message: String| {
        let problem = json!({ "code": "INVALID_REQUEST", "message": message, "allowed": allowed });
        (StatusCode::BAD_REQUEST, Json(problem)).into_response()
    };
    let Ok(order) = serde_json::from_slice::<Order>(&body) else {
        return refuse(r#"send {"next": ["<behaviour>", ...]}"#.to_owned());
    };
    // All or nothing: half a queue would misbehave at the wrong call.
    let named: Result<Vec<_>, _> = order.next.into_iter().map(Behaviour::try_from).collect();
    match named {
        Ok(behaviours) => {
            toss.next(behaviours);
            Json(json!({ "next": toss.glance(|book| book.queue.clone()) })).into_response()
        }
        Err(unknown) => refuse(unknown.to_string()),
    }
}

/// What the link to the page, and the form on it, carry.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PayLink {
    order_id: String,
    amount: String,
    order_name: String,
    success_url: String,
    fail_url: String,
    method: String,
    action: String,
}

impl PayLink {
    /// Fills in what was left out and lists what is wrong; the amount is the part that changes its type.
    fn check(&mut self, toss: &FakeToss) -> Result<i64, Vec<String>> {
        let options = toss.options();
        for (given, usual) in [
            (&mut self.success_url, &options.success_url),
            (&mut self.fail_url, &options.fail_url),
            (&mut self.order_name, &self.order_id),
        ] {
            if given.is_empty() {
                given.clone_from(usual);
            }
        }
        let mut faults = Vec::new();
        if !is_order_id(&self.order_id) {
            faults.push(format!("orderId: {ORDER_ID_RULE}"));
        }
        if self.order_name.chars().count() > 100 {
            faults.push("orderName: at most 100 characters".to_owned());
        }
        let ours = [options.success_url.as_str(), options.fail_url.as_str()];
        for (name, url) in [("successUrl", &self.success_url), ("failUrl", &self.fail_url)] {
            if !may_return_to(url, &ours) {
                faults.push(format!(
                    "{name}: an http(s) address, percent-encoded, of this shop or of this machine"
                ));
            }
        }
        let amount = read_amount(&self.amount);
        if amount.is_none() {
            faults.push(format!("amount: {AMOUNT_RULE}"));
        }
        amount.filter(|_| faults.is_empty()).ok_or(faults)
    }
}

async fn open(State(toss): State<FakeToss>, query: Result<Query<PayLink>, QueryRejection>) -> Response {
    let mut link = match query {
        Ok(Query(link)) => link,
        Err(rejection) => return refused(&[rejection.body_text()]),
    };
    match link.check(&toss) {
        Ok(amount) => page(
            StatusCode::OK,
            PayPage {
                order_id: &link.order_id,
                order_name: &link.order_name,
                amount,
                success_url: &link.success_url,
                fail_url: &link.fail_url,
            }
            .render(),
        ),
        Err(faults) => refused(&faults),
    }
}

async fn press(State(toss): State<FakeToss>, body: Bytes) -> Response {
    let Some(mut link) = read_form(&body) else {
        return refused(&["form: cannot be read".to_owned()]);
    };
    let amount = match link.check(&toss) {
        Ok(amount) => amount,
        Err(faults) => return refused(&faults),
    };
    let Some(method) = object::known_method(&link.method) else {
        return refused(&[format!("method: {}", method_rule())]);
    };
    let back = match link.action.as_str() {
        "pay" => {
            let payment_key = toss.with_book(|book, now| {
                book.authenticate(now, &link.order_id, &link.order_name, amount, method)
            });
            with_query(
                &link.success_url,
                &[
                    ("paymentKey", &payment_key),
                    ("orderId", &link.order_id),
                    ("amount", &amount.to_string()),
                    ("paymentType", "NORMAL"),
                ],
            )
        }
        "decline" => link.failed("REJECT_CARD_COMPANY"),
        "cancel" => link.failed("PAY_PROCESS_CANCELED"),
        _ => return refused(&["action: one of pay, decline, cancel".to_owned()]),
    };
    Redirect::to(&back).into_response()
}

impl PayLink {
    fn failed(&self, code: &str) -> String {
        with_query(&self.fail_url, &[("code", code), ("message", message(code)), ("orderId", &self.order_id)])
    }
}

const ORDER_ID_RULE: &str = "6 to 64 letters, digits, - or _";
const AMOUNT_RULE: &str = "a whole number of won above 0, as a number or as digits";

fn method_rule() -> String {
    let words = METHODS.map(|(kit, api)| format!("{kit} ({api})")).join(", ");
    format!("one of {words}")
}

/// Digits only: no sign, no space, no decimal point.
fn read_amount(digits: &str) -> Option<i64> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten().filter(|amount| *amount > 0)
}

/// A form body is spelled like a query, so it is read as one.
fn read_form(body: &Bytes) -> Option<PayLink> {
    let text = std::str::from_utf8(body).ok()?;
    let uri: Uri = format!("/?{text}").parse().ok()?;
    let Query(link) = Query::try_from_uri(&uri).ok()?;
    Some(link)
}

fn bad_fields(faults: &BTreeMap<&str, String>) -> Response {
    let names = faults.keys().copied().collect::<Vec<_>>().join(", ");
    let problem = json!({
        "code": "INVALID_REQUEST",
        "message": format!("not usable: {names}"),
        "fields": faults,
    });
    (StatusCode::BAD_REQUEST, Json(problem)).into_response()
}

fn refused(faults: &[String]) -> Response {
    page(StatusCode::BAD_REQUEST, refusal_page(faults))
}

fn page(status: StatusCode, html: String) -> Response {
    let headers = [(header::CONTENT_SECURITY_POLICY, PAGE_POLICY), (header::CACHE_CONTROL, "no-store")];
    (status, headers, Html(html)).into_response()
}
