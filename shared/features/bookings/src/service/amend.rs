//! Changing what a booking says, and moving it.

use maru_identity::Caller;
use maru_kernel::{BookingId, FieldError, Money, RoomId, Said};
use maru_table::{Change, Idempotency};
use maru_tours::Party;

use super::enter::Counts;
use super::plan::{Offered, Plan, When};
use super::{Bookings, Refusal, Step, Times};
use crate::BookingError;
use crate::gate::{Cell, Ledger};
use crate::model::{Booking, Contact, Departure, Resource, Status, What};

/// Where a booking is moved to; what is not named stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MoveTo {
    /// Another room.
    pub room_id: Option<RoomId>,
    /// From.
    pub start: Option<When>,
    /// To.
    pub end: Option<When>,
    /// Another date of a tour.
    pub date: Option<jiff::civil::Date>,
    /// Another time of day of a tour.
    pub time: Option<u16>,
    /// So many adults.
    pub adults: Option<u16>,
    /// So many children.
    pub children: Option<u16>,
    /// So many infants.
    pub infants: Option<u16>,
    /// Another pickup.
    pub pickup: Option<String>,
}

impl MoveTo {
    /// What is named and cannot be said of a booking of this.
    fn misplaced(&self, what: &What) -> Vec<FieldError> {
        let of_rooms = [
            ("/room_id", self.room_id.is_some()),
            ("/start_time", self.start.is_some()),
            ("/end_time", self.end.is_some()),
        ];
        let of_tours = [
            ("/usage_date", self.date.is_some()),
            ("/usage_time", self.time.is_some()),
            ("/people_adult", self.adults.is_some()),
            ("/people_child", self.children.is_some()),
            ("/people_infant", self.infants.is_some()),
            ("/pickup", self.pickup.is_some()),
        ];
        let (others, said) = match what {
            What::Room(_) | What::Block(_) => (
                of_tours.as_slice(),
                ("강의실 예약에는 없는 항목입니다.", "A booking of a room has no such field."),
            ),
            What::Tour(_) => (
                of_rooms.as_slice(),
                (
                    "투어는 usage_date와 usage_time으로 옮깁니다.",
                    "A tour is moved by usage_date and usage_time.",
                ),
            ),
        };
        let named = others.iter().filter(|(_, named)| *named);
        named
            .map(|(pointer, _)| FieldError::new(*pointer, "not_of_this", Said::new(said.0, said.1)))
            .collect()
    }

    /// The departure a booking of this one is moved to.
    fn from(&self, was: &Departure) -> Departure {
        let party = was.party;
        Departure {
            tour_id: was.tour_id,
            date: self.date.unwrap_or(was.date),
            time: self.time.unwrap_or(was.time),
            party: Party {
                adults: self.adults.unwrap_or(party.adults),
                children: self.children.unwrap_or(party.children),
                infants: self.infants.unwrap_or(party.infants),
            },
            pickup: self.pickup.clone().or_else(|| was.pickup.clone()),
        }
    }
}

/// What is changed about a booking; what is not named stays.
#[derive(Debug, Clone, Default)]
pub struct Amend {
    /// What for, in a line.
    pub title: Option<String>,
    /// What for, in more.
    pub description: Option<String>,
    /// Whom to reach.
    pub contact: Option<Contact>,
    /// Heads.
    pub heads: Option<u16>,
    /// Where to.
    pub to: Option<MoveTo>,
    /// Whether its price stays, whatever the new time costs.
    pub keep_price: bool,
    /// Why.
    pub reason: Option<String>,
    /// The version that was seen, where one was named.
    pub seen: Option<u64>,
}

impl Bookings {
    /// Changes a booking. Moving it frees the old slots and takes the new ones in one transaction: it is never
    /// in both places, nor in none.
    pub async fn amend(
        &self,
        caller: &Caller,
        id: BookingId,
        wish: &Amend,
        request: Option<&Idempotency>,
    ) -> Result<(Booking, bool), BookingError> {
        self.alter(caller, id, request, |booking| {
            Box::pin(async move {
                if wish.seen.is_some_and(|seen| seen != booking.lock_version) {
                    return Err(BookingError::Changed(booking.lock_version));
                }
                let mut next = booking.clone();
                let Amend { title, description, contact, heads, to, keep_price: _, reason: _, seen: _ } =
                    wish.clone();
                next.title = title.unwrap_or(next.title);
                next.description = description.unwrap_or(next.description);
                next.contact = contact.or(next.contact);
                next.heads = heads.or(next.heads);
                if heads.is_some() && to.is_none() {
                    self.offered(&booking).await?.may_seat(next.heads).map_err(BookingError::Invalid)?;
                }
                let action = if to.is_some() { "booking.moved" } else { "booking.amended" };
                let mut change = Change::new(&self.db, &caller.actor, action).because(wish.reason.clone());
                if let Some(to) = to {
                    let Some(moved) = self.moved(&mut change, &booking, next, &to, wish.keep_price).await?
                    else {
                        return Ok(Step::Again);
                    };
                    next = moved;
                }
                let stored = change.replace(
                    &booking,
                    next.touched(self.now()),
                    super::seal(caller, &booking),
                    Refusal::Stale,
                );
                Ok(Step::Write(Box::new(change), stored))
            })
        })
        .await
    }

    /// The booking at its new place, whose writes are in the change; `None`: decide again.
    async fn moved(
        &self,
        change: &mut Change<Refusal>,
        booking: &Booking,
        next: Booking,
        to: &MoveTo,
        keep_price: bool,
    ) -> Result<Option<Booking>, BookingError> {
        let movable = booking.status.is_before()
            || matches!(booking.status, Status::Held | Status::Pending | Status::Confirmed);
        if !movable || booking.is_over(self.now()) {
            return Err(BookingError::Status(booking.status));
        }
        if !booking.times.is_empty() {
            let (ko, en) = ("반복 예약은 한꺼번에 옮길 수 없습니다.", "A series cannot be moved as one.");
            return Err(BookingError::refused("series", ko, en));
        }
        let resource = match (&booking.what, to.room_id) {
            (What::Room(_) | What::Block(_), Some(room)) => Resource::Room(room),
            (what, _) => what.resource(),
        };
        let offered = Offered::load(&self.db, resource).await?.filter(Offered::is_open);
        let offered = offered.ok_or(BookingError::NoResource)?;
        offered.may_seat(next.heads).map_err(BookingError::Invalid)?;
        let (plan, mut ledger) = self.plan_move(booking, &offered, to).await?;
        let times = plan.times();
        let first = times.first().copied().ok_or(BookingError::NoResource)?;
        let mut next = Booking {
            what: plan.what.clone(),
            start_time: first.start,
            end_time: first.end,
            zone: offered.zone().to_owned(),
            sequence: booking.sequence + 1,
            checked_in_at: None,
            ..next
        }
        .to_be_reminded(self.now());
        let price = plan.price().ok_or(BookingError::NoResource)?;
        if !keep_price && price != booking.price {
            (next.price, next.order_id) = (repriced(booking, price)?, None);
        }
        let mut counts = Counts::default();
        if booking.status.occupies() {
            ledger = self.opened(ledger, &plan.claims(), &[booking]).await?;
            ledger.free(booking).map_err(|_| BookingError::Contended)?;
            let taker = self.taker(booking.booking_id, booking.hold_until, None);
            next.places = self.take(&mut ledger, &offered, &plan, taker).await?;
            next.counted = offered.quota().map(|quota| quota.per);
            counts.leaves(booking);
            counts.enters(&next);
        }
        Ok(self.complete(change, ledger, counts, None).await?.then_some(next))
    }

    async fn plan_move(
        &self,
        booking: &Booking,
        offered: &Offered,
        to: &MoveTo,
    ) -> Result<(Plan, Ledger), BookingError> {
        let now = self.now();
        let misplaced = to.misplaced(&booking.what);
        if !misplaced.is_empty() {
            return Err(BookingError::Invalid(misplaced));
        }
        let ledger = Ledger::default();
        match &booking.what {
            What::Room(_) | What::Block(_) => {
                let start = to.start.unwrap_or(When::Instant(booking.start_time));
                let end = to.end.unwrap_or(When::Instant(booking.end_time));
                let times = Times::One(start, end);
                let time = super::instants(&times, offered)?.first().copied();
                let time = time.ok_or(BookingError::NoResource)?;
                let Offered::Room(room, _) = offered else { return Err(BookingError::NoResource) };
                let room = room.room_id;
                if matches!(booking.what, What::Block(_)) {
                    // What staff keep has neither opening hours nor buffers nor a price.
                    super::block::may_block(offered, time)?;
                    return Ok((offered.plan_again(&What::Block(room), &[time]), ledger));
                }
                let part = offered.plan_hours(time, now, true).map_err(BookingError::Invalid)?;
                Ok((Plan { what: What::Room(room), parts: vec![part] }, ledger))
            }
            What::Tour(was) => {
                let departure = to.from(was);
                let cell = Cell::day(Resource::Tour(was.tour_id), departure.date);
                let ledger = Ledger::open(&self.db, [cell]).await?;
                let own = Self::own_seats(&ledger, &What::Tour(departure.clone()));
                let plan = offered.plan_departure(&departure, own, now, true);
                Ok((plan.map_err(BookingError::Invalid)?, ledger))
            }
        }
    }
}

/// The new price, where nothing was paid yet: what was paid for cannot cost something else behind its back.
fn repriced(booking: &Booking, price: Money) -> Result<Money, BookingError> {
    if booking.paid.is_none_or(Money::is_zero) {
        return Ok(price);
    }
    let ko = format!(
        "이미 결제된 예약이고 새 시간은 {price}원입니다. keep_price로 가격을 유지하거나 취소 후 다시 예약해 주세요."
    );
    let en = format!(
        "It is paid and the new time costs {price}. Keep the price by keep_price, or cancel it and book anew."
    );
    Err(BookingError::Refused("price_differs", Said::new(ko, en)))
}
