//! Two confirmed bookings change places in one write, guarded by both their locks and by the items
//! of all their slots.

use crate::properties::{FIRM_OWNS, NO_OVERLAP};
use crate::race::Race;
use crate::room::promises::{FORWARD, TRADED};
use crate::room::rush::RUSH;
use crate::room::{Room, Status, Wrong};
use crate::show::{every_state_is_safe, is_caught};

/// Three bookings that fill the day and may change places in pairs, and somebody for a gap.
const SWAP: Room = Room {
    name: "a room whose bookings change places",
    wishes: [0b001, 0b010, 0b100, 0b011, 0, 0, 0],
    item_of: [0, 0, 0],
    enters: Status::Confirmed,
    swaps: true,
    sweeper: false,
    ..RUSH
};

#[test]
fn bookings_that_change_places_keep_every_promise() {
    every_state_is_safe(Race(SWAP));
}

#[test]
fn bookings_of_different_length_change_places() {
    let wishes = [0b001, 0b110, 0b011, 0, 0, 0, 0];
    every_state_is_safe(Race(Room { name: "a short and a long booking", wishes, ..SWAP }));
}

#[test]
fn bookings_of_different_items_change_places() {
    every_state_is_safe(Race(Room {
        name: "a rush room whose bookings change places",
        item_of: [0, 1, 2],
        ..SWAP
    }));
}

#[test]
fn a_swap_in_two_writes_books_an_hour_twice() {
    is_caught(Race(Room { wrong: &[Wrong::SwapOneByOne], ..SWAP }), NO_OVERLAP);
}

#[test]
fn a_swap_in_two_writes_may_stay_half_done() {
    is_caught(Race(Room { wrong: &[Wrong::SwapOneByOne], ..SWAP }), TRADED);
}

#[test]
fn a_swap_that_frees_first_leaves_firm_bookings_without_slots() {
    is_caught(Race(Room { wrong: &[Wrong::SwapFreesFirst], ..SWAP }), FIRM_OWNS);
}

#[test]
fn a_swap_that_frees_first_books_an_hour_twice() {
    is_caught(Race(Room { wrong: &[Wrong::SwapFreesFirst], ..SWAP }), NO_OVERLAP);
}

/// The day's version does not see what happens to a booking's record alone.
#[test]
fn a_swap_that_asks_nothing_of_the_bookings_brings_one_back() {
    is_caught(Race(Room { wrong: &[Wrong::SwapWithoutLocks], ..SWAP }), FORWARD);
}
