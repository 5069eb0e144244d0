//! What staff keep for themselves: hours of a room, whole days, a departure's seats. Through the gate, like
//! everything.

use jiff::civil::Date;
use maru_identity::Caller;
use maru_kernel::{BookingId, Currency, FieldError, Money, RoomId, Said, TourId};
use maru_rooms::Terms;
use maru_table::{Change, CommitError, Idempotency, Record, TableSpec};
use maru_tours::Tour;
use serde::Serialize;

use super::plan::{Offered, When, days, departures, room_cells};
use super::{Bookings, Patience, Refusal};
use crate::gate::{Cell, Clash, Edit, Ledger};
use crate::model::{Booking, Interval, Resource, Status, What};
use crate::store::LEDGER;
use crate::{BookingError, rules};

/// Days one block covers at most: each is an item of one transaction.
const MOST_DAYS: i32 = 31;

/// The same in minutes, and an hour for the clocks.
const MOST_MINUTES: i64 = 31 * 24 * 60 + 60;

/// What staff decided about a day, as the trail tells it. The ledger keeps it.
#[derive(Serialize)]
struct DayRecord {
    day: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    departure: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seats: Option<u16>,
    lock_version: u64,
}

impl Record for DayRecord {
    const TABLE: &'static TableSpec = &LEDGER;
    const KIND: &'static str = "day";

    maru_table::record_fields! { id: day }
}

/// A departure with its seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaving {
    /// The local date.
    pub date: Date,
    /// The minute of the day.
    pub time: u16,
    /// Seats that can be had now.
    pub left: u16,
}

impl Bookings {
    /// Keeps hours of a room for staff. What is booked there already stands in the way. Answers whether an
    /// earlier, identical request did.
    pub async fn block(
        &self,
        caller: &Caller,
        room: RoomId,
        (start, end): (When, When),
        reason: String,
        request: Option<&Idempotency>,
    ) -> Result<(Booking, bool), BookingError> {
        let mut patience = Patience::new(&self.db);
        loop {
            if let Some(reference) = self.answered(request).await? {
                return self.blocked(caller, &reference).await;
            }
            match self.try_block(caller, room, (start, end), &reason, request).await {
                Ok(Some(block)) => return Ok((block, false)),
                Ok(None) => {}
                // What stands in the way may be what the same request has just kept.
                Err(error) => {
                    return self.blocked(caller, &self.answered_meanwhile(error, request).await?).await;
                }
            }
            patience.wait().await?;
        }
    }

    /// The block an identical request made.
    async fn blocked(&self, caller: &Caller, reference: &str) -> Result<(Booking, bool), BookingError> {
        let id: BookingId = reference.parse().map_err(|_| BookingError::NoBooking)?;
        Ok((self.get(caller, id).await?, true))
    }

    async fn try_block(
        &self,
        caller: &Caller,
        room: RoomId,
        (start, end): (When, When),
        reason: &str,
        request: Option<&Idempotency>,
    ) -> Result<Option<Booking>, BookingError> {
        let offered = Offered::load(&self.db, Resource::Room(room)).await?;
        let Some(Offered::Room(..)) = &offered else { return Err(BookingError::NoResource) };
        let offered = offered.ok_or(BookingError::NoResource)?;
        let times = super::instants(&super::Times::One(start, end), &offered)?;
        let time = times.first().copied().ok_or(BookingError::NoResource)?;
        may_block(&offered, time)?;
        let plan = offered.plan_again(&What::Block(room), &[time]);
        let mut ledger = self.opened(Ledger::default(), &plan.claims(), &[]).await?;
        let id = BookingId::new(self.db.clock(), self.db.random());
        let places = self.take(&mut ledger, &offered, &plan, self.taker(id, None, None)).await?;
        let block = blank(id, room, (time, offered.zone()), reason.to_owned(), caller, self.now());
        let block = Booking { places, ..block };
        let mut change = Change::new(&self.db, &caller.actor, "block.made");
        change.create(&block, Some(&caller.seal), Refusal::Stale);
        if !self.complete(&mut change, ledger, super::Counts::default(), None).await? {
            return Ok(None);
        }
        change.remember(request, id, Refusal::Stale);
        self.settle(&change, block).await
    }

    /// Gives blocked hours back. Doing it twice answers the same.
    pub async fn unblock(
        &self,
        caller: &Caller,
        room: RoomId,
        id: BookingId,
    ) -> Result<Booking, BookingError> {
        let (block, _) = self
            .alter(caller, id, None, |booking| {
                Box::pin(async move {
                    if booking.what != What::Block(room) {
                        return Err(BookingError::NoBooking);
                    }
                    if booking.status == Status::Cancelled {
                        return Ok(super::Step::Same(booking));
                    }
                    let freed = booking.moved(Status::Cancelled, self.now(), None);
                    let freed = freed.ok_or(BookingError::Status(booking.status))?;
                    let standing = super::Standing::of(&self.db, booking).await?;
                    let mut change = Change::new(&self.db, &caller.actor, "block.lifted");
                    let stored = standing.leave(&mut change, freed, None, Refusal::Stale);
                    Ok(super::Step::Write(Box::new(change), stored.ok_or(BookingError::Contended)?))
                })
            })
            .await?;
        Ok(block)
    }

    /// The blocks of a room from one local date to another, and the days that are closed; the days from today
    /// on where none is named.
    pub async fn blocks(
        &self,
        room: RoomId,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<(Vec<Booking>, Vec<(Date, String)>), BookingError> {
        let Some(Offered::Room(room, grid)) = Offered::load(&self.db, Resource::Room(room)).await? else {
            return Err(BookingError::NoResource);
        };
        let from = from.unwrap_or_else(|| grid.day_of(self.now()));
        let farthest = || from.checked_add(jiff::Span::new().days(MOST_DAYS - 1)).unwrap_or(from);
        let dates = bounded(from, to.unwrap_or_else(farthest))?;
        let cells = dates.iter().flat_map(|date| room_cells(&room, &grid, *date));
        let ledger = Ledger::open(&self.db, cells).await?;
        let found = super::desk::booked(&self.db, &ledger, self.now().as_second()).await?;
        let blocks = found.into_values().filter(|booking| matches!(booking.what, What::Block(_)));
        let closed = ledger.days().filter_map(|day| Some((day.cell.date, day.closed.clone()?)));
        Ok((blocks.collect(), closed.collect()))
    }

    /// Closes a day for new bookings, or opens it again; what is booked stays.
    pub async fn close_day(
        &self,
        caller: &Caller,
        resource: Resource,
        date: Date,
        reason: Option<String>,
    ) -> Result<(), BookingError> {
        let offered = Offered::load(&self.db, resource).await?.ok_or(BookingError::NoResource)?;
        if matches!(&offered, Offered::Room(room, _) if room.rush) {
            let (ko, en) = (
                "이 강의실은 하루 단위로 닫을 수 없습니다. 운영 시간의 예외로 정해 주세요.",
                "This room cannot be closed by the day: use an exception of its hours.",
            );
            return Err(BookingError::refused("rush_room", ko, en));
        }
        let action = if reason.is_some() { "day.closed" } else { "day.opened" };
        self.decide_day(caller, (resource, date), action, None, |edit| {
            edit.close(reason.clone());
            Ok(())
        })
        .await
    }

    /// Gives a departure seats of its own for one date (none: it is cancelled), or the timetable's again. Not
    /// fewer than are taken.
    pub async fn reseat(
        &self,
        caller: &Caller,
        tour: TourId,
        (date, time): (Date, u16),
        seats: Option<u16>,
    ) -> Result<Vec<Leaving>, BookingError> {
        let resource = Resource::Tour(tour);
        let offered = Offered::load(&self.db, resource).await?.ok_or(BookingError::NoResource)?;
        let Offered::Tour(tour, _) = &offered else { return Err(BookingError::NoResource) };
        let timetable = tour.seats_at(date, time).unwrap_or(0);
        self.decide_day(caller, (resource, date), "departure.seats", Some((time, seats)), |edit| {
            edit.reseat(time, seats, timetable)
        })
        .await?;
        self.departures_of(caller, tour.tour_id, date).await
    }

    async fn decide_day(
        &self,
        caller: &Caller,
        (resource, date): (Resource, Date),
        action: &'static str,
        departure: Option<(u16, Option<u16>)>,
        decide: impl Fn(&mut Edit) -> Result<(), Clash>,
    ) -> Result<(), BookingError> {
        let cell = Cell::day(resource, date);
        let mut patience = Patience::new(&self.db);
        loop {
            let mut ledger = Ledger::open(&self.db, [cell]).await?;
            let Some(edit) = ledger.edit(cell) else { return Err(BookingError::NoResource) };
            decide(edit).map_err(|_| {
                let (ko, en) =
                    ("이미 예약된 좌석보다 적게 할 수 없습니다.", "More seats are booked already.");
                BookingError::refused("seats_booked", ko, en)
            })?;
            if !edit.is_change() {
                return Ok(());
            }
            let record = DayRecord {
                day: format!("{resource}#{date}"),
                closed: edit.day().closed.clone(),
                departure: departure.map(|(time, _)| time),
                seats: departure.and_then(|(_, seats)| seats),
                lock_version: edit.day().version + 1,
            };
            let mut change = Change::<()>::new(&self.db, &caller.actor, action);
            change.tell(&record);
            ledger.write(&mut change, ());
            match self.db.commit(&change).await {
                Ok(()) => return Ok(()),
                Err(CommitError::Refused((), _)) => patience.wait().await?,
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
    }

    /// A tour's departures from one local date to another, today where none is named, with the seats a
    /// customer can have now: none of what has left, is too near or too far ahead.
    pub async fn departures(
        &self,
        tour: TourId,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<Vec<Leaving>, BookingError> {
        let offered = Offered::load(&self.db, Resource::Tour(tour)).await?.filter(Offered::is_open);
        let Some(Offered::Tour(tour, grid)) = offered else { return Err(BookingError::NoResource) };
        let now = self.now();
        let from = from.unwrap_or_else(|| grid.day_of(now));
        let (earliest, latest) = rules::departure_bounds(&tour, now);
        let all = self.leaving(&tour, from, to.unwrap_or(from)).await?.into_iter().filter_map(|leaving| {
            let start = grid.at_minute(leaving.date, leaving.time)?;
            let left = if start < earliest || start > latest { 0 } else { leaving.left };
            Some(Leaving { left, ..leaving })
        });
        Ok(all.collect())
    }

    /// The departures of a date as staff see them: every seat that is not taken.
    pub async fn departures_of(
        &self,
        _caller: &Caller,
        tour: TourId,
        date: Date,
    ) -> Result<Vec<Leaving>, BookingError> {
        match Offered::load(&self.db, Resource::Tour(tour)).await? {
            Some(Offered::Tour(tour, _)) => self.leaving(&tour, date, date).await,
            Some(Offered::Room(..)) | None => Err(BookingError::NoResource),
        }
    }

    async fn leaving(&self, tour: &Tour, from: Date, to: Date) -> Result<Vec<Leaving>, BookingError> {
        let dates = bounded(from, to)?;
        let cells = dates.iter().map(|date| Cell::day(Resource::Tour(tour.tour_id), *date));
        let ledger = Ledger::open(&self.db, cells).await?;
        let now = self.now();
        let all = dates.into_iter().flat_map(|date| {
            let leaving = move |(time, left)| Leaving { date, time, left };
            departures(tour, &ledger, date, now).into_iter().map(leaving)
        });
        Ok(all.collect())
    }
}

/// The dates from one to another, if one answer covers them.
fn bounded(from: Date, to: Date) -> Result<Vec<Date>, BookingError> {
    // Counted before they are listed: the end of time is far away.
    let last = from.checked_add(jiff::Span::new().days(MOST_DAYS - 1)).unwrap_or(Date::MAX);
    if to < from || to > last {
        return Err(too_many_days("?to"));
    }
    Ok(days(from, to))
}

fn too_many_days(pointer: &'static str) -> BookingError {
    let said = Said::new(
        format!("from부터 {MOST_DAYS}일 이내여야 합니다."),
        format!("Must be within {MOST_DAYS} days of from."),
    );
    BookingError::Invalid(vec![FieldError::new(pointer, "range", said)])
}

/// Whether staff can keep these hours: on the grid, in order, not too many days at once.
pub(super) fn may_block(offered: &Offered, time: Interval) -> Result<(), BookingError> {
    let grid = offered.grid();
    let wrong = |pointer, code, ko: &'static str, en: &'static str| {
        Err(BookingError::Invalid(vec![FieldError::new(pointer, code, Said::new(ko, en))]))
    };
    if time.end <= time.start {
        return wrong(
            "/end_time",
            "not_after_start",
            "끝나는 시각이 시작보다 늦어야 합니다.",
            "Must be after start_time.",
        );
    }
    // Counted before they are listed: the end of time is far away.
    if time.minutes() > MOST_MINUTES {
        return Err(too_many_days("/end_time"));
    }
    for (pointer, at) in [("/start_time", time.start), ("/end_time", time.end)] {
        if !grid.is_on(at) {
            return wrong(pointer, "off_grid", "예약 단위에 맞지 않습니다.", "Must lie on the room's grid.");
        }
    }
    let spans = grid.spans(time.start, time.end);
    let rush = matches!(offered, Offered::Room(room, _) if room.rush);
    let items: usize =
        if rush { spans.iter().map(|span| usize::from(span.to - span.from)).sum() } else { spans.len() };
    if items > if rush { 80 } else { usize::try_from(MOST_DAYS).unwrap_or(0) } {
        return Err(too_many_days("/end_time"));
    }
    Ok(())
}

fn blank(
    booking_id: BookingId,
    room: RoomId,
    (time, zone): (Interval, &str),
    reason: String,
    caller: &Caller,
    now: jiff::Timestamp,
) -> Booking {
    let terms = Terms { remind_hours: None, no_show_minutes: None, ..Terms::default() };
    Booking {
        booking_id,
        what: What::Block(room),
        user_id: Some(caller.user_id),
        contact: None,
        title: reason,
        description: String::new(),
        heads: None,
        start_time: time.start,
        end_time: time.end,
        times: Vec::new(),
        zone: zone.to_owned(),
        status: Status::Confirmed,
        price: Money { minor: 0, currency: Currency::KRW },
        paid: None,
        paid_by: Vec::new(),
        terms,
        counted: None,
        places: Vec::new(),
        order_id: None,
        hold_until: None,
        hold_limit: None,
        due: None,
        due_at: None,
        reminded: None,
        checked_in_at: None,
        cancelled: None,
        sequence: 0,
        hidden: false,
        created_at: now,
        updated_at: now,
        lock_version: 1,
    }
}
