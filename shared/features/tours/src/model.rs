//! The words: tours, their prices and their timetable.

use jiff::Timestamp;
use jiff::civil::Date;
use maru_kernel::{Money, TourId};
use maru_rooms::{Quota, Terms};
use maru_table::{Record, TableSpec};
use serde::{Deserialize, Serialize};

use crate::store::TOURS;

/// A tour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tour {
    /// Its id.
    pub tour_id: TourId,
    /// What the front desk calls it.
    pub name: String,
    /// For customers.
    pub description: String,
    /// Where people are picked up; a booking names one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pickups: Vec<String>,
    /// What a head costs.
    pub prices: Prices,
    /// How long it takes.
    pub duration_minutes: u16,
    /// When it leaves.
    pub timetable: Vec<Rule>,
    /// Heads one booking may have.
    pub max_party: u16,
    /// Minutes before the departure when it can be booked last.
    pub min_notice_minutes: u16,
    /// Days ahead it can be booked.
    pub max_ahead_days: u16,
    /// Whether it can be booked and seen.
    pub is_active: bool,
    /// IANA zone its times are in. Never changes.
    pub zone: String,
    /// Whether a free or paid booking is confirmed without staff.
    pub auto_confirm: bool,
    /// What it is booked on.
    pub terms: Terms,
    /// How much one person may have of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quota: Option<Quota>,
    /// When it was taken off the books.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// Where the index finds all tours.
    pub shelf: Shelf,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Version.
    pub lock_version: u64,
}

/// What a head costs, in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    /// An adult.
    pub adult: Money,
    /// A child.
    pub child: Money,
    /// An infant, on somebody's lap: takes no seat.
    pub infant: Money,
}

/// Departures at one time of day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Weekdays, Monday is 1, Sunday 7; none means every day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<u8>,
    /// Minute of the local day.
    pub time: u16,
    /// Seats.
    pub seats: u16,
    /// First date; the rule has always held without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Last date, included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
}

/// Who comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Adults.
    #[serde(rename = "a")]
    pub adults: u16,
    /// Children.
    #[serde(rename = "c", default, skip_serializing_if = "is_zero")]
    pub children: u16,
    /// Infants.
    #[serde(rename = "i", default, skip_serializing_if = "is_zero")]
    pub infants: u16,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_zero(heads: &u16) -> bool {
    *heads == 0
}

/// The one shelf: a business has few tours, so one index partition holds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shelf {
    /// All tours.
    Tours,
}

impl Party {
    /// The seats they take.
    pub fn seats(self) -> u16 {
        self.adults.saturating_add(self.children)
    }

    /// The heads they are.
    pub fn heads(self) -> u16 {
        self.seats().saturating_add(self.infants)
    }
}

impl Prices {
    /// What a party costs; `None` where that leaves the range.
    pub fn of(&self, party: Party) -> Option<Money> {
        let Self { adult, child, infant } = self;
        let part = |price: &Money, heads: u16| price.minor.checked_mul(i64::from(heads));
        let minor = part(adult, party.adults)?
            .checked_add(part(child, party.children)?)?
            .checked_add(part(infant, party.infants)?)?;
        Some(Money { minor, currency: adult.currency })
    }
}

impl Rule {
    fn holds_on(&self, date: Date) -> bool {
        let day = u8::try_from(date.weekday().to_monday_one_offset()).unwrap_or(0);
        (self.days.is_empty() || self.days.contains(&day))
            && self.from.is_none_or(|from| from <= date)
            && self.to.is_none_or(|to| date <= to)
    }
}

impl Tour {
    /// Whether customers can see and book it.
    pub fn is_open(&self) -> bool {
        self.is_active && self.deleted_at.is_none()
    }

    /// The seats of the timetable's departure at this minute of a date; `None` where there is none.
    pub fn seats_at(&self, date: Date, time: u16) -> Option<u16> {
        self.timetable.iter().find(|rule| rule.time == time && rule.holds_on(date)).map(|rule| rule.seats)
    }

    /// The timetable's departures of a date: minute of the day and seats, by time. Where two rules name the
    /// same time, the first counts.
    pub fn departures_on(&self, date: Date) -> Vec<(u16, u16)> {
        let mut times: Vec<u16> =
            self.timetable.iter().filter(|rule| rule.holds_on(date)).map(|rule| rule.time).collect();
        times.sort_unstable();
        times.dedup();
        times.into_iter().filter_map(|time| Some((time, self.seats_at(date, time)?))).collect()
    }
}

impl Record for Tour {
    const TABLE: &'static TableSpec = &TOURS;
    const KIND: &'static str = "tour";

    maru_table::record_fields! { id: tour_id }
}
