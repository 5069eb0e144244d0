//! Taking a slot.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use maru_identity::Caller;
use maru_kernel::{BookingId, FieldError, RoomId, Said};
use maru_rooms::{Room, room_key};
use maru_table::{Change, Found, Idempotency, Key, Replay};

use super::{Bookings, Patience, Refusal};
use crate::error::Interval;
use crate::gate::{Day, Edit};
use crate::grid::{Grid, Span};
use crate::model::{Booking, HoldMark, Place, Status};
use crate::{BookingError, rules, store};

/// A point in time as a client names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// With an offset.
    Instant(Timestamp),
    /// Without one: the room's own wall clock.
    Local(DateTime),
}

impl When {
    fn in_zone(self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Instant(at) => Some(at),
            Self::Local(wall) => wall.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp()),
        }
    }

    /// The local days this can lie on, whatever the room's zone: so the ledger can be read together
    /// with the room, in one trip.
    fn candidates(self) -> Vec<Date> {
        match self {
            Self::Local(wall) => vec![wall.date()],
            Self::Instant(at) => {
                let day = at.to_zoned(TimeZone::UTC).date();
                [-1, 0, 1].iter().filter_map(|offset| day.checked_add(offset.days()).ok()).collect()
            }
        }
    }
}

/// A wish to book, checked as far as it can be without the room.
#[derive(Debug, Clone)]
pub struct NewBooking {
    /// The room.
    pub room_id: RoomId,
    /// From.
    pub start: When,
    /// To.
    pub end: When,
    /// What for, in a line.
    pub title: String,
    /// What for, in more.
    pub description: String,
}

/// What was read to decide a wish.
struct Loaded {
    room: Room,
    grid: Grid,
    wish: Interval,
    found: Found,
}

impl Bookings {
    /// Takes the slots for the caller: a hold where the room costs something, a firm booking where it
    /// does not. Answers the booking and whether it was made by an earlier, identical request.
    pub async fn create(
        &self,
        caller: &Caller,
        new: &NewBooking,
        request: Option<&Idempotency>,
    ) -> Result<(Booking, bool), BookingError> {
        let keys = Self::keys(new, request);
        let mut patience = Patience::new(&self.db);
        loop {
            let mut found = self.db.get_many(&keys).await?;
            // The record of an identical request wins before any rule: its slots are taken, by itself.
            if let Some(request) = request {
                match request.replay(found.take_item(&request.key()), self.now()) {
                    Some(Replay::Same { reference }) => return self.again(caller, &reference).await,
                    Some(Replay::OtherBody) => return Err(BookingError::KeyReused),
                    None => {}
                }
            }
            let loaded = decide(new, found)?;
            if let Some(done) = self.take(caller, new, loaded, request).await? {
                return Ok(done);
            }
            patience.wait().await?;
        }
    }

    fn keys(new: &NewBooking, request: Option<&Idempotency>) -> Vec<Key> {
        let mut dates: Vec<Date> = new.start.candidates().into_iter().chain(new.end.candidates()).collect();
        dates.sort_unstable();
        dates.dedup();
        let days = dates.into_iter().map(|date| Day::key(new.room_id, date));
        std::iter::once(room_key(new.room_id)).chain(days).chain(request.map(Idempotency::key)).collect()
    }

    async fn again(&self, caller: &Caller, reference: &str) -> Result<(Booking, bool), BookingError> {
        let id: BookingId = reference.parse().map_err(|_| BookingError::NoBooking)?;
        Ok((self.get(caller, id).await?, true))
    }

    async fn take(
        &self,
        caller: &Caller,
        new: &NewBooking,
        mut loaded: Loaded,
        request: Option<&Idempotency>,
    ) -> Result<Option<(Booking, bool)>, BookingError> {
        let now = self.now();
        let spans =
            rules::may_book(&loaded.room, &loaded.grid, loaded.wish, now).map_err(BookingError::Invalid)?;
        let days = read_days(&mut loaded, &spans);
        let (status, hold_until, action) = first_status(&loaded.room, now);
        let id = BookingId::new(self.db.clock(), self.db.random());
        let mut edits = Vec::new();
        let mut places = Vec::new();
        for (span, day) in spans.iter().zip(days.iter().cloned()) {
            let mut edit = Edit::new(day);
            let Ok(number) = edit.take(span.from..span.to, id, hold_until, now.as_second()) else {
                let alternatives = rules::alternatives(&loaded.room, &loaded.grid, &days, loaded.wish, now);
                return Err(BookingError::Taken { alternatives, zone: loaded.room.zone });
            };
            places.push(Place { day: span.day, number, from: span.from, to: span.to });
            edits.push(edit);
        }
        let price =
            loaded.room.hourly_rate.per_hour_for(loaded.wish.end.duration_since(loaded.wish.start).as_mins());
        let booking = Booking {
            booking_id: id,
            room_id: loaded.room.room_id,
            user_id: caller.user_id,
            title: new.title.clone(),
            description: new.description.clone(),
            start_time: loaded.wish.start,
            end_time: loaded.wish.end,
            zone: loaded.room.zone.clone(),
            status,
            price: price.ok_or(BookingError::NoRoom)?,
            places,
            order_id: None,
            hold: hold_until.map(|_| HoldMark::Held),
            hold_until,
            created_at: now,
            updated_at: now,
            lock_version: 1,
        };
        let mut change = Change::new(&self.db, &caller.actor, action);
        change.create(&booking, Some(&caller.seal), Refusal::Stale);
        for evicted in edits.iter().flat_map(Edit::evicted).collect::<std::collections::BTreeSet<_>>() {
            if !self.expire_evicted(&mut change, evicted, now).await? {
                return Ok(None);
            }
        }
        for edit in edits {
            change.also(edit.into_write(), Refusal::Stale);
        }
        change.remember(request, id, Refusal::Stale);
        self.settle(&change, (booking, false)).await
    }

    /// An evicted hold expires in the same transaction. One that touches another day, too, may have been
    /// evicted there before: then it has expired, and what is left of it here just goes. `false` where
    /// it is no hold any more: then the day that was read is old news.
    async fn expire_evicted(
        &self,
        change: &mut Change<Refusal>,
        id: BookingId,
        now: Timestamp,
    ) -> Result<bool, BookingError> {
        let Some(held) = store::booking(&self.db, id).await? else { return Ok(false) };
        if matches!(held.status, Status::Expired | Status::Cancelled) {
            return Ok(true);
        }
        let expired = held.moved(Status::Expired, now, None).filter(|_| held.status == Status::Held);
        let Some(expired) = expired else { return Ok(false) };
        let _stored = change.replace(&held, Booking { places: Vec::new(), ..expired }, None, Refusal::Stale);
        Ok(true)
    }
}

/// What of the wish can be said now that the room is known.
fn decide(new: &NewBooking, mut found: Found) -> Result<Loaded, BookingError> {
    let room: Option<Room> = found.take(&room_key(new.room_id))?;
    let room = room.filter(|room| room.is_active).ok_or(BookingError::NoRoom)?;
    let grid = Grid::new(&room.zone, room.slot_minutes).ok_or(BookingError::NoRoom)?;
    let outside = |pointer| {
        FieldError::new(pointer, "type", Said::new("시각이 올바르지 않습니다.", "Not a point in time."))
    };
    let read = |when: When, pointer| {
        when.in_zone(grid.zone()).ok_or_else(|| BookingError::Invalid(vec![outside(pointer)]))
    };
    let wish = Interval { start: read(new.start, "/start_time")?, end: read(new.end, "/end_time")? };
    Ok(Loaded { room, grid, wish, found })
}

fn read_days(loaded: &mut Loaded, spans: &[Span]) -> Vec<Day> {
    let room = loaded.room.room_id;
    spans
        .iter()
        .map(|span| Day::read(room, span.day, loaded.found.take_item(&Day::key(room, span.day))))
        .collect()
}

/// How a booking of this room begins, until when it is held, and what that is called.
fn first_status(room: &Room, now: Timestamp) -> (Status, Option<i64>, &'static str) {
    match (room.auto_confirm, room.hourly_rate.is_zero()) {
        (false, _) => (Status::Pending, None, "booking.requested"),
        (true, true) => (Status::Confirmed, None, "booking.confirmed"),
        (true, false) => (Status::Held, rules::hold_until(now, now), "booking.held"),
    }
}
