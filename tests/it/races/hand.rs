//! One of many clients: what it does at random, and what it is told.

use std::sync::{Mutex, PoisonError};

use anyhow::Result;
use harness::app::{App, Reply as Answer};
use harness::history::{
    Booking, Call, Change, Key, Minute, Person, Place, Reply, Resource, Seen, Share, Span, Status, Ticket,
    Why,
};
use jiff::civil::Date;
use maru_kernel::Random;
use serde_json::{Value, json};

use super::recorder::Recorder;
use super::world::{DAYS, DEPARTURES, DESK, Hall, MEMBERS, Somebody, World, later, midnight, moment, span};

/// Seconds a round's clock moves on at most: all still have their tokens, and nothing is over.
const LONGEST: i64 = 2_400;

/// What the clients of a round share.
pub struct Round<'a> {
    pub app: &'a App,
    pub world: &'a World,
    pub people: Vec<Somebody>,
    pub day: Date,
    /// The clock at the beginning.
    pub begin: i64,
    pub recorder: Recorder,
    /// Bookings as they were last seen.
    pub known: Mutex<Vec<Seen>>,
    /// Places in lines, with whose they are.
    pub tickets: Mutex<Vec<(usize, String)>>,
}

/// A client.
pub struct Hand<'a> {
    pub number: usize,
    pub round: &'a Round<'a>,
    pub random: Random,
}

/// A wish for hours or seats: the body, and what it comes to.
struct Wish {
    body: Value,
    place: Place,
}

impl Hand<'_> {
    fn below(&self, most: usize) -> usize {
        usize::try_from(self.random.below(most.max(1) as u64)).unwrap_or(0)
    }

    fn minutes(&self, least: i64, most: i64, step: i64) -> i64 {
        let steps = usize::try_from((most - least) / step + 1).unwrap_or(1);
        least + step * i64::try_from(self.below(steps)).unwrap_or(0)
    }

    fn staff(&self) -> &Somebody {
        &self.round.people[MEMBERS + self.below(self.round.people.len() - MEMBERS)]
    }

    fn hall(&self) -> &Hall {
        &self.round.world.halls[[0, 0, 0, 1, 1, 2, 3][self.below(7)]]
    }

    /// One thing at random.
    pub async fn act(&self) -> Result<()> {
        let me = self.number % self.round.people.len();
        match self.below(100) {
            0..=24 => self.create(me, false).await,
            25..=29 => self.create(me, true).await,
            30..=38 => self.ride(me).await,
            39..=42 => self.series(me).await,
            43..=45 => self.block().await,
            46..=54 => self.change("", Change::Cancel, &OCCUPYING).await,
            55..=59 => self.change("extend", Change::Extend, &[Status::Held]).await,
            60..=64 => self.change("confirm", Change::Pay, &[Status::Held]).await,
            65..=68 => self.reschedule().await,
            69..=73 => self.swap().await,
            74..=79 => self.change("restore", Change::Restore, &[Status::Cancelled, Status::NoShow]).await,
            80..=81 => self.change("approve", Change::Approve, &[Status::Pending]).await,
            82 => self.change("reject", Change::Reject, &[Status::Pending]).await,
            83..=84 => self.change("check-in", Change::CheckIn, &[Status::Confirmed]).await,
            85..=86 => self.change("no-show", Change::NoShow(0), &[Status::Confirmed]).await,
            87 => self.unblock().await,
            88..=92 => self.join(me).await,
            93 => self.leave().await,
            94..=96 => self.read().await,
            _ => self.look().await,
        }
    }

    fn know(&self, reply: &Reply) {
        let mut known = self.round.known.lock().unwrap_or_else(PoisonError::into_inner);
        for seen in reply.seen() {
            match known.iter_mut().find(|other| other.booking == seen.booking) {
                Some(other) if other.version <= seen.version => *other = seen.clone(),
                Some(_) => {}
                None => known.push(seen.clone()),
            }
        }
    }

    /// A booking that was last seen so.
    fn named(&self, fits: impl Fn(&Seen) -> bool) -> Option<Seen> {
        let known = self.round.known.lock().unwrap_or_else(PoisonError::into_inner);
        let fitting: Vec<&Seen> = known.iter().filter(|seen| fits(seen)).collect();
        fitting.get(self.below(fitting.len())).map(|seen| (*seen).clone())
    }

    /// Hours of a room on the round's day, or on the one after it.
    fn hours(&self, hall: &Hall, ahead: i64) -> (Value, Span) {
        let first = self.below(4) == 0;
        let last = if first { hall.open } else { hall.close - hall.shortest };
        let from = self.minutes(hall.open, last, hall.slot);
        let to = from + self.minutes(hall.shortest, (hall.close - from).min(hall.shortest * 3), hall.slot);
        let date = later(self.round.day, ahead);
        let clock = |minute: i64| format!("{date}T{:02}:{:02}:00+09:00", minute / 60, minute % 60);
        let midnight = midnight(date);
        (json!({"start_time": clock(from), "end_time": clock(to)}), Span::new(midnight + from, midnight + to))
    }

    fn room_wish(&self) -> Option<Wish> {
        let hall = self.hall();
        let (mut body, span) = self.hours(hall, 0);
        body["room_id"] = json!(hall.id);
        body["title"] = json!("경주");
        Some(Wish { place: self.round.world.hours(&hall.id, &[span], false)?, body })
    }

    fn seat_wish(&self) -> Wish {
        let (time, _) = DEPARTURES[self.below(2)];
        let (date, seats) = (self.round.day.to_string(), 1 + self.below(3));
        let body = json!({"tour_id": self.round.world.tour, "usage_date": date, "usage_time": time, "people_adult": seats});
        Wish { body, place: self.round.world.seats(&date, time, u32::try_from(seats).unwrap_or(1)) }
    }

    async fn create(&self, me: usize, twice: bool) -> Result<()> {
        let Some(wish) = self.room_wish() else { return Ok(()) };
        if !twice {
            return self.make("/api/bookings", me, wish, None).await.map(drop);
        }
        // As a client does that lost patience: the same again, while the first one may be under way.
        let key = format!("{}-{}", self.number, self.recorder().now());
        let again = Wish { body: wish.body.clone(), place: wish.place.clone() };
        let one = self.make("/api/bookings", me, wish, Some(&key));
        futures::future::try_join(one, self.make("/api/bookings", me, again, Some(&key))).await?;
        Ok(())
    }

    async fn ride(&self, me: usize) -> Result<()> {
        self.make("/api/bookings", me, self.seat_wish(), None).await.map(drop)
    }

    async fn series(&self, me: usize) -> Result<()> {
        let hall = self.hall();
        let all: Vec<(Value, Span)> = (0..DAYS).map(|ahead| self.hours(hall, ahead)).collect();
        let times: Vec<&Value> = all.iter().map(|time| &time.0).collect();
        let body = json!({"room_id": hall.id, "times": times, "title": "연속"});
        let spans: Vec<Span> = all.iter().map(|time| time.1).collect();
        let Some(place) = self.round.world.hours(&hall.id, &spans, false) else { return Ok(()) };
        self.make("/api/series", me, Wish { body, place }, None).await.map(drop)
    }

    /// Books. Staff do it for a member now and then.
    async fn make(&self, path: &str, me: usize, wish: Wish, key: Option<&str>) -> Result<Answer> {
        let Wish { mut body, place } = wish;
        let (me, mut by) = (&self.round.people[me], me);
        if by >= MEMBERS && self.number.is_multiple_of(2) && key.is_none() {
            by = self.below(MEMBERS);
            body["user_id"] = json!(self.round.people[by].id);
        }
        let by = Person(self.round.people[by].id.clone());
        let headers: Vec<(&str, &str)> = key.map(|key| ("idempotency-key", key)).into_iter().collect();
        let begin = self.recorder().now();
        let answer = me.guest.post_with(path, &body, &headers).await?;
        let reply = self.recorder().told(self.round.world, &answer);
        self.know(&reply);
        // A repeat is told how what was made is now.
        let late = reply.seen().first().filter(|seen| seen.version > 1).map(|seen| seen.booking.clone());
        let call = match late.filter(|_| answer.header("idempotent-replayed").is_some()) {
            Some(booking) => Call::Read(booking),
            None => Call::Create { place, by, key: key.map(|key| Key(key.to_owned())) },
        };
        self.recorder().note(self.number, begin, call, reply);
        Ok(answer)
    }

    async fn block(&self) -> Result<()> {
        let hall = self.hall();
        let (mut body, span) = self.hours(hall, 0);
        body["reason"] = json!("점검");
        let Some(place) = self.round.world.hours(&hall.id, &[span], true) else { return Ok(()) };
        let begin = self.recorder().now();
        let answer = self.staff().guest.post(&format!("/rooms/{}/blackouts", hall.id), &body).await?;
        let reply = self.recorder().told(self.round.world, &answer);
        self.know(&reply);
        let call = Call::Block { place, by: Person(DESK.into()), key: None };
        self.recorder().note(self.number, begin, call, reply);
        Ok(())
    }

    async fn unblock(&self) -> Result<()> {
        let Some(seen) = self.named(|seen| seen.person.0 == DESK) else { return Ok(()) };
        let path = format!("/rooms/{}/blackouts?blackout_id={}", seen.place.resource.0, seen.booking.0);
        let begin = self.recorder().now();
        let answer = self.staff().guest.delete(&path).await?;
        self.changed(begin, &seen.booking, Change::Unblock, &answer);
        Ok(())
    }

    /// What one verb does, to a booking that was last seen in one of these statuses. Staff may do all of it.
    async fn change(&self, verb: &str, change: Change, of: &[Status]) -> Result<()> {
        let restored = change == Change::Restore;
        let fits = |seen: &Seen| of.contains(&seen.status) && (restored || seen.person.0 != DESK);
        let ahead = if change == Change::CheckIn { 60 } else { 0 };
        let begun = |seen: &Seen| {
            let buffer = self.round.world.hall(&seen.place.resource).map_or(0, |hall| hall.buffer);
            seen.place.spans().iter().any(|span| span.from + buffer <= self.minute() + ahead)
        };
        let soon = |seen: &Seen| fits(seen) && begun(seen);
        let coming = matches!(change, Change::CheckIn | Change::NoShow(_));
        let Some(seen) = (if coming { self.named(soon) } else { self.named(fits) }) else { return Ok(()) };
        let (begin, path) = (self.recorder().now(), format!("/api/bookings/{}", seen.booking.0));
        let who = &self.staff().guest;
        let answer = match verb {
            "" => who.delete(&path).await?,
            verb => who.post(&format!("{path}/{verb}"), &json!({})).await?,
        };
        let change = match (change, self.round.world.hall(&seen.place.resource)) {
            // What has begun by now stays: nothing behind the next slot.
            (Change::NoShow(_), Some(hall)) => Change::NoShow(up(self.minute() + 1, hall.slot)),
            (change, _) => change,
        };
        self.changed(begin, &seen.booking, change, &answer);
        Ok(())
    }

    async fn reschedule(&self) -> Result<()> {
        let single = |seen: &Seen| seen.place.spans().len() <= 1 && seen.person.0 != DESK;
        let Some(seen) = self.named(|seen| single(seen) && OCCUPYING.contains(&seen.status)) else {
            return Ok(());
        };
        let wish = match &seen.place.share {
            Share::Slots(_) => self.room_wish(),
            Share::Seats { .. } => Some(self.seat_wish()),
        };
        let Some(Wish { mut body, place }) = wish else { return Ok(()) };
        body["keep_price"] = json!(true);
        if let Some(members) = body.as_object_mut() {
            members.remove("tour_id");
        }
        let begin = self.recorder().now();
        let path = format!("/api/bookings/{}/reschedule", seen.booking.0);
        let answer = self.staff().guest.post(&path, &body).await?;
        self.changed(begin, &seen.booking, Change::Reschedule(place), &answer);
        Ok(())
    }

    async fn swap(&self) -> Result<()> {
        let single = |seen: &Seen| {
            seen.place.spans().len() == 1 && seen.person.0 != DESK && OCCUPYING.contains(&seen.status)
        };
        let Some(one) = self.named(single) else { return Ok(()) };
        let Some(two) = self.named(|seen| single(seen) && seen.booking != one.booking) else { return Ok(()) };
        let begin = self.recorder().now();
        let path = format!("/api/bookings/{}/swap", one.booking.0);
        let answer = self.staff().guest.post(&path, &json!({"with": two.booking.0})).await?;
        self.changed(begin, &one.booking, Change::Swap(two.booking), &answer);
        Ok(())
    }

    fn changed(&self, begin: u64, booking: &Booking, change: Change, answer: &Answer) {
        let reply = self.recorder().told(self.round.world, answer);
        self.know(&reply);
        self.recorder().note(self.number, begin, Call::Change { booking: booking.clone(), change }, reply);
    }

    async fn join(&self, me: usize) -> Result<()> {
        let wish = if self.below(3) == 0 { Some(self.seat_wish()) } else { self.room_wish() };
        let Some(Wish { body, place }) = wish else { return Ok(()) };
        let begin = self.recorder().now();
        let answer = self.round.people[me].guest.post("/api/waitlist", &body).await?;
        let reply = if answer.status == 201 {
            let ticket = answer.text("/data/id");
            self.round.tickets.lock().unwrap_or_else(PoisonError::into_inner).push((me, ticket.clone()));
            Reply::Queued(Ticket(ticket))
        } else {
            self.recorder().refused(&answer)
        };
        let by = Person(self.round.people[me].id.clone());
        self.recorder().note(self.number, begin, Call::Join { place, by }, reply);
        Ok(())
    }

    async fn leave(&self) -> Result<()> {
        let tickets = self.round.tickets.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some((who, ticket)) = tickets.get(self.below(tickets.len())) else { return Ok(()) };
        let begin = self.recorder().now();
        let answer = self.round.people[*who].guest.delete(&format!("/api/waitlist/{ticket}")).await?;
        let reply = match (answer.status, answer.text("/data/status").as_str()) {
            (200, "left") => Reply::Done(Vec::new()),
            // They were served before.
            (200, _) => Reply::Refused(Why::Status),
            _ => self.recorder().refused(&answer),
        };
        self.recorder().note(self.number, begin, Call::Leave(Ticket(ticket.clone())), reply);
        Ok(())
    }

    async fn read(&self) -> Result<()> {
        let Some(seen) = self.named(|_| true) else { return Ok(()) };
        let begin = self.recorder().now();
        let answer = self.staff().guest.get(&format!("/api/bookings/{}", seen.booking.0)).await?;
        let reply = self.recorder().told(self.round.world, &answer);
        self.know(&reply);
        self.recorder().note(self.number, begin, Call::Read(seen.booking), reply);
        Ok(())
    }

    /// What is free of the plain room. Its day is one item, so that is one look.
    async fn look(&self) -> Result<()> {
        let (hall, day) = (&self.round.world.halls[0], self.round.day);
        let begin = self.recorder().now();
        let path = format!("/rooms/{}/availability?from={day}&to={day}", hall.id);
        let answer = self.round.app.stranger().get(&path).await?;
        let spans = answer.body["data"][0]["free"]
            .as_array()
            .map(|free| free.iter().filter_map(span).collect::<Vec<_>>());
        let reply = match spans {
            Some(spans) => Reply::Free(spans),
            None => self.recorder().refused(&answer),
        };
        // What has begun is not free, whoever has it.
        let ahead = up(self.minute(), hall.slot).max(midnight(day) + hall.open);
        let day = Span::new(ahead, midnight(day) + hall.close);
        let resource = Resource(hall.id.clone());
        self.recorder().note(self.number, begin, Call::ReadDay { resource, day }, reply);
        Ok(())
    }

    /// The clock moves on.
    pub fn tick(&self) {
        let left = self.round.begin + LONGEST - moment(self.round.app);
        let seconds = self.minutes(120, 480, 60).min(left).max(0);
        let begin = self.recorder().now();
        self.round.app.clock.advance(u32::try_from(seconds).unwrap_or(0));
        let now = moment(self.round.app);
        self.recorder().note(self.number, begin, Call::Tick(now), Reply::Done(Vec::new()));
    }

    /// The sweeper comes by. Whom it served is seen by whoever looks.
    pub async fn sweep(&self) -> Result<u32> {
        let begin = self.recorder().now();
        let swept = self.round.app.stack().workers.tidy().await?;
        self.recorder().swept(begin, self.minute());
        Ok(swept.expired + swept.served)
    }

    fn recorder(&self) -> &Recorder {
        &self.round.recorder
    }

    fn minute(&self) -> Minute {
        moment(self.round.app).div_euclid(60)
    }
}

const OCCUPYING: [Status; 3] = [Status::Held, Status::Pending, Status::Confirmed];

/// The first minute of the grid that is not before this one.
fn up(minute: Minute, grid: i64) -> Minute {
    // Midnights of Seoul lie on every grid of up to an hour.
    minute + (-minute).rem_euclid(grid)
}
