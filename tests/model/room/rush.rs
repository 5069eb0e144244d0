//! A rush room: an item for each slot, so that nobody waits for a version who wants another slot. A
//! booking over several slots writes as many items in one transaction.

use crate::properties::{ENTRY_LIVES, FAIR, FIRM_OWNS, NO_OVERLAP};
use crate::race::Race;
use crate::room::{Room, Status, Wrong};
use crate::show::{every_state_is_safe, is_caught};

/// Three people in a ring, each of whom wants what two others want, too; and one who wants it all.
pub const RUSH: Room = Room {
    name: "a rush room",
    hands: 3,
    wishes: [0b011, 0b110, 0b101, 0b111, 0, 0, 0],
    people: [0, 1, 2, 3, 3, 3, 3],
    item_of: [0, 1, 2],
    enters: Status::Held,
    limit: u8::MAX,
    waiters: &[],
    cancels: true,
    sweeper: true,
    swaps: false,
    no_shows: false,
    closes: false,
    strict: false,
    wrong: &[],
};

const AT_ONCE: Room = Room { enters: Status::Confirmed, sweeper: false, ..RUSH };

#[test]
fn an_item_for_each_slot_keeps_every_promise() {
    every_state_is_safe(Race(RUSH));
}

#[test]
fn versions_alone_keep_a_rush_apart() {
    every_state_is_safe(Race(Room {
        name: "rush, no slot conditions",
        wrong: &[Wrong::NoSlotCondition],
        ..RUSH
    }));
}

/// With one slot in an item there is no list to lose by an overwritten read.
#[test]
fn slot_conditions_alone_keep_a_rush_apart() {
    every_state_is_safe(Race(Room { name: "rush, no versions", wrong: &[Wrong::NoVersion], ..RUSH }));
}

#[test]
fn a_rush_booking_that_checks_only_its_first_item_books_an_hour_twice() {
    is_caught(Race(Room { wrong: &[Wrong::FirstItemOnly], ..AT_ONCE }), NO_OVERLAP);
}

#[test]
fn paying_for_the_first_item_only_leaves_the_others_to_expire() {
    is_caught(Race(Room { wrong: &[Wrong::FirstItemPaid], ..RUSH }), FIRM_OWNS);
}

#[test]
fn evicting_only_the_item_one_wants_leaves_a_slot_to_nobody() {
    is_caught(Race(Room { wrong: &[Wrong::HalfEviction], ..RUSH }), ENTRY_LIVES);
}

#[test]
fn evicting_a_hold_before_its_end_is_unfair() {
    is_caught(Race(Room { wrong: &[Wrong::EvictsEarly], ..RUSH }), FAIR);
}
