//! A newcomer's visit, each step with what it was charged.

use anyhow::{Context, ensure};
use harness::{
    app::{App, Guest, Reply, wish_for},
    people::{PASSWORD, ROOM_A, ROOM_B},
};
use maru_table::Used;
use reqwest::Method;
use serde_json::{Value, json};

/// What a customer's browser says it is; the trail keeps it.
const BROWSER: (&str, &str) = (
    "user-agent",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
     Version/18.1 Mobile/15E148 Safari/604.1",
);
/// Quarter hours a seeded room is open a day.
pub const QUARTERS: u32 = 52;
/// A hold's time and a second.
const HOLD_IS_OVER: u32 = 601;

/// What one operation used.
pub struct Charge {
    /// What was done.
    pub operation: &'static str,
    /// By which function.
    pub function: &'static str,
    /// All of it.
    pub used: Used,
    /// Calls made one after the other, beside the one that finds out who is calling.
    pub trips: u64,
    /// What it may use.
    pub bars: Bars,
}

/// The most an operation may use; what has no bar may use anything.
#[derive(Clone, Copy, Default)]
pub struct Bars {
    /// Q15: calls one after the other, beside the caller's read.
    pub trips: Option<u64>,
    /// Q17: write units, index writes apart.
    pub writes: Option<f64>,
    /// Q17: read units.
    pub reads: Option<f64>,
}

pub const NONE: Bars = Bars { trips: None, writes: None, reads: None };
const SIGN_IN: Bars = Bars { trips: Some(3), ..NONE };
pub const BOOKING: Bars = Bars { trips: Some(2), writes: Some(16.0), ..NONE };
pub const DAY: Bars = Bars { reads: Some(4.0), ..NONE };

/// Whether a route finds out who is calling.
#[derive(Clone, Copy, PartialEq)]
pub enum Door {
    Open,
    Guarded,
}
use Door::{Guarded, Open};

pub struct Till<'a> {
    pub app: &'a App,
    charges: Vec<Charge>,
}

impl Till<'_> {
    /// Notes what `call` is charged by `function`.
    pub async fn note(
        &mut self,
        (operation, function, door, bars): (&'static str, &'static str, Door, Bars),
        call: impl Future<Output = anyhow::Result<Reply>>,
    ) -> anyhow::Result<Reply> {
        let store = self.app.stack().store(function).context("no such function")?;
        let before = store.meter().used();
        let reply = call.await?;
        let used = store.meter().used().since(before);
        ensure!(reply.status < 300, "{operation} was refused: {reply:?}");
        let trips = used.sequential.saturating_sub(u64::from(door == Guarded));
        self.charges.push(Charge { operation, function, used, trips, bars });
        Ok(reply)
    }
}

/// Signs up as `email`, looks around, books on `day` and pays. Takes ten minutes of the clock.
pub async fn visit(app: &App, day: &str, email: &str) -> anyhow::Result<Vec<Charge>> {
    let mut till = Till { app, charges: Vec::new() };
    let guest = arrive(&mut till, email).await?;
    look_around(&mut till, day).await?;
    book(&mut till, &guest, day).await?;
    book_what_is_wanted(&mut till, &guest, day).await?;
    crate::life::live(&mut till, &guest, day).await?;
    Ok(till.charges)
}

async fn arrive(till: &mut Till<'_>, email: &str) -> anyhow::Result<Guest> {
    let app = till.app;
    let stranger = app.stranger();
    let sign_up = json!({"email": email, "password": PASSWORD, "name": "김철수"});
    let register = ("register", "register", Open, NONE);
    till.note(register, post(&stranger, "/auth/register", &sign_up)).await?;
    let token = app.mailed_token(email, "verify-email").await?;
    let token = json!({"token": token, "password": PASSWORD});
    let verify = ("verify", "verify-email", Open, NONE);
    till.note(verify, post(&stranger, "/auth/verify-email", &token)).await?;
    look_for_the_signer(app).await?;
    let known = json!({"email": email, "password": PASSWORD});
    let login = ("login", "login", Open, SIGN_IN);
    let signed_in = till.note(login, post(&stranger, "/auth/login", &known)).await?;
    let shown = json!({"refresh_token": signed_in.text("/refresh_token")});
    let refresh = ("refresh", "sessions", Open, NONE);
    let fresh = till.note(refresh, post(&stranger, "/auth/refresh", &shown)).await?;
    let mut guest = stranger;
    guest.token = Some(fresh.text("/token"));
    Ok(guest)
}

async fn look_around(till: &mut Till<'_>, day: &str) -> anyhow::Result<()> {
    let stranger = till.app.stranger();
    till.note(("list rooms", "rooms", Open, NONE), stranger.get("/rooms")).await?;
    let free = format!("/rooms/{ROOM_A}/availability?from={day}&to={day}");
    till.note(("availability, empty day", "rooms", Open, DAY), stranger.get(&free)).await?;
    fill_day(till.app, day).await?;
    let free = format!("/rooms/{ROOM_B}/availability?from={day}&to={day}");
    till.note(("availability, full day", "rooms", Open, DAY), stranger.get(&free)).await?;
    Ok(())
}

async fn book(till: &mut Till<'_>, guest: &Guest, day: &str) -> anyhow::Result<()> {
    let app = till.app;
    fetch_keys(guest).await?;
    let held = ("book, to be paid", "bookings", Guarded, BOOKING);
    let booked = till.note(held, post(guest, "/api/bookings", &hours(day, 9))).await?;
    let one = format!("/api/bookings/{}", booked.text("/data/id"));
    till.note(("read a booking", "bookings", Guarded, NONE), guest.get(&one)).await?;
    let member = app.member().await?;
    let list = ("list 20 of many bookings", "bookings", Guarded, NONE);
    till.note(list, member.get("/api/bookings?page_size=20")).await?;

    let wish = json!({"booking_id": booked.text("/data/id")});
    let ready = ("make a payment ready", "payment-ready", Guarded, NONE);
    let ready = till.note(ready, post(guest, "/payments/ready", &wish)).await?;
    let (order, amount) =
        (ready.text("/order_id"), ready.body.get("amount").and_then(Value::as_i64).context("no amount")?);
    let key = app.authenticate(&order, amount);
    let authenticated = json!({"paymentKey": key, "orderId": order, "amount": amount});
    let confirm = ("confirm a payment", "payment-confirm", Guarded, NONE);
    till.note(confirm, post(guest, "/payments/confirm", &authenticated)).await?;
    let paid = format!("/payments/{key}");
    till.note(("read a payment", "payments", Guarded, NONE), guest.get(&paid)).await?;
    Ok(())
}

/// The harder cases: on a day full of others, with a key against repetition, and over a hold that is over.
async fn book_what_is_wanted(till: &mut Till<'_>, guest: &Guest, day: &str) -> anyhow::Result<()> {
    let last = quarter(day, QUARTERS - 1);
    let free = ("book, free, full day", "bookings", Guarded, BOOKING);
    let booked = till.note(free, post(guest, "/api/bookings", &last)).await?;
    let one = format!("/api/bookings/{}", booked.text("/data/id"));
    till.note(
        ("cancel, full day", "bookings", Guarded, NONE),
        guest.send(Method::DELETE, &one, &[BROWSER], None),
    )
    .await?;
    let key = format!("bench-{day}");
    let headers = [BROWSER, ("idempotency-key", key.as_str())];
    let keyed = ("book, free, full day, with a key", "bookings", Guarded, BOOKING);
    till.note(keyed, guest.post_with("/api/bookings", &last, &headers)).await?;

    let wish = hours(day, 14);
    till.app.another().await?.book(&wish).await?;
    till.app.clock.advance(HOLD_IS_OVER);
    fetch_keys(guest).await?;
    let over = ("book over a hold that is over", "bookings", Guarded, BOOKING);
    till.note(over, post(guest, "/api/bookings", &wish)).await?;
    Ok(())
}

pub async fn post(guest: &Guest, path: &str, body: &Value) -> anyhow::Result<Reply> {
    guest.post_with(path, body, &[BROWSER]).await
}

/// Whoever signs first in a sandbox, and then each minute, pays for a look at the ring. Not here.
async fn look_for_the_signer(app: &App) -> anyhow::Result<()> {
    let shown = json!({"refresh_token": app.another().await?.refresh_token});
    let fresh = post(&app.stranger(), "/auth/refresh", &shown).await?;
    ensure!(fresh.status == 200, "{fresh:?}");
    Ok(())
}

/// Whoever asks first in a sandbox, and then each minute, pays for the ring of public keys. Not here.
pub async fn fetch_keys(guest: &Guest) -> anyhow::Result<()> {
    for path in ["/api/bookings", "/payments/nobody"] {
        guest.get(path).await?;
    }
    for path in ["/payments/ready", "/payments/confirm"] {
        guest.post(path, &json!({})).await?;
    }
    Ok(())
}

/// Books every quarter hour of the free room but the last, as the member; answers one of the bookings.
pub async fn fill_day(app: &App, day: &str) -> anyhow::Result<String> {
    let member = app.member().await?;
    let mut booking = String::new();
    for number in 0..QUARTERS - 1 {
        let booked = member.book(&quarter(day, number)).await?;
        booked.get("id").and_then(Value::as_str).context("it has no id")?.clone_into(&mut booking);
    }
    Ok(booking)
}

/// A wish for two hours of the room that costs something.
pub fn hours(day: &str, from: u8) -> Value {
    described(wish_for(ROOM_A, day, from, from + 2))
}

/// A wish for a quarter hour of the free room.
fn quarter(day: &str, number: u32) -> Value {
    let time = |number: u32| format!("{day}T{:02}:{:02}:00+09:00", 9 + number / 4, number % 4 * 15);
    let mut wish = wish_for(ROOM_B, day, 9, 10);
    if let Some(wish) = wish.as_object_mut() {
        wish.insert("start_time".into(), time(number).into());
        wish.insert("end_time".into(), time(number + 1).into());
    }
    described(wish)
}

pub fn described(mut wish: Value) -> Value {
    let text = "매주 수요일 독서 모임입니다. 의자 열두 개와 화이트보드를 부탁드립니다.";
    if let Some(wish) = wish.as_object_mut() {
        wish.insert("description".into(), text.into());
    }
    wish
}
