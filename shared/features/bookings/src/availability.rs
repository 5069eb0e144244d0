//! When a room is free, and why it is not.

use jiff::Timestamp;
use jiff::civil::Date;
use maru_kernel::{FieldError, RoomId, Said};
use maru_rooms::{Because, Room};

use crate::gate::{Cell, Ledger};
use crate::grid::Grid;
use crate::model::{Booking, Interval, Resource, What};
use crate::rules::{self, Reason, open_spans};
use crate::service::plan::{Offered, around, days, room_cells, vacancy};
use crate::service::{Bookings, When};
use crate::{BookingError, store};

/// Days one answer covers at most: a month and what a calendar page shows around it.
const MOST_DAYS: usize = 42;
/// Days one answer covers of a room whose ledger has an item a slot.
const MOST_RUSH_DAYS: usize = 3;

/// A local day of a room.
#[derive(Debug, Clone)]
pub struct FreeDay {
    /// The date.
    pub date: Date,
    /// When it can be booked.
    pub free: Vec<Interval>,
    /// Minutes it is open.
    pub open_minutes: i64,
    /// Whether staff closed it for new bookings.
    pub closed: bool,
    /// The public holiday it is closed on.
    pub holiday: Option<&'static str>,
}

/// A room's free spans, day by day.
#[derive(Debug, Clone)]
pub struct FreeDays {
    /// The room.
    pub room: Room,
    /// Its grid.
    pub grid: Grid,
    /// Day by day.
    pub days: Vec<FreeDay>,
}

/// Why a time of a room can be booked or not.
#[derive(Debug, Clone)]
pub struct Explained {
    /// The room.
    pub room: Room,
    /// What rules say against it.
    pub reasons: Vec<Reason>,
    /// Who has a part of it.
    pub holders: Vec<Booking>,
    /// Whether somebody in line goes before.
    pub claimed: bool,
    /// Why staff closed the day.
    pub closed: Option<String>,
    /// What could be had instead, where it cannot be had.
    pub alternatives: Vec<Interval>,
}

impl Bookings {
    async fn open_room(&self, id: RoomId) -> Result<Offered, BookingError> {
        let offered = Offered::load(&self.db, Resource::Room(id)).await?;
        offered.filter(Offered::is_open).ok_or(BookingError::NoResource)
    }

    /// The free spans from a local day to another, both included; today where none is named.
    pub async fn free(
        &self,
        room: RoomId,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<FreeDays, BookingError> {
        let Offered::Room(room, grid) = self.open_room(room).await? else {
            return Err(BookingError::NoResource);
        };
        let now = self.now();
        let from = from.unwrap_or_else(|| grid.day_of(now));
        let to = to.unwrap_or(from);
        let most = if room.rush { MOST_RUSH_DAYS } else { MOST_DAYS };
        // Counted before they are listed: the end of time is far away.
        let count = from.until(to).map_or(i32::MAX, |span| span.get_days());
        if count < 0 || usize::try_from(count).unwrap_or(usize::MAX) >= most {
            let said = Said::new(
                format!("from부터 {most}일 이내여야 합니다."),
                format!("Must be within {most} days of from."),
            );
            return Err(BookingError::Invalid(vec![FieldError::new("?to", "range", said)]));
        }
        let (first, last) = around(&room, from, to);
        let cells = days(first, last).into_iter().flat_map(|date| room_cells(&room, &grid, date));
        let ledger = Ledger::open(&self.db, cells).await?;
        let vacant = vacancy(&self.db, &ledger, &room, &grid, &days(first, last), now).await?;
        let spans = rules::free(&room, &grid, &vacant, now);
        let open = open_spans(&room, &grid, from, to);
        let days = days(from, to).into_iter().map(|date| FreeDay {
            date,
            free: rules::spans_of_day(&grid, &spans, date),
            open_minutes: rules::spans_of_day(&grid, &open.spans, date)
                .iter()
                .map(|span| span.minutes())
                .sum(),
            closed: ledger
                .day(Cell::day(Resource::Room(room.room_id), date))
                .is_some_and(|day| day.closed.is_some()),
            holiday: open.because.iter().find_map(|(day, because)| match because {
                Because::Holiday(name) if *day == date => Some(*name),
                Because::Holiday(_) | Because::Week | Because::Exception => None,
            }),
        });
        let days = days.collect();
        Ok(FreeDays { room: *room, grid, days })
    }

    /// Why a time of a room can be booked by a customer or not.
    pub async fn explain(&self, room: RoomId, start: When, end: When) -> Result<Explained, BookingError> {
        let offered = self.open_room(room).await?;
        let times = crate::service::Times::One(start, end);
        let time = crate::service::instants(&times, &offered)?.first().copied();
        let time = time.ok_or(BookingError::NoResource)?;
        let now = self.now();
        let Offered::Room(found, grid) = &offered else { return Err(BookingError::NoResource) };
        let reasons = rules::may_book_room(found, grid, time, now, false).err().unwrap_or_default();
        let plan = offered.plan_again(&What::Room(room), &[time]);
        // A wish of a year has no slots to look at one by one: the rules have said no already.
        let short = time.end > time.start && time.minutes() <= 2 * 24 * 60;
        let plan = if short { plan } else { offered.plan_again(&What::Room(room), &[]) };
        let ledger = self.opened(Ledger::default(), &plan.claims(), &[]).await?;
        let ids: Vec<_> =
            plan.claims().iter().flat_map(|claim| ledger.holders(claim, now.as_second())).collect();
        let closed = ledger.days().find_map(|day| day.closed.clone());
        let taken = plan.parts.iter().any(|part| {
            let id = maru_kernel::BookingId::from_bytes([0; 16]);
            ledger.clone().take(&part.claim, self.taker(id, None, None)).is_err()
        });
        let alternatives = if (taken || !reasons.is_empty()) && short {
            let mut all = offered.alternatives(&self.db, &ledger, time, 0, now).await?;
            // Of a length the room does not take, there is nothing to be had.
            all.retain(|other| rules::may_book_room(found, grid, *other, now, false).is_ok());
            all
        } else {
            Vec::new()
        };
        Ok(Explained {
            room: (**found).clone(),
            reasons,
            claimed: taken && ids.is_empty() && closed.is_none(),
            holders: store::bookings(&self.db, &ids).await?,
            closed,
            alternatives,
        })
    }
}

/// The first and the last date of a month named `2026-12`.
pub fn month(text: &str) -> Option<(Date, Date)> {
    let first: Date = format!("{text}-01").parse().ok().filter(|_| text.len() == 7)?;
    Some((first, first.last_of_month()))
}

/// Whether a day has passed at `now`.
pub fn is_past(grid: &Grid, date: Date, now: Timestamp) -> bool {
    date < grid.day_of(now)
}
