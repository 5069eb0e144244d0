//! What a room begins with, and what a room must be as a whole.

use maru_kernel::{Currency, Money, RoomId, Timestamp};

use crate::form::{Form, is_payable};
use crate::hours::{DAY_MINUTES, Hours, Week};
use crate::model::{Room, Shelf};
use crate::terms::Terms;

/// The finest grid, of which every grid is a multiple.
const QUARTER: u16 = 15;
/// The longest booking of a new room, where its grid has such a length.
const LONGEST: u16 = 240;
/// Slots a booking may take together with its buffers: what one transaction on the ledger can hold.
pub(crate) const MOST_SLOTS: u32 = 48;

impl Room {
    /// A room with what a new one begins with: no name, no price, 09:00–22:00 every day in Seoul, a
    /// 15-minute grid, a quarter of an hour to four hours, a year ahead.
    pub fn ordinary(room_id: RoomId, now: Timestamp) -> Self {
        Self {
            room_id,
            name: String::new(),
            capacity: 1,
            description: String::new(),
            hourly_rate: Money::new(0, Currency::KRW),
            peaks: Vec::new(),
            is_active: true,
            zone: "Asia/Seoul".into(),
            hours: Hours { week: Week::every_day(9 * 60, 22 * 60), exceptions: Vec::new(), holidays: None },
            slot_minutes: QUARTER,
            buffer_before: 0,
            buffer_after: 0,
            min_minutes: QUARTER,
            max_minutes: LONGEST,
            min_notice_minutes: 0,
            max_ahead_days: 365,
            auto_confirm: true,
            rush: false,
            terms: Terms::default(),
            quota: None,
            deleted_at: None,
            shelf: Shelf::Rooms,
            created_at: now,
            updated_at: now,
            lock_version: 1,
        }
    }

    /// The room on this grid, with the lengths a new room of it begins with.
    pub(crate) fn on_grid(&mut self, slot_minutes: u16) {
        self.slot_minutes = slot_minutes;
        self.min_minutes = slot_minutes;
        self.max_minutes = (LONGEST - LONGEST % slot_minutes.max(1)).max(slot_minutes);
    }
}

/// Whether a day can be cut into slots of these minutes.
pub(crate) fn is_grid(slot_minutes: u16) -> bool {
    slot_minutes >= QUARTER
        && slot_minutes.is_multiple_of(QUARTER)
        && DAY_MINUTES.is_multiple_of(slot_minutes)
}

/// The lengths of a room, each with the others.
pub(crate) fn check_lengths(form: &mut Form, room: &Room) {
    let slot = room.slot_minutes;
    let lengths = [
        (room.buffer_before, "/buffer_before_minutes"),
        (room.buffer_after, "/buffer_after_minutes"),
        (room.min_minutes, "/min_minutes"),
        (room.max_minutes, "/max_minutes"),
    ];
    for (minutes, pointer) in lengths {
        if !minutes.is_multiple_of(slot) {
            let said =
                (format!("{slot}분의 배수여야 합니다."), format!("Must be a multiple of {slot} minutes."));
            form.refuse(pointer, "grid", said.0, said.1);
        }
    }
    if room.max_minutes < room.min_minutes {
        let said = ("가장 짧은 예약보다 짧을 수 없습니다.", "Must not be less than min_minutes.");
        form.refuse("/max_minutes", "below_minimum", said.0, said.1);
    }
    let whole = u32::from(room.buffer_before) + u32::from(room.max_minutes) + u32::from(room.buffer_after);
    if whole > MOST_SLOTS * u32::from(slot) {
        let said = (
            format!("앞뒤 여유를 더해 {MOST_SLOTS}칸을 넘을 수 없습니다."),
            format!("Must not exceed {MOST_SLOTS} slots together with the buffers."),
        );
        form.refuse("/max_minutes", "too_long", said.0, said.1);
    }
}

/// The prices of a room: each is nothing, or makes the least that can be charged payable. That is the
/// shortest booking; or one slot of it, where the rest may be free of charge.
pub(crate) fn check_prices(form: &mut Form, room: &Room) {
    let free = room.hourly_rate.is_zero() || room.peaks.iter().any(|peak| peak.hourly_rate.is_zero());
    let least = if free { room.slot_minutes } else { room.min_minutes };
    let mut check = |rate: Money, pointer: String| {
        if !rate.per_hour_for(i64::from(least)).is_some_and(is_payable) {
            let said = (
                "가장 짧은 예약도 100원 이상이어야 결제할 수 있습니다.",
                "The shortest booking must cost 100 won at least.",
            );
            form.refuse(pointer, "below_minimum", said.0, said.1);
        }
    };
    check(room.hourly_rate, "/hourly_rate".into());
    for (index, peak) in room.peaks.iter().enumerate() {
        check(peak.hourly_rate, format!("/peak_prices/{index}/hourly_rate"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::Peak;
    use maru_kernel::FieldError;

    fn room() -> Room {
        let id = RoomId::from_bytes([7; 16]);
        Room::ordinary(id, Timestamp::UNIX_EPOCH)
    }

    fn faults(check: fn(&mut Form, &Room), room: &Room) -> Vec<(String, &'static str)> {
        let mut form = Form::change();
        check(&mut form, room);
        let named =
            |all: Vec<FieldError>| all.into_iter().map(|e| (e.pointer.into_owned(), e.code)).collect();
        form.finish(()).map_or_else(named, |()| Vec::new())
    }

    fn named(expected: &[(&str, &'static str)]) -> Vec<(String, &'static str)> {
        expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), *code)).collect()
    }

    #[test]
    fn a_grid_is_a_quarter_of_an_hour_or_a_multiple_that_divides_a_day() {
        let grids: Vec<u16> = (0..=1500).filter(|slot| is_grid(*slot)).collect();
        assert_eq!(grids, [15, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1440]);
        for slot in grids {
            let mut room = room();
            room.on_grid(slot);
            assert_eq!(faults(check_lengths, &room), named(&[]), "{slot}");
        }
    }

    #[test]
    fn lengths_are_checked_with_each_other() {
        let whole = Room { buffer_before: 240, buffer_after: 240, max_minutes: 240, ..room() };
        assert_eq!(faults(check_lengths, &whole), named(&[]));
        let longer = Room { max_minutes: 255, ..whole };
        assert_eq!(faults(check_lengths, &longer), named(&[("/max_minutes", "too_long")]));
        let shorter = Room { min_minutes: 60, max_minutes: 45, ..room() };
        assert_eq!(faults(check_lengths, &shorter), named(&[("/max_minutes", "below_minimum")]));
        let off = Room { slot_minutes: 30, buffer_before: 15, buffer_after: 45, max_minutes: 100, ..room() };
        let expected = [
            ("/buffer_before_minutes", "grid"),
            ("/buffer_after_minutes", "grid"),
            ("/min_minutes", "grid"),
            ("/max_minutes", "grid"),
        ];
        assert_eq!(faults(check_lengths, &off), named(&expected));
    }

    #[test]
    fn the_least_that_can_be_charged_is_payable() {
        let won = |minor| Money::new(minor, Currency::KRW);
        let peak = |minor| Peak { days: vec![1], from: 600, to: 660, hourly_rate: won(minor) };
        let priced =
            |minor, min_minutes, peaks| Room { hourly_rate: won(minor), min_minutes, peaks, ..room() };
        let below = |pointer| named(&[(pointer, "below_minimum")]);
        assert_eq!(faults(check_prices, &priced(0, 15, vec![])), named(&[]));
        assert_eq!(faults(check_prices, &priced(397, 15, vec![])), named(&[]), "99.25 is rounded up");
        assert_eq!(faults(check_prices, &priced(396, 15, vec![])), below("/hourly_rate"));
        assert_eq!(faults(check_prices, &priced(100, 60, vec![])), named(&[]));
        assert_eq!(faults(check_prices, &priced(100, 45, vec![])), below("/hourly_rate"));
        let peaks = vec![peak(100), peak(99)];
        assert_eq!(faults(check_prices, &priced(100, 60, peaks)), below("/peak_prices/1/hourly_rate"));
        // An hour of which a quarter is charged.
        assert_eq!(
            faults(check_prices, &priced(0, 60, vec![peak(396)])),
            below("/peak_prices/0/hourly_rate")
        );
        assert_eq!(faults(check_prices, &priced(0, 60, vec![peak(400)])), named(&[]));
        let cents = Room { hourly_rate: Money::new(1, Currency::USD), ..room() };
        assert_eq!(faults(check_prices, &cents), named(&[]));
    }
}
