//! Seats as they are meant to be taken, and the mistakes.

use crate::properties::FAIR;
use crate::race::Race;
use crate::seats::promises::{COUNTED, LISTED, NEEDED, NOT_OVERSOLD};
use crate::seats::{Status, Tour, Wrong};
use crate::show::{every_state_is_safe, is_caught};

/// Four seats for five parties who want nine: it may take one hold or two to make room for another.
const TOUR: Tour = Tour {
    name: "a tour",
    hands: 2,
    parties: [(0, 1), (0, 1), (0, 2), (0, 3), (0, 2)],
    capacity: 4,
    enters: Status::Held,
    sweeper: true,
    shrinks: None,
    bounded: false,
    wrong: &[],
};

/// Two departures of one day: one version, two counts.
const TWICE: Tour = Tour {
    name: "a tour that departs twice",
    parties: [(0, 1), (0, 1), (0, 2), (1, 1), (1, 2)],
    capacity: 2,
    ..TOUR
};

/// Nothing to pay: three hands at once.
const AT_ONCE: Tour =
    Tour { name: "a free tour", hands: 3, enters: Status::Confirmed, sweeper: false, ..TOUR };

const SHRINK: Tour = Tour { name: "a tour in a smaller boat", shrinks: Some(2), ..TOUR };

#[test]
fn a_tour_is_never_oversold() {
    every_state_is_safe(Race(TOUR));
}

#[test]
fn two_departures_of_a_day_are_never_oversold() {
    every_state_is_safe(Race(TWICE));
}

#[test]
fn a_free_tour_is_never_oversold() {
    every_state_is_safe(Race(AT_ONCE));
}

#[test]
fn a_boat_gets_smaller_only_under_empty_seats() {
    every_state_is_safe(Race(SHRINK));
}

#[test]
fn the_version_alone_keeps_a_tour_from_being_oversold() {
    every_state_is_safe(Race(Tour {
        name: "a tour, no count condition",
        wrong: &[Wrong::NoCountCondition],
        ..TOUR
    }));
}

#[test]
fn counting_before_the_write_only_oversells() {
    let wrong = &[Wrong::NoVersion, Wrong::NoCountCondition];
    is_caught(Race(Tour { wrong, ..AT_ONCE }), NOT_OVERSOLD);
}

/// One goes and another of the same size comes: the count is what it was, the list is not.
#[test]
fn the_count_alone_loses_a_booking() {
    is_caught(Race(Tour { wrong: &[Wrong::NoVersion], ..AT_ONCE }), LISTED);
}

/// "Equal to what was read" repeats what the version says: it does not stop a rule that errs ...
#[test]
fn a_rule_that_finds_room_for_everybody_oversells_in_spite_of_the_count() {
    is_caught(Race(Tour { wrong: &[Wrong::BlindRule], ..AT_ONCE }), NOT_OVERSOLD);
}

/// ... as "leaves room for me" does.
#[test]
fn a_bound_on_the_count_stops_a_rule_that_finds_room_for_everybody() {
    every_state_is_safe(Race(Tour {
        name: "a blind rule and a bound",
        bounded: true,
        wrong: &[Wrong::BlindRule],
        ..TOUR
    }));
}

#[test]
fn seats_are_bounded_and_evicted_all_the_same() {
    every_state_is_safe(Race(Tour { name: "a tour with a bound", bounded: true, ..TOUR }));
}

#[test]
fn the_seats_of_an_evicted_hold_left_on_the_count_are_lost() {
    is_caught(Race(Tour { wrong: &[Wrong::EvictedSeatsStay], ..TOUR }), COUNTED);
}

#[test]
fn an_evicted_hold_left_in_the_list_drifts() {
    is_caught(Race(Tour { wrong: &[Wrong::EvictedStaysListed], ..TOUR }), COUNTED);
}

#[test]
fn evicting_in_order_takes_a_hold_that_was_no_help() {
    is_caught(Race(Tour { wrong: &[Wrong::FirstLapsedFirst], ..TOUR }), NEEDED);
}

#[test]
fn evicting_a_hold_before_its_end_is_unfair() {
    is_caught(Race(Tour { wrong: &[Wrong::EvictsEarly], ..TOUR }), FAIR);
}

#[test]
fn evicting_from_another_departure_helps_nobody() {
    is_caught(Race(Tour { wrong: &[Wrong::AnyDeparture], ..TWICE }), NEEDED);
}

#[test]
fn a_capacity_changed_past_the_gate_oversells() {
    is_caught(Race(Tour { wrong: &[Wrong::CapacityPastGate], ..SHRINK }), NOT_OVERSOLD);
}

#[test]
fn a_boat_that_shrinks_under_holds_is_oversold_once_they_are_paid() {
    is_caught(Race(Tour { wrong: &[Wrong::ShrinkOverlooksHolds], ..SHRINK }), NOT_OVERSOLD);
}

/// A lapsed hold may still be paid until somebody evicts it.
#[test]
fn a_boat_that_shrinks_under_lapsed_holds_is_oversold_once_they_are_paid() {
    is_caught(Race(Tour { wrong: &[Wrong::ShrinkOverlooksLapsed], ..SHRINK }), NOT_OVERSOLD);
}
