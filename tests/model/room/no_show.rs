//! A booking that nobody came to gives up the slots that are still to come, in the write that makes
//! it a no-show. What has begun stays with it.

use crate::properties::{ENTRY_LIVES, NO_OVERLAP};
use crate::race::Race;
use crate::room::promises::PAST_STAYS;
use crate::room::rush::RUSH;
use crate::room::{Room, Status, Wrong};
use crate::show::{every_state_is_safe, is_caught};

/// Two who may not come, and two who would take what is left of their time.
const NO_SHOW: Room = Room {
    name: "a room where nobody shows up",
    wishes: [0b111, 0b011, 0b110, 0b100, 0, 0, 0],
    item_of: [0, 0, 0],
    no_shows: true,
    ..RUSH
};

const AT_ONCE: Room = Room { enters: Status::Confirmed, ..NO_SHOW };

#[test]
fn what_is_left_of_a_no_show_can_be_had() {
    every_state_is_safe(Race(NO_SHOW));
}

#[test]
fn what_is_left_of_a_no_show_can_be_had_in_a_rush_room() {
    every_state_is_safe(Race(Room {
        name: "a rush room where nobody shows up",
        item_of: [0, 1, 2],
        ..NO_SHOW
    }));
}

#[test]
fn a_no_show_freed_before_it_is_marked_books_an_hour_twice() {
    is_caught(Race(Room { wrong: &[Wrong::NoShowFreesFirst], ..AT_ONCE }), NO_OVERLAP);
}

#[test]
fn a_no_show_marked_before_it_is_freed_leaves_slots_to_nobody() {
    is_caught(Race(Room { wrong: &[Wrong::NoShowMarksFirst], ..AT_ONCE }), ENTRY_LIVES);
}

#[test]
fn a_no_show_freed_whole_loses_the_time_that_was_kept_for_it() {
    is_caught(Race(Room { wrong: &[Wrong::NoShowFreesAll], ..AT_ONCE }), PAST_STAYS);
}
