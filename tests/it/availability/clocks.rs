//! Days of twenty-three, twenty-three and a half, twenty-four and a half, and twenty-five hours.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::*;

/// Zones, and dates on which their clocks are set, or are not.
const DATES: [(&str, &str, i64); 8] = [
    ("Asia/Seoul", "2026-12-06", 1440),
    ("Pacific/Guam", "2027-03-14", 1440),
    ("America/New_York", "2027-03-14", 1380),
    ("America/New_York", "2027-11-07", 1500),
    ("America/New_York", "2027-03-13", 1440),
    ("Australia/Lord_Howe", "2027-04-04", 1470),
    ("Australia/Lord_Howe", "2027-10-03", 1410),
    ("Australia/Lord_Howe", "2027-10-04", 1440),
];

/// A room that never closes, on a grid of a quarter of an hour.
async fn always_open(app: &App, zone: &str) -> Result<String> {
    room(app, json!({"zone": zone, "open_time": "00:00", "close_time": "24:00"})).await
}

/// The instants of a local day at which a quarter of an hour begins, and its end.
fn quarters(zone: &str, date: &str) -> Result<Vec<Timestamp>> {
    let (zone, date) = (TimeZone::get(zone)?, date.parse::<Date>()?);
    let (mut at, end) =
        (date.to_zoned(zone.clone())?.timestamp(), date.tomorrow()?.to_zoned(zone)?.timestamp());
    let mut all = vec![at];
    while at < end {
        at = at.checked_add(15.minutes())?;
        all.push(at);
    }
    Ok(all)
}

#[tokio::test]
async fn a_day_is_as_long_as_its_clocks_make_it() -> Result<()> {
    let app = App::start().await?;
    for (zone, date, minutes) in DATES {
        let room = always_open(&app, zone).await?;
        let free = spans(&days(&app, &room, &format!("from={date}")).await?[0]);
        assert_eq!(free.len(), 1, "{zone} {date}: {free:?}");
        let (start, end) = (free[0].0.parse::<Timestamp>()?, free[0].1.parse::<Timestamp>()?);
        let quarters = quarters(zone, date)?;
        assert_eq!(Some((&start, &end)), quarters.first().zip(quarters.last()), "{zone} {date}");
        let month = days(&app, &room, &format!("month={}", &date[..7])).await?;
        let day = month.iter().find(|day| day["date"] == date).context("no such day")?;
        assert_eq!(
            (&day["open_minutes"], &day["free_minutes"]),
            (&json!(minutes), &json!(minutes)),
            "{zone}"
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_quarter_of_such_a_day_is_booked_once_and_the_day_is_full() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    for (zone, date, minutes) in DATES {
        let room = always_open(&app, zone).await?;
        let quarters = quarters(zone, date)?;
        assert_eq!(i64::try_from(quarters.len())?, minutes / 15 + 1);
        for pair in quarters.windows(2) {
            let wish = at(&room, &pair[0].to_string(), &pair[1].to_string());
            let reply = member.post("/api/bookings", &wish).await?;
            ensure!(reply.status == 201, "{zone} {wish}: {reply:?}");
        }
        let again = quarters.windows(2).step_by(7).map(|pair| {
            let (another, wish) = (&another, at(&room, &pair[0].to_string(), &pair[1].to_string()));
            async move { another.post("/api/bookings", &wish).await }
        });
        for reply in try_join_all(again).await? {
            ensure!(refusal(&reply) == (409, "slot_taken".into()), "{zone} {date}: {reply:?}");
        }
        ensure!(spans(&days(&app, &room, &format!("from={date}")).await?[0]).is_empty(), "{zone} {date}");
        let month = days(&app, &room, &format!("month={}", &date[..7])).await?;
        let day = month.iter().find(|day| day["date"] == date).context("no such day")?;
        ensure!(day["state"] == "full", "{zone} {date}: {day}");
    }
    Ok(())
}

#[tokio::test]
async fn whatever_is_offered_around_such_an_hour_can_be_had_and_is_offered_once() -> Result<()> {
    let app = App::start().await?;
    let (member, another) = (app.member().await?, app.another().await?);
    for (zone, date, _) in DATES {
        let room = always_open(&app, zone).await?;
        let quarters = quarters(zone, date)?;
        // From one to two and a half, by the hours that have passed; four wishes of different lengths.
        for (from, length) in [(4, 6), (5, 2), (8, 4), (10, 1)] {
            let wish = at(&room, &quarters[from].to_string(), &quarters[from + length].to_string());
            let mut refused = another.post("/api/bookings", &wish).await?;
            if refused.status == 201 {
                refused = another.post("/api/bookings", &wish).await?;
            }
            ensure!(refusal(&refused) == (409, "slot_taken".into()), "{zone} {date}: {refused:?}");
            ensure!(take_all(&member, &room, &refused).await? > 0, "{zone} {date}: {refused:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_wall_clock_time_that_is_skipped_is_no_time_and_one_that_comes_twice_is_the_first() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let york = always_open(&app, "America/New_York").await?;
    let skipped =
        member.post("/api/bookings", &at(&york, "2027-03-14T02:30:00", "2027-03-14T03:30:00")).await?;
    assert_eq!((skipped.status, faults(&skipped)), (422, named(&[("/start_time", "type")])));
    let over = member.book(&at(&york, "2027-03-14T01:30:00", "2027-03-14T03:30:00")).await?;
    assert_eq!(over["start_time"], "2027-03-14T01:30:00-05:00");
    assert_eq!(over["end_time"], "2027-03-14T03:30:00-04:00");
    let first = member.book(&at(&york, "2027-11-07T01:00:00", "2027-11-07T01:45:00")).await?;
    assert_eq!(first["start_time"], "2027-11-07T01:00:00-04:00");
    let second = member.book(&at(&york, "2027-11-07T01:00:00-05:00", "2027-11-07T01:45:00-05:00")).await?;
    assert_eq!(second["start_time"], "2027-11-07T01:00:00-05:00");
    let lord_howe = always_open(&app, "Australia/Lord_Howe").await?;
    let skipped = at(&lord_howe, "2027-10-03T02:15:00", "2027-10-03T03:00:00");
    assert_eq!(member.post("/api/bookings", &skipped).await?.status, 422);
    let half = member.book(&at(&lord_howe, "2027-10-03T01:45:00", "2027-10-03T02:30:00")).await?;
    assert_eq!(
        (&half["start_time"], &half["end_time"]),
        (&json!("2027-10-03T01:45:00+10:30"), &json!("2027-10-03T02:30:00+11:00"))
    );
    Ok(())
}

#[tokio::test]
async fn an_hour_is_paid_for_as_an_hour_on_days_when_clocks_are_set() -> Result<()> {
    let app = App::start().await?;
    let member = app.member().await?;
    let priced = json!({"zone": "America/New_York", "open_time": "00:00", "close_time": "24:00", "hourly_rate": 10_000});
    let york = room(&app, priced).await?;
    for (start, end, amount) in [
        ("2027-03-14T01:00:00", "2027-03-14T04:00:00", 20_000),
        ("2027-11-07T00:00:00", "2027-11-07T03:00:00", 40_000),
        ("2027-11-08T00:00:00", "2027-11-08T03:00:00", 30_000),
    ] {
        let booking = member.book(&at(&york, start, end)).await?;
        assert_eq!(booking["amount"], amount, "{start}");
    }
    Ok(())
}

#[tokio::test]
async fn one_instant_is_two_dates_and_two_rooms_know_their_own() -> Result<()> {
    let app = App::start().await?;
    let (guam, york) =
        (always_open(&app, "Pacific/Guam").await?, always_open(&app, "America/New_York").await?);
    let member = app.member().await?;
    for room in [&guam, &york] {
        member.book(&at(room, "2026-12-02T00:00:00+09:00", "2026-12-02T01:00:00+09:00")).await?;
    }
    let busy = |day: &Value| spans(day).len() != 1 || spans(day)[0].0[11..16] != *"00:00";
    let guam_days = days(&app, &guam, "from=2026-12-02&to=2026-12-03").await?;
    assert_eq!(guam_days.iter().map(busy).collect::<Vec<_>>(), [true, false], "01:00 on the second in Guam");
    let york_days = days(&app, &york, "from=2026-12-01&to=2026-12-02").await?;
    assert_eq!(
        york_days.iter().map(busy).collect::<Vec<_>>(),
        [true, false],
        "10:00 on the first in New York"
    );
    Ok(())
}
