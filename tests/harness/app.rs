//! A stack for one test, and people who act on it over HTTP.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use maru_accounts::{House, Policy, Verification};
use maru_kernel::ManualClock;
use maru_settings::Secrets;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::fakes::ses::Received;
use crate::faults::Faults;
use crate::people::{PASSWORD, ROOM_A, ROOM_B};
use crate::serve::Served;
use crate::stack::{Options, Stack};

/// What a test's stack is to be like.
#[derive(Debug, Clone)]
pub struct Wish {
    /// How long a capture is waited for.
    pub toss_deadline: Duration,
    /// Whether an address must be proved.
    pub verification: Verification,
    /// Whether staff need a second factor.
    pub staff_mfa: bool,
    /// What passwords must be.
    pub passwords: Policy,
    /// Changes the stack's secrets before it starts.
    pub secrets: fn(&mut Secrets),
    /// Another DynamoDB than the embedded one.
    pub dynamo: Option<String>,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            toss_deadline: Duration::from_millis(400),
            verification: Verification::Required,
            staff_mfa: false,
            passwords: Policy::Strong,
            secrets: |_| {},
            dynamo: None,
        }
    }
}

/// A throw-away system at a standing clock, in the morning of a Tuesday in Seoul.
pub struct App {
    served: Served,
    http: Client,
    /// The clock.
    pub clock: ManualClock,
    /// Faults between the functions and the store.
    pub faults: Faults,
}

/// Somebody with a way to show who they are, or nobody.
#[derive(Debug, Clone)]
pub struct Guest {
    base: String,
    http: Client,
    /// The access token.
    pub token: Option<String>,
    /// The refresh token.
    pub refresh_token: Option<String>,
    /// The API key.
    pub api_key: Option<String>,
    /// Their address.
    pub email: String,
}

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as JSON; its text where it is none.
    pub body: Value,
}

impl Reply {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A member of the body by JSON pointer, as text; empty if it is not there.
    pub fn text(&self, pointer: &str) -> String {
        match self.body.pointer(pointer) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        }
    }

    /// The pointers of all field errors.
    pub fn fields(&self) -> Vec<String> {
        let errors = self.body.get("errors").and_then(Value::as_array);
        errors.into_iter().flatten().filter_map(|e| Some(e.get("pointer")?.as_str()?.to_owned())).collect()
    }
}

impl App {
    /// A stack as tests ordinarily want it.
    pub async fn start() -> Result<Self> {
        Self::with(Wish::default()).await
    }

    /// A stack like this.
    #[allow(clippy::disallowed_methods, reason = "the tests' own client, which plays the customers' apps")]
    pub async fn with(wish: Wish) -> Result<Self> {
        let Wish { toss_deadline, verification, staff_mfa, passwords, secrets, dynamo } = wish;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base_url = format!("http://{}", listener.local_addr()?);
        let clock = ManualClock::at("2026-12-01T08:00:00+09:00".parse::<Timestamp>()?);
        let faults = Faults::default();
        let options = Options {
            clock: clock.clock(),
            faults: Some(faults.clone()),
            toss_deadline,
            secrets,
            kakao_deadline: Duration::from_millis(400),
            dynamo,
            ..Options::throw_away(&base_url)
        };
        let options = Options {
            house: House { verification, staff_mfa, passwords, ..options.house.clone() },
            ..options
        };
        let served = Served::start(listener, options, Some(clock.clone()), false).await?;
        // The client library asks for a process-wide provider even where it never speaks TLS.
        let _set_once = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let http = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
        Ok(Self { served, http, clock, faults })
    }

    /// The system behind the port.
    pub fn stack(&self) -> &Stack {
        &self.served.stack
    }

    /// Where it is served.
    pub fn base_url(&self) -> &str {
        &self.served.base_url
    }

    /// Somebody nobody knows.
    pub fn stranger(&self) -> Guest {
        Guest {
            base: self.served.base_url.clone(),
            http: self.http.clone(),
            token: None,
            refresh_token: None,
            api_key: None,
            email: String::new(),
        }
    }

    /// The first seeded member, signed in.
    pub async fn member(&self) -> Result<Guest> {
        self.sign_in("member1@maru.local", PASSWORD).await
    }

    /// The second seeded member, signed in.
    pub async fn another(&self) -> Result<Guest> {
        self.sign_in("member2@maru.local", PASSWORD).await
    }

    /// A seeded member of staff, signed in.
    pub async fn staff(&self, role: &str) -> Result<Guest> {
        self.sign_in(&format!("{role}@maru.local"), PASSWORD).await
    }

    /// The operator's API key.
    pub fn machine(&self) -> Guest {
        let key = self.served.stack.people.iter().find_map(|person| person.api_key.clone());
        Guest { api_key: key, ..self.stranger() }
    }

    /// Signs somebody in.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<Guest> {
        let stranger = self.stranger();
        let reply = stranger.post("/auth/login", &json!({"email": email, "password": password})).await?;
        ensure!(reply.status == 200, "{email} cannot sign in: {reply:?}");
        Ok(Guest {
            token: Some(reply.text("/token")),
            refresh_token: Some(reply.text("/refresh_token")),
            email: email.to_owned(),
            ..stranger
        })
    }

    /// Signs somebody up by the mailed link, and in.
    pub async fn newcomer(&self, email: &str, name: &str, password: &str) -> Result<Guest> {
        let stranger = self.stranger();
        let wish = json!({"email": email, "password": password, "name": name});
        let reply = stranger.post("/auth/register", &wish).await?;
        ensure!(reply.status == 201, "{reply:?}");
        let token = self.mailed_token(email, "verify-email").await?;
        let proof = json!({"token": token, "password": password});
        let reply = stranger.post("/auth/verify-email", &proof).await?;
        ensure!(reply.status == 200, "{reply:?}");
        self.sign_in(email, password).await
    }

    /// The mails to an address, after the mailer has caught up.
    pub async fn mails(&self, email: &str) -> Result<Vec<Received>> {
        self.stack().workers.deliver().await?;
        Ok(self.stack().outsiders.ses.mails(Some(email)))
    }

    /// The token of the last mailed link to this page of the app.
    pub async fn mailed_token(&self, email: &str, page: &str) -> Result<String> {
        let mark = format!("/{page}?token=");
        let mails = self.mails(email).await?;
        let text =
            mails.iter().rev().find_map(|mail| mail.text.split(&mark).nth(1)).context("no such mail")?;
        Ok(text.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect())
    }

    /// The customer authenticates in the payment window; answers the payment key.
    pub fn authenticate(&self, order_id: &str, amount: i64) -> String {
        self.stack().outsiders.toss.authenticate(order_id, amount, None)
    }
}

/// A wish for 강의실 A on the day of the standing clock plus one, from and to these full hours.
pub fn wish(from: u8, to: u8) -> Value {
    wish_for(ROOM_A, "2026-12-02", from, to)
}

/// The same for the room that is free of charge.
pub fn free_wish(from: u8, to: u8) -> Value {
    wish_for(ROOM_B, "2026-12-02", from, to)
}

/// A wish for a room on a day, from and to these full hours.
pub fn wish_for(room: &str, day: &str, from: u8, to: u8) -> Value {
    json!({
        "room_id": room,
        "start_time": format!("{day}T{from:02}:00:00+09:00"),
        "end_time": format!("{day}T{to:02}:00:00+09:00"),
        "title": "정기 모임",
    })
}

impl Guest {
    /// GET.
    pub async fn get(&self, path: &str) -> Result<Reply> {
        self.send(Method::GET, path, &[], None).await
    }

    /// POST of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Reply> {
        self.post_with(path, body, &[]).await
    }

    /// POST of JSON with more headers.
    pub async fn post_with(&self, path: &str, body: &Value, headers: &[(&str, &str)]) -> Result<Reply> {
        let headers: Vec<_> =
            [("content-type", "application/json")].into_iter().chain(headers.iter().copied()).collect();
        self.send(Method::POST, path, &headers, Some(body.to_string().into_bytes())).await
    }

    /// PATCH of JSON.
    pub async fn patch(&self, path: &str, body: &Value) -> Result<Reply> {
        self.send(
            Method::PATCH,
            path,
            &[("content-type", "application/json")],
            Some(body.to_string().into_bytes()),
        )
        .await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Result<Reply> {
        self.send(Method::DELETE, path, &[], None).await
    }

    /// Anything.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Result<Reply> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(key) = &self.api_key {
            request = request.header("x-api-key", key);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(n, v)| (n.as_str().to_owned(), String::from_utf8_lossy(v.as_bytes()).into_owned()));
        let headers = headers.collect();
        let bytes = response.bytes().await?;
        let body = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        Ok(Reply { status, headers, body })
    }

    /// Books, and answers the booking.
    pub async fn book(&self, wish: &Value) -> Result<Value> {
        let reply = self.post("/api/bookings", wish).await?;
        ensure!(reply.status == 201, "{reply:?}");
        reply.body.get("data").cloned().context("no data")
    }

    /// Books 강의실 A, makes the payment ready and authenticates: (booking, order, payment key).
    pub async fn up_to_the_window(&self, app: &App, wish: &Value) -> Result<(String, String, String)> {
        let booking = self.book(wish).await?;
        let id = booking.get("id").and_then(Value::as_str).context("no id")?.to_owned();
        let ready = self.post("/payments/ready", &json!({"booking_id": id})).await?;
        ensure!(ready.status == 200, "{ready:?}");
        let amount = ready.body.get("amount").and_then(Value::as_i64).context("no amount")?;
        let order = ready.text("/order_id");
        let key = app.authenticate(&order, amount);
        Ok((id, order, key))
    }

    /// Confirms a payment.
    pub async fn confirm(&self, key: &str, order: &str, amount: i64) -> Result<Reply> {
        self.post("/payments/confirm", &json!({"paymentKey": key, "orderId": order, "amount": amount})).await
    }

    /// The status of a booking.
    pub async fn status_of(&self, booking: &str) -> Result<String> {
        Ok(self.get(&format!("/api/bookings/{booking}")).await?.text("/data/status"))
    }
}
