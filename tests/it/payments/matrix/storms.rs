//! Webhooks by the thousand, in any order, true and made up, beside confirms and refunds: hints change nothing
//! that the provider's own book does not say.

use super::*;

/// Who sends at once.
const SENDERS: usize = 8;
/// Webhooks where nobody says how many.
const USUAL: usize = 800;
/// Payments in each state.
const EACH: usize = 3;

/// How a payment was made before the storm, and where it has to stand after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    Ready,
    Done,
    Failed,
    /// Captured, and the answer lost.
    Lost,
    /// Neither captured nor answered.
    Hung,
    Waiting,
    /// Paid into, and nobody was told.
    Deposited,
    /// Paid into, and taken back untold.
    TakenBack,
    Part,
    /// Paid back by the shop's console, untold.
    Console,
    /// Confirmed while it storms.
    ToConfirm,
    /// Paid back in part while it storms.
    ToRefund,
}

const STATES: [(Made, &str, i64); 12] = [
    (Made::Ready, "READY", 0),
    (Made::Done, "DONE", 20_000),
    (Made::Failed, "FAILED", 0),
    (Made::Lost, "DONE", 20_000),
    (Made::Hung, "DONE", 20_000),
    (Made::Waiting, "WAITING_FOR_DEPOSIT", 0),
    (Made::Deposited, "DONE", 20_000),
    (Made::TakenBack, "WAITING_FOR_DEPOSIT", 0),
    (Made::Part, "PARTIALLY_REFUNDED", 15_000),
    (Made::Console, "PARTIALLY_REFUNDED", 13_000),
    (Made::ToConfirm, "DONE", 20_000),
    (Made::ToRefund, "PARTIALLY_REFUNDED", 15_000),
];

/// A payment, and where it has to stand in the end.
#[derive(Debug, Clone)]
struct Struck {
    made: Made,
    standing: &'static str,
    balance: i64,
    order: String,
    key: String,
}

/// A delivery: its body as it is sent.
type Delivery = Vec<u8>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_webhooks_leaves_every_payment_where_the_providers_book_has_it() -> Result<()> {
    let wanted = setting("MARU_HOOKS").and_then(|count| count.parse().ok()).unwrap_or(USUAL);
    let app = Arc::new(patient().await?);
    let (member, desk) = (app.member().await?, app.machine());
    let mut true_ones = Vec::new();
    let struck = make_all(&app, &member, &desk, &mut true_ones).await?;
    let mut storm: Vec<Delivery> = struck.iter().flat_map(lies).chain(garbage()).collect();
    storm.extend(true_ones.iter().cloned());
    let few = storm.len();
    while storm.len() < wanted {
        storm.push(storm[storm.len() % few].clone());
    }
    shuffle(&mut storm);
    let storm = Arc::new(storm);

    let senders = (0..SENDERS).map(|sender| tokio::spawn(send(Arc::clone(&app), Arc::clone(&storm), sender)));
    let confirms = struck.iter().filter(|one| one.made == Made::ToConfirm).flat_map(|one| [one; 3]);
    let confirms = confirms.map(|one| member.confirm(&one.key, &one.order, 20_000));
    let part = json!({"amount": 5_000, "reason": "일부"});
    let refunds = struck.iter().filter(|one| one.made == Made::ToRefund).flat_map(|one| [one; 3]);
    let refunds: Vec<_> = refunds.map(|one| (format!("/payments/{}/cancel", one.key), &part)).collect();
    let refunds = refunds.iter().map(|(path, part)| desk.post(path, part));
    let (sent, confirmed, refunded) =
        tokio::join!(join_all(senders), try_join_all(confirms), try_join_all(refunds));
    let mut heard: BTreeMap<u16, usize> = BTreeMap::new();
    for told in sent {
        told??.into_iter().for_each(|status| *heard.entry(status).or_default() += 1);
    }
    for reply in confirmed?.iter().chain(&refunded?) {
        assert!([200, 202].contains(&reply.status), "{reply:?}");
    }
    assert!(heard.keys().all(|status| [200, 400, 413, 422].contains(status)), "{heard:?}");

    // What the provider told meanwhile comes last, and the checker finds what no hint told.
    for webhook in app.stack().outsiders.toss.webhooks().iter().rev() {
        assert_eq!(app.stranger().post("/webhooks/toss", &webhook.body).await?.status, 200);
    }
    for _ in 0..12 {
        let _checked = check_after(&app, 60).await?;
    }
    let desk = app.staff("admin").await?;
    for one in &struck {
        let shown = payment(&desk, &one.order).await?;
        let balance = shown.body["balance_amount"].as_i64();
        assert_eq!((shown.text("/status").as_str(), balance), (one.standing, Some(one.balance)), "{one:?}");
        assert_eq!(till(&app, &one.order).await?, one.balance, "{one:?}");
        let theirs = app.stack().outsiders.toss.payment(&one.key).context("gone")?;
        let came_in = theirs["approvedAt"].is_string();
        let there = if came_in { theirs["balanceAmount"].as_i64() } else { Some(0) };
        assert_eq!(there, Some(one.balance), "{one:?}: {theirs}");
        let captured =
            actions(&trail(&app, &one.order).await?).iter().filter(|a| **a == "payment.captured").count();
        let deposits = usize::from(came_in || one.made == Made::TakenBack);
        assert_eq!(captured, deposits, "{one:?}");
    }
    println!("{} webhooks over {} payments: {heard:?}, won difference 0", storm.len(), struck.len());
    Ok(())
}

/// Every sender sends its share, and answers what it was told.
async fn send(app: Arc<App>, storm: Arc<Vec<Delivery>>, sender: usize) -> Result<Vec<u16>> {
    let nobody = app.stranger();
    let mut told = Vec::new();
    for body in storm.iter().skip(sender).step_by(SENDERS) {
        let headers = [("content-type", "application/json")];
        let reply = nobody.send(Method::POST, "/webhooks/toss", &headers, Some(body.clone())).await?;
        ensure!(reply.status < 500, "{reply:?}");
        told.push(reply.status);
    }
    Ok(told)
}

/// Payments in every state, and the true deliveries about them, most of which never arrived.
async fn make_all(app: &App, member: &Guest, desk: &Guest, told: &mut Vec<Delivery>) -> Result<Vec<Struck>> {
    let toss = &app.stack().outsiders.toss;
    let mut all = Vec::new();
    for (number, (made, standing, balance)) in
        STATES.into_iter().cycle().take(STATES.len() * EACH).enumerate()
    {
        let day = jiff::civil::date(2026, 12, 2)
            .saturating_add(jiff::Span::new().days(i64::try_from(number / 12)?));
        let from = 9 + u8::try_from(number % 12)?;
        let wish = wish_for(ROOM_A, &day.to_string(), from, from + 1);
        let (_, order, mut key) = member.up_to_the_window(app, &wish).await?;
        let account = matches!(made, Made::Waiting | Made::Deposited | Made::TakenBack);
        if account {
            key = toss.authenticate(&order, 20_000, Some("VIRTUAL_ACCOUNT"));
        }
        let met = [
            (Made::Failed, Behaviour::Decline),
            (Made::Lost, Behaviour::Error500AfterCapture),
            (Made::Hung, Behaviour::Error500),
        ];
        toss.next(met.into_iter().filter(|(of, _)| *of == made).map(|(_, behaviour)| behaviour));
        if !matches!(made, Made::Ready | Made::ToConfirm) {
            let status = member.confirm(&key, &order, 20_000).await?.status;
            ensure!([200, 202, 409].contains(&status), "{made:?}: {status}");
        }
        if made == Made::Part {
            let back = json!({"amount": 5_000, "reason": "일부"});
            ensure!(desk.post(&format!("/payments/{key}/cancel"), &back).await?.status == 200);
        }
        if made == Made::Console {
            ensure!(toss.cancel_outside(&key, Some(7_000)));
        }
        if matches!(made, Made::Deposited | Made::TakenBack) {
            ensure!(toss.deposit(&order));
        }
        let so_far = toss.webhooks();
        if made == Made::TakenBack {
            for webhook in &so_far {
                ensure!(app.stranger().post("/webhooks/toss", &webhook.body).await?.status == 200);
            }
            ensure!(toss.take_back_deposit(&order));
        }
        told.extend(
            so_far.iter().chain(&toss.webhooks()).map(|webhook| webhook.body.to_string().into_bytes()),
        );
        all.push(Struck { made, standing, balance, order, key });
    }
    Ok(all)
}

/// What somebody could make up about a payment.
fn lies(of: &Struck) -> Vec<Delivery> {
    let Struck { order, key, .. } = of;
    let event = |status: &str, amount: Value| {
        let data = json!({
            "orderId": order, "paymentKey": key, "status": status, "totalAmount": amount, "balanceAmount": amount,
            "approvedAt": "2026-12-01T08:00:00+09:00", "secret": "ps_made_up",
            "cancels": [{"transactionKey": "made-up", "cancelAmount": amount, "cancelStatus": "DONE"}],
        });
        json!({"eventType": "PAYMENT_STATUS_CHANGED", "createdAt": "1999-01-01T00:00:00.000000", "data": data})
    };
    let mut lies = Vec::new();
    for status in ["DONE", "CANCELED", "PARTIAL_CANCELED", "ABORTED", "EXPIRED", "WAITING_FOR_DEPOSIT", "NEW"]
    {
        lies.push(event(status, json!(20_000)));
        lies.push(event(status, json!(1)));
    }
    lies.push(event("DONE", json!("9007199254740993")));
    for secret in [json!("guess"), json!(""), json!(7), Value::Null] {
        lies.push(json!({"orderId": order, "secret": secret, "status": "DONE", "transactionKey": "t"}));
        lies.push(json!({"orderId": order, "secret": secret, "status": "CANCELED", "transactionKey": "t"}));
    }
    lies.push(
        json!({"eventType": "CANCEL_STATUS_CHANGED", "data": {"orderId": order, "cancelStatus": "DONE"}}),
    );
    lies.into_iter().map(|lie| lie.to_string().into_bytes()).collect()
}

/// What is about nothing of ours, or about nothing at all.
fn garbage() -> Vec<Delivery> {
    let unknown = "01900000-0000-7000-8000-0000000000ff";
    let told = |order: &str| {
        let data = json!({"orderId": order, "paymentKey": "x", "status": "DONE", "totalAmount": 1});
        json!({"eventType": "PAYMENT_STATUS_CHANGED", "data": data}).to_string().into_bytes()
    };
    let long = "a".repeat(70_000);
    let mut all: Vec<Delivery> =
        [unknown, "", "key#x", "compared", "stray#x", "../..", long.as_str()].map(told).into();
    let texts =
        ["", "null", "[]", "7", "\"text\"", "{", "not json", "{}", "{\"data\":{\"data\":{}}}", "\u{feff}{}"];
    all.extend(texts.map(|text| text.as_bytes().to_vec()));
    all.push(vec![0xff, 0xfe, 0x00, 0x7b]);
    all.push("[".repeat(5_000).into_bytes());
    all
}

/// The same order in every run, and none that anybody thought of.
fn shuffle(all: &mut [Delivery]) {
    let random = maru_kernel::Random::seeded(7);
    for at in (1..all.len()).rev() {
        let other = usize::try_from(random.below(at as u64 + 1)).unwrap_or_default();
        all.swap(at, other);
    }
}
