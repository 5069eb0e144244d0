//! When a room is free.

use jiff::civil::Date;
use maru_kernel::{FieldError, RoomId, Said};
use maru_rooms::{Room, Rooms};
use maru_table::{Db, Key};

use crate::BookingError;
use crate::error::Interval;
use crate::gate::Day;
use crate::grid::Grid;
use crate::rules;

/// Days one answer covers at most.
const MOST_DAYS: usize = 31;

/// The free spans of a room, over the function that shows rooms.
#[derive(Clone)]
pub struct Availability {
    db: Db,
    rooms: Rooms,
}

/// A room's free spans, day by day.
pub struct FreeDays {
    /// The room.
    pub room: Room,
    /// Its grid.
    pub grid: Grid,
    /// Day → free spans.
    pub days: Vec<(Date, Vec<Interval>)>,
}

impl Availability {
    /// Over `db`.
    pub fn new(db: Db) -> Self {
        Self { rooms: Rooms::new(db.clone()), db }
    }

    /// The free spans from a local day to another, both included; today where none is named.
    pub async fn free(
        &self,
        room: RoomId,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<FreeDays, BookingError> {
        let room = self.rooms.active(room).await?.ok_or(BookingError::NoRoom)?;
        let grid = Grid::new(&room.zone, room.slot_minutes).ok_or(BookingError::NoRoom)?;
        let now = self.db.clock().now();
        let from = from.unwrap_or_else(|| grid.day_of(now));
        let to = to.unwrap_or(from);
        let dates: Vec<Date> =
            from.series(jiff::Span::new().days(1)).take_while(|day| *day <= to).take(MOST_DAYS + 1).collect();
        if dates.is_empty() || dates.len() > MOST_DAYS {
            let said = Said::new(
                format!("from부터 {MOST_DAYS}일 이내여야 합니다."),
                format!("Must be within {MOST_DAYS} days of from."),
            );
            return Err(BookingError::Invalid(vec![FieldError::new("?to", "range", said)]));
        }
        let keys: Vec<Key> = dates.iter().map(|date| Day::key(room.room_id, *date)).collect();
        let mut found = self.db.get_many(&keys).await?;
        let days = dates.iter().zip(&keys).map(|(date, key)| {
            let day = Day::read(room.room_id, *date, found.take_item(key));
            (*date, rules::free(&room, &grid, &day, now))
        });
        let days = days.collect();
        Ok(FreeDays { room, grid, days })
    }
}
