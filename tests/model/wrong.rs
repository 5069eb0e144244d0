//! Mistakes, each built into the design alone: the checker must find every one of them.

use crate::properties::{ENTRY_LIVES, FIRM_OWNS, MONEY_KEPT, NO_OVERLAP, ONE_CHARGE, ONE_EACH};
use crate::right::{CHOICE, DESK, PAID, SERIES};
use crate::scenario::{Scenario, Wrong};
use crate::show::is_caught;

fn with(wrong: &'static [Wrong], scenario: Scenario) -> Scenario {
    Scenario { wrong, ..scenario }
}

#[test]
fn reading_and_then_writing_books_an_hour_twice() {
    let wrong = &[Wrong::NoVersion, Wrong::NoSlotCondition];
    is_caught(with(wrong, PAID), NO_OVERLAP);
}

#[test]
fn slot_conditions_without_a_version_lose_a_booking() {
    is_caught(with(&[Wrong::NoVersion], DESK), FIRM_OWNS);
}

#[test]
fn a_rule_that_sees_no_bookings_books_an_hour_twice_without_slot_conditions() {
    let wrong = &[Wrong::BlindRule, Wrong::NoSlotCondition];
    is_caught(with(wrong, PAID), NO_OVERLAP);
}

#[test]
fn taking_over_a_hold_without_a_fence_strands_a_payment() {
    is_caught(with(&[Wrong::TakeOverWithoutFence], PAID), MONEY_KEPT);
}

#[test]
fn confirming_without_asking_the_ledger_books_an_hour_twice() {
    is_caught(with(&[Wrong::ConfirmWithoutGuard], PAID), NO_OVERLAP);
}

#[test]
fn calling_the_provider_for_a_mere_hold_strands_a_payment() {
    is_caught(with(&[Wrong::CallBeforeFirm], PAID), MONEY_KEPT);
}

#[test]
fn taking_a_time_out_for_a_refusal_strands_a_payment() {
    is_caught(with(&[Wrong::TimeoutIsFailed], PAID), MONEY_KEPT);
}

#[test]
fn taking_a_time_out_for_a_refusal_charges_twice() {
    is_caught(with(&[Wrong::TimeoutIsFailed], PAID), ONE_CHARGE);
}

#[test]
fn taking_in_progress_for_a_refusal_strands_a_payment() {
    is_caught(with(&[Wrong::InProgressIsFailed], PAID), MONEY_KEPT);
}

#[test]
fn a_new_key_on_retry_holds_twice_for_one_person() {
    is_caught(with(&[Wrong::NewKeyOnRetry], CHOICE), ONE_EACH);
}

#[test]
fn not_asking_again_after_a_refusal_holds_twice_for_one_person() {
    is_caught(with(&[Wrong::RefusalNotReread], CHOICE), ONE_EACH);
}

#[test]
fn an_expiry_left_on_a_firm_booking_strands_a_payment() {
    is_caught(with(&[Wrong::ExpiryLeftOnFirm], PAID), MONEY_KEPT);
}

#[test]
fn a_sweeper_without_conditions_strands_a_payment() {
    is_caught(with(&[Wrong::SweeperBlind], PAID), MONEY_KEPT);
}

#[test]
fn evicting_half_a_hold_leaves_a_slot_to_nobody() {
    is_caught(with(&[Wrong::HalfEviction], PAID), ENTRY_LIVES);
}

#[test]
fn cancelling_in_two_writes_books_an_hour_twice() {
    is_caught(with(&[Wrong::CancelFreesFirst], DESK), NO_OVERLAP);
}

#[test]
fn moving_in_two_writes_books_an_hour_twice() {
    is_caught(with(&[Wrong::MoveFreesFirst], DESK), NO_OVERLAP);
}

#[test]
fn restoring_without_taking_the_slots_again_books_an_hour_twice() {
    is_caught(with(&[Wrong::RestoreWithoutReacquire], DESK), NO_OVERLAP);
}

#[test]
fn approving_without_a_guard_books_an_hour_twice() {
    is_caught(with(&[Wrong::ApproveWithoutGuard], DESK), NO_OVERLAP);
}

#[test]
fn a_block_past_the_gate_books_an_hour_twice() {
    is_caught(with(&[Wrong::BlockBypassesGate], DESK), NO_OVERLAP);
}

#[test]
fn a_buffer_nobody_claims_books_an_hour_twice() {
    is_caught(with(&[Wrong::BufferForgotten], DESK), NO_OVERLAP);
}

#[test]
fn a_series_unchecked_beyond_its_second_day_books_an_hour_twice() {
    is_caught(with(&[Wrong::SeriesUncheckedBeyondSecond], SERIES), NO_OVERLAP);
}

/// A limit of the right design, known and accepted: a slow clock says no to somebody whose
/// unanswered write a fast one said yes to. The spare hold lapses unpaid.
#[test]
fn clocks_that_disagree_can_hold_twice_for_one_person() {
    let mad = Scenario { name: "mad clocks", mad_clocks: true, ..CHOICE };
    is_caught(mad, ONE_EACH);
}
