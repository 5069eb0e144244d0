//! Decisions, as pure functions.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use maru_kernel::{Money, Timestamp};
use maru_toss::{Failure, Outcome, ReadBack, TossCancel, TossPayment, TossStatus};

use crate::model::{Payment, Refund, Refunded};

/// Seconds between authentication and the provider's end of the session, plus five minutes of doubt:
/// before that "not found" and "in progress" prove nothing.
pub const SESSION_SECONDS: i64 = 15 * 60;
/// Seconds after which an order nobody paid is closed: the window (30 minutes) and the session.
pub const UNPAID_SECONDS: i64 = 45 * 60;
/// Seconds after which a capture whose function died is looked at.
pub const CONFIRMING_SECONDS: i64 = 30;
/// Seconds between looks at an unknown payment.
pub const UNKNOWN_SECONDS: i64 = 60;

/// Seconds between looks at an account that waits for its deposit: its webhook is usually faster.
pub const WAITING_SECONDS: i64 = 10 * 60;
/// Seconds an account stays open at the provider beyond its due date: a deposit of the last minute may be told
/// late.
pub const DUE_GRACE_SECONDS: i64 = 10 * 60;
/// Seconds after which a refund whose function died is looked at.
pub const REFUNDING_SECONDS: i64 = 30;
/// Seconds in which the same refund asked for again by the same person is the same click.
pub const SAME_CLICK_SECONDS: i64 = 60;

/// The least donation, in won.
pub const DONATION_LEAST: i64 = 1_000;
/// The most one donation may be, in won: beyond it somebody mistyped.
pub const DONATION_MOST: i64 = 10_000_000;

/// The day of an instant in Seoul, where the provider counts its days.
pub fn day_in_seoul(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::get("Asia/Seoul").unwrap_or(TimeZone::UTC)).date()
}

/// The name of the bank with this code; banks that are not here go by their code.
pub fn bank_name(code: &str) -> Option<&'static str> {
    let name = match code {
        "02" => "산업은행",
        "03" => "기업은행",
        "06" => "국민은행",
        "07" => "수협은행",
        "11" => "농협은행",
        "12" => "지역농축협",
        "20" => "우리은행",
        "23" => "SC제일은행",
        "27" => "씨티은행",
        "31" => "iM뱅크",
        "32" => "부산은행",
        "34" => "광주은행",
        "35" => "제주은행",
        "37" => "전북은행",
        "39" => "경남은행",
        "45" => "새마을금고",
        "48" => "신협",
        "71" => "우체국",
        "81" => "하나은행",
        "88" => "신한은행",
        "89" => "케이뱅크",
        "90" => "카카오뱅크",
        "92" => "토스뱅크",
        _ => return None,
    };
    Some(name)
}

/// How a note about money of another amount begins.
pub const ANOTHER_AMOUNT: &str = "another amount came in: ";

/// What an answer of Toss means for a payment of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// The money came in, and exactly as we asked for it.
    Captured(TossPayment),
    /// Money came in for our order that is not what we asked for: told twice, it goes back.
    Astray(TossPayment, String),
    /// An account waits for the deposit.
    Waiting(TossPayment),
    /// It will never be captured.
    Failed(Failure),
    /// Look again later.
    Unknown,
    /// Captured, but as somebody else's payment: a person has to look, nothing is guessed.
    Mismatch(String),
    /// Authenticated and not captured: the same attempt may be sent again.
    Uncaptured,
}

/// What a capture call led to.
pub fn of_outcome(payment: &Payment, outcome: &Outcome) -> Meaning {
    match outcome {
        Outcome::Told(told) => {
            let meaning = of_told(payment, told);
            // Straight after a capture call "in progress" is no answer to it.
            if meaning == Meaning::Uncaptured { Meaning::Unknown } else { meaning }
        }
        Outcome::Declined(failure) => Meaning::Failed(failure.clone()),
        Outcome::Unknown(_) => Meaning::Unknown,
    }
}

/// What reading back led to, `age` seconds after the attempt began.
pub fn of_read_back(payment: &Payment, read: &ReadBack, age: i64) -> Meaning {
    let over = age > SESSION_SECONDS;
    let lapsed = || {
        Meaning::Failed(Failure {
            code: "NOT_FOUND_PAYMENT_SESSION".into(),
            message: "결제 시간이 지났습니다.".into(),
        })
    };
    match read {
        ReadBack::Told(told) => {
            let meaning = of_told(payment, told);
            if over && meaning == Meaning::Uncaptured { lapsed() } else { meaning }
        }
        ReadBack::NotFound if over => lapsed(),
        ReadBack::NotFound | ReadBack::Unknown(_) => Meaning::Unknown,
    }
}

fn of_told(payment: &Payment, told: &TossPayment) -> Meaning {
    let ours = told.order_id == payment.order_id.to_string() && payment.is_try_of(&told.payment_key);
    let right = told.total_amount == payment.amount.minor && told.currency == payment.amount.currency.code();
    // What was cancelled before any money moved was never approved.
    let came_in = matches!(told.status, TossStatus::Done | TossStatus::PartialCanceled)
        || (told.status == TossStatus::Canceled && told.approved_at.is_some());
    match &told.status {
        _ if came_in && !ours => Meaning::Mismatch("order or payment key".into()),
        _ if came_in && right => Meaning::Captured(told.clone()),
        _ if came_in && told.currency == payment.amount.currency.code() && told.total_amount > 0 => {
            Meaning::Astray(told.clone(), format!("{ANOTHER_AMOUNT}{} {}", told.total_amount, told.currency))
        }
        _ if came_in => Meaning::Mismatch("amount or currency".into()),
        TossStatus::WaitingForDeposit if !ours || !right => {
            Meaning::Mismatch("order, key or amount of an account".into())
        }
        TossStatus::WaitingForDeposit => Meaning::Waiting(told.clone()),
        TossStatus::Aborted | TossStatus::Expired | TossStatus::Canceled => {
            let unnamed = || Failure {
                code: "ABORTED".into(),
                message: "결제가 승인되지 않았습니다.".into(),
            };
            Meaning::Failed(told.failure.clone().unwrap_or_else(unnamed))
        }
        TossStatus::InProgress => Meaning::Uncaptured,
        TossStatus::Ready | TossStatus::Done | TossStatus::PartialCanceled | TossStatus::Other(_) => {
            Meaning::Unknown
        }
    }
}

/// What the provider paid back that is not recorded yet, and whether the refund in flight is among it.
pub fn unrecorded(payment: &Payment, told: &TossPayment, now: Timestamp) -> (Vec<Refunded>, bool) {
    let known =
        |cancel: &&TossCancel| payment.refunds.iter().any(|done| done.transaction == cancel.transaction_key);
    let ours =
        |cancel: &TossCancel| payment.refund.as_ref().filter(|refund| sent_reason(refund) == cancel.reason);
    let recorded = |cancel: &TossCancel| Refunded {
        transaction: cancel.transaction_key.clone(),
        amount: Money { minor: cancel.amount, ..payment.amount },
        reason: ours(cancel).map_or_else(|| cancel.reason.clone(), |refund| refund.reason.clone()),
        by: ours(cancel).map(|refund| refund.by.clone()),
        taker: payment.taker,
        at: cancel.at.unwrap_or(now),
    };
    let fresh: Vec<&TossCancel> = told
        .cancels
        .iter()
        .filter(|c| c.done && c.amount > 0 && !c.transaction_key.is_empty())
        .filter(|c| !known(c))
        .collect();
    let landed = fresh.iter().any(|cancel| ours(cancel).is_some());
    (fresh.into_iter().map(recorded).collect(), landed)
}

/// The reason as the provider gets it: at most 200 characters, with a mark by which its answer is recognised.
pub fn sent_reason(refund: &Refund) -> String {
    let reason: String = refund.reason.chars().take(180).collect();
    format!("{reason} [{}]", refund.mark)
}

/// A payment key as Toss makes them: up to 200 opaque characters, fit for a path segment.
pub fn is_payment_key(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"-_=.".contains(&b);
    (1..=200).contains(&text.len())
        && text.bytes().all(fits)
        && text.bytes().any(|b| b.is_ascii_alphanumeric())
}

impl Meaning {
    /// For the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Captured(_) => "captured",
            Self::Astray(..) => "astray",
            Self::Waiting(_) => "waiting",
            Self::Failed(_) => "failed",
            Self::Unknown => "unknown",
            Self::Mismatch(_) => "mismatch",
            Self::Uncaptured => "uncaptured",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Attempt, Purpose, Shelf, Status, Taker};
    use maru_kernel::{BookingId, Clock, Currency, OrderId, Random, UserId};

    fn payment() -> Payment {
        let (clock, random) = (Clock::from_fn(|| Timestamp::UNIX_EPOCH), Random::seeded(1));
        let attempt = Attempt {
            payment_key: "k".into(),
            idempotency_key: "i".into(),
            started_at: Timestamp::UNIX_EPOCH,
        };
        Payment {
            order_id: OrderId::new(&clock, &random),
            user_id: Some(UserId::new(&clock, &random)),
            purpose: Purpose::Booking { booking_id: BookingId::new(&clock, &random) },
            taker: Taker::Toss,
            amount: Money::new(40_000, Currency::KRW),
            order_name: "회의".into(),
            status: Status::Confirming,
            attempt: Some(attempt),
            account: None,
            deposit_secret: None,
            capture: None,
            refund: None,
            refund_account: None,
            refunds: Vec::new(),
            failure: None,
            review: None,
            open: None,
            next_check_at: None,
            shelf: Shelf::Payments,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            lock_version: 1,
        }
    }

    fn told(payment: &Payment, status: TossStatus) -> TossPayment {
        TossPayment {
            payment_key: "k".into(),
            order_id: payment.order_id.to_string(),
            status,
            total_amount: 40_000,
            balance_amount: 40_000,
            currency: "KRW".into(),
            method: None,
            approved_at: None,
            receipt_url: None,
            failure: None,
            cancels: Vec::new(),
            secret: None,
            virtual_account: None,
        }
    }

    fn cancel(key: &str, amount: i64, reason: &str) -> TossCancel {
        TossCancel { transaction_key: key.into(), amount, reason: reason.into(), at: None, done: true }
    }

    #[test]
    fn only_exactly_what_was_asked_counts_as_captured() {
        let payment = payment();
        let right = told(&payment, TossStatus::Done);
        let read = |told: &TossPayment| of_read_back(&payment, &ReadBack::Told(told.clone()), 0);
        let called = |told: &TossPayment| of_outcome(&payment, &Outcome::Told(told.clone()));
        assert!(matches!(called(&right), Meaning::Captured(_)));
        let strange = [
            TossPayment { currency: "USD".into(), ..right.clone() },
            TossPayment { order_id: "other".into(), ..right.clone() },
            TossPayment { payment_key: "other".into(), ..right.clone() },
            TossPayment { total_amount: 0, ..right.clone() },
        ];
        for wrong in strange {
            assert!(matches!(called(&wrong), Meaning::Mismatch(_)), "{wrong:?}");
            assert!(matches!(read(&wrong), Meaning::Mismatch(_)), "{wrong:?}");
        }
        let more = TossPayment { total_amount: 40_001, ..right.clone() };
        assert!(matches!(called(&more), Meaning::Astray(..)));
        assert!(matches!(read(&more), Meaning::Astray(..)));
    }

    #[test]
    fn what_was_cancelled_came_in_only_if_it_was_approved() {
        let payment = payment();
        let read = |told: TossPayment| of_read_back(&payment, &ReadBack::Told(told), 0);
        let cancelled = told(&payment, TossStatus::Canceled);
        assert!(matches!(read(cancelled.clone()), Meaning::Failed(_)));
        let approved_at = Some(Timestamp::UNIX_EPOCH);
        assert!(matches!(read(TossPayment { approved_at, ..cancelled }), Meaning::Captured(_)));
        assert!(matches!(read(told(&payment, TossStatus::PartialCanceled)), Meaning::Captured(_)));
        assert!(matches!(read(told(&payment, TossStatus::WaitingForDeposit)), Meaning::Waiting(_)));
    }

    #[test]
    fn refunds_are_known_by_the_providers_own_ids() {
        let mut payment = payment();
        let refund = Refund {
            amount: Money::new(5_000, Currency::KRW),
            reason: "변심".into(),
            by: "user:x".into(),
            mark: "AbC123".into(),
            key: "refund:o:1".into(),
            since: Timestamp::UNIX_EPOCH,
            waits: None,
        };
        payment.refund = Some(refund.clone());
        let cancels = vec![
            cancel("t1", 5_000, "변심"),
            cancel("t2", 5_000, "변심 [AbC123]"),
            TossCancel { done: false, ..cancel("t3", 5_000, "later") },
        ];
        let told = TossPayment { cancels, ..told(&payment, TossStatus::PartialCanceled) };
        let (fresh, landed) = unrecorded(&payment, &told, Timestamp::UNIX_EPOCH);
        let seen: Vec<_> = fresh.iter().map(|r| (r.transaction.as_str(), r.by.as_deref())).collect();
        assert_eq!((seen, landed), (vec![("t1", None), ("t2", Some("user:x"))], true));
        payment.refunds = fresh;
        assert_eq!(unrecorded(&payment, &told, Timestamp::UNIX_EPOCH), (Vec::new(), false), "once each");
        let long = Refund { reason: "가".repeat(500), ..refund };
        assert_eq!(sent_reason(&long).chars().count(), 189);
    }

    #[test]
    fn silence_and_not_found_prove_nothing_before_the_session_is_over() {
        let payment = payment();
        let in_progress = ReadBack::Told(told(&payment, TossStatus::InProgress));
        assert_eq!(of_read_back(&payment, &ReadBack::NotFound, SESSION_SECONDS), Meaning::Unknown);
        assert!(matches!(
            of_read_back(&payment, &ReadBack::NotFound, SESSION_SECONDS + 1),
            Meaning::Failed(_)
        ));
        assert_eq!(of_read_back(&payment, &in_progress, SESSION_SECONDS), Meaning::Uncaptured);
        assert!(matches!(of_read_back(&payment, &in_progress, SESSION_SECONDS + 1), Meaning::Failed(_)));
        assert_eq!(of_read_back(&payment, &ReadBack::Unknown("timeout".into()), i64::MAX), Meaning::Unknown);
        assert_eq!(of_outcome(&payment, &Outcome::Unknown("timeout".into())), Meaning::Unknown);
    }

    #[test]
    fn a_payment_key_fits_a_path_segment() {
        assert!(is_payment_key("tviva20261120AbCd"));
        for wrong in ["", ".", "..", "a/b", "a b", "한", &"a".repeat(201)] {
            assert!(!is_payment_key(wrong), "{wrong}");
        }
    }
}
