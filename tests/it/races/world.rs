//! The house of a live race: four rooms of different kinds and a tour, on an endless axis of minutes.

use anyhow::{Context, Result, ensure};
use harness::app::{App, Guest};
use harness::history::{Booking, Minute, Moment, Person, Place, Resource, Seen, Share, Span, Status};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

/// Members, then staff.
const PEOPLE: [&str; 6] = ["member1", "member2", "instructor", "operator", "admin", "owner"];
/// So many of them are no staff.
pub const MEMBERS: usize = 3;
/// Whose blocks are, as far as a race is concerned.
pub const DESK: &str = "desk";
/// Days a round plays on: its own and the next one, where series go on.
pub const DAYS: i64 = 2;

/// A room. Minutes are those of the day.
#[derive(Debug, Clone)]
pub struct Hall {
    pub id: String,
    pub open: i64,
    pub close: i64,
    pub slot: i64,
    pub shortest: i64,
    /// Kept free before and behind each booking.
    pub buffer: i64,
    /// Where it has an item for each slot.
    pub rush: bool,
}

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Somebody {
    pub id: String,
    pub guest: Guest,
}

/// Rooms and a tour.
#[derive(Debug, Clone)]
pub struct World {
    /// Plain and priced, free with buffers and a quota, opened to a rush, with staff who approve.
    pub halls: [Hall; 4],
    pub tour: String,
}

/// Departures of the tour: when, and how many seats.
pub const DEPARTURES: [(&str, u32); 2] = [("12:00", 5), ("16:00", 3)];

/// Somebody's bookings of the free room a day; elsewhere nobody meets a limit.
const FEW: u16 = 2;

impl World {
    /// Makes the house.
    pub async fn new(app: &App) -> Result<Self> {
        let admin = app.staff("admin").await?;
        let day = |open: i64, close: i64| (open * 60, close * 60);
        let plain = hall(&admin, day(9, 17), (60, 60, 0), json!({"hourly_rate": 10_000})).await?;
        let few = json!({"hourly_rate": 0, "quota": {"bookings": FEW, "per": "day"}});
        let free = hall(&admin, day(9, 17), (30, 60, 30), few).await?;
        let rush = json!({"hourly_rate": 0, "rush": true});
        let rush = Hall { rush: true, ..hall(&admin, day(10, 15), (30, 30, 0), rush).await? };
        let asked = json!({"hourly_rate": 10_000, "auto_confirm": false});
        let asked = hall(&admin, day(11, 16), (60, 60, 0), asked).await?;
        let leaves = DEPARTURES
            .map(|(time, seats)| json!({"days": [], "time": time, "seats": seats, "from": null, "to": null}));
        let tour = json!({
            "name": "배", "prices": {"adult": 30_000, "child": 0, "infant": 0}, "currency": "KRW",
            "duration_minutes": 120, "timetable": leaves, "max_party": 4, "zone": "Asia/Seoul",
            "quota": {"bookings": 500, "per": "day"},
        });
        let made = admin.post("/tours", &tour).await?;
        ensure!(made.status == 201, "{made:?}");
        Ok(Self { halls: [plain, free, rush, asked], tour: made.text("/data/id") })
    }

    pub fn hall(&self, resource: &Resource) -> Option<&Hall> {
        self.halls.iter().find(|hall| hall.id == resource.0)
    }

    /// Everything of this house.
    pub fn resources(&self) -> Vec<String> {
        self.halls.iter().map(|hall| hall.id.clone()).chain([self.tour.clone()]).collect()
    }

    /// Hours of a room with its buffers.
    pub fn hours(&self, room: &str, times: &[Span], blocked: bool) -> Option<Place> {
        let hall = self.halls.iter().find(|hall| hall.id == room)?;
        let buffer = if blocked { 0 } else { hall.buffer };
        let spans = times.iter().map(|time| Span::new(time.from - buffer, time.to + buffer)).collect();
        Some(Place { resource: Resource(room.to_owned()), share: Share::Slots(spans) })
    }

    /// Seats of a departure.
    pub fn seats(&self, date: &str, time: &str, seats: u32) -> Place {
        let departure = format!("{date} {time}");
        Place { resource: Resource(self.tour.clone()), share: Share::Seats { departure, seats } }
    }

    /// A booking as it was shown.
    pub fn seen(&self, view: &Value) -> Option<Seen> {
        let text = |name: &str| view[name].as_str();
        let block = text("kind")? == "block";
        let place = if let Some(room) = text("room_id") {
            let times = match view["times"].as_array() {
                Some(times) => times.iter().map(span).collect::<Option<Vec<_>>>()?,
                None => vec![span(view)?],
            };
            self.hours(room, &times, block)?
        } else {
            let heads = |name: &str| u32::try_from(view[name].as_u64()?).ok();
            let seats = heads("people_adult")? + heads("people_child")?;
            self.seats(text("usage_date")?, text("usage_time")?, seats)
        };
        Some(Seen {
            booking: Booking(text("id")?.to_owned()),
            person: Person(if block { DESK } else { text("user_id")? }.to_owned()),
            status: status(text("status")?)?,
            version: view["lock_version"].as_u64()?,
            place,
            hold_until: text("expires_at").and_then(|at| Some(at.parse::<Timestamp>().ok()?.as_second())),
            ticket: None,
        })
    }
}

async fn hall(
    admin: &Guest,
    (open, close): (i64, i64),
    (slot, shortest, buffer): (i64, i64, i64),
    more: Value,
) -> Result<Hall> {
    let clock = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
    let mut room = json!({
        "name": "방", "capacity": 12, "open_time": clock(open), "close_time": clock(close), "slot_minutes": slot,
        "min_minutes": shortest, "buffer_before_minutes": buffer, "buffer_after_minutes": buffer,
        "quota": {"bookings": 500, "per": "day"},
    });
    let members = room.as_object_mut().zip(more.as_object()).context("no objects")?;
    members.0.extend(members.1.clone());
    let made = admin.post("/rooms", &room).await?;
    ensure!(made.status == 201, "{made:?}");
    Ok(Hall { id: made.text("/data/id"), open, close, slot, shortest, buffer, rush: false })
}

fn status(name: &str) -> Option<Status> {
    Some(match name {
        "held" => Status::Held,
        "pending" => Status::Pending,
        "paying" => Status::Paying,
        "confirmed" => Status::Confirmed,
        "completed" => Status::Completed,
        "cancelled" => Status::Cancelled,
        "expired" => Status::Expired,
        "no_show" => Status::NoShow,
        _ => return None,
    })
}

/// Everybody, signed in now.
pub async fn people(app: &App) -> Result<Vec<Somebody>> {
    let mut people = Vec::new();
    for name in PEOPLE {
        let guest = app.staff(name).await?;
        people.push(Somebody { id: guest.get("/me").await?.text("/data/user_id"), guest });
    }
    ensure!(people.iter().all(|somebody| !somebody.id.is_empty()), "somebody is nobody");
    Ok(people)
}

fn minute(text: &Value) -> Option<Minute> {
    Some(text.as_str()?.parse::<Timestamp>().ok()?.as_second() / 60)
}

/// A reading of the clock.
pub fn moment(app: &App) -> Moment {
    app.clock.clock().now().as_second()
}

/// The minute at which a day in Seoul begins.
pub fn midnight(day: Date) -> Minute {
    let begin = day.in_tz("Asia/Seoul").map(|zoned| zoned.timestamp().as_second());
    begin.map_or(0, |second| second / 60)
}

/// The date so many days later.
pub fn later(day: Date, days: i64) -> Date {
    day.checked_add(days.days()).unwrap_or(day)
}

/// A span of time as it is shown.
pub fn span(view: &Value) -> Option<Span> {
    Some(Span::new(minute(&view["start_time"])?, minute(&view["end_time"])?))
}
