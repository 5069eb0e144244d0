//! A person's count of bookings is an item of its own, without a version: it grows under "below the
//! limit" and shrinks whenever a booking goes, in the same write.

use crate::race::Race;
use crate::room::promises::{COUNTED, LIMITED};
use crate::room::rush::RUSH;
use crate::room::{Room, Status, Wrong};
use crate::show::{every_state_is_safe, is_caught};

/// Person 0 wants all three hours of a rush room and may have two, person 1 wants two of them. So
/// the store sees them on different items, and the count is all that keeps person 0 to the limit.
const QUOTA: Room = Room {
    name: "a rush room with a limit of two",
    hands: 3,
    wishes: [0b001, 0b010, 0b100, 0b011, 0, 0, 0],
    people: [0, 0, 0, 1, 1, 1, 1],
    limit: 2,
    ..RUSH
};

#[test]
fn counts_stay_below_the_limit() {
    every_state_is_safe(Race(QUOTA));
}

/// Person 0 comes back for an hour which a lapsed hold of person 0 blocks: out and in again is no
/// change of the count, and a transaction may not name the count twice.
#[test]
fn evicting_a_hold_of_ones_own_costs_nothing() {
    let wishes = [0b001, 0b010, 0b011, 0b110, 0, 0, 0];
    every_state_is_safe(Race(Room {
        name: "holds of one's own and a limit of one",
        wishes,
        limit: 1,
        ..QUOTA
    }));
}

#[test]
fn no_shows_stay_on_the_count() {
    every_state_is_safe(Race(NO_SHOW));
}

#[test]
fn a_limit_read_before_the_transaction_is_overrun() {
    is_caught(Race(Room { wrong: &[Wrong::LimitReadOnly], ..QUOTA }), LIMITED);
}

#[test]
fn a_count_set_from_what_was_read_drifts() {
    is_caught(Race(Room { wrong: &[Wrong::CountSetFromRead], ..QUOTA }), COUNTED);
}

#[test]
fn a_count_that_an_eviction_forgets_drifts() {
    is_caught(Race(Room { wrong: &[Wrong::EvictionKeepsCount], ..QUOTA }), COUNTED);
}

#[test]
fn two_holds_evicted_at_once_and_counted_as_one_drift() {
    is_caught(Race(Room { wrong: &[Wrong::EvictionsCountOnce], ..QUOTA }), COUNTED);
}

#[test]
fn a_count_that_a_no_show_lowers_drifts() {
    is_caught(Race(Room { wrong: &[Wrong::NoShowLowersCount], ..NO_SHOW }), COUNTED);
}

const NO_SHOW: Room = Room {
    name: "no-shows and a limit of one",
    wishes: [0b001, 0b110, 0b100, 0b011, 0, 0, 0],
    enters: Status::Confirmed,
    limit: 1,
    no_shows: true,
    ..QUOTA
};
