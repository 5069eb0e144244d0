//! A day is closed by a write through the gate. Who is in already stays until somebody moves him
//! out: a closure asks nothing of the bookings and moves none of them.

use crate::race::Race;
use crate::room::promises::{CAN_LEAVE, CLOSED};
use crate::room::rush::RUSH;
use crate::room::{Room, Wrong};
use crate::show::{every_state_is_safe, is_caught};

const CLOSURE: Room = Room {
    name: "a day that is closed",
    wishes: [0b011, 0b110, 0b100, 0, 0, 0, 0],
    item_of: [0, 0, 0],
    closes: true,
    ..RUSH
};

#[test]
fn nobody_comes_in_once_a_day_is_closed() {
    every_state_is_safe(Race(CLOSURE));
}

/// The first lock is enough: to close is to write the item, and everybody asks for its version. The
/// second is, too: who comes in asks whether the day is open.
#[test]
fn asking_for_an_open_day_is_enough_to_keep_people_out() {
    every_state_is_safe(Race(Room { name: "closed, no versions", wrong: &[Wrong::NoVersion], ..CLOSURE }));
}

#[test]
fn a_closure_past_the_gate_lets_somebody_in() {
    is_caught(Race(Room { wrong: &[Wrong::ClosurePastGate], ..CLOSURE }), CLOSED);
}

/// Who asks for an open day on the way out, too, stays in for ever: no cancelling, no expiry, and no
/// end of a declined payment.
#[test]
fn asking_for_an_open_day_on_the_way_out_keeps_people_in() {
    is_caught(Race(Room { wrong: &[Wrong::ClosureStopsLeaving], ..CLOSURE }), CAN_LEAVE);
}
