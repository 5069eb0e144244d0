//! Our own client against the fake: what one says the other understands.

use std::time::Duration;

use jiff::SignedDuration;
use maru_dial::Dial;
use maru_kernel::Secret;
use maru_toss::{
    Cancel, Charge, Confirm, Issued, Outcome, ReadBack, RefundAccount, Toss, TossPayment, TossStatus,
};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::super::Behaviour;
use super::{ORDER, SECRET, Shop};

const TIME: Duration = Duration::from_secs(10);

/// A shop whose provider is served, as our client needs it.
struct Served {
    shop: Shop,
    toss: Toss,
    server: JoinHandle<std::io::Result<()>>,
}

impl Served {
    async fn new() -> Self {
        let shop = Shop::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let api = shop.toss.api();
        let server = tokio::spawn(async move { axum::serve(listener, api).await });
        let toss = Toss::new(Dial::new().unwrap(), &base, &Secret::new(SECRET));
        Self { shop, toss, server }
    }

    async fn pay(&self, method: &str) -> TossPayment {
        let payment_key = self.shop.toss.authenticate(ORDER, 45_000, Some(method));
        let key = format!("confirm:{payment_key}");
        let confirm =
            Confirm { payment_key: &payment_key, order_id: ORDER, amount: 45_000, idempotency_key: &key };
        told(self.toss.confirm(&confirm).await)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn told(outcome: Outcome) -> TossPayment {
    let Outcome::Told(payment) = outcome else { panic!("{outcome:?}") };
    payment
}

fn all_of<'a>(payment: &'a TossPayment, key: &'a str) -> Cancel<'a> {
    Cancel {
        payment_key: &payment.payment_key,
        reason: "plans changed",
        amount: None,
        refundable: None,
        account: None,
        idempotency_key: key,
    }
}

#[tokio::test]
async fn money_goes_back_in_parts_once_per_key_and_under_the_lock() {
    let served = Served::new().await;
    let payment = served.pay("CARD").await;
    let reason = "가".repeat(300);
    let part =
        Cancel { amount: Some(5_000), refundable: Some(45_000), reason: &reason, ..all_of(&payment, "a") };
    for _ in 0..2 {
        let after = told(served.toss.cancel_within(&part, TIME).await);
        assert_eq!((after.status, after.balance_amount), (TossStatus::PartialCanceled, 40_000));
        assert_eq!((after.cancels.len(), after.cancels[0].amount, after.cancels[0].done), (1, 5_000, true));
    }
    let stale = Cancel { idempotency_key: "b", ..part.clone() };
    let Outcome::Declined(failure) = served.toss.cancel_within(&stale, TIME).await else { panic!() };
    assert_eq!(failure.code, "NOT_MATCHES_REFUNDABLE_AMOUNT");
    let after = told(served.toss.cancel_within(&all_of(&payment, "c"), TIME).await);
    assert_eq!((after.balance_amount, after.cancels.len()), (0, 2));
    assert_eq!(served.shop.toss.refunds(ORDER), 2);
    let ReadBack::Told(read) = served.toss.read_within(&payment.payment_key, TIME).await else { panic!() };
    let ReadBack::Told(by_order) = served.toss.read_order(ORDER).await else { panic!() };
    assert_eq!((&read, &by_order), (&after, &after));
    assert_eq!(served.toss.read_order("no_such_order").await, ReadBack::NotFound);
}

#[tokio::test]
async fn a_virtual_account_is_opened_paid_in_to_and_paid_back() {
    let served = Served::new().await;
    let payment = served.pay("VIRTUAL_ACCOUNT").await;
    assert_eq!(payment.status, TossStatus::WaitingForDeposit);
    let due = payment.virtual_account.as_ref().unwrap().due_at.unwrap();
    assert_eq!(due, *served.shop.clock.lock().unwrap() + SignedDuration::from_hours(168));
    served.shop.toss.deposit(ORDER);
    let callback = &served.shop.toss.webhooks()[1];
    assert_eq!(callback.body["secret"], payment.secret.as_ref().unwrap().expose());
    let Outcome::Declined(failure) = served.toss.cancel_within(&all_of(&payment, "a"), TIME).await else {
        panic!()
    };
    assert_eq!(failure.code, "INVALID_REFUND_ACCOUNT_INFO");
    let account = RefundAccount { bank: "20".into(), number: "1002".into(), holder: "김".into() };
    let cancel = Cancel { account: Some(&account), ..all_of(&payment, "b") };
    assert_eq!(told(served.toss.cancel_within(&cancel, TIME).await).status, TossStatus::Canceled);
}

#[tokio::test]
async fn a_card_on_file_is_issued_charged_and_forgotten() {
    let served = Served::new().await;
    let proof = served.shop.toss.authorize_card("customer-1");
    let issue = || served.toss.issue_billing_key(&proof, "customer-1", "issue");
    let Issued::Key(card) = issue().await else { panic!() };
    assert_eq!(issue().await, Issued::Key(card.clone()), "the same call brings the answer again");
    assert_eq!((card.customer_key.as_str(), card.card.as_deref()), ("customer-1", Some("40001111****222*")));
    let Issued::Declined(_) = served.toss.issue_billing_key(&proof, "customer-1", "again").await else {
        panic!()
    };
    let charge = Charge {
        billing_key: card.billing_key.expose(),
        customer_key: "customer-1",
        amount: 9_900,
        order_id: ORDER,
        order_name: "Owner plan",
        idempotency_key: "charge",
    };
    let payment = told(served.toss.charge(&charge).await);
    assert_eq!((payment.status, payment.total_amount), (TossStatus::Done, 9_900));
    assert_eq!(served.toss.forget_billing_key(charge.billing_key, "forget").await, Ok(true));
    assert_eq!(served.toss.forget_billing_key(charge.billing_key, "forget").await, Ok(false));
    let later = Charge { order_id: "sub_2026_12", idempotency_key: "later", ..charge };
    assert!(matches!(served.toss.charge(&later).await, Outcome::Declined(_)));
}

#[tokio::test]
async fn the_ledger_is_read_in_our_time() {
    let served = Served::new().await;
    let payment = served.pay("CARD").await;
    served.shop.wait(60);
    let now = *served.shop.clock.lock().unwrap();
    served.shop.toss.cancel_outside(&payment.payment_key, None);
    let minute = SignedDuration::from_secs(60);
    let lines = served.toss.transactions(now - minute, now, None).await.unwrap();
    let kinds: Vec<_> = lines.iter().map(|line| (line.status.clone(), line.amount)).collect();
    assert_eq!(kinds, [(TossStatus::Done, 45_000), (TossStatus::Canceled, 45_000)]);
    assert_eq!((lines[1].at, lines[0].order_id.as_str()), (Some(now), ORDER));
    let rest = served.toss.transactions(now - minute, now, Some(&lines[0].transaction_key)).await.unwrap();
    assert_eq!(rest, [lines[1].clone()]);
    let refused = served.toss.transactions(now, now - minute, None).await;
    assert_eq!(refused, Err("INVALID_REQUEST".to_owned()));
}

#[tokio::test]
async fn whatever_goes_wrong_with_a_cancel_or_a_read_is_unknown() {
    let served = Served::new().await;
    let payment = served.pay("CARD").await;
    let faults = [Behaviour::Error500, Behaviour::Html, Behaviour::Processing, Behaviour::Redirect];
    served.shop.toss.next_cancel(faults);
    served.shop.toss.next_read(faults);
    for fault in faults {
        let cancelled = served.toss.cancel_within(&all_of(&payment, "a"), TIME).await;
        assert!(matches!(cancelled, Outcome::Unknown(_)), "{fault:?}: {cancelled:?}");
        let read = served.toss.read(&payment.payment_key).await;
        assert!(matches!(read, ReadBack::Unknown(_)), "{fault:?}: {read:?}");
    }
    served.shop.toss.next_read([Behaviour::Huge]);
    assert!(matches!(served.toss.read(&payment.payment_key).await, ReadBack::Unknown(_)));
    served.shop.toss.next_cancel([Behaviour::Hang]);
    let hung = served.toss.cancel_within(&all_of(&payment, "a"), Duration::from_millis(50)).await;
    assert!(matches!(hung, Outcome::Unknown(_)));
    assert_eq!(served.shop.toss.refunds(ORDER), 0);
}

#[tokio::test]
async fn a_silent_provider_hangs_up_at_once() {
    let served = Served::new().await;
    let payment = served.pay("CARD").await;
    served.shop.toss.silent(true);
    let cancelled = served.toss.cancel_within(&all_of(&payment, "a"), TIME).await;
    assert_eq!(cancelled, Outcome::Unknown("unreadable answer".to_owned()));
    assert!(matches!(served.toss.read(&payment.payment_key).await, ReadBack::Unknown(_)));
    let now = *served.shop.clock.lock().unwrap();
    assert!(served.toss.transactions(now, now, None).await.is_err());
    assert!(served.toss.forget_billing_key("bk", "forget").await.is_err());
    served.shop.toss.silent(false);
    assert_eq!(told(served.toss.cancel_within(&all_of(&payment, "a"), TIME).await).balance_amount, 0);
}
