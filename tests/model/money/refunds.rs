//! Giving back: what is owed is handed over, asked for under a stored key, and recorded by the
//! provider's transactions; beside staff and the provider's own console.

use crate::money::card::CARD;
use crate::money::promises::{BALANCED, CLOSES, GIVEN, KEPT, KEYED, NOT_NEGATIVE, ZERO};
use crate::money::{Shop, Wrong};
use crate::show::{every_state_is_safe, is_caught};

/// An owner who gets half of it back, two of staff who give one unit each, and two functions for
/// whatever there is to do.
const REFUNDS: Shop =
    Shop { name: "refunds", paid: true, rival: false, desk: false, terms: Some(1), staff: 2, ..CARD };

const ALL_OF_IT: Shop = Shop { name: "a refund of all of it", terms: Some(2), staff: 1, ..REFUNDS };

/// Somebody gives back one unit in the provider's console.
const CONSOLE: Shop = Shop { name: "refunds beside the console", staff: 1, console: 1, ..REFUNDS };

const CONSOLE_ALL: Shop = Shop { name: "all of it beside the console", terms: Some(2), staff: 0, ..CONSOLE };

#[test]
fn refunds_are_recorded_as_they_are_made() {
    every_state_is_safe(REFUNDS);
}

#[test]
fn a_refund_of_all_of_it_goes_once() {
    every_state_is_safe(ALL_OF_IT);
}

#[test]
fn the_console_gives_back_beside_us() {
    every_state_is_safe(CONSOLE);
}

#[test]
fn what_the_console_has_given_we_do_not_owe_any_more() {
    every_state_is_safe(CONSOLE_ALL);
}

#[test]
fn a_resend_under_a_new_key_gives_back_twice() {
    is_caught(Shop { wrong: &[Wrong::NewKeyOnResend], ..REFUNDS }, GIVEN);
}

/// Both attempts have the same number, and so the same key: one of them is never made.
#[test]
fn staff_who_overwrite_an_attempt_lose_it() {
    is_caught(Shop { wrong: &[Wrong::StaffUnguarded], ..ALL_OF_IT }, KEPT);
}

#[test]
fn an_attempt_cleared_by_its_call_is_forgotten() {
    is_caught(Shop { wrong: &[Wrong::AttemptClearedByCall], ..REFUNDS }, KEPT);
}

#[test]
fn of_two_equal_refunds_one_is_lost_by_its_amount() {
    is_caught(Shop { wrong: &[Wrong::RecordedByAmount], ..REFUNDS }, CLOSES);
}

#[test]
fn an_answer_and_a_read_back_count_one_refund_twice() {
    is_caught(Shop { wrong: &[Wrong::RecordedTwice], ..REFUNDS }, BALANCED);
}

#[test]
fn refunds_counted_twice_exceed_what_was_taken() {
    is_caught(Shop { wrong: &[Wrong::RecordedTwice], ..ALL_OF_IT }, NOT_NEGATIVE);
}

#[test]
fn a_refund_of_the_console_is_not_taken_for_ours() {
    is_caught(Shop { wrong: &[Wrong::OwnByAmount], ..CONSOLE }, BALANCED);
}

/// Two units are on their way, and the console gives one: the provider refuses two of one.
#[test]
fn an_attempt_that_is_more_than_there_is_never_closes() {
    is_caught(Shop { wrong: &[Wrong::NeverResized], ..CONSOLE_ALL }, CLOSES);
}

#[test]
fn what_is_owed_of_nothing_never_closes() {
    is_caught(Shop { console: 2, wrong: &[Wrong::NothingLeftWaits], ..CONSOLE_ALL }, CLOSES);
}

#[test]
fn a_movement_from_two_sources_does_not_sum_to_zero() {
    is_caught(Shop { wrong: &[Wrong::TwoSources], ..CONSOLE_ALL }, ZERO);
}

#[test]
fn what_is_owed_is_lost_between_two_writes() {
    is_caught(Shop { wrong: &[Wrong::OwedClearedFirst], ..REFUNDS }, KEPT);
}

#[test]
fn what_is_owed_is_given_twice_between_two_writes() {
    is_caught(Shop { wrong: &[Wrong::AttemptWrittenFirst], ..REFUNDS }, GIVEN);
}

#[test]
fn a_webhook_that_counts_records_a_capture_twice() {
    is_caught(Shop { wrong: &[Wrong::WebhookCounts], ..REFUNDS }, BALANCED);
}

#[test]
fn versions_alone_keep_movements_apart() {
    let name = "the console, no keys";
    every_state_is_safe(Shop { name, wrong: &[Wrong::NoMovementKey], ..CONSOLE });
}

#[test]
fn functions_without_versions_and_movements_without_keys_write_twice() {
    is_caught(Shop { wrong: &[Wrong::NoVersion, Wrong::NoMovementKey], ..REFUNDS }, KEYED);
}

#[test]
fn the_console_is_never_found_if_nobody_looks_at_what_is_done() {
    is_caught(Shop { wrong: &[Wrong::DoneUnwatched], ..CONSOLE }, CLOSES);
}

#[test]
fn a_refused_refund_is_not_given_up() {
    is_caught(Shop { wrong: &[Wrong::RefusedGivenUp], ..REFUNDS }, KEPT);
}

/// Errors stick to a key: what was refused once under it is refused for ever.
#[test]
fn a_refused_refund_needs_a_new_key() {
    is_caught(Shop { wrong: &[Wrong::NeverRenewed], ..REFUNDS }, CLOSES);
}

/// Nobody knows whether a 5xx sticks, too. If it does, the read-back never shows the cancel, and
/// a new key might give back twice ...
#[test]
fn a_failure_kept_under_the_key_blocks_the_refund() {
    is_caught(Shop { name: "refunds, and a 5xx sticks", sticky: true, ..REFUNDS }, CLOSES);
}

/// ... unless the balance it was decided on goes with each cancel: then it is made once under any.
/// That is so as long as the balance only falls (`account`).
#[test]
fn a_cancel_that_names_the_balance_may_have_a_new_key() {
    every_state_is_safe(Shop { name: "refunds by the balance", sticky: true, locked: true, ..REFUNDS });
}

#[test]
fn a_cancel_that_names_the_balance_goes_beside_the_console() {
    every_state_is_safe(Shop { name: "the console and the balance", sticky: true, locked: true, ..CONSOLE });
}
