//! The local-only routes: who is there, what mail came, what time it is, and where mailed links lead.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use maru_accounts::escape;
use maru_kernel::ManualClock;
use maru_payments::{PAYMENTS, Payment};
use maru_table::Key;
use serde_json::{Value, json};

use crate::people::Person;
use crate::stack::Stack;

#[derive(Clone)]
struct Local {
    stack: Arc<Stack>,
    clock: Option<ManualClock>,
}

/// `/local` and what is under it, and a way there from `/`.
pub fn routes(stack: &Arc<Stack>, clock: Option<ManualClock>) -> Router {
    Router::new()
        .route("/", get(|| async { Redirect::temporary("/local") }))
        .route("/local", get(page))
        .route("/local/people", get(people))
        .route("/local/clock", post(advance))
        .route("/local/app/{page}", get(app_page))
        .with_state(Local { stack: Arc::clone(stack), clock })
}

/// A link to the payment window that names only the order: the same with the amount and the name the
/// server decided. `None` where nothing is missing or nothing is known.
pub async fn complete_pay_link(stack: &Stack, uri: &Uri) -> Option<String> {
    let query = uri.query().filter(|query| uri.path() == "/local/toss/pay" && !query.contains("amount="))?;
    let order = query.split('&').find_map(|pair| pair.strip_prefix("orderId="))?;
    let payment: Option<Payment> = stack.store("payments")?.get(&Key::of(&PAYMENTS, order)).await.ok()?;
    let payment = payment?;
    let name: String = payment.order_name.bytes().map(|byte| format!("%{byte:02X}")).collect();
    Some(format!("/local/toss/pay?{query}&amount={}&orderName={name}", payment.amount))
}

async fn people(State(local): State<Local>) -> Json<Vec<Person>> {
    Json(local.stack.people.clone())
}

async fn advance(State(local): State<Local>, body: Option<Json<Value>>) -> Response {
    let refuse = |status, message: &str| (status, Json(json!({"error": message}))).into_response();
    let Some(clock) = &local.clock else {
        return refuse(StatusCode::NOT_FOUND, "start with --test-clock to move the clock");
    };
    let seconds = body.as_ref().and_then(|Json(body)| body.get("advance_seconds")).and_then(Value::as_u64);
    let Some(seconds) = seconds.and_then(|s| u32::try_from(s).ok()) else {
        return refuse(
            StatusCode::BAD_REQUEST,
            "advance_seconds must be a whole number of seconds, 0 or more",
        );
    };
    clock.advance(seconds);
    local.stack.workers.tick().await;
    Json(json!({"now": clock.clock().now().to_string()})).into_response()
}

async fn page(State(local): State<Local>) -> Html<String> {
    let people: String = local
        .stack
        .people
        .iter()
        .map(|p| {
            let key = p.api_key.as_deref().unwrap_or_default();
            format!(
                "<tr><td>{}</td><td>{}</td><td><code>{}</code></td><td><code>{}</code></td></tr>",
                p.role,
                escape(&p.email),
                escape(&p.password),
                escape(key)
            )
        })
        .collect();
    let mails: String = local
        .stack
        .outsiders
        .ses
        .mails(None)
        .iter()
        .rev()
        .take(50)
        .map(|m| {
            format!(
                "<details><summary>{} → {}</summary><pre>{}</pre></details>",
                escape(&m.subject),
                escape(&m.to),
                linked(&m.text)
            )
        })
        .collect();
    Html(shell(
        "마루 로컬 · Maru local",
        &format!(
            "<p><a href=\"/docs\">API 문서 · docs</a> · <a href=\"/rooms\">강의실 · rooms</a> · <a href=\"/local/mail\">메일 (JSON)</a> · \
             <a href=\"/local/toss/payments\">토스 결제 · payments</a></p>\
             <h2>사람 · People</h2><table><tr><th>역할 · role</th><th>이메일</th><th>비밀번호</th><th>API key</th></tr>{people}</table>\
             <h2>메일함 · Mailbox</h2>{}",
            if mails.is_empty() { "<p>아직 없음 · none yet</p>".to_owned() } else { mails }
        ),
    ))
}

const PASSWORD_FIELD: &str = "<label>비밀번호 · password <input name=\"password\" type=\"password\"></label>";

/// What stands for the app that mailed links and the payment window lead to.
async fn app_page(Path(page): Path<String>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let (title, lead, call, fields) = match page.as_str() {
        "verify-email" => (
            "이메일 확인 · Verify",
            "가입할 때 정한 비밀번호를 넣으면 가입이 끝납니다. 주소를 바꾸는 중이라면 비워 두세요.",
            "/auth/verify-email",
            PASSWORD_FIELD,
        ),
        "confirm-email" => (
            "새 이메일 확인 · Confirm",
            "로그인한 앱은 이 token으로 POST /me/email/confirm 을 부릅니다.",
            "",
            "",
        ),
        "accept-invitation" => (
            "초대 수락 · Invitation",
            "첫 비밀번호를 정해 주세요.",
            "/auth/accept-invitation",
            PASSWORD_FIELD,
        ),
        "kakao" => (
            "카카오에서 돌아옴 · Back from Kakao",
            "앱은 이 code로 POST /login/kakao 를 부릅니다.",
            "/login/kakao",
            "",
        ),
        "admin-kakao" => (
            "카카오에서 돌아옴 · Back from Kakao",
            "패널은 이 code와 state로 POST /admin/login/kakao 를 부릅니다.",
            "",
            "",
        ),
        "reset-password" => (
            "비밀번호 재설정 · Reset",
            "새 비밀번호를 정해 주세요.",
            "/auth/reset-password",
            "<label>새 비밀번호 · new password <input name=\"new_password\" type=\"password\" required minlength=\"8\"></label>",
        ),
        "success" => (
            "인증 완료 · Authenticated",
            "결제가 인증되었습니다. 앱은 이 값으로 POST /payments/confirm 을 부릅니다.",
            "",
            "",
        ),
        "fail" => ("결제 실패 · Failed", "결제가 이루어지지 않았습니다.", "", ""),
        "forgot-password" => ("비밀번호 찾기 · Forgot", "POST /auth/forgot-password 로 요청하세요.", "", ""),
        _ => return (StatusCode::NOT_FOUND, Html(shell("없음 · Not found", ""))).into_response(),
    };
    let form = if call.is_empty() { String::new() } else { form(call, fields) };
    Html(shell(title, &format!("<p>{lead}</p><pre>{}</pre>{form}", escape(&query)))).into_response()
}

/// Posts the query's token, and the form's fields, as JSON.
fn form(call: &str, fields: &str) -> String {
    format!(
        "<form id=\"f\">{fields}<button>확인 · OK</button></form><pre id=\"out\"></pre><script>\
         f.onsubmit=async e=>{{e.preventDefault();\
         const body=Object.fromEntries([...new URLSearchParams(location.search),...new FormData(f)].filter(p=>p[1]));\
         const r=await fetch('{call}',{{method:'POST',headers:{{'content-type':'application/json'}},body:JSON.stringify(body)}});\
         out.textContent=(await r.json()).message}}</script>"
    )
}

/// Escaped text with its links clickable.
fn linked(text: &str) -> String {
    escape(text)
        .split_inclusive('\n')
        .map(|line| {
            let trimmed = line.trim();
            if trimmed.starts_with("http://") {
                format!("<a href=\"{trimmed}\">{trimmed}</a>\n")
            } else {
                line.to_owned()
            }
        })
        .collect()
}

fn shell(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"ko\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>body{{font:16px/1.6 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}}td,th{{text-align:left;padding:.2rem 1rem .2rem 0}}\
         pre{{white-space:pre-wrap;overflow-wrap:anywhere}}code{{overflow-wrap:anywhere}}</style><h1>{title}</h1>{body}</html>"
    )
}
