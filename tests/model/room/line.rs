//! The line: who waits stands in the day's item, in order. A walk-in leaves alone what a waiter who
//! fits is waiting for, and a promoter makes the first who fits an offer, which is a real hold.

use crate::race::Race;
use crate::room::promises::{IN_TURN, LINE_MOVES, ONE_OFFER};
use crate::room::rush::RUSH;
use crate::room::{Room, Wrong};
use crate::show::{every_state_is_safe, is_caught};

/// Three walk-ins and two waiters whose wishes overlap. The second of a waiter's bookings is there to
/// be made by mistake.
const LINE: Room = Room {
    name: "a room with a line",
    hands: 2,
    wishes: [0b001, 0b010, 0b011, 0b011, 0b110, 0b110, 0b111],
    item_of: [0, 0, 0],
    waiters: &[[2, 3], [4, 5]],
    ..RUSH
};

/// A walk-in and three waiters: the first two can be served side by side, the third with neither.
const THREE: Room = Room {
    name: "a room with three in line",
    wishes: [0b111, 0b001, 0b010, 0b011, 0b100, 0, 0],
    waiters: &[[1, 1], [2, 2], [3, 3]],
    ..LINE
};

#[test]
fn two_walk_ins_and_two_waiters_are_served_in_turn() {
    every_state_is_safe(Race(LINE));
}

#[test]
fn three_waiters_are_served_in_turn() {
    every_state_is_safe(Race(THREE));
}

#[test]
fn a_promoter_that_does_not_strike_its_waiter_offers_twice() {
    is_caught(Race(Room { wrong: &[Wrong::NotStruck], ..LINE }), ONE_OFFER);
}

#[test]
fn a_walk_in_that_overlooks_the_line_jumps_it() {
    is_caught(Race(Room { wrong: &[Wrong::LineOverlooked], ..LINE }), IN_TURN);
}

/// The first in line may be waiting for something else.
#[test]
fn a_walk_in_that_looks_at_the_first_in_line_only_jumps_it() {
    is_caught(Race(Room { wrong: &[Wrong::LineSeenToItsFirst], ..LINE }), IN_TURN);
}

#[test]
fn serving_the_last_in_line_first_is_out_of_turn() {
    is_caught(Race(Room { wrong: &[Wrong::LastComeFirst], ..LINE }), IN_TURN);
}

#[test]
fn without_versions_somebody_who_joined_meanwhile_is_overtaken() {
    is_caught(Race(Room { wrong: &[Wrong::NoVersion], ..LINE }), IN_TURN);
}

/// A limit of the right design, known and accepted: time is no write. A hold that lapses between
/// a walk-in's read and its commit may make a waiter fit, and no version tells.
#[test]
fn a_hold_that_lapses_meanwhile_lets_a_walk_in_before_a_waiter() {
    is_caught(Race(Room { name: "a line by the clock of the commit", strict: true, ..LINE }), IN_TURN);
}

/// What a walk-in writes must be an item that the line's version is in.
#[test]
fn a_line_on_one_item_of_a_rush_room_is_jumped_on_the_others() {
    is_caught(Race(Room { name: "a rush room with a line", item_of: [0, 1, 2], ..LINE }), IN_TURN);
}

#[test]
fn the_line_moves_as_the_day_goes_by_and_when_it_is_closed() {
    every_state_is_safe(Race(DAY));
}

#[test]
fn waiting_for_what_is_over_stops_the_line() {
    is_caught(Race(Room { wrong: &[Wrong::WaitingBlindly], closes: false, ..DAY }), LINE_MOVES);
}

#[test]
fn waiting_for_a_closed_day_stops_the_line() {
    is_caught(Race(Room { wrong: &[Wrong::WaitingBlindly], no_shows: false, ..DAY }), LINE_MOVES);
}

/// Waiters at their limit are struck from the line; so the others get their turn.
#[test]
fn a_waiter_at_his_limit_does_not_hold_up_the_line() {
    every_state_is_safe(Race(LIMITED));
}

#[test]
fn waiting_for_a_waiter_at_his_limit_stops_the_line() {
    is_caught(Race(Room { wrong: &[Wrong::LimitStopsLine], ..LIMITED }), LINE_MOVES);
}

/// Everybody may have one booking, and the walk-in for the last slot stands in line for the others.
const LIMITED: Room = Room {
    name: "a room with a line and a limit",
    wishes: [0b010, 0b100, 0b011, 0b011, 0b110, 0b110, 0],
    people: [0, 2, 2, 2, 3, 3, 3],
    limit: 1,
    ..LINE
};

/// Time passes, walk-ins do not come, and the day may be closed.
const DAY: Room = Room {
    name: "a line as the day goes by",
    wishes: [0b111, 0b010, 0b011, 0b110, 0, 0, 0],
    waiters: &[[2, 2], [3, 3]],
    no_shows: true,
    closes: true,
    ..LINE
};
