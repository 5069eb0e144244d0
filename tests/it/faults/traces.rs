//! What a deed leaves behind: wholly, or nothing.

use super::*;

/// What is so on the day of a deed.
struct State {
    /// The member's bookings by their start: status, version, hour.
    bookings: &'static [(&'static str, i64, u8)],
    /// The hours of the room that are taken, two of each.
    taken: &'static [u8],
    /// The member's places in lines.
    waits: usize,
    /// What staff keep.
    blocks: usize,
}

impl Deed {
    fn before(self) -> State {
        let state = |bookings, taken| State { bookings, taken, waits: 0, blocks: 0 };
        match self {
            Self::Book | Self::Series | Self::Block | Self::Register | Self::Login => state(&[], &[]),
            Self::Ready | Self::Cancel | Self::Reschedule => state(&[("held", 1, 10)], &[10]),
            Self::Confirm => state(&[("held", 2, 10)], &[10]),
            Self::Swap => state(&[("held", 1, 10), ("held", 1, 14)], &[10, 14]),
            Self::Restore => state(&[("cancelled", 2, 10)], &[]),
            Self::Approve => state(&[("pending", 1, 10)], &[10]),
            Self::Join => state(&[], &[10]),
        }
    }

    fn after(self) -> State {
        let state = |bookings, taken| State { bookings, taken, waits: 0, blocks: 0 };
        match self {
            Self::Book => state(&[("held", 1, 10)], &[10]),
            Self::Series => state(&[("held", 1, 10)], &[10, 14]),
            Self::Ready => state(&[("held", 2, 10)], &[10]),
            Self::Confirm => state(&[("confirmed", 4, 10)], &[10]),
            Self::Cancel => state(&[("cancelled", 2, 10)], &[]),
            Self::Reschedule => state(&[("held", 2, 14)], &[14]),
            Self::Swap => state(&[("held", 2, 10), ("held", 2, 14)], &[10, 14]),
            Self::Restore => state(&[("held", 3, 10)], &[10]),
            Self::Approve => state(&[("confirmed", 2, 10)], &[10]),
            Self::Join => State { waits: 1, ..state(&[], &[10]) },
            Self::Block => State { blocks: 1, ..state(&[], &[10]) },
            Self::Register | Self::Login => state(&[], &[]),
        }
    }
}

impl Prepared {
    /// That the day is like this; answers the member's bookings.
    async fn is(&self, app: &App, state: &State) -> Result<Vec<Value>> {
        let mut shown = bookings_on(&self.member, &self.day).await?;
        shown.sort_by_key(|booking| booking["start_time"].to_string());
        let hour = |booking: &Value| booking["start_time"].as_str()?.get(11..13)?.parse::<u8>().ok();
        let told = |booking: &Value| {
            Some((booking["status"].as_str()?.to_owned(), booking["lock_version"].as_i64()?, hour(booking)?))
        };
        let found: Option<Vec<(String, i64, u8)>> = shown.iter().map(told).collect();
        let expected: Vec<(String, i64, u8)> = state
            .bookings
            .iter()
            .map(|(status, version, hour)| ((*status).to_owned(), *version, *hour))
            .collect();
        ensure!(found == Some(expected), "the bookings are {shown:?}");
        for from in [10, 14] {
            let free = is_free(app, &self.room, &self.day, from).await?;
            ensure!(free != state.taken.contains(&from), "{from} o'clock is not as the bookings say");
        }
        let waits = self.member.get("/api/waitlist").await?.body["data"].clone();
        let mine = |wait: &&Value| wait["date"] == self.day.as_str() && wait["status"] == "waiting";
        let waits = waits.as_array().context("no list")?.iter().filter(mine).count();
        ensure!(waits == state.waits, "{waits} places in lines");
        if self.deed == Deed::Block {
            let path = format!("/rooms/{}/blackouts?from={}&to={}", self.room, self.day, self.day);
            let kept = self.operator.get(&path).await?.body["data"]["blackouts"].clone();
            let kept = kept.as_array().context("no list")?.len();
            ensure!(kept == state.blocks, "{kept} blackouts");
        }
        Ok(shown)
    }

    /// That it happened, once, and wholly.
    pub(super) async fn happened(&self, app: &App, reply: &Reply) -> Result<()> {
        ensure!(reply.status == self.deed.status(), "answered {reply:?}");
        let shown = self.is(app, &self.deed.after()).await?;
        let toss = &app.stack().outsiders.toss;
        match self.deed {
            Deed::Book | Deed::Series | Deed::Cancel | Deed::Reschedule | Deed::Restore | Deed::Approve => {
                ensure!(reply.text("/data/id") == shown[0]["id"], "another booking was answered");
            }
            Deed::Swap => {
                let ids = (shown[0]["id"].as_str(), shown[1]["id"].as_str());
                let swapped = (Some(self.other.as_str()), Some(self.booking.as_str()));
                ensure!(ids == swapped, "not swapped: {shown:?}");
            }
            Deed::Join => ensure!(reply.text("/data/date") == self.day, "answered {reply:?}"),
            Deed::Block => ensure!(reply.text("/data/blackouts/0/title") == "청소", "answered {reply:?}"),
            Deed::Ready => {
                ensure!(reply.text("/order_id") == shown[0]["order_id"], "another order was answered")
            }
            Deed::Confirm => {
                ensure!(toss.captures(&self.order) == 1, "captured {} times", toss.captures(&self.order));
                ensure!(reply.text("/status") == "DONE", "answered {reply:?}");
            }
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
        let shown = self.is(app, &self.deed.before()).await?;
        if self.deed == Deed::Swap {
            ensure!(shown[0]["id"] == self.booking.as_str(), "swapped: {shown:?}");
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

/// Whether two hours of a room are free.
pub(super) async fn is_free(app: &App, room: &str, day: &str, from: u8) -> Result<bool> {
    let reply = app.stranger().get(&format!("/rooms/{room}/availability?from={day}&to={day}")).await?;
    ensure!(reply.status == 200, "{reply:?}");
    let spans = reply.body["data"][0]["free"].as_array().context("no spans")?.clone();
    let (first, last) =
        (format!("{day}T{from:02}:00:00+09:00"), format!("{day}T{:02}:00:00+09:00", from + 2));
    let covers = |span: &Value| {
        span["start_time"].as_str() <= Some(first.as_str())
            && span["end_time"].as_str() >= Some(last.as_str())
    };
    Ok(spans.iter().any(covers))
}
