//! What people do under faults, prepared and done.

use super::*;

/// A request of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Book,
    Series,
    Ready,
    Confirm,
    Cancel,
    Reschedule,
    Swap,
    Restore,
    Approve,
    Join,
    Block,
    Register,
    Login,
}

pub(super) const DEEDS: [Deed; 13] = [
    Deed::Book,
    Deed::Series,
    Deed::Ready,
    Deed::Confirm,
    Deed::Cancel,
    Deed::Reschedule,
    Deed::Swap,
    Deed::Restore,
    Deed::Approve,
    Deed::Join,
    Deed::Block,
    Deed::Register,
    Deed::Login,
];

/// Those that are sent with an `Idempotency-Key`.
pub(super) const KEYED: [Deed; 8] = [
    Deed::Book,
    Deed::Series,
    Deed::Reschedule,
    Deed::Swap,
    Deed::Restore,
    Deed::Approve,
    Deed::Join,
    Deed::Block,
];

impl Deed {
    /// What it is answered with when it succeeds.
    pub(super) const fn status(self) -> u16 {
        match self {
            Self::Book | Self::Series | Self::Join | Self::Block | Self::Register => 201,
            Self::Ready
            | Self::Confirm
            | Self::Cancel
            | Self::Reschedule
            | Self::Swap
            | Self::Restore
            | Self::Approve
            | Self::Login => 200,
        }
    }

    /// Records in the trail it leaves behind: one per record it changed.
    pub(super) const fn audits(self) -> usize {
        match self {
            Self::Book
            | Self::Series
            | Self::Cancel
            | Self::Reschedule
            | Self::Restore
            | Self::Approve
            | Self::Join
            | Self::Block
            | Self::Register
            | Self::Login => 1,
            Self::Ready | Self::Swap => 2,
            // The intent and the outcome, of payment and booking each.
            Self::Confirm => 4,
        }
    }
}

/// A deed about to be done, with everything before it done already.
pub(super) struct Prepared {
    pub(super) deed: Deed,
    pub(super) member: Guest,
    /// Whoever does it, where that is not the member.
    pub(super) operator: Guest,
    pub(super) day: String,
    pub(super) room: String,
    pub(super) booking: String,
    pub(super) other: String,
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
        operator: app.stranger(),
        day: day.to_string(),
        room: ROOM_A.to_owned(),
        booking: String::new(),
        other: String::new(),
        order: String::new(),
        key: String::new(),
        email: format!("guest{number}@example.kr"),
    };
    if matches!(deed, Deed::Reschedule | Deed::Swap | Deed::Restore | Deed::Approve | Deed::Block) {
        prepared.operator = app.staff("operator").await?;
    }
    if deed == Deed::Approve {
        let room = json!({"name": "문의", "capacity": 4, "hourly_rate": 0, "auto_confirm": false});
        prepared.room = app.staff("admin").await?.post("/rooms", &room).await?.text("/data/id");
    }
    let id_of = |booking: &Value| Ok::<_, anyhow::Error>(booking["id"].as_str().context("no id")?.to_owned());
    match deed {
        Deed::Ready | Deed::Cancel | Deed::Reschedule | Deed::Restore | Deed::Approve | Deed::Swap => {
            prepared.booking = id_of(&member.book(&prepared.wish(10)).await?)?;
        }
        Deed::Confirm => {
            let (booking, order, key) = member.up_to_the_window(app, &prepared.wish(10)).await?;
            (prepared.booking, prepared.order, prepared.key) = (booking, order, key);
        }
        Deed::Join => prepared.other = id_of(&app.another().await?.book(&prepared.wish(10)).await?)?,
        Deed::Book | Deed::Series | Deed::Block | Deed::Register | Deed::Login => {}
    }
    if deed == Deed::Swap {
        prepared.other = id_of(&member.book(&prepared.wish(14)).await?)?;
    }
    if deed == Deed::Restore {
        let cancelled = member.delete(&format!("/api/bookings/{}", prepared.booking)).await?;
        ensure!(cancelled.status == 200, "{cancelled:?}");
    }
    Ok(prepared)
}

impl Prepared {
    /// Two hours of the room.
    pub(super) fn wish(&self, from: u8) -> Value {
        wish_for(&self.room, &self.day, from, from + 2)
    }

    /// The same two hours without a room.
    fn hours(&self, from: u8) -> Value {
        let wish = self.wish(from);
        json!({"start_time": wish["start_time"], "end_time": wish["end_time"]})
    }

    pub(super) async fn send(&self) -> Result<Reply> {
        let Self { member, operator, booking, other, order, key, email, .. } = self;
        let mark = format!("{:?}-{}", self.deed, self.day);
        let mark = [("idempotency-key", mark.as_str())];
        let of_it = |verb: &str| format!("/api/bookings/{booking}/{verb}");
        match self.deed {
            Deed::Book => member.post_with("/api/bookings", &self.wish(10), &mark).await,
            Deed::Series => {
                let times = [self.hours(10), self.hours(14)];
                let wish = json!({"room_id": self.room, "title": "강좌", "times": times});
                member.post_with("/api/series", &wish, &mark).await
            }
            Deed::Ready => member.post("/payments/ready", &json!({"booking_id": booking})).await,
            Deed::Confirm => member.confirm(key, order, 40_000).await,
            Deed::Cancel => member.send(Method::DELETE, &format!("/api/bookings/{booking}"), &[], None).await,
            Deed::Reschedule => operator.post_with(&of_it("reschedule"), &self.hours(14), &mark).await,
            Deed::Swap => operator.post_with(&of_it("swap"), &json!({"with": other}), &mark).await,
            Deed::Restore => operator.post_with(&of_it("restore"), &json!({}), &mark).await,
            Deed::Approve => operator.post_with(&of_it("approve"), &json!({}), &mark).await,
            Deed::Join => member.post_with("/api/waitlist", &self.wish(10), &mark).await,
            Deed::Block => {
                let mut block = self.hours(10);
                block["reason"] = json!("청소");
                operator.post_with(&format!("/rooms/{}/blackouts", self.room), &block, &mark).await
            }
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
}
