//! The front desk: what staff see of a day, and what they keep for themselves.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use maru_accounts::{User, people};
use maru_identity::Caller;
use maru_kernel::{BookingId, UserId};
use maru_rooms::{Because, Room, all_rooms};
use maru_table::Db;
use maru_tours::{Tour, all_tours};

use super::Bookings;
use super::plan::{departures, room_cells};
use crate::gate::{Cell, Ledger};
use crate::grid::Grid;
use crate::model::{Booking, Interval, Resource};
use crate::rules::open_spans;
use crate::{BookingError, store};

/// A resource's date at the front desk.
#[derive(Debug, Clone)]
pub struct DeskDay {
    /// The room or tour.
    pub resource: Desk,
    /// Why staff closed the day for new bookings, if they did.
    pub closed: Option<String>,
    /// Who comes, by time.
    pub bookings: Vec<Booking>,
    /// How many wait in line.
    pub waiting: usize,
}

/// What is open at the desk.
#[derive(Debug, Clone)]
pub enum Desk {
    /// A room, when it is open, and on which public holiday it is not.
    Room(Box<Room>, Vec<Interval>, Option<&'static str>),
    /// A tour, with its departures and the seats left.
    Tour(Box<Tour>, Vec<(u16, u16)>),
}

impl Bookings {
    /// Every room and tour of a date (each by its own zone), and the people who come, by id.
    pub async fn day(
        &self,
        _caller: &Caller,
        date: Date,
    ) -> Result<(Vec<DeskDay>, HashMap<UserId, User>), BookingError> {
        let rooms: Vec<(Room, Grid)> = all_rooms(&self.db).await?.into_iter().filter_map(with_grid).collect();
        let tours = all_tours(&self.db).await?;
        let room_days = rooms.iter().flat_map(|(room, grid)| room_cells(room, grid, date));
        let tour_days = tours.iter().map(|tour| Cell::day(Resource::Tour(tour.tour_id), date));
        let ledger = Ledger::open(&self.db, room_days.chain(tour_days)).await?;
        let found = booked(&self.db, &ledger, self.now().as_second()).await?;
        let now = self.now();
        let mut days = Vec::new();
        for (room, grid) in rooms {
            let open = open_spans(&room, &grid, date, date);
            let holiday = open.because.iter().find_map(|(_, because)| match because {
                Because::Holiday(name) => Some(*name),
                Because::Week | Because::Exception => None,
            });
            let resource = Resource::Room(room.room_id);
            days.push(desk_day(
                Desk::Room(Box::new(room), open.spans, holiday),
                resource,
                date,
                &ledger,
                &found,
            ));
        }
        for tour in tours {
            let left = departures(&tour, &ledger, date, now);
            let resource = Resource::Tour(tour.tour_id);
            days.push(desk_day(Desk::Tour(Box::new(tour), left), resource, date, &ledger, &found));
        }
        let users: Vec<UserId> =
            days.iter().flat_map(|day| day.bookings.iter().filter_map(|booking| booking.user_id)).collect();
        Ok((days, people(&self.db, &users).await?))
    }
}

fn with_grid(room: Room) -> Option<(Room, Grid)> {
    let grid = Grid::new(&room.zone, room.slot_minutes)?;
    Some((room, grid))
}

/// The bookings that have something of these days, by id.
pub(super) async fn booked(
    db: &Db,
    ledger: &Ledger,
    now: i64,
) -> Result<BTreeMap<BookingId, Booking>, BookingError> {
    let live = ledger.days().flat_map(|day| day.reservations.values().filter(|r| !r.is_over(now)));
    let mut ids: Vec<BookingId> = live.map(|reservation| reservation.booking).collect();
    ids.sort_unstable();
    ids.dedup();
    let found = store::bookings(db, &ids).await?;
    Ok(found.into_iter().filter(|b| !b.hidden).map(|booking| (booking.booking_id, booking)).collect())
}

fn desk_day(
    desk: Desk,
    resource: Resource,
    date: Date,
    ledger: &Ledger,
    found: &BTreeMap<BookingId, Booking>,
) -> DeskDay {
    let its = |day: &&crate::gate::Day| day.cell.resource == resource && day.cell.date == date;
    let mut ids: Vec<BookingId> =
        ledger.days().filter(its).flat_map(|day| day.reservations.values().map(|r| r.booking)).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut bookings: Vec<Booking> = ids.iter().filter_map(|id| found.get(id).cloned()).collect();
    bookings.sort_by_key(|booking| booking.start_time);
    DeskDay {
        resource: desk,
        closed: ledger.days().filter(its).find_map(|day| day.closed.clone()),
        waiting: ledger.days().filter(its).map(|day| day.line.len()).sum(),
        bookings,
    }
}
