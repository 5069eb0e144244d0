//! A system with people, bookings and payments in it, and what events have to name of it. It is served
//! in this process over its own store, with the master key the functions get from the secret.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use anyhow::{Context, ensure};
use axum::{
    body::{Body, to_bytes},
    http::{Method, Request},
};
use harness::{
    engines::Dynamo,
    people::{PASSWORD, ROOM_A},
    serve::Served,
    stack::{KAKAO_REST_KEY, Options, TOSS_SECRET_KEY},
};
use jiff::{SignedDuration, Timestamp, ToSpan};
use maru_accounts::MAIL_LINKS;
use maru_kernel::Clock;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::{concern, endpoint, recorded};

/// Who calls.
pub const MEMBER: &str = "member1@maru.local";
/// Whose password is reset; it would end the caller's sessions.
const FORGETFUL: &str = "member2@maru.local";
/// Who may see who works here.
const OWNER: &str = "owner@maru.local";
/// Who signs in by Kakao, and what their phone gave Kakao to put into the token.
const KAKAO_ID: i64 = 4_000_000_001;
pub const NONCE: &str = "bench-nonce";
/// Building and measuring may take longer than a hold lasts, so the hold to be paid is taken this many
/// seconds from now.
const AHEAD: i64 = 3_600;

/// The system, and what there is in it.
pub struct World {
    /// Where the store is.
    pub store: String,
    /// Where the store and Secrets Manager are.
    pub store_and_secret: String,
    /// Where the stand-ins of the outsiders are.
    pub base_url: String,
    /// An access token of the member.
    pub token: String,
    /// The refresh token that came with it.
    pub refresh_token: String,
    /// An access token of the owner.
    pub owner_token: String,
    /// What a phone's library got from Kakao.
    pub id_token: String,
    /// A booking of the member's that can be paid for an hour.
    pub held_booking: String,
    /// A payment of the member's that was captured.
    pub paid: Paid,
    /// A sign-up that waits for its letter.
    pub sign_up_link: String,
    /// The token of a mailed link.
    pub reset_token: String,
    _system: System,
}

/// A captured payment.
pub struct Paid {
    /// Toss's key.
    pub key: String,
    /// Our order.
    pub order: String,
    /// Major units.
    pub amount: i64,
    /// The ticket of its page.
    pub ticket: String,
}

struct System {
    served: Served,
    _store: Dynamo,
    _folder: TempDir,
}

impl World {
    /// Starts the system and does in it what the events take for granted.
    pub async fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let store = Dynamo::start(None).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let ahead = Arc::new(AtomicI64::new(AHEAD));
        let options = Options {
            // Kept in a folder, the master key can be read back.
            folder: Some(folder.path().to_owned()),
            clock: clock(&ahead),
            dynamo: Some(store.endpoint.clone()),
            ..Options::throw_away(&base_url)
        };
        let served = Served::start(listener, options, None, false).await?;
        let master = fs::read_to_string(folder.path().join("master.key"))?;
        let secret = json!({"master": master, "toss_secret_key": TOSS_SECRET_KEY}).to_string();
        let address = store.endpoint.trim_start_matches("http://").parse()?;
        let store_and_secret = endpoint::start(address, &secret).await?;
        let store_url = store.endpoint.clone();
        let system = System { served, _store: store, _folder: folder };

        let (early, _) = system.sign_in(MEMBER).await?;
        let (held_booking, _) = system.ready(&early, 10).await?;
        ahead.store(0, Ordering::SeqCst);
        let (token, refresh_token) = system.sign_in(MEMBER).await?;
        let (owner_token, _) = system.sign_in(OWNER).await?;
        let kakao = &system.served.stack.outsiders.kakao;
        let id_token = kakao.id_token(KAKAO_ID, KAKAO_REST_KEY, NONCE);
        let paid = system.pay(&token).await?;
        let sign_up = json!({"email": "lee@example.kr", "password": PASSWORD, "name": "이영희"});
        let sign_up_link = text(&system.post("/auth/register", None, &sign_up).await?, "/user_id")?;
        let reset_token = system.reset_token().await?;
        Ok(Self {
            store: store_url,
            store_and_secret,
            base_url,
            token,
            refresh_token,
            owner_token,
            id_token,
            held_booking,
            paid,
            sign_up_link,
            reset_token,
            _system: system,
        })
    }
}

impl System {
    async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> anyhow::Result<Value> {
        let mut request =
            Request::builder().method(Method::POST).uri(path).header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(Body::from(body.to_string()))?;
        let response = self.served.stack.answer(request, None).await;
        let status = response.status();
        let body = to_bytes(response.into_body(), usize::MAX).await?;
        ensure!(status.is_success(), "{path} answered {status}: {}", String::from_utf8_lossy(&body));
        Ok(serde_json::from_slice(&body)?)
    }

    async fn sign_in(&self, email: &str) -> anyhow::Result<(String, String)> {
        let body = json!({"email": email, "password": PASSWORD});
        let signed_in = self.post("/auth/login", None, &body).await?;
        Ok((text(&signed_in, "/token")?, text(&signed_in, "/refresh_token")?))
    }

    /// Books two hours and makes their payment ready: booking, and what the window is told.
    async fn ready(&self, token: &str, hour: i8) -> anyhow::Result<(String, Value)> {
        let day = Clock::system().now().in_tz("Asia/Seoul")?.date().checked_add(2.days())?;
        let wish = json!({
            "room_id": ROOM_A,
            "start_time": format!("{day}T{hour:02}:00:00+09:00"),
            "end_time": format!("{day}T{:02}:00:00+09:00", hour + 2),
            "title": "정기 모임",
        });
        let booked = self.post("/api/bookings", Some(token), &wish).await?;
        let booking = text(&booked, "/data/id")?;
        let ready = self.post("/payments/ready", Some(token), &json!({"booking_id": booking})).await?;
        Ok((booking, ready))
    }

    async fn pay(&self, token: &str) -> anyhow::Result<Paid> {
        let (_, ready) = self.ready(token, 14).await?;
        let order = text(&ready, "/order_id")?;
        let amount = ready.get("amount").and_then(Value::as_i64).context("there is no amount")?;
        let page = text(&ready, "/checkout_url")?;
        let ticket = page.rsplit('/').next().context("there is no ticket")?.to_owned();
        let key = self.served.stack.outsiders.toss.authenticate(&order, amount, None);
        let body = json!({"paymentKey": key, "orderId": order, "amount": amount});
        self.post("/payments/confirm", Some(token), &body).await?;
        Ok(Paid { key, order, amount, ticket })
    }

    /// The answer to a forgotten password does not tell the link and no stream runs here, so the mailer
    /// is handed a record about the newest link.
    async fn reset_token(&self) -> anyhow::Result<String> {
        let stack = &self.served.stack;
        self.post("/auth/forgot-password", None, &json!({"email": FORGETFUL})).await?;
        let newest = aws_sdk_dynamodb::types::AttributeValue::S(format!("newest#reset#{FORGETFUL}"));
        let links = aws_sdk_dynamodb::Client::new(&stack.sdk).get_item().table_name(MAIL_LINKS.name);
        let item = links.key(MAIL_LINKS.partition.name, newest).send().await?.item;
        let link =
            item.as_ref().and_then(|item| item.get("link")?.as_s().ok()).context("there is no link")?;
        let mut record = recorded("mailer")?.pointer("/Records/0").cloned().unwrap_or_default();
        concern(&mut record, link)?;
        stack.workers.hand(serde_json::from_value(record)?).await;
        let letter = stack.outsiders.ses.mails(Some(FORGETFUL)).pop().context("there is no letter")?;
        let token = letter.text.split("?token=").nth(1).and_then(|rest| rest.split_whitespace().next());
        Ok(token.context("the letter has no link")?.to_owned())
    }
}

fn clock(ahead: &Arc<AtomicI64>) -> Clock {
    let (system, ahead) = (Clock::system(), Arc::clone(ahead));
    Clock::from_fn(move || {
        let ahead = SignedDuration::from_secs(ahead.load(Ordering::SeqCst));
        system.now().checked_add(ahead).unwrap_or(Timestamp::MAX)
    })
}

fn text(body: &Value, pointer: &str) -> anyhow::Result<String> {
    let text = body.pointer(pointer).and_then(Value::as_str);
    Ok(text.with_context(|| format!("{pointer} is missing"))?.to_owned())
}
