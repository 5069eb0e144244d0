//! Races for one hour, on the embedded engine or on another one: `MARU_DYNAMO=http://127.0.0.1:port`
//! names a second opinion, empty or with our tables.

mod closing;
mod hand;
mod live;
mod recorder;
mod rush;
mod world;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, ensure};
use futures::future::try_join_all;
use harness::app::{App, Guest, Wish, wish_for};
use harness::faults::{Calls, Fault};
use harness::people::{ROOM_A, ROOM_B};
use serde_json::{Value, json};

/// People who want the same hour at the same time.
const CLIENTS: usize = 64;

#[allow(clippy::disallowed_methods, reason = "switches of the developer, read by no product code")]
pub(crate) fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

async fn app() -> Result<App> {
    App::with(Wish { dynamo: setting("MARU_DYNAMO"), ..Wish::default() }).await
}

/// Hours nobody has used in this run: a room's twelve hours a day, day after day.
fn hour(room: &str, round: usize) -> Value {
    let day = jiff::civil::date(2026, 12, 2)
        .checked_add(jiff::Span::new().days(i64::try_from(round / 12).unwrap()))
        .unwrap();
    let from = u8::try_from(9 + round % 12).unwrap();
    wish_for(room, &day.to_string(), from, from + 1)
}

/// 64 clients, one hour, 200 rounds: one winner each. `MARU_ROUNDS` makes it shorter.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_sixty_four_clients_for_one_hour_exactly_one_gets_it_in_every_round() -> Result<()> {
    let app = app().await?;
    let rounds = setting("MARU_ROUNDS").and_then(|r| r.parse().ok()).unwrap_or(25);
    let guests = [
        app.member().await?,
        app.another().await?,
        app.staff("instructor").await?,
        app.staff("operator").await?,
    ];
    for round in 0..rounds {
        let wish = hour(ROOM_B, round);
        let replies =
            try_join_all((0..CLIENTS).map(|n| guests[n % guests.len()].post("/api/bookings", &wish))).await?;
        let mut by_status: BTreeMap<u16, usize> = BTreeMap::new();
        for reply in &replies {
            *by_status.entry(reply.status).or_default() += 1;
        }
        ensure!(by_status.get(&201) == Some(&1), "round {round}: {by_status:?}");
        ensure!(by_status.keys().all(|status| [201, 409].contains(status)), "round {round}: {by_status:?}");
    }
    println!("{rounds} rounds of {CLIENTS} clients: one winner each");
    judge(&guests).await
}

/// Everybody's confirmed and held bookings, read back: no two of them overlap.
async fn judge(guests: &[Guest]) -> Result<()> {
    let mut taken: Vec<(String, String, String, String)> = Vec::new();
    for guest in guests {
        let mut next = String::new();
        loop {
            let page = guest.get(&format!("/api/bookings?next={next}")).await?;
            for booking in page.body["data"].as_array().unwrap() {
                if ["confirmed", "held", "paying", "pending"].contains(&booking["status"].as_str().unwrap()) {
                    let text = |name: &str| booking[name].as_str().unwrap().to_owned();
                    taken.push((text("room_id"), text("start_time"), text("end_time"), text("id")));
                }
            }
            if page.body["pagination"]["has_next"] == false {
                break;
            }
            next = page.text("/pagination/next");
        }
    }
    taken.sort();
    for pair in taken.windows(2) {
        ensure!(pair[0].0 != pair[1].0 || pair[0].2 <= pair[1].1, "overlap: {pair:?}");
    }
    Ok(())
}

/// Overlapping wishes of different lengths, cancels and expiries, all at once: whoever is told 201 has
/// hours nobody else has.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scramble_for_a_day_leaves_no_overlap() -> Result<()> {
    let app = app().await?;
    let guests = [app.member().await?, app.another().await?, app.staff("instructor").await?];
    for round in 0_u8..6 {
        let day = format!("2027-01-{:02}", round + 10);
        let wishes = (0..48_u8).map(|n| {
            let from = 9 + (n % 11 * 7 + round) % 11;
            let wish = wish_for(ROOM_A, &day, from, (from + 1 + n % 3).min(22));
            let guest = guests[usize::from(n) % guests.len()].clone();
            async move {
                let reply = guest.post("/api/bookings", &wish).await?;
                if reply.status == 201 && n % 5 == 0 {
                    let id = reply.text("/data/id");
                    let cancelled = guest.delete(&format!("/api/bookings/{id}")).await?;
                    ensure!(cancelled.status == 200, "{cancelled:?}");
                }
                ensure!([201, 409].contains(&reply.status), "{reply:?}");
                Ok(())
            }
        });
        try_join_all(wishes).await?;
        if round % 2 == 1 {
            app.clock.advance(600);
        }
    }
    judge(&guests).await
}

/// Two who take back the same cancellation: the second one reads the booking, then waits for its day while
/// the first one is done. What it finds there is the booking itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_back_meanwhile_is_not_in_its_own_way() -> Result<()> {
    let app = App::start().await?;
    let staff = app.staff("operator").await?;
    let booking = staff.book(&wish_for(ROOM_B, "2026-12-02", 9, 10)).await?;
    let path = format!("/api/bookings/{}", booking["id"].as_str().unwrap_or_default());
    for read in 0..6 {
        ensure!(staff.delete(&path).await?.status == 200);
        app.faults.times(read, Calls::Reads, Fault::Delay(Duration::ZERO));
        app.faults.next(Calls::Reads, Fault::Delay(Duration::from_millis(500)));
        let restore = format!("{path}/restore");
        let slow = tokio::spawn({
            let (staff, restore) = (staff.clone(), restore.clone());
            async move { staff.post(&restore, &json!({})).await }
        });
        while app.faults.left() > 0 && !slow.is_finished() {
            tokio::task::yield_now().await;
        }
        app.faults.clear();
        let quick = staff.post(&restore, &json!({})).await?;
        let slow = slow.await??;
        let told: Vec<_> = [&quick, &slow].map(|reply| (reply.status, reply.text("/code"))).into();
        ensure!(told.contains(&(200, String::new())), "{read}: {told:?}");
        ensure!(told.contains(&(409, "wrong_status".to_owned())), "{read}: {told:?}");
    }
    Ok(())
}
