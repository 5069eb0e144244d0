//! A virtual account: firm while it waits, paid when the deposit comes, waiting again when that is
//! taken back, and closed at the provider before its slot is free.

use crate::money::card::CARD;
use crate::money::promises::{BALANCED, CLOSES, GIVEN, KEPT, PAID};
use crate::money::{Shop, Wrong};
use crate::show::{every_state_is_safe, is_caught};

const ACCOUNT: Shop = Shop { name: "a virtual account", account: true, ..CARD };

/// The bank takes the deposit back, and another comes.
const TAKEN_BACK: Shop =
    Shop { name: "a deposit taken back", taken_back: 1, rival: false, desk: false, late: false, ..ACCOUNT };

/// It takes it back from an owner who has cancelled.
const OWED_BACK: Shop = Shop { name: "a deposit taken back that is owed", terms: Some(2), ..TAKEN_BACK };

/// Everything at once that can happen to a booking that is paid into an account.
const EVERYTHING: Shop =
    Shop { name: "everything by account", hands: 2, taken_back: 1, terms: Some(1), staff: 1, ..ACCOUNT };

#[test]
fn everything_by_account_comes_out_even() {
    every_state_is_safe(EVERYTHING);
}

#[test]
fn an_account_is_paid_or_closed() {
    every_state_is_safe(ACCOUNT);
}

#[test]
fn a_deposit_taken_back_is_waited_for_again() {
    every_state_is_safe(TAKEN_BACK);
}

#[test]
fn a_deposit_taken_back_is_not_owed() {
    every_state_is_safe(OWED_BACK);
}

#[test]
fn a_slot_freed_before_the_account_is_closed_takes_a_late_deposit() {
    is_caught(Shop { wrong: &[Wrong::FreedEarly], ..ACCOUNT }, BALANCED);
}

#[test]
fn a_deposit_taken_back_is_not_kept_as_paid() {
    is_caught(Shop { wrong: &[Wrong::TakenBackKept], ..TAKEN_BACK }, CLOSES);
}

#[test]
fn an_answer_older_than_the_record_brings_a_deposit_back() {
    is_caught(Shop { wrong: &[Wrong::OldAnswer], ..TAKEN_BACK }, BALANCED);
}

/// The payment stays open for ever: the movement that would close it is there already.
#[test]
fn a_second_deposit_needs_a_key_of_its_own() {
    is_caught(Shop { wrong: &[Wrong::OneCaptureKey], ..TAKEN_BACK }, CLOSES);
}

/// It is executed after all when the next deposit has come, and nobody waits for it any more.
#[test]
fn an_attempt_outlives_the_deposit_it_was_made_for() {
    is_caught(Shop { wrong: &[Wrong::AttemptDropped], ..EVERYTHING }, BALANCED);
}

/// The balance does not tell the first deposit from the second. What was refused under one key while
/// there was none is made again, and then the call under the other key arrives.
#[test]
fn an_attempt_with_two_keys_is_made_twice_over_two_deposits() {
    let name = "a deposit taken back, and many keys";
    is_caught(Shop { name, hands: 2, staff: 1, late: true, locked: true, ..TAKEN_BACK }, GIVEN);
}

#[test]
fn what_an_attempt_leaves_of_the_next_deposit_is_owed() {
    is_caught(Shop { wrong: &[Wrong::RestForgotten], ..EVERYTHING }, KEPT);
}

#[test]
fn nothing_is_owed_of_a_deposit_that_was_taken_back() {
    is_caught(Shop { wrong: &[Wrong::OwedOutlivesDeposit], ..OWED_BACK }, CLOSES);
}

#[test]
fn a_look_that_finds_nothing_new_lets_an_older_one_have_the_last_word() {
    is_caught(Shop { wrong: &[Wrong::LookUnmarked], ..TAKEN_BACK }, BALANCED);
}

#[test]
fn a_deposit_taken_back_in_silence_is_found_only_by_looking_at_what_is_done() {
    is_caught(Shop { wrong: &[Wrong::DoneUnwatched], ..TAKEN_BACK }, CLOSES);
}

#[test]
fn believing_a_webhook_confirms_who_has_not_paid_in() {
    is_caught(Shop { wrong: &[Wrong::WebhookBelieved], ..ACCOUNT }, PAID);
}
