//! A system in which one run follows another, and its functions as whoever starts them sees them: a function
//! can die, or stand still while the world moves on.

use std::sync::atomic::{AtomicI64, Ordering};

use aws_sdk_dynamodb::Client;
use axum::body::Body;
use axum::extract::Request;
use tokio::sync::Mutex;

use super::*;

/// A person's session, and the seeded keys that sign it, outlive this many seconds.
const LONGEST: i64 = 12 * 24 * 3_600;

/// A system and its people.
pub(super) struct Lane {
    pub app: App,
    member: Mutex<Guest>,
    /// The operator's API key, which no hour ends.
    pub desk: Guest,
    client: Client,
    began: i64,
    /// The first hour of 강의실 A nobody had yet (epoch hours).
    next_hour: AtomicI64,
}

/// What was answered: a status and a body.
pub(super) type Told = (u16, Value);

impl Lane {
    pub(super) async fn open() -> Result<Self> {
        let app = hasty().await?;
        let (member, desk) = (app.member().await?, app.machine());
        let began = app.clock.clock().now().as_second();
        let client = Client::new(&app.stack().sdk);
        Ok(Self { app, member: Mutex::new(member), desk, client, began, next_hour: AtomicI64::new(0) })
    }

    /// Whether it is too old for another run.
    pub(super) fn is_old(&self) -> bool {
        self.now() - self.began > LONGEST
    }

    pub(super) fn now(&self) -> i64 {
        self.app.clock.clock().now().as_second()
    }

    /// The member, in a session that lasts an hour from now.
    pub(super) async fn member(&self) -> Result<Guest> {
        let mut member = self.member.lock().await;
        let body = json!({"refresh_token": member.refresh_token});
        let (status, told) = self.ask(&self.app.stranger(), "POST", "/auth/refresh", &[], &body).await?;
        ensure!(status == 200, "{status} {told}");
        let text = |name: &str| told[name].as_str().map(str::to_owned);
        (member.token, member.refresh_token) = (text("token"), text("refresh_token"));
        Ok(member.clone())
    }

    /// An hour of 강의실 A for this run alone, a day and some hours ahead.
    pub(super) fn free_hour(&self) -> Result<Value> {
        let hour = (self.now() / 3_600 + 27).max(self.next_hour.load(Ordering::Relaxed));
        // Hours of Seoul, in which the room is open from nine.
        let open = |hour: i64| (9..21).contains(&((hour + 9) % 24));
        let hour = (hour..hour + 24).find(|hour| open(*hour)).context("never open")?;
        self.next_hour.store(hour + 1, Ordering::Relaxed);
        let at = |hour: i64| anyhow::Ok(jiff::Timestamp::from_second(hour * 3_600)?.to_string());
        Ok(
            json!({"room_id": ROOM_A, "title": "정기 모임", "start_time": at(hour)?, "end_time": at(hour + 1)?}),
        )
    }

    /// Asks the gateway, in this task: dropping it is the end of the function.
    pub(super) async fn ask(
        &self,
        guest: &Guest,
        method: &str,
        path: &str,
        headers: &[(String, String)],
        body: &Value,
    ) -> Result<Told> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = &guest.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(key) = &guest.api_key {
            request = request.header("x-api-key", key);
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request =
            request.header("content-type", "application/json").body(Body::from(body.to_string()))?;
        let answer = self.app.stack().answer(request, Some("127.0.0.1".into())).await;
        let status = answer.status().as_u16();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await?;
        Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
    }

    /// An invocation that meets this fault, if it comes to it. `None` where the function died of it. While one
    /// stands still, a minute passes and the checker runs.
    pub(super) async fn invoke<T>(
        &self,
        point: Option<Point>,
        work: impl Future<Output = Result<T>> + Send,
    ) -> Result<Option<T>> {
        let faults = &self.app.faults;
        if let Some(Point::Late(_)) = point {
            self.app.clock.advance(16 * 60);
        }
        if let Some(Point::Store(_, call, fault)) = point {
            faults.times(call, Calls::All, PASS);
            faults.next(Calls::All, fault);
        }
        let mut work = Box::pin(work);
        let outcome = tokio::select! {
            biased;
            done = &mut work => done.map(Some),
            () = faults.death() => Ok(None),
            () = faults.stall() => {
                faults.clear();
                self.app.clock.advance(61);
                let meanwhile = self.app.stack().workers.check().await;
                faults.resume();
                meanwhile?;
                work.await.map(Some)
            }
        };
        faults.clear();
        outcome
    }

    /// An item, as it is stored.
    pub(super) async fn item<T: DeserializeOwned>(&self, table: &str, key: &str, id: &str) -> Result<T> {
        let get = self.client.get_item().table_name(table).key(key, AttributeValue::S(id.to_owned()));
        let answer = get.consistent_read(true).send().await?;
        Ok(serde_dynamo::from_item(answer.item.with_context(|| format!("no {id} in {table}"))?)?)
    }
}

/// What moved for an order, as it is stored.
pub(super) async fn ledger(app: &App, order: &str) -> Result<Vec<Movement>> {
    let query = Client::new(&app.stack().sdk).query().table_name("movements").consistent_read(true);
    let query = query.key_condition_expression("order_id = :o");
    let answer = query.expression_attribute_values(":o", AttributeValue::S(order.to_owned())).send().await?;
    Ok(serde_dynamo::from_items(answer.items.unwrap_or_default())?)
}

/// What one account has of a movement.
pub(super) fn sum(movement: &Movement, account: &str) -> i64 {
    movement.lines.iter().filter(|line| line.account == account).map(|line| line.minor).sum()
}

/// What the provider holds of an order by our ledger, every movement of which sums to zero.
pub(super) async fn till(app: &App, order: &str) -> Result<i64> {
    let movements = ledger(app, order).await?;
    for movement in &movements {
        let whole: i64 = movement.lines.iter().map(|line| line.minor).sum();
        ensure!(whole == 0 && sum(movement, "customer") == 0, "{movement:?}");
    }
    Ok(movements.iter().map(|movement| sum(movement, "provider:toss")).sum())
}
