//! The design as it is meant: every reachable state, no violation.

use crate::properties::{FAIR, ONE_EACH};
use crate::scenario::{Scenario, Wrong};
use crate::show::{every_state_is_safe, reachable_stores};
use crate::store::Status;

/// Two people want hours that overlap. They hold, pay up to twice, get refused, give up, cancel
/// and are refunded, while the sweeper and the payment checker work beside them.
pub const PAID: Scenario = Scenario {
    name: "a paid room",
    wishes: [[0b011, 0], [0b110, 0], [0, 0], [0, 0]],
    day_of: [0, 0, 0],
    enters: Status::Held,
    charges: 2,
    cancel: true,
    sweeper: true,
    checker: true,
    desk: false,
    lost_replies: true,
    refused_late: false,
    mad_clocks: false,
    except: &[],
    wrong: &[],
};

/// Person 0 has an alternative, to be had where the first choice is refused.
pub const CHOICE: Scenario = Scenario {
    name: "a paid room and an alternative",
    wishes: [[0b011, 0b100], [0b110, 0], [0, 0], [0, 0]],
    charges: 1,
    ..PAID
};

/// All want one slot, and two want more. Lost replies and cancellations come in a test each,
/// because together they make half a million states.
const THREE: Scenario = Scenario { wishes: [[0b011, 0], [0b110, 0], [0b010, 0], [0, 0]], charges: 1, ..PAID };

/// Writes that cannot be accepted any more arrive all the same.
const OVERWRITTEN: Scenario =
    Scenario { name: "overwritten writes on their way", refused_late: true, ..AT_ONCE };

const AT_ONCE: Scenario = Scenario { charges: 1, cancel: false, sweeper: false, ..PAID };

/// Nothing to pay: a booking is firm at once and waits for the clerk, who approves, moves,
/// restores and cancels.
pub const DESK: Scenario = Scenario {
    name: "a room that needs approval",
    wishes: [[0b011, 0b100], [0b110, 0b001], [0, 0], [0, 0]],
    enters: Status::Pending,
    charges: 0,
    sweeper: false,
    checker: false,
    desk: true,
    except: &[ONE_EACH], // The clerk may restore what its guest has replaced.
    ..PAID
};

/// Each slot is a day of its own: a series over three days against bookings on one or two.
pub const SERIES: Scenario = Scenario {
    name: "a series over three days",
    wishes: [[0b111, 0b010], [0b100, 0b001], [0, 0], [0, 0]],
    day_of: [0, 1, 2],
    ..DESK
};

#[test]
fn two_people_who_pay_keep_every_promise() {
    every_state_is_safe(PAID);
}

#[test]
fn three_people_whose_replies_get_lost_keep_every_promise() {
    every_state_is_safe(Scenario { name: "three people, lost replies", cancel: false, ..THREE });
}

#[test]
fn three_people_who_cancel_keep_every_promise() {
    every_state_is_safe(Scenario { name: "three people, cancellations", lost_replies: false, ..THREE });
}

#[test]
fn four_people_in_a_rush_keep_every_promise() {
    every_state_is_safe(Scenario {
        name: "four people and a free room",
        wishes: [[0b011, 0], [0b110, 0], [0b010, 0], [0b101, 0]],
        enters: Status::Confirmed,
        desk: false,
        except: &[],
        ..DESK
    });
}

#[test]
fn a_person_who_turns_to_another_hour_has_one_booking() {
    every_state_is_safe(CHOICE);
}

#[test]
fn writes_that_arrive_too_late_are_refused() {
    every_state_is_safe(OVERWRITTEN);
}

/// What `Scenario::refused_late` saves are steps of processes: the store, the clock and the
/// provider, of which the promises speak, come to the very same states.
#[test]
fn refusing_at_once_changes_no_reachable_store() {
    assert!(reachable_stores(OVERWRITTEN) == reachable_stores(AT_ONCE));
}

#[test]
fn a_clerk_cannot_break_a_free_booking() {
    every_state_is_safe(DESK);
}

#[test]
fn a_clerk_cannot_break_a_paid_booking() {
    every_state_is_safe(Scenario {
        name: "a clerk in a paid room",
        desk: true,
        sweeper: false,
        lost_replies: false,
        except: &[ONE_EACH],
        ..CHOICE
    });
}

#[test]
fn a_series_is_all_or_nothing() {
    every_state_is_safe(SERIES);
}

#[test]
fn clocks_that_disagree_cost_fairness_and_nothing_else() {
    every_state_is_safe(Scenario {
        name: "mad clocks",
        mad_clocks: true,
        except: &[FAIR, ONE_EACH],
        ..CHOICE
    });
}

/// The first lock is enough while the rule that decides is right ...
#[test]
fn versions_alone_keep_bookings_apart() {
    every_state_is_safe(Scenario { name: "no slot conditions", wrong: &[Wrong::NoSlotCondition], ..PAID });
}

/// ... and the second lock holds when it is not.
#[test]
fn slot_conditions_stop_a_rule_that_sees_no_bookings() {
    every_state_is_safe(Scenario { name: "a blind rule", wrong: &[Wrong::BlindRule], ..PAID });
}
