//! One run: a booking is paid, and what comes after, while something goes wrong; then nothing does any more,
//! and everything has to come to rest.

use super::*;

/// Minutes until everything has come to rest: an error bound to a refund's key is given up after an hour, and
/// that twice.
const MINUTES: u32 = 140;
/// Minutes of them in which the provider still misbehaves.
const MISBEHAVING: u32 = 3;
/// An hour of 강의실 A.
pub(super) const PRICE: i64 = 20_000;
/// What staff pay back of it.
pub(super) const PART: i64 = 5_000;

/// What a run came to, for the figures.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Figures {
    pub runs: u64,
    pub difference: i64,
    pub captures: u64,
    pub most_captures: u64,
    pub stuck: u64,
}

impl Figures {
    /// Those of one more run.
    pub(super) fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.difference += other.difference;
        self.captures += other.captures;
        self.most_captures = self.most_captures.max(other.most_captures);
        self.stuck += other.stuck;
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { runs, difference, captures, most_captures, stuck } = self;
        write!(
            f,
            "{runs} runs, won difference {difference}, {captures} captures (at most {most_captures} an attempt), stuck payments {stuck}"
        )
    }
}

/// A run under way.
pub(super) struct Run<'a> {
    pub lane: &'a Lane,
    pub plan: &'a Plan,
    left: Vec<Point>,
    traced: Vec<(Site, Vec<bool>)>,
    pub booking: String,
    pub order: String,
    pub key: String,
}

impl<'a> Run<'a> {
    /// Does it all, and answers the run for judgement.
    pub(super) async fn make(lane: &'a Lane, plan: &'a Plan) -> Result<Self> {
        let (member, wish) = (lane.member().await?, lane.free_hour()?);
        let toss = &lane.app.stack().outsiders.toss;
        let _of_the_run_before = toss.webhooks();
        let (status, booked) = lane.ask(&member, "POST", "/api/bookings", &[], &wish).await?;
        ensure!(status == 201, "{status} {booked}");
        let booking = booked["data"]["id"].as_str().context("no id")?.to_owned();
        let wish = json!({"booking_id": booking});
        let (status, ready) = lane.ask(&member, "POST", "/payments/ready", &[], &wish).await?;
        ensure!((status, &ready["amount"]) == (200, &json!(PRICE)), "{status} {ready}");
        let order = ready["order_id"].as_str().context("no order")?.to_owned();
        let key = lane.app.authenticate(&order, PRICE);
        let mut run = Self { lane, plan, left: plan.points.clone(), traced: Vec::new(), booking, order, key };
        for point in &plan.points {
            match point {
                Point::Provider(Asked::Confirm, behaviour) => toss.next([*behaviour]),
                Point::Provider(Asked::Cancel, behaviour) => toss.next_cancel([*behaviour]),
                Point::Provider(Asked::Read, behaviour) => toss.next_read([*behaviour]),
                Point::Store(..) | Point::Twice(_) | Point::Late(_) => {}
            }
        }
        let body = json!({"paymentKey": run.key, "orderId": run.order, "amount": PRICE});
        Box::pin(run.press(Site::Confirm, &member, "POST", "/payments/confirm", &body)).await?;
        run.deliver().await?;
        Box::pin(run.then()).await?;
        run.deliver().await?;
        Box::pin(run.drain()).await?;
        Ok(run)
    }

    /// Of each call of each invocation of this function, whether it writes.
    pub(super) fn traced(&self, site: Site) -> impl Iterator<Item = &Vec<bool>> {
        self.traced.iter().filter(move |(of, _)| *of == site).map(|(_, calls)| calls)
    }

    /// Keeps what was asked of the store since it was watched.
    fn keep_trace(&mut self, site: Site) {
        let rounds = self.lane.app.faults.trace().taken();
        let writes = rounds.iter().flatten().map(|call| call.starts_with("TransactWriteItems"));
        self.traced.push((site, writes.collect()));
    }

    /// The next fault of this invocation.
    fn take(&mut self, site: Site) -> Option<Point> {
        let at = self.left.iter().position(|point| point.site() == Some(site))?;
        Some(self.left.remove(at))
    }

    /// A request, pressed again by whoever gets no answer, and as long as more is to go wrong with it. Who waits
    /// for a refund waits a minute: meanwhile the checker finishes what it can.
    async fn press(
        &mut self,
        site: Site,
        by: &Guest,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Result<Told> {
        let headers = [("idempotency-key".to_owned(), format!("{site:?}-{}", self.order))];
        let headers = if by.api_key.is_some() { &headers[..] } else { &[] };
        let mut last = (0, Value::Null);
        for again in 0..3 {
            if again > 0 && site == Site::Refund {
                Box::pin(self.minute()).await?;
                if self.payment().await?.refund.is_some() {
                    break;
                }
            }
            let point = self.take(site);
            self.lane.app.faults.trace().watch();
            let ask = || self.lane.ask(by, method, path, headers, body);
            let told = if point == Some(Point::Twice(site)) {
                let (one, two) = tokio::try_join!(ask(), ask())?;
                ensure!(two.0 != 500, "{two:?}");
                Some(one)
            } else {
                self.lane.invoke(point, ask()).await?
            };
            self.keep_trace(site);
            if let Some(told) = told {
                ensure!(told.0 != 500, "{told:?}");
                last = told;
            }
            let more = self.left.iter().any(|point| point.site() == Some(site));
            if matches!(last.0, 200 | 202) && !more {
                break;
            }
        }
        Ok(last)
    }

    /// What the provider has to tell arrives twice, the latest first; or never.
    async fn deliver(&mut self) -> Result<()> {
        let mut told = self.lane.app.stack().outsiders.toss.webhooks();
        if !self.plan.hooks {
            return Ok(());
        }
        told.reverse();
        let nobody = self.lane.app.stranger();
        for webhook in &told {
            for _ in 0..2 {
                let point = self.take(Site::Webhook);
                self.lane.app.faults.trace().watch();
                let ask =
                    || self.lane.ask(&nobody, "POST", "/webhooks/toss", &webhook.headers, &webhook.body);
                let heard = if point == Some(Point::Twice(Site::Webhook)) {
                    let (one, two) = tokio::try_join!(ask(), ask())?;
                    ensure!(two.0 == 200, "{two:?}");
                    Some(one)
                } else {
                    self.lane.invoke(point, ask()).await?
                };
                self.keep_trace(Site::Webhook);
                let heard = heard.map(|told| told.0);
                ensure!(matches!(heard, None | Some(200 | 503)), "{heard:?}");
            }
        }
        Ok(())
    }

    /// What is done with what was paid, once it is paid.
    async fn then(&mut self) -> Result<()> {
        if self.plan.then == Then::Stays {
            return Ok(());
        }
        for _ in 0..MINUTES {
            let payment = self.payment().await?;
            match payment.status {
                maru_payments::Status::Confirming | maru_payments::Status::Unknown => {
                    Box::pin(self.minute()).await?
                }
                maru_payments::Status::Done => break,
                maru_payments::Status::Ready
                | maru_payments::Status::Waiting
                | maru_payments::Status::Failed
                | maru_payments::Status::Expired => return Ok(()),
            }
        }
        let lane = self.lane;
        let (back, of) =
            (format!("/payments/{}/cancel", self.key), format!("/api/bookings/{}", self.booking));
        match self.plan.then {
            Then::Stays => {}
            Then::Cancels | Then::CancelsLate => {
                if self.plan.then == Then::CancelsLate {
                    let ahead = self.booked().await?.start_time.as_second() - lane.now();
                    lane.app.clock.advance(u32::try_from(ahead - 20 * 3_600)?);
                }
                lane.ask(&lane.member().await?, "DELETE", &of, &[], &Value::Null).await?;
            }
            Then::GivesUp => {
                Box::pin(self.press(
                    Site::Refund,
                    &lane.member().await?,
                    "POST",
                    &back,
                    &json!({"reason": "변심"}),
                ))
                .await?;
            }
            Then::StaffPart => {
                let body = json!({"amount": PART, "reason": "일부"});
                Box::pin(self.press(Site::Refund, &lane.desk, "POST", &back, &body)).await?;
            }
            Then::StaffAll => {
                Box::pin(self.press(Site::Refund, &lane.desk, "POST", &back, &json!({"reason": "전부"})))
                    .await?;
            }
        }
        Ok(())
    }

    /// A minute passes, and the workers run.
    async fn minute(&mut self) -> Result<()> {
        let point = self.take(Site::Checker);
        self.lane.app.clock.advance(60);
        let workers = &self.lane.app.stack().workers;
        workers.sweep().await?;
        self.lane.app.faults.trace().watch();
        if point == Some(Point::Twice(Site::Checker)) {
            tokio::try_join!(workers.check(), workers.check())?;
        } else {
            // One that fails is started again in a minute.
            let _failed =
                Box::pin(self.lane.invoke(point, async { Ok(workers.check().await.is_ok()) })).await?;
        }
        self.keep_trace(Site::Checker);
        Ok(())
    }

    /// Nothing goes wrong any more: everything comes to rest, and an hour later it rests still.
    async fn drain(&mut self) -> Result<()> {
        let toss = self.lane.app.stack().outsiders.toss.clone();
        for minute in 0..MINUTES {
            if minute == MISBEHAVING {
                toss.behave();
                self.left.clear();
            }
            let checker_left =
                minute < MISBEHAVING && self.left.iter().any(|p| p.site() == Some(Site::Checker));
            if !checker_left && self.rests().await? {
                break;
            }
            self.desk_does_its_work().await?;
            Box::pin(self.minute()).await?;
        }
        toss.behave();
        self.left.clear();
        self.lane.app.clock.advance(3_600);
        Box::pin(self.minute()).await?;
        self.deliver().await
    }

    /// What the provider refuses to pay back is asked for once more by staff.
    async fn desk_does_its_work(&self) -> Result<()> {
        let waits = self.payment().await?.refund.and_then(|refund| refund.waits);
        if waits.is_some_and(|waits| waits.as_str() == "desk") {
            let path = format!("/payments/{}/cancel", self.key);
            let told = self.lane.ask(&self.lane.desk, "POST", &path, &[], &json!({})).await?;
            ensure!(told.0 != 500, "{told:?}");
        }
        Ok(())
    }

    /// Whether nobody has to do anything any more.
    async fn rests(&self) -> Result<bool> {
        let (payment, booking) = (self.payment().await?, self.booked().await?);
        let open = payment.status.is_open() && payment.status != maru_payments::Status::Ready;
        let owed = booking.refund_owed().is_some();
        Ok(!open && !owed && payment.refund.is_none() && booking.status.as_str() != "paying")
    }

    pub(super) async fn payment(&self) -> Result<Payment> {
        self.lane.item("payments", "order_id", &self.order).await
    }

    pub(super) async fn booked(&self) -> Result<Booking> {
        self.lane.item("bookings", "booking_id", &self.booking).await
    }
}
