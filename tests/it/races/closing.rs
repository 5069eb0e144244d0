//! What stands when nobody does anything any more: read through the API, and in the ledger itself.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use futures::future::try_join_all;
use harness::app::Guest;
use harness::history::{
    Booking, Closing, Day, Event, History, Person, Reply, Resource, Seen, Span, Status, Taken, Terms, Ticket,
};
use jiff::civil::Date;
use maru_bookings::gate::{Cell, Ledger};
use maru_bookings::{LEDGER, Resource as Place};
use maru_table::{Db, Key};
use serde_json::Value;

use super::hand::Round;
use super::world::{DAYS, DEPARTURES, DESK, MEMBERS, later, midnight, moment};

/// Statuses a person's counter counts.
const COUNTED: [Status; 5] =
    [Status::Held, Status::Pending, Status::Paying, Status::Confirmed, Status::Completed];

/// The whole history of a round.
pub async fn history(round: &Round<'_>) -> Result<History> {
    let at = round.recorder.now();
    let days: Vec<Date> = (0..DAYS).map(|ahead| later(round.day, ahead)).collect();
    let (bookings, extra) = bookings(round).await?;
    let (line, offers) = waits(round).await?;
    let db = round.app.stack().store("bookings").context("no store")?;
    let mut closing = Closing { at, bookings, line, ..Closing::default() };
    for day in &days {
        for hall in &round.world.halls {
            let (day, hall) = (ledger_day(round, db, &hall.id, *day).await?, hall.id.clone());
            closing.days.push(Day { resource: Resource(hall), ..day });
        }
        closing.days.extend(desk(round, *day, &closing.bookings).await?);
        closing.seats.extend(seats(round, db, *day).await?);
    }
    closing.quota = counters(round, db, &days, &extra).await?;
    closing.bookings.iter_mut().for_each(|seen| ticketed(seen, &offers));
    let mut events = round.recorder.events();
    for event in &mut events {
        if let Reply::Done(seen) = &mut event.reply {
            seen.iter_mut().for_each(|seen| ticketed(seen, &offers));
        }
    }
    Ok(History { terms: terms(round, &days), events, closing })
}

fn terms(round: &Round, days: &[Date]) -> Terms {
    let tour = Resource(round.world.tour.clone());
    let departures =
        days.iter().flat_map(|day| DEPARTURES.map(|(time, seats)| (format!("{day} {time}"), seats)));
    Terms {
        capacity: departures.map(|(departure, seats)| ((tour.clone(), departure), seats)).collect(),
        clock: round.begin,
        first_version: Some(1),
        counted: COUNTED.into(),
        // The desk does not show a hold that is over, and a counter counts it until somebody tidies it away.
        lapsed_counts: false,
        works_alone: true,
    }
}

fn ticketed(seen: &mut Seen, offers: &BTreeMap<Booking, Ticket>) {
    seen.ticket = offers.get(&seen.booking).cloned();
}

/// Whatever somebody's list shows from a day on, page by page; lists begin with what is latest.
async fn listed(guest: &Guest, path: &str, fits: impl Fn(&Value) -> bool) -> Result<Vec<Value>> {
    let (mut all, mut next) = (Vec::new(), String::new());
    loop {
        let page = guest.get(&format!("{path}?page_size=50&next={next}")).await?;
        let items = page.body["data"].as_array().with_context(|| format!("no list: {page:?}"))?;
        let fitting: Vec<Value> = items.iter().filter(|item| fits(item)).cloned().collect();
        let over = fitting.len() < items.len() || page.body["pagination"]["has_next"] != true;
        all.extend(fitting);
        if over {
            return Ok(all);
        }
        next = page.text("/pagination/next");
    }
}

/// Every booking of the round, each read as staff read it; and what a person's counter counts beyond one for
/// each: further times of a series, and what nobody came to.
async fn bookings(round: &Round<'_>) -> Result<(Vec<Seen>, BTreeMap<Person, i64>)> {
    let first = round.day.to_string();
    let from_then = |view: &Value| view["start_time"].as_str().is_some_and(|start| *start >= *first);
    let lists =
        try_join_all(round.people.iter().map(|one| listed(&one.guest, "/api/bookings", from_then))).await?;
    let mut ids: BTreeSet<String> =
        lists.iter().flatten().filter_map(|view| Some(view["id"].as_str()?.to_owned())).collect();
    ids.extend(round.recorder.events().iter().flat_map(|event: &Event| {
        event.reply.seen().iter().map(|seen| seen.booking.0.clone()).collect::<Vec<_>>()
    }));
    let staff = &round.people[MEMBERS].guest;
    let paths: Vec<String> = ids.iter().map(|id| format!("/api/bookings/{id}")).collect();
    let answers = try_join_all(paths.iter().map(|path| staff.get(path))).await?;
    let (mut all, mut extra) = (Vec::new(), BTreeMap::new());
    for answer in answers {
        if answer.status == 404 {
            continue;
        }
        let Some(seen) = round.world.seen(&answer.body["data"]) else { bail!("{answer:?}") };
        let times = i64::try_from(seen.place.spans().len().max(1)).unwrap_or(1);
        let more = if seen.status == Status::NoShow {
            times
        } else if COUNTED.contains(&seen.status) {
            times - 1
        } else {
            0
        };
        if seen.person.0 != DESK {
            *extra.entry(seen.person.clone()).or_insert(0) += more;
        }
        all.push(seen);
    }
    Ok((all, extra))
}

/// Who still waits, and which bookings were offered to whom.
async fn waits(round: &Round<'_>) -> Result<(Vec<Ticket>, BTreeMap<Booking, Ticket>)> {
    let first = round.day.to_string();
    let of_now = |wait: &Value| wait["date"].as_str().is_some_and(|date| *date >= *first);
    let lists =
        try_join_all(round.people.iter().map(|one| listed(&one.guest, "/api/waitlist", of_now))).await?;
    let (mut line, mut offers) = (Vec::new(), BTreeMap::new());
    for wait in lists.iter().flatten() {
        let ticket = Ticket(wait["id"].as_str().context("no id")?.to_owned());
        if let Some(booking) = wait["booking_id"].as_str() {
            offers.insert(Booking(booking.to_owned()), ticket.clone());
        }
        if wait["status"] == "waiting" {
            line.push(ticket);
        }
    }
    Ok((line, offers))
}

/// A room's day, slot by slot: whose each is now.
async fn ledger_day(round: &Round<'_>, db: &Db, room: &str, date: Date) -> Result<Day> {
    let hall = round.world.hall(&Resource(room.to_owned())).context("no such room")?;
    let resource = Place::Room(room.parse().map_err(|_| anyhow::anyhow!("no room: {room}"))?);
    let last = u16::try_from(24 * 60 / hall.slot)?;
    let cells: Vec<Cell> = if hall.rush {
        (0..last).map(|slot| Cell { resource, date, slot: Some(slot) }).collect()
    } else {
        vec![Cell::day(resource, date)]
    };
    let (begin, now) = (midnight(date), moment(round.app));
    let mut taken = Vec::new();
    for day in Ledger::open(db, cells).await?.days() {
        for (slot, number) in &day.slots {
            let from = begin + i64::from(*slot) * hall.slot;
            let holder = day.reservations.get(number);
            // What is left of a hold that is over counts for nothing: of one that was evicted on another day, too.
            if holder.is_some_and(|holder| holder.is_over(now)) {
                continue;
            }
            let booking = holder.map(|holder| Booking(holder.booking.to_string()));
            taken.push(Taken { span: Span::new(from, from + hall.slot), booking });
        }
    }
    Ok(Day { resource: Resource(room.to_owned()), span: Span::new(begin, begin + 24 * 60), taken })
}

/// What the front desk shows of a day: who comes, each with what they have of it.
async fn desk(round: &Round<'_>, date: Date, bookings: &[Seen]) -> Result<Vec<Day>> {
    let answer = round.people[MEMBERS].guest.get(&format!("/api/day?date={date}")).await?;
    let views = answer.body["data"].as_array().with_context(|| format!("no day: {answer:?}"))?;
    let mut days = Vec::new();
    for hall in &round.world.halls {
        let view = views.iter().find(|view| view["id"] == hall.id.as_str()).context("a room is missing")?;
        let (resource, begin) = (Resource(hall.id.clone()), midnight(date));
        let mut taken = Vec::new();
        for comer in view["bookings"].as_array().context("no bookings")? {
            let shown = round.world.seen(comer).context("a strange booking")?;
            if !bookings.contains(&shown) {
                round.recorder.strange(format!("the desk shows {shown:?}"));
            }
            // Of what nobody came to only the past is left.
            let spans = shown.place.spans().iter().filter(|_| shown.status != Status::NoShow);
            let booking = Some(shown.booking.clone());
            taken.extend(spans.map(|span| Taken { span: *span, booking: booking.clone() }));
        }
        days.push(Day { resource, span: Span::new(begin, begin + 24 * 60), taken });
    }
    Ok(days)
}

/// The seats that are counted as taken.
async fn seats(round: &Round<'_>, db: &Db, date: Date) -> Result<BTreeMap<(Resource, String), u32>> {
    let resource = Place::Tour(round.world.tour.parse().map_err(|_| anyhow::anyhow!("no tour"))?);
    let ledger = Ledger::open(db, [Cell::day(resource, date)]).await?;
    let day = ledger.day(Cell::day(resource, date)).context("no day")?;
    let mut seats = BTreeMap::new();
    for (time, _) in DEPARTURES {
        let clock = time.split_once(':').context("no time")?;
        let at = clock.0.parse::<u16>()? * 60 + clock.1.parse::<u16>()?;
        let listed: u16 = day.reservations.values().filter(|r| r.at == Some(at)).map(|r| r.seats).sum();
        let taken = day.taken.get(&at).copied().unwrap_or(0);
        if listed != taken {
            let text = format!("{taken} seats are counted at {date} {time}, {listed} are listed");
            round.recorder.strange(text);
        }
        seats.insert((Resource(round.world.tour.clone()), format!("{date} {time}")), u32::from(taken));
    }
    Ok(seats)
}

/// Everybody's counters, summed up, as bookings.
async fn counters(
    round: &Round<'_>,
    db: &Db,
    days: &[Date],
    extra: &BTreeMap<Person, i64>,
) -> Result<BTreeMap<Person, u32>> {
    let mut counted = BTreeMap::new();
    for somebody in &round.people {
        let person = Person(somebody.id.clone());
        let mut sum = -extra.get(&person).copied().unwrap_or(0);
        let resources = round.world.resources();
        let keys: Vec<Key> = resources
            .iter()
            .flat_map(|resource| {
                days.iter()
                    .map(move |day| Key::of(&LEDGER, format!("quota#{}#{resource}#{day}", somebody.id)))
            })
            .collect();
        let mut found = db.get_many(&keys).await?;
        for key in &keys {
            let item = found.take_item(key);
            let count = item.and_then(|item| item.get("n")?.as_n().ok()?.parse::<i64>().ok());
            sum += count.unwrap_or(0);
        }
        match u32::try_from(sum) {
            Ok(sum) => drop(counted.insert(person, sum)),
            Err(_) => round.recorder.strange(format!("{person:?} has {sum} bookings")),
        }
    }
    Ok(counted)
}
