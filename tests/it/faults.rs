//! The store misbehaves: a request still happens exactly once, or not at all and says so.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use aws_sdk_dynamodb::types::Select;
use futures::future::{join_all, try_join_all};
use harness::app::{App, Guest, Reply, Wish, wish_for};
use harness::fakes::toss::Behaviour;
use harness::faults::{Calls, Fault};
use harness::people::{PASSWORD, ROOM_A};
use maru_payments::Checked;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

/// More than anybody tries.
const FOR_EVER: usize = 100_000;
/// The longest a request may take whose store never answers: a commit gives up within eight seconds.
const PATIENCE: Duration = Duration::from_secs(12);
/// What healthy feels like, on a busy machine.
const SOON: Duration = Duration::from_secs(3);
/// A wait of nothing: lets a call through.
const PASS: Fault = Fault::Delay(Duration::ZERO);
/// Every fault that ends by itself.
const FAULTS: [Fault; 6] = [
    Fault::Refuse,
    Fault::LoseReply,
    Fault::Throttle,
    Fault::ServerError,
    Fault::Conflict,
    Fault::Delay(Duration::from_millis(15)),
];

/// A request of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Book,
    Ready,
    Confirm,
    Cancel,
    Register,
    Login,
}

const DEEDS: [Deed; 6] = [Deed::Book, Deed::Ready, Deed::Confirm, Deed::Cancel, Deed::Register, Deed::Login];

impl Deed {
    /// What it is answered with when it succeeds.
    const fn status(self) -> u16 {
        match self {
            Self::Book | Self::Register => 201,
            Self::Ready | Self::Confirm | Self::Cancel | Self::Login => 200,
        }
    }

    /// Records in the trail it leaves behind: one per record it changed.
    const fn audits(self) -> usize {
        match self {
            Self::Book | Self::Cancel | Self::Register | Self::Login => 1,
            Self::Ready => 2,
            // The intent and the outcome, of payment and booking each.
            Self::Confirm => 4,
        }
    }
}

/// A deed about to be done, with everything before it done already.
struct Prepared {
    deed: Deed,
    member: Guest,
    day: String,
    booking: String,
    order: String,
    key: String,
    email: String,
}

/// `number` makes it a day, and an address, of its own.
async fn prepare(app: &App, member: &Guest, deed: Deed, number: usize) -> Result<Prepared> {
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
    fn wish(&self) -> Value {
        wish_for(ROOM_A, &self.day, 10, 12)
    }

    async fn send(&self) -> Result<Reply> {
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
    async fn happened(&self, app: &App, reply: &Reply) -> Result<()> {
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
    async fn left_no_trace(&self, app: &App) -> Result<()> {
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
async fn bookings_on(member: &Guest, day: &str) -> Result<Vec<Value>> {
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
async fn is_free(app: &App, day: &str) -> Result<bool> {
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
async fn audits(app: &App) -> Result<usize> {
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

async fn patient() -> Result<App> {
    App::with(Wish { toss_deadline: Duration::from_secs(15), ..Wish::default() }).await
}

/// Lets everybody else work until this is so.
async fn until(what: &str, so: impl Fn() -> bool) -> Result<()> {
    let waiting = async {
        while !so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting).await.with_context(|| format!("never: {what}"))
}

#[track_caller]
fn assert_unavailable(reply: &Reply, what: &str) {
    assert_eq!((reply.status, reply.text("/code").as_str()), (503, "unavailable"), "{what}: {reply:?}");
    assert_eq!(reply.header("content-type"), Some("application/problem+json; charset=utf-8"), "{what}");
    let seconds = reply.header("retry-after").and_then(|text| text.parse::<u32>().ok());
    assert!(seconds.is_some_and(|seconds| (1..=60).contains(&seconds)), "{what}: {reply:?}");
}

fn report(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} cells are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

// ---- faults that end --------------------------------------------------------------------------------

/// One cell: the deed under the planned faults happens, once.
async fn cell(app: &App, prepared: &Prepared, faults: &[(Calls, Fault)]) -> Result<()> {
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

#[tokio::test]
async fn every_deed_under_every_passing_fault_happens_exactly_once() -> Result<()> {
    let plans = [
        ("one write", Calls::Writes, 1),
        ("three writes", Calls::Writes, 3),
        ("one call", Calls::All, 1),
        ("four calls", Calls::All, 4),
    ];
    let mut wrong = Vec::new();
    let mut cells = 0;
    for deed in DEEDS {
        let app = patient().await?;
        let member = app.member().await?;
        for fault in FAULTS {
            for (name, calls, times) in plans {
                cells += 1;
                let prepared = prepare(&app, &member, deed, cells).await?;
                if let Err(error) = cell(&app, &prepared, &vec![(calls, fault); times]).await {
                    wrong.push(format!("{deed:?} × {fault:?} on {name}: {error:#}"));
                }
            }
        }
    }
    assert_eq!(cells, 6 * 6 * 4);
    report(&wrong);
    Ok(())
}

#[tokio::test]
async fn every_pair_of_faults_on_a_booking_and_on_a_capture_changes_nothing() -> Result<()> {
    let mut wrong = Vec::new();
    for deed in [Deed::Book, Deed::Confirm] {
        let app = patient().await?;
        let member = app.member().await?;
        let pairs = FAULTS.iter().flat_map(|one| FAULTS.map(|two| (*one, two)));
        for (number, (one, two)) in pairs.enumerate() {
            for (half, calls) in [Calls::Writes, Calls::All].into_iter().enumerate() {
                let prepared = prepare(&app, &member, deed, 2 * number + half).await?;
                if let Err(error) = cell(&app, &prepared, &[(calls, one), (calls, two)]).await {
                    wrong.push(format!("{deed:?} × {one:?} then {two:?} on {calls:?}: {error:#}"));
                }
            }
        }
    }
    report(&wrong);
    Ok(())
}

#[tokio::test]
async fn a_fault_at_any_single_call_of_a_deed_changes_nothing() -> Result<()> {
    let mut wrong = Vec::new();
    for deed in DEEDS {
        let app = patient().await?;
        let member = app.member().await?;
        let (mut number, mut met) = (0, 0);
        for fault in [Fault::Refuse, Fault::LoseReply, Fault::Throttle, Fault::ServerError, Fault::Conflict] {
            for call in 0.. {
                number += 1;
                let prepared = prepare(&app, &member, deed, number).await?;
                let before = audits(&app).await?;
                app.faults.times(call, Calls::All, PASS);
                app.faults.next(Calls::All, fault);
                let reply = prepared.send().await?;
                let left = app.faults.left();
                app.faults.clear();
                let what = format!("{deed:?} × {fault:?} at call {call}");
                if let Err(error) = prepared.happened(&app, &reply).await {
                    wrong.push(format!("{what}: {error:#}"));
                }
                let written = audits(&app).await? - before;
                if written != deed.audits() {
                    wrong.push(format!("{what}: {written} audit records instead of {}", deed.audits()));
                }
                if left > 0 {
                    // The deed has no such call any more.
                    break;
                }
                met += 1;
            }
        }
        // A sign-up is one call to the store; everything else reads before it writes.
        assert!(met >= if deed == Deed::Register { 5 } else { 10 }, "{deed:?} met {met} faults only");
    }
    report(&wrong);
    Ok(())
}

#[tokio::test]
async fn a_write_that_hangs_once_is_given_up_and_made_again() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    for (number, deed) in [Deed::Book, Deed::Confirm].into_iter().enumerate() {
        let prepared = prepare(&app, &member, deed, number).await?;
        let before = audits(&app).await?;
        let started = Instant::now();
        app.faults.next(Calls::Writes, Fault::Hang);
        let reply = prepared.send().await?;
        assert_eq!(app.faults.left(), 0, "{deed:?}");
        assert!(started.elapsed() < PATIENCE, "{deed:?} took {:?}", started.elapsed());
        prepared.happened(&app, &reply).await.with_context(|| format!("{deed:?}"))?;
        assert_eq!(audits(&app).await? - before, deed.audits(), "{deed:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_read_that_hangs_once_is_given_up_and_made_again() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let prepared = prepare(&app, &member, Deed::Confirm, 1).await?;
    app.faults.next(Calls::Reads, Fault::Hang);
    let reply = prepared.send().await?;
    assert_eq!(app.faults.left(), 0);
    prepared.happened(&app, &reply).await
}

// ---- faults that stay -------------------------------------------------------------------------------

#[tokio::test]
async fn a_store_that_stays_away_is_told_in_time_and_nothing_is_half_written() -> Result<()> {
    let mut cells = Vec::new();
    for fault in [Fault::Refuse, Fault::Throttle, Fault::ServerError, Fault::Conflict] {
        for calls in [Calls::Writes, Calls::All] {
            cells.push(stays_away(fault, calls));
        }
    }
    let wrong: Vec<String> = try_join_all(cells).await?.concat();
    report(&wrong);
    Ok(())
}

/// All deeds at once on one store that fails for ever, then on the same store well again.
async fn stays_away(fault: Fault, calls: Calls) -> Result<Vec<String>> {
    let app = patient().await?;
    let member = app.member().await?;
    let mut all = Vec::new();
    for (number, deed) in DEEDS.into_iter().enumerate() {
        all.push(prepare(&app, &member, deed, number).await?);
    }
    let before = audits(&app).await?;
    let mut wrong = Vec::new();
    app.faults.times(FOR_EVER, calls, fault);
    let started = Instant::now();
    let replies = join_all(all.iter().map(Prepared::send)).await;
    let took = started.elapsed();
    app.faults.clear();
    if took > PATIENCE {
        wrong.push(format!("{fault:?} on {calls:?}: the answers took {took:?}"));
    }
    if audits(&app).await? != before {
        wrong.push(format!("{fault:?} on {calls:?}: the trail grew"));
    }
    for (prepared, reply) in all.iter().zip(replies) {
        let what = format!("{:?} × {fault:?} for ever on {calls:?}", prepared.deed);
        let reply = reply?;
        let after = reply.header("retry-after").and_then(|text| text.parse::<u32>().ok());
        if (reply.status, reply.text("/code").as_str()) != (503, "unavailable")
            || after.is_none_or(|s| s == 0)
        {
            wrong.push(format!("{what}: answered {reply:?}"));
        }
        if let Err(error) = prepared.left_no_trace(&app).await {
            wrong.push(format!("{what}: {error:#}"));
        }
    }
    // Well again: the same requests, at once.
    for prepared in &all {
        let started = Instant::now();
        let reply = prepared.send().await?;
        let what = format!("{:?} after {fault:?} on {calls:?}", prepared.deed);
        if started.elapsed() > SOON {
            wrong.push(format!("{what}: it took {:?}", started.elapsed()));
        }
        if let Err(error) = prepared.happened(&app, &reply).await {
            wrong.push(format!("{what}: {error:#}"));
        }
    }
    let expected: usize = DEEDS.map(Deed::audits).iter().sum();
    let written = audits(&app).await? - before;
    if written != expected {
        wrong.push(format!("after {fault:?} on {calls:?}: {written} audit records instead of {expected}"));
    }
    Ok(wrong)
}

#[tokio::test]
async fn a_store_whose_every_write_goes_unanswered_is_asked_whether_it_was_done() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let mut all = Vec::new();
    for (number, deed) in DEEDS.into_iter().enumerate() {
        all.push(prepare(&app, &member, deed, number).await?);
    }
    let before = audits(&app).await?;
    app.faults.times(FOR_EVER, Calls::Writes, Fault::LoseReply);
    let started = Instant::now();
    let replies = join_all(all.iter().map(Prepared::send)).await;
    let took = started.elapsed();
    app.faults.clear();
    let mut wrong = Vec::new();
    for (prepared, reply) in all.iter().zip(replies) {
        if let Err(error) = prepared.happened(&app, &reply?).await {
            wrong.push(format!("{:?}: {error:#}", prepared.deed));
        }
    }
    report(&wrong);
    assert_eq!(audits(&app).await? - before, DEEDS.map(Deed::audits).iter().sum::<usize>());
    // A confirm has two writes.
    assert!(took < PATIENCE * 2, "{took:?}");
    Ok(())
}

#[tokio::test]
async fn a_store_that_hangs_for_ever_is_told_within_the_deadline() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let all = [prepare(&app, &member, Deed::Book, 1).await?, prepare(&app, &member, Deed::Confirm, 2).await?];
    let before = audits(&app).await?;
    app.faults.times(FOR_EVER, Calls::Writes, Fault::Hang);
    let started = Instant::now();
    let replies = join_all(all.iter().map(Prepared::send)).await;
    let took = started.elapsed();
    app.faults.clear();
    assert!(took < PATIENCE, "{took:?}");
    for (prepared, reply) in all.iter().zip(replies) {
        assert_unavailable(&reply?, &format!("{:?}", prepared.deed));
        prepared.left_no_trace(&app).await?;
    }
    assert_eq!(audits(&app).await?, before);
    for prepared in &all {
        prepared.happened(&app, &prepared.send().await?).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_commit_and_the_question_whether_it_was_done_end_within_one_deadline() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let prepared = prepare(&app, &member, Deed::Book, 1).await?;
    app.faults.times(FOR_EVER, Calls::Writes, Fault::Hang);
    let silence = async {
        until("the write", || app.faults.left() < FOR_EVER).await?;
        app.faults.times(FOR_EVER, Calls::Reads, Fault::Hang);
        Ok::<_, anyhow::Error>(Instant::now())
    };
    let (reply, since) = tokio::join!(prepared.send(), silence);
    let took = since?.elapsed();
    app.faults.clear();
    assert_unavailable(&reply?, "the store hangs");
    prepared.left_no_trace(&app).await?;
    assert!(took < PATIENCE, "a commit is to end within eight seconds, and took {took:?}");
    Ok(())
}

// ---- answers that never came ------------------------------------------------------------------------

/// Does a deed whose write is executed, but nobody ever hears of it: 503.
async fn unheard(app: &App, prepared: &Prepared) -> Result<()> {
    app.faults.times(FOR_EVER, Calls::Writes, Fault::LoseReply);
    let silence = async {
        until("the write", || app.faults.left() < FOR_EVER).await?;
        app.faults.times(FOR_EVER, Calls::Reads, Fault::Refuse);
        Ok::<_, anyhow::Error>(())
    };
    let (reply, silent) = tokio::join!(prepared.send(), silence);
    app.faults.clear();
    silent?;
    assert_unavailable(&reply?, &format!("{:?}", prepared.deed));
    Ok(())
}

#[tokio::test]
async fn a_repeat_with_its_key_after_a_lost_answer_gets_the_one_booking() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let prepared = prepare(&app, &member, Deed::Book, 1).await?;
    let before = audits(&app).await?;
    unheard(&app, &prepared).await?;
    assert_eq!(audits(&app).await? - before, 1, "it was written all the same");
    for _ in 0..3 {
        let again = prepared.send().await?;
        assert_eq!((again.status, again.header("idempotent-replayed")), (201, Some("true")), "{again:?}");
        prepared.happened(&app, &again).await?;
    }
    assert_eq!(audits(&app).await? - before, 1);
    // Without its key it is another wish, for hours that are taken.
    assert_eq!(member.post("/api/bookings", &prepared.wish()).await?.status, 409);
    Ok(())
}

#[tokio::test]
async fn a_repeat_after_a_lost_answer_changes_nothing_more() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    for (number, deed) in [Deed::Ready, Deed::Cancel].into_iter().enumerate() {
        let prepared = prepare(&app, &member, deed, number).await?;
        let before = audits(&app).await?;
        unheard(&app, &prepared).await?;
        let again = prepared.send().await?;
        prepared.happened(&app, &again).await.with_context(|| format!("{deed:?}"))?;
        assert_eq!(audits(&app).await? - before, deed.audits(), "{deed:?}");
    }
    Ok(())
}

#[tokio::test]
async fn an_intent_nobody_heard_of_is_finished_by_the_checker_with_one_capture() -> Result<()> {
    let app = App::with(Wish { toss_deadline: Duration::from_millis(300), ..Wish::default() }).await?;
    let member = app.member().await?;
    let prepared = prepare(&app, &member, Deed::Confirm, 1).await?;
    unheard(&app, &prepared).await?;
    let toss = app.stack().outsiders.toss.clone();
    assert_eq!(toss.confirm_calls(), 0, "without an intent on record nobody is called");
    assert_eq!(member.status_of(&prepared.booking).await?, "paying");
    let again = prepared.send().await?;
    assert_eq!((again.status, again.text("/status").as_str()), (202, "CONFIRMING"), "{again:?}");
    app.clock.advance(30);
    assert_eq!(app.stack().workers.check().await?, Checked { captured: 1, ..Checked::default() });
    assert_eq!((toss.confirm_calls(), toss.captures(&prepared.order)), (1, 1));
    prepared.happened(&app, &prepared.send().await?).await
}

#[tokio::test]
async fn a_store_that_dies_after_the_capture_leaves_it_to_the_checker() -> Result<()> {
    let deaths = [Fault::Refuse, Fault::Throttle, Fault::ServerError, Fault::Conflict, Fault::Hang]
        .map(dies_at_settle);
    try_join_all(deaths).await?;
    Ok(())
}

async fn dies_at_settle(fault: Fault) -> Result<()> {
    let app = patient().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    let prepared = prepare(&app, &member, Deed::Confirm, 1).await?;
    let toss = app.stack().outsiders.toss.clone();
    // The intent is written; the outcome cannot be.
    app.faults.next(Calls::Writes, PASS);
    app.faults.times(FOR_EVER, Calls::Writes, fault);
    let started = Instant::now();
    let reply = prepared.send().await?;
    let took = started.elapsed();
    app.faults.clear();
    ensure!(took < PATIENCE, "{fault:?}: {took:?}");
    ensure!(reply.status == 202 && reply.text("/code") == "PAYMENT_PENDING", "{fault:?}: {reply:?}");
    ensure!(reply.text("/url") == format!("/payments/{}", prepared.key), "{fault:?}: {reply:?}");
    ensure!((toss.confirm_calls(), toss.captures(&prepared.order)) == (1, 1), "{fault:?}");
    ensure!(member.status_of(&prepared.booking).await? == "paying", "{fault:?}");
    let taken = another.post("/api/bookings", &prepared.wish()).await?;
    ensure!(taken.status == 409, "{fault:?}: {taken:?}");
    app.clock.advance(30);
    let checked = app.stack().workers.check().await?;
    ensure!(checked == Checked { captured: 1, ..Checked::default() }, "{fault:?}: {checked:?}");
    ensure!(toss.confirm_calls() == 1, "{fault:?}: it was read, not sent again");
    prepared.happened(&app, &prepared.send().await?).await.with_context(|| format!("{fault:?}"))?;
    let mails = app.mails(&member.email).await?.len();
    ensure!(mails == 1, "{fault:?}: {mails} receipts");
    Ok(())
}

#[tokio::test]
async fn a_refusal_that_could_not_be_recorded_is_found_by_the_checker() -> Result<()> {
    let app = patient().await?;
    let member = app.member().await?;
    let prepared = prepare(&app, &member, Deed::Confirm, 1).await?;
    app.stack().outsiders.toss.next([Behaviour::Decline]);
    app.faults.next(Calls::Writes, PASS);
    app.faults.times(FOR_EVER, Calls::Writes, Fault::Refuse);
    let reply = prepared.send().await?;
    app.faults.clear();
    assert_eq!((reply.status, reply.text("/code").as_str()), (202, "PAYMENT_PENDING"), "{reply:?}");
    assert_eq!(member.status_of(&prepared.booking).await?, "paying");
    app.clock.advance(30);
    assert_eq!(app.stack().workers.check().await?, Checked { failed: 1, ..Checked::default() });
    let told = prepared.send().await?;
    assert_eq!((told.status, told.text("/code").as_str()), (409, "payment_declined"), "{told:?}");
    assert_eq!(told.text("/failure/code"), "REJECT_CARD_PAYMENT");
    assert_eq!(member.status_of(&prepared.booking).await?, "held");
    assert_eq!(app.stack().outsiders.toss.captures(&prepared.order), 0);
    Ok(())
}

#[tokio::test]
async fn a_store_that_dies_at_any_call_of_a_confirm_never_takes_money_without_a_booking() -> Result<()> {
    let deaths = (0..10).flat_map(|call| [(call, Fault::Refuse), (call, Fault::LoseReply)]);
    let ends = try_join_all(deaths.map(|(call, fault)| dies_at(call, fault))).await?;
    // Some die before the provider is called, some after, some not at all.
    for status in [503, 202, 200] {
        assert!(ends.contains(&status), "no {status} among {ends:?}");
    }
    Ok(())
}

/// The store dies for ever at this call of a confirm, then lives again; answers what the customer was told.
async fn dies_at(call: usize, fault: Fault) -> Result<u16> {
    let what = format!("dies at call {call} by {fault:?}");
    let app = App::with(Wish { toss_deadline: Duration::from_secs(2), ..Wish::default() }).await?;
    let member = app.member().await?;
    let prepared = prepare(&app, &member, Deed::Confirm, 1).await?;
    let before = audits(&app).await?;
    let toss = app.stack().outsiders.toss.clone();
    app.faults.times(call, Calls::All, PASS);
    app.faults.times(FOR_EVER, Calls::All, fault);
    let reply = prepared.send().await?;
    app.faults.clear();
    let captured = toss.captures(&prepared.order);
    let honest = match reply.status {
        503 => captured == 0 && reply.header("retry-after").is_some(),
        202 => reply.text("/code") == "PAYMENT_PENDING",
        200 => captured == 1,
        _ => false,
    };
    ensure!(honest, "{what}: captured {captured}, answered {reply:?}");
    // The customer tries again, and the checker does its rounds.
    let again = prepared.send().await?;
    ensure!([200, 202].contains(&again.status), "{what}: again {again:?}");
    for _ in 0..3 {
        app.clock.advance(60);
        let _checked = app.stack().workers.check().await?;
    }
    prepared.happened(&app, &prepared.send().await?).await.with_context(|| what.clone())?;
    let written = audits(&app).await? - before;
    ensure!(written == Deed::Confirm.audits(), "{what}: {written} audit records");
    let mails = app.mails(&member.email).await?.len();
    ensure!(mails == 1, "{what}: {mails} receipts");
    Ok(reply.status)
}

// ---- workers ----------------------------------------------------------------------------------------

#[tokio::test]
async fn workers_whose_store_fails_once_still_do_their_work_once() -> Result<()> {
    let mut wrong = Vec::new();
    let app = App::with(Wish { toss_deadline: Duration::from_millis(500), ..Wish::default() }).await?;
    let mut number = 0;
    for fault in FAULTS {
        for calls in [Calls::Writes, Calls::All] {
            number += 1;
            let what = format!("{fault:?} on {calls:?}");
            let member = app.member().await?;
            let paid = prepare(&app, &member, Deed::Confirm, number).await?;
            let idle = prepare(&app, &member, Deed::Cancel, 100 + number).await?;
            app.stack().outsiders.toss.next([Behaviour::Error500AfterCapture]);
            let reply = paid.send().await?;
            ensure!(reply.status == 202, "{what}: {reply:?}");
            app.clock.advance(601);
            app.faults.times(2, calls, fault);
            let swept = app.stack().workers.sweep().await?;
            app.faults.clear();
            app.faults.times(2, calls, fault);
            let checked = app.stack().workers.check().await?;
            app.faults.clear();
            app.faults.times(2, calls, fault);
            let mails = app.mails(&member.email).await?.len();
            app.faults.clear();
            if (swept, checked) != (1, Checked { captured: 1, ..Checked::default() }) || mails != number {
                wrong.push(format!(
                    "{what}: swept {swept}, {checked:?}, {mails} mails in the {number}th round"
                ));
            }
            if member.status_of(&idle.booking).await? != "expired" {
                wrong.push(format!("{what}: the hold was not swept"));
            }
            if let Err(error) = paid.happened(&app, &paid.send().await?).await {
                wrong.push(format!("{what}: {error:#}"));
            }
        }
    }
    report(&wrong);
    Ok(())
}
