//! Paying by card: one capture, whatever crashes, is lost, arrives late or is asked for twice.

use crate::money::promises::{BALANCED, CLOSES, KEPT, ONE_CAPTURE, ONE_HOLDER, PAID, UNDER_PAYMENT};
use crate::money::{Shop, Wrong};
use crate::show::{every_state_is_safe, is_caught};

pub const CARD: Shop = Shop {
    name: "a card",
    hands: 3,
    orders: 1,
    paid: false,
    account: false,
    taken_back: 0,
    rival: true,
    terms: None,
    desk: true,
    staff: 0,
    console: 0,
    late: true,
    sticky: false,
    locked: false,
    wrong: &[],
};

/// Two windows with an order each, for one booking.
const TWO_ORDERS: Shop = Shop { name: "two orders for a booking", orders: 2, desk: false, ..CARD };

/// From the hold to the refund.
const ALL_THE_WAY: Shop =
    Shop { name: "from hold to refund", desk: false, rival: false, terms: Some(1), ..CARD };

/// Everything at once that can happen to a booking that is paid by card.
const EVERYTHING: Shop =
    Shop { name: "everything by card", hands: 2, orders: 2, terms: Some(1), staff: 1, console: 1, ..CARD };

#[test]
fn everything_by_card_comes_out_even() {
    every_state_is_safe(EVERYTHING);
}

#[test]
fn a_card_pays_once_and_is_given_back_what_comes_too_late() {
    every_state_is_safe(CARD);
}

#[test]
fn who_is_given_back_everything_before_we_hear_of_it_has_not_paid() {
    every_state_is_safe(Shop { name: "all of it back by the console", console: 2, terms: Some(1), ..CARD });
}

#[test]
fn one_of_two_orders_pays() {
    every_state_is_safe(TWO_ORDERS);
}

#[test]
fn from_the_hold_to_the_refund_nothing_is_lost() {
    every_state_is_safe(ALL_THE_WAY);
}

#[test]
fn calling_before_the_intent_is_written_loses_money_in_a_crash() {
    is_caught(Shop { wrong: &[Wrong::CallBeforeIntent], ..CARD }, BALANCED);
}

#[test]
fn a_resend_under_a_new_key_captures_twice() {
    is_caught(Shop { wrong: &[Wrong::NewKeyOnResend], ..CARD }, ONE_CAPTURE);
}

#[test]
fn a_booking_made_firm_after_the_capture_is_evicted_while_it_is_paid() {
    is_caught(Shop { wrong: &[Wrong::FirmAfterCapture], ..CARD }, UNDER_PAYMENT);
}

#[test]
fn a_code_nobody_knows_is_no_refusal() {
    is_caught(Shop { wrong: &[Wrong::UnmappedDeclines], ..CARD }, BALANCED);
}

#[test]
fn in_progress_is_no_refusal() {
    is_caught(Shop { wrong: &[Wrong::InProgressFails], ..CARD }, BALANCED);
}

/// "Unknown" over "done": the capture is read back again, and its movement is there already.
#[test]
fn settling_without_the_version_never_closes() {
    is_caught(Shop { wrong: &[Wrong::NoVersion], ..CARD }, CLOSES);
}

#[test]
fn a_capture_recorded_before_its_booking_is_money_for_nothing() {
    is_caught(Shop { wrong: &[Wrong::DoneFirst], ..CARD }, KEPT);
}

#[test]
fn a_booking_confirmed_before_its_capture_is_recorded_has_not_paid() {
    is_caught(Shop { wrong: &[Wrong::ConfirmedFirst], ..CARD }, PAID);
}

#[test]
fn a_capture_that_does_not_look_revives_a_cancelled_booking() {
    is_caught(Shop { wrong: &[Wrong::CaptureBlind], ..CARD }, ONE_HOLDER);
}

#[test]
fn money_that_comes_too_late_is_not_kept_in_silence() {
    is_caught(Shop { wrong: &[Wrong::LateKept], ..CARD }, KEPT);
}

/// Giving back what comes too late would make up for it.
#[test]
fn any_order_paying_a_booking_keeps_two_charges() {
    is_caught(Shop { wrong: &[Wrong::AnyOrder, Wrong::LateKept], ..TWO_ORDERS }, KEPT);
}

#[test]
fn believing_a_webhook_confirms_who_has_not_paid() {
    is_caught(Shop { wrong: &[Wrong::WebhookBelieved], ..CARD }, PAID);
}

/// A card's capture is the last word of its session, so a settlement may be tried again with the
/// answer it has; of an account it may not (`account`).
#[test]
fn an_old_answer_does_no_harm_to_a_card() {
    every_state_is_safe(Shop { name: "a card, old answers", wrong: &[Wrong::OldAnswer], ..EVERYTHING });
}
