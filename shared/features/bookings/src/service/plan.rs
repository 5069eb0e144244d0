//! A wish, thought through: what it occupies, what it costs, on which terms.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use maru_kernel::{FieldError, Money, Said};
use maru_rooms::{Quota, Room, Terms, room_key};
use maru_table::{Db, Found, Key, StoreError};
use maru_tours::{Tour, tour_key};

use crate::BookingError;
use crate::gate::{Cell, Claim, Ledger};
use crate::grid::Grid;
use crate::model::{Departure, Interval, Resource, What};
use crate::rules::{self, Vacant};

/// A point in time as a client names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// With an offset.
    Instant(Timestamp),
    /// Without one: the resource's own wall clock.
    Local(DateTime),
}

impl When {
    /// The instant, in a zone; a wall-clock time the clocks skip is none.
    pub fn in_zone(self, grid: &Grid) -> Option<Timestamp> {
        match self {
            Self::Instant(at) => Some(at),
            Self::Local(wall) => grid.at_wall(wall),
        }
    }

    /// The wall-clock time in a zone.
    pub fn wall(self, zone: &TimeZone) -> DateTime {
        match self {
            Self::Instant(at) => at.to_zoned(zone.clone()).datetime(),
            Self::Local(wall) => wall,
        }
    }

    /// The local days this can lie on, whatever the room's zone: so the ledger can be read together
    /// with the room, in one trip.
    pub fn candidates(self) -> Vec<Date> {
        match self {
            Self::Local(wall) => vec![wall.date()],
            Self::Instant(at) => {
                let day = at.to_zoned(TimeZone::UTC).date();
                [-1, 0, 1].iter().filter_map(|offset| day.checked_add(offset.days()).ok()).collect()
            }
        }
    }
}

/// What can be booked, as read.
#[derive(Debug, Clone)]
pub(crate) enum Offered {
    Room(Box<Room>, Grid),
    Tour(Box<Tour>, Grid),
}

/// What a wish comes to.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub what: What,
    pub parts: Vec<Part>,
}

/// One time of a plan.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub time: Interval,
    pub claim: Claim,
    pub cost: Money,
}

impl Plan {
    pub fn times(&self) -> Vec<Interval> {
        self.parts.iter().map(|part| part.time).collect()
    }

    pub fn claims(&self) -> Vec<Claim> {
        self.parts.iter().map(|part| part.claim.clone()).collect()
    }

    /// What it costs together; `None` where that leaves the range.
    pub fn price(&self) -> Option<Money> {
        let first = self.parts.first()?.cost;
        let sum = self.parts.iter().try_fold(0_i64, |sum, part| sum.checked_add(part.cost.minor))?;
        Some(Money { minor: sum, ..first })
    }
}

impl Offered {
    /// Where it lies.
    pub fn key(resource: Resource) -> Key {
        match resource {
            Resource::Room(id) => room_key(id),
            Resource::Tour(id) => tour_key(id),
        }
    }

    /// Out of what was found; whatever state it is in.
    pub fn take(resource: Resource, found: &mut Found) -> Result<Option<Self>, StoreError> {
        Ok(match resource {
            Resource::Room(id) => found.take::<Room>(&room_key(id))?.and_then(Self::room),
            Resource::Tour(id) => found.take::<Tour>(&tour_key(id))?.and_then(Self::tour),
        })
    }

    pub fn room(room: Room) -> Option<Self> {
        Grid::new(&room.zone, room.slot_minutes).map(|grid| Self::Room(Box::new(room), grid))
    }

    pub fn tour(tour: Tour) -> Option<Self> {
        // Departures leave at any minute; the grid is only for its days.
        Grid::new(&tour.zone, 15).map(|grid| Self::Tour(Box::new(tour), grid))
    }

    pub async fn load(db: &Db, resource: Resource) -> Result<Option<Self>, StoreError> {
        let mut found = db.get_many(&[Self::key(resource)]).await?;
        Self::take(resource, &mut found)
    }

    pub fn is_open(&self) -> bool {
        match self {
            Self::Room(room, _) => room.is_open(),
            Self::Tour(tour, _) => tour.is_open(),
        }
    }

    pub fn grid(&self) -> &Grid {
        match self {
            Self::Room(_, grid) | Self::Tour(_, grid) => grid,
        }
    }

    pub fn zone(&self) -> &str {
        match self {
            Self::Room(room, _) => &room.zone,
            Self::Tour(tour, _) => &tour.zone,
        }
    }

    pub fn terms(&self) -> &Terms {
        match self {
            Self::Room(room, _) => &room.terms,
            Self::Tour(tour, _) => &tour.terms,
        }
    }

    pub fn quota(&self) -> Option<Quota> {
        match self {
            Self::Room(room, _) => room.quota,
            Self::Tour(tour, _) => tour.quota,
        }
    }

    pub fn auto_confirm(&self) -> bool {
        match self {
            Self::Room(room, _) => room.auto_confirm,
            Self::Tour(tour, _) => tour.auto_confirm,
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Room(room, _) => &room.name,
            Self::Tour(tour, _) => &tour.name,
        }
    }

    /// Whether people are picked up there.
    pub fn picks_up(&self, place: &String) -> bool {
        match self {
            Self::Tour(tour, _) => tour.pickups.contains(place),
            Self::Room(..) => false,
        }
    }

    /// What a booking of it is called: as somebody called it, or else what it is called itself.
    pub fn titled(&self, title: &str) -> String {
        if title.is_empty() { self.name().to_owned() } else { title.to_owned() }
    }

    /// Whether a room takes so many people.
    pub fn may_seat(&self, heads: Option<u16>) -> Result<(), Vec<FieldError>> {
        let Self::Room(room, _) = self else { return Ok(()) };
        let most = room.capacity;
        if heads.is_none_or(|heads| u32::from(heads) <= most) {
            return Ok(());
        }
        let said = Said::new(
            format!("최대 {most}명까지 들어갈 수 있습니다."),
            format!("Takes {most} people at most."),
        );
        Err(vec![FieldError::new("/people", "range", said)])
    }

    /// What one time of a room comes to, if the room allows it.
    pub fn plan_hours(&self, time: Interval, now: Timestamp, staff: bool) -> Result<Part, Vec<FieldError>> {
        let Self::Room(room, grid) = self else { return Err(vec![not_of_this("/start_time")]) };
        let spans = rules::may_book_room(room, grid, time, now, staff)
            .map_err(|reasons| reasons.into_iter().map(FieldError::from).collect::<Vec<_>>())?;
        let price = rules::room_price(room, grid, time).ok_or_else(|| vec![not_of_this("/end_time")])?;
        let claim = Claim::Slots { resource: Resource::Room(room.room_id), spans, rush: room.rush };
        Ok(Part { time, claim, cost: price })
    }

    /// What a departure comes to, if the tour allows it. `own_seats` are what staff decided for that day.
    pub fn plan_departure(
        &self,
        departure: &Departure,
        own_seats: Option<u16>,
        now: Timestamp,
        staff: bool,
    ) -> Result<Plan, Vec<FieldError>> {
        let Self::Tour(tour, grid) = self else { return Err(vec![not_of_this("/tour_id")]) };
        let Departure { tour_id: _, date, time, party, pickup } = departure;
        let timetable = tour.seats_at(*date, *time);
        let offered = own_seats.or(timetable);
        let mut wrong: Vec<FieldError> = Vec::new();
        if pickup.as_ref().is_some_and(|named| !tour.pickups.contains(named)) {
            let said = Said::new("그런 픽업 장소가 없습니다.", "There is no such pickup.");
            wrong.push(FieldError::new("/pickup", "unknown", said));
        }
        let span = rules::may_book_tour(tour, grid, (*date, *time), *party, offered, (now, staff));
        let span = span.map_err(|reasons| wrong.extend(reasons.into_iter().map(FieldError::from)));
        let price = tour.prices.of(*party);
        match (span, price) {
            (Ok(time), Some(cost)) if wrong.is_empty() => {
                let parts = vec![Part { time, claim: self.seats(departure), cost }];
                Ok(Plan { what: What::Tour(departure.clone()), parts })
            }
            (_, None) => Err(vec![not_of_this("/people_adult")]),
            _ => Err(wrong),
        }
    }

    /// The claim of a departure.
    pub fn seats(&self, departure: &Departure) -> Claim {
        let offered = match self {
            Self::Tour(tour, _) => tour.seats_at(departure.date, departure.time),
            Self::Room(..) => None,
        };
        Claim::Seats {
            resource: Resource::Tour(departure.tour_id),
            date: departure.date,
            at: departure.time,
            seats: departure.party.seats(),
            offered,
        }
    }

    /// The plan of what was booked before, by the buffers of today; its rules and its price do not count again.
    pub fn plan_again(&self, what: &What, times: &[Interval]) -> Plan {
        let free = Money { minor: 0, currency: maru_kernel::Currency::KRW };
        let part = |(time, claim): (&Interval, Claim)| Part { time: *time, claim, cost: free };
        let parts = times.iter().zip(self.claims_again(what, times)).map(part).collect();
        Plan { what: what.clone(), parts }
    }

    fn claims_again(&self, what: &What, times: &[Interval]) -> Vec<Claim> {
        match (self, what) {
            (Self::Room(room, grid), What::Room(_) | What::Block(_)) => {
                let resource = what.resource();
                let block = matches!(what, What::Block(_));
                let occupied = times
                    .iter()
                    .filter_map(|time| if block { Some(*time) } else { rules::occupied(room, *time) });
                let spans = occupied.map(|time| grid.spans(time.start, time.end));
                spans.map(|spans| Claim::Slots { resource, spans, rush: room.rush }).collect()
            }
            (Self::Tour(..), What::Tour(departure)) => vec![self.seats(departure)],
            (Self::Room(..), What::Tour(_)) | (Self::Tour(..), What::Room(_) | What::Block(_)) => Vec::new(),
        }
    }

    /// Free spans as long as a taken one, nearby. Reads the days it needs and does not have.
    pub async fn alternatives(
        &self,
        db: &Db,
        ledger: &Ledger,
        wish: Interval,
        seats: u16,
        now: Timestamp,
    ) -> Result<Vec<Interval>, BookingError> {
        let day = self.grid().day_of(wish.start);
        match self {
            Self::Room(room, grid) => {
                let last = grid.day_of(wish.end).max(day);
                let (from, to) = around(room, day, last);
                let dates: Vec<Date> = days(from, to);
                let vacant = vacancy(db, ledger, room, grid, &dates, now).await?;
                Ok(rules::alternatives(room, grid, &vacant, wish, now))
            }
            Self::Tour(tour, grid) => {
                let dates: Vec<Date> =
                    (0..4).filter_map(|n| day.checked_add(jiff::Span::new().days(n)).ok()).collect();
                let mut ledger = ledger.clone();
                let resource = Resource::Tour(tour.tour_id);
                ledger.read(db, dates.iter().map(|date| Cell::day(resource, *date))).await?;
                let mut found = Vec::new();
                let (earliest, latest) = rules::departure_bounds(tour, now);
                for date in dates {
                    for (at, left) in departures(tour, &ledger, date, now) {
                        let start = grid.at_minute(date, at).filter(|_| left >= seats);
                        let start = start.filter(|start| earliest <= *start && *start <= latest);
                        let end = start
                            .and_then(|s| s.checked_add(i64::from(tour.duration_minutes).minutes()).ok());
                        found.extend(start.zip(end).map(|(start, end)| Interval { start, end }));
                    }
                }
                found.sort_by_key(|span| (span.start.duration_since(wish.start).abs(), span.start));
                found.truncate(5);
                Ok(found)
            }
        }
    }
}

/// The days to look at for a room's days: one more on either side where buffers reach over.
pub(crate) fn around(room: &Room, from: Date, to: Date) -> (Date, Date) {
    let from = if room.buffer_before > 0 { from.yesterday().unwrap_or(from) } else { from };
    let to = if room.buffer_after > 0 { to.tomorrow().unwrap_or(to) } else { to };
    (from, to)
}

/// Dates that are ever looked at together; the end of time is far away.
const MOST_DATES: usize = 400;

/// The dates from one to another, both included, as far as anybody looks.
pub(crate) fn days(from: Date, to: Date) -> Vec<Date> {
    from.series(jiff::Span::new().days(1)).take_while(|day| *day <= to).take(MOST_DATES).collect()
}

/// Which slots of a room's days can be had. Days the ledger has are not read again.
pub(crate) async fn vacancy(
    db: &Db,
    ledger: &Ledger,
    room: &Room,
    grid: &Grid,
    dates: &[Date],
    now: Timestamp,
) -> Result<Vacant, BookingError> {
    let resource = Resource::Room(room.room_id);
    let mut ledger = ledger.clone();
    let cells: Vec<Cell> = dates.iter().flat_map(|date| room_cells(room, grid, *date)).collect();
    ledger.read(db, cells).await?;
    let now = now.as_second();
    let days = dates.iter().map(|date| {
        let slots = grid.slots_of(*date).unwrap_or(0);
        let free = if room.rush {
            let cell = |slot| Cell { resource, date: *date, slot: Some(slot) };
            (0..slots)
                .map(|s| ledger.day(cell(s)).is_some_and(|day| day.are_free(s..s + 1, now, None)))
                .collect()
        } else {
            ledger.day(Cell::day(resource, *date)).map(|day| day.free_slots(slots, now)).unwrap_or_default()
        };
        (*date, free)
    });
    Ok(Vacant { days: days.collect() })
}

/// The items of a room's day.
pub(crate) fn room_cells(room: &Room, grid: &Grid, date: Date) -> Vec<Cell> {
    let resource = Resource::Room(room.room_id);
    if room.rush {
        let slots = grid.slots_of(date).unwrap_or(0);
        (0..slots).map(|slot| Cell { resource, date, slot: Some(slot) }).collect()
    } else {
        vec![Cell::day(resource, date)]
    }
}

/// The departures of a date, with the seats that are left: the timetable's, and what staff decided.
pub(crate) fn departures(tour: &Tour, ledger: &Ledger, date: Date, now: Timestamp) -> Vec<(u16, u16)> {
    let Some(day) = ledger.day(Cell::day(Resource::Tour(tour.tour_id), date)) else { return Vec::new() };
    let mut seats: std::collections::BTreeMap<u16, u16> = tour.departures_on(date).into_iter().collect();
    seats.extend(day.own_seats.iter().map(|(at, seats)| (*at, *seats)));
    seats.retain(|_, seats| *seats > 0);
    seats.into_iter().map(|(at, all)| (at, day.seats_left(at, all, now.as_second(), None))).collect()
}

fn not_of_this(pointer: &'static str) -> FieldError {
    FieldError::new(pointer, "type", Said::new("올바르지 않은 값입니다.", "Not possible here."))
}
