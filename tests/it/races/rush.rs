//! Two hundred at once: for one slot, and for as many slots of a day that opens.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use futures::future::{join_all, try_join_all};
use harness::app::{App, Guest};
use serde_json::{Value, json};

use super::{app, setting};

/// Clients at once.
const CLIENTS: usize = 200;
/// How long anybody waits for an answer.
const PATIENCE: Duration = Duration::from_secs(4);
/// Rounds of the usual run.
const ROUNDS: usize = 3;

async fn guests(app: &App) -> Result<Vec<Guest>> {
    Ok(vec![
        app.member().await?,
        app.another().await?,
        app.staff("instructor").await?,
        app.staff("operator").await?,
    ])
}

async fn room(app: &App, more: Value) -> Result<String> {
    let mut room = json!({
        "name": "개장", "capacity": 4, "hourly_rate": 0, "slot_minutes": 15, "min_minutes": 15, "open_time": "00:00",
        "close_time": "24:00",
    });
    room.as_object_mut()
        .into_iter()
        .for_each(|room| room.extend(more.as_object().cloned().unwrap_or_default()));
    let made = app.staff("admin").await?.post("/rooms", &room).await?;
    ensure!(made.status == 201, "{made:?}");
    Ok(made.text("/data/id"))
}

/// A quarter of an hour of a day.
fn quarter(room: &str, day: &str, slot: usize) -> Value {
    let clock = |slot: usize| format!("{:02}:{:02}:00", slot / 4, slot % 4 * 15);
    json!({"room_id": room, "start_time": format!("{day}T{}", clock(slot)), "end_time": format!("{day}T{}", clock(slot + 1)), "title": "개장"})
}

/// One round: how many were told what, and the slowest answer.
async fn all_at_once(guests: &[Guest], wishes: &[Value]) -> Result<(BTreeMap<u16, usize>, Vec<Duration>)> {
    let asked = wishes.iter().enumerate().map(|(n, wish)| async move {
        let begin = Instant::now();
        let reply = guests[n % guests.len()].post("/api/bookings", wish).await?;
        anyhow::Ok((reply.status, begin.elapsed()))
    });
    let (mut by_status, mut times) = (BTreeMap::new(), Vec::new());
    for (status, time) in try_join_all(asked).await? {
        *by_status.entry(status).or_insert(0) += 1;
        times.push(time);
    }
    times.sort_unstable();
    Ok((by_status, times))
}

/// Trips to the store that booking made so far.
fn used(app: &App) -> u64 {
    app.stack().store("bookings").map_or(0, |db| db.meter().used().trips)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_hundred_clients_for_one_slot_exactly_one_gets_it() -> Result<()> {
    let app = app().await?;
    let guests = guests(&app).await?;
    let rounds = setting("MARU_ROUNDS").and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
    for (kind, more) in [
        ("a plain room", json!({})),
        ("a rush", json!({"rush": true})),
        ("a priced room", json!({"hourly_rate": 10_000})),
    ] {
        let room = room(&app, more).await?;
        let (mut slowest, mut contended) = (Duration::ZERO, 0);
        for round in 0..rounds {
            let day = jiff::civil::date(2026, 12, 3)
                .checked_add(jiff::Span::new().days(i64::try_from(round / 90)?))?;
            let wish = quarter(&room, &day.to_string(), round % 90);
            let (by_status, times) = all_at_once(&guests, &vec![wish; CLIENTS]).await?;
            ensure!(by_status.get(&201) == Some(&1), "{kind}, round {round}: {by_status:?}");
            // 503: too many at once for a machine as slow as this one; nothing was written.
            let known = by_status.keys().all(|status| [201, 409, 503].contains(status));
            ensure!(known, "{kind}, round {round}: {by_status:?}");
            contended += by_status.get(&503).copied().unwrap_or(0);
            slowest = slowest.max(times.last().copied().unwrap_or_default());
        }
        println!(
            "{kind}: {rounds} rounds of {CLIENTS} clients for one slot, one winner each, {contended} gave up, slowest answer {slowest:.1?}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_clients_for_as_many_slots_of_a_rush_are_all_served_in_time() -> Result<()> {
    let app = app().await?;
    let guests = guests(&app).await?;
    let rooms: Vec<String> = join_all((0..3).map(|_| room(&app, json!({"rush": true}))))
        .await
        .into_iter()
        .collect::<Result<_>>()?;
    let (mut most, mut quickest) = (0, Duration::MAX);
    for round in 0..ROUNDS {
        let day = format!("2026-12-{:02}", 3 + round);
        // Everybody another slot, those of a room side by side: 67 of 96.
        let wishes: Vec<Value> = (0..CLIENTS).map(|n| quarter(&rooms[n % 3], &day, 20 + n / 3)).collect();
        let before = used(&app);
        let (by_status, times) = all_at_once(&guests, &wishes).await?;
        let trips = used(&app) - before;
        let in_time = times.iter().filter(|time| **time <= PATIENCE).count();
        println!(
            "round {round}: {by_status:?}, {in_time} in time, median {:.2?}, slowest {:.2?}, {trips} trips to the store",
            times[CLIENTS / 2],
            times[CLIENTS - 1],
        );
        ensure!(by_status.get(&201) == Some(&CLIENTS), "round {round}: {by_status:?}");
        (most, quickest) = (most.max(in_time), quickest.min(times[CLIENTS - 1]));
    }
    println!("{most} of {CLIENTS} served within {PATIENCE:?}, the last one after {quickest:.2?}");
    // How long it takes says nothing where others have the machine.
    ensure!(most * 1_000 >= CLIENTS * 999 || is_busy(), "only {most} of {CLIENTS}");
    Ok(())
}

/// Whether twice as many want to compute as can.
fn is_busy() -> bool {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().and_then(|load| load.parse::<f64>().ok()).unwrap_or(0.0);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    u32::try_from(cores).is_ok_and(|cores| load > 2.0 * f64::from(cores))
}
