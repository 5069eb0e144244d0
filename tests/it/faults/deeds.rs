//! What people do under faults, prepared, done and judged.

use super::*;

/// A request of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Book,
    Ready,
    Confirm,
    Cancel,
    Register,
    Login,
}

pub(super) const DEEDS: [Deed; 6] =
    [Deed::Book, Deed::Ready, Deed::Confirm, Deed::Cancel, Deed::Register, Deed::Login];

impl Deed {
    /// What it is answered with when it succeeds.
    pub(super) const fn status(self) -> u16 {
        match self {
            Self::Book | Self::Register => 201,
            Self::Ready | Self::Confirm | Self::Cancel | Self::Login => 200,
        }
    }

    /// Records in the trail it leaves behind: one per record it changed.
    pub(super) const fn audits(self) -> usize {
        match self {
            Self::Book | Self::Cancel | Self::Register | Self::Login => 1,
            Self::Ready => 2,
            // The intent and the outcome, of payment and booking each.
            Self::Confirm => 4,
        }
    }
}

/// A deed about to be done, with everything before it done already.
pub(super) struct Prepared {
    pub(super) deed: Deed,
    pub(super) member: Guest,
    pub(super) day: String,
    pub(super) booking: String,
    pub(super) order: String,
    pub(super) key: String,
    pub(super) email: String,
}

/// `number` makes it a day, and an address, of its own.
pub(super) async fn prepare(app: &App, member: &Guest, deed: Deed, number: usize) -> Result<Prepared> {
    let day = "2026-12-02"
        .parse::<jiff::civil::Date>()?
        .saturating_add(jiff::Span::new().days(i64::try_from(number)?));
    let mut prepared = Prepared {
        deed,
        member: member.clone(),
        day: day.to_string(),
        booking: String::new(),
        order: String::new(),
        key: String::new(),
        email: format!("guest{number}@example.kr"),
    };
    match deed {
        Deed::Ready | Deed::Cancel => {
            let booking = member.book(&prepared.wish()).await?;
            prepared.booking = booking["id"].as_str().context("no id")?.into();
        }
        Deed::Confirm => {
            let (booking, order, key) = member.up_to_the_window(app, &prepared.wish()).await?;
            (prepared.booking, prepared.order, prepared.key) = (booking, order, key);
        }
        Deed::Book | Deed::Register | Deed::Login => {}
    }
    Ok(prepared)
}

impl Prepared {
    pub(super) fn wish(&self) -> Value {
        wish_for(ROOM_A, &self.day, 10, 12)
    }

    pub(super) async fn send(&self) -> Result<Reply> {
        let Self { member, booking, order, key, email, .. } = self;
        match self.deed {
            Deed::Book => {
                let mark = format!("book-{}", self.day);
                member.post_with("/api/bookings", &self.wish(), &[("idempotency-key", &mark)]).await
            }
            Deed::Ready => member.post("/payments/ready", &json!({"booking_id": booking})).await,
            Deed::Confirm => member.confirm(key, order, 40_000).await,
            Deed::Cancel => member.send(Method::DELETE, &format!("/api/bookings/{booking}"), &[], None).await,
            Deed::Register => {
                let wish = json!({"email": email, "password": PASSWORD, "name": "손님"});
                member.post("/auth/register", &wish).await
            }
            Deed::Login => {
                member
                    .post("/auth/login", &json!({"email": "member2@maru.local", "password": PASSWORD}))
                    .await
            }
        }
    }

    /// That it happened, once, and wholly.
    pub(super) async fn happened(&self, app: &App, reply: &Reply) -> Result<()> {
        ensure!(reply.status == self.deed.status(), "answered {reply:?}");
        let shown = bookings_on(&self.member, &self.day).await?;
        let toss = &app.stack().outsiders.toss;
        let expected = match self.deed {
            Deed::Book => Some(("held", 1)),
            Deed::Ready => Some(("held", 2)),
            Deed::Cancel => Some(("cancelled", 2)),
            Deed::Confirm => Some(("confirmed", 4)),
            Deed::Register | Deed::Login => None,
        };
        if let Some((status, version)) = expected {
            let [booking] = shown.as_slice() else { bail!("not one booking: {shown:?}") };
            let found = (booking["status"].as_str(), booking["lock_version"].as_i64());
            ensure!(found == (Some(status), Some(version)), "the booking is {booking}");
            ensure!(
                is_free(app, &self.day).await? == (status == "cancelled"),
                "the hours are not as the booking says"
            );
        }
        match self.deed {
            Deed::Book => ensure!(reply.text("/data/id") == shown[0]["id"], "another booking was answered"),
            Deed::Ready => {
                ensure!(reply.text("/order_id") == shown[0]["order_id"], "another order was answered")
            }
            Deed::Confirm => {
                ensure!(toss.captures(&self.order) == 1, "captured {} times", toss.captures(&self.order));
                ensure!(reply.text("/status") == "DONE", "answered {reply:?}");
            }
            Deed::Cancel => {}
            Deed::Register => {
                let mails = app.mails(&self.email).await?.len();
                ensure!(mails == 1, "{mails} mails");
            }
            Deed::Login => {
                let mut guest = app.stranger();
                guest.token = Some(reply.text("/token"));
                let look = guest.get("/api/bookings").await?.status;
                ensure!(look == 200, "the token is answered {look}");
            }
        }
        Ok(())
    }

    /// That nothing of it happened.
    pub(super) async fn left_no_trace(&self, app: &App) -> Result<()> {
        let shown = bookings_on(&self.member, &self.day).await?;
        let version = match self.deed {
            Deed::Book | Deed::Register | Deed::Login => {
                ensure!(
                    shown.is_empty() && is_free(app, &self.day).await?,
                    "something was booked: {shown:?}"
                );
                None
            }
            Deed::Ready | Deed::Cancel => Some(1),
            Deed::Confirm => Some(2),
        };
        if let Some(version) = version {
            let [booking] = shown.as_slice() else { bail!("not one booking: {shown:?}") };
            let found = (booking["status"].as_str(), booking["lock_version"].as_i64());
            ensure!(found == (Some("held"), Some(version)), "the booking is {booking}");
        }
        if self.deed == Deed::Confirm {
            ensure!(app.stack().outsiders.toss.confirm_calls() == 0, "the provider was called");
            let payment = self.member.get(&format!("/payments/{}", self.key)).await?;
            ensure!(payment.status == 404, "the payment key is known: {payment:?}");
        }
        ensure!(app.mails(&self.email).await?.is_empty(), "mail was sent");
        Ok(())
    }
}

/// The member's bookings of a day. The list begins with the latest, so it is left where earlier days begin.
pub(super) async fn bookings_on(member: &Guest, day: &str) -> Result<Vec<Value>> {
    let mut found = Vec::new();
    let mut page = "/api/bookings?page_size=5".to_owned();
    loop {
        let reply = member.get(&page).await?;
        ensure!(reply.status == 200, "{reply:?}");
        let all = reply.body["data"].as_array().context("no list")?;
        let day_of = |booking: &Value| booking["start_time"].as_str().unwrap_or_default()[..10].to_owned();
        found.extend(all.iter().filter(|booking| day_of(booking) == day).cloned());
        let over = all.iter().any(|booking| day_of(booking).as_str() < day);
        match reply.body["pagination"]["next"].as_str() {
            Some(next) if !over => page = format!("/api/bookings?page_size=5&next={next}"),
            _ => return Ok(found),
        }
    }
}

/// Whether the room is free from ten to twelve.
pub(super) async fn is_free(app: &App, day: &str) -> Result<bool> {
    let reply = app.stranger().get(&format!("/rooms/{ROOM_A}/availability?from={day}&to={day}")).await?;
    ensure!(reply.status == 200, "{reply:?}");
    let spans = reply.body["data"][0]["free"].as_array().context("no spans")?.clone();
    let covers = |span: &Value| {
        let (from, to) = (span["start_time"].as_str(), span["end_time"].as_str());
        from <= Some(&format!("{day}T10:00:00+09:00")) && to >= Some(&format!("{day}T12:00:00+09:00"))
    };
    Ok(spans.iter().any(covers))
}

/// Records in the whole trail, counted behind the faults' back.
#[allow(clippy::disallowed_methods, reason = "the tests count what no request path may")]
pub(super) async fn audits(app: &App) -> Result<usize> {
    let client = aws_sdk_dynamodb::Client::new(&app.stack().sdk);
    let mut count = 0;
    let mut after = None;
    loop {
        let answer = client
            .scan()
            .table_name("audits")
            .select(Select::Count)
            .set_exclusive_start_key(after)
            .consistent_read(true)
            .send()
            .await?;
        count += usize::try_from(answer.count)?;
        after = answer.last_evaluated_key;
        if after.is_none() {
            return Ok(count);
        }
    }
}

pub(super) async fn patient() -> Result<App> {
    App::with(Wish { toss_deadline: Duration::from_secs(15), ..Wish::default() }).await
}

/// Lets everybody else work until this is so.
pub(super) async fn until(what: &str, so: impl Fn() -> bool) -> Result<()> {
    let waiting = async {
        while !so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.with_context(|| format!("never: {what}"))
}

#[track_caller]
pub(super) fn assert_unavailable(reply: &Reply, what: &str) {
    assert_eq!((reply.status, reply.text("/code").as_str()), (503, "unavailable"), "{what}: {reply:?}");
    assert_eq!(reply.header("content-type"), Some("application/problem+json; charset=utf-8"), "{what}");
    let seconds = reply.header("retry-after").and_then(|text| text.parse::<u32>().ok());
    assert!(seconds.is_some_and(|seconds| (1..=60).contains(&seconds)), "{what}: {reply:?}");
}

pub(super) fn report(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} cells are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

// ---- faults that end --------------------------------------------------------------------------------

/// One cell: the deed under the planned faults happens, once.
pub(super) async fn cell(app: &App, prepared: &Prepared, faults: &[(Calls, Fault)]) -> Result<()> {
    let before = audits(app).await?;
    for (calls, fault) in faults {
        app.faults.next(*calls, *fault);
    }
    let started = Instant::now();
    let reply = prepared.send().await;
    let (left, took) = (app.faults.left(), started.elapsed());
    app.faults.clear();
    prepared.happened(app, &reply?).await?;
    let written = audits(app).await? - before;
    ensure!(
        written == prepared.deed.audits(),
        "{written} audit records instead of {}",
        prepared.deed.audits()
    );
    // A delay makes nobody try again, so not everything behind it is met.
    let delayed = faults.iter().any(|(_, fault)| matches!(fault, Fault::Delay(_)));
    ensure!(left == 0 || (delayed && left < faults.len()), "{left} faults were not met");
    ensure!(took < PATIENCE, "it took {took:?}");
    Ok(())
}
