//! A small business for a seed: three rooms and a tour, three customers and somebody at the desk.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use harness::engines::make_tables;
use harness::functions;
use harness::inprocess::InProcess;
use jiff::Timestamp;
use jiff::civil::Date;
use maru_accounts::{Standing, User};
use maru_bookings::{Bookings, Sweeper};
use maru_identity::{Caller, Means, Role, USERS};
use maru_kernel::{Currency, ManualClock, Money, Random, RoomId, SealKey, SessionId, TourId, UserId};
use maru_rooms::{Hours, Period, Quota, Room, Shelf, Terms, Week, put_room};
use maru_table::{Actor, Db, Write};
use maru_tours::{Prices, Rule, Tour, put_tour};

/// The day everybody wants.
pub const DAY: Date = jiff::civil::date(2026, 12, 2);
/// Hours after midnight the rooms open and close.
pub const OPEN: u16 = 9;
/// See [`OPEN`].
pub const CLOSE: u16 = 15;
/// Seats of each departure.
pub const SEATS: u16 = 4;

/// Everything a seed plays with.
#[derive(Clone)]
pub struct World {
    /// The service.
    pub bookings: Bookings,
    /// Its sweeper.
    pub sweeper: Sweeper,
    /// The store, without faults.
    pub db: Db,
    /// The store, with them.
    pub faulty: Db,
    /// The clock.
    pub clock: ManualClock,
    /// What decides orders and faults.
    pub engine: InProcess,
    /// Three customers, then the desk.
    pub people: Arc<Vec<Caller>>,
    /// A priced room, a free one with a buffer and a quota, one opened to a rush.
    pub rooms: [RoomId; 3],
    /// The tour.
    pub tour: TourId,
}

fn grants() -> Vec<maru_table::Grant> {
    let mut all: Vec<_> = functions::all().into_iter().flat_map(|listed| listed.grants).collect();
    all.extend(maru_rooms::SEED_GRANTS);
    all.extend(maru_tours::SEED_GRANTS);
    all
}

impl World {
    /// The world of a seed. `faults` calls in a hundred go wrong.
    pub async fn new(seed: u64, faults: u64) -> Result<Self> {
        let database = dynoxide::Database::memory().map_err(|error| anyhow!("{error}"))?;
        let clock = ManualClock::at("2026-12-01T08:00:00+09:00".parse::<Timestamp>()?);
        let random = |part: u64| Random::seeded(seed.wrapping_mul(8).wrapping_add(part));
        let quiet = InProcess::new(database.clone(), random(0), 0);
        let engine = InProcess::new(database, random(1), faults);
        let needed: Vec<_> = functions::tables()
            .into_iter()
            .filter(|table| {
                ["bookings", "ledger", "waits", "rooms", "tours", "users", "audits", "idempotency"]
                    .contains(&table.name)
            })
            .collect();
        make_tables(&quiet.sdk(), &needed).await?;
        let connect = |engine: &InProcess, part| {
            let named = grants().into_iter().map(|grant| (grant, grant.table.name.to_owned()));
            Db::connect(&engine.sdk(), named, clock.clock(), random(part))
        };
        let (db, faulty) = (connect(&quiet, 2), connect(&engine, 3));
        let id = |n: u64| random(4 + n);
        let rooms = [0, 1, 2].map(|n| RoomId::new(&clock.clock(), &id(n)));
        let tour = TourId::new(&clock.clock(), &id(3));
        for (n, room_id) in rooms.into_iter().enumerate() {
            put_room(&db, &room(room_id, n, clock.clock().now())).await?;
        }
        put_tour(&db, &departures(tour, clock.clock().now())).await?;
        let people: Vec<_> = (0..4).map(|n| caller(&clock, &random(n + 9), n == 3)).collect();
        for person in &people {
            db.note(&Write::put(&USERS, &user(person, clock.clock().now()))).await?;
        }
        let bookings = Bookings::new(faulty.clone());
        let sweeper = Sweeper::new(faulty.clone());
        Ok(Self { bookings, sweeper, db, faulty, clock, engine, people: Arc::new(people), rooms, tour })
    }
}

fn room(room_id: RoomId, n: usize, now: Timestamp) -> Room {
    let won = |minor| Money::new(minor, Currency::KRW);
    Room {
        room_id,
        name: format!("방 {n}"),
        capacity: 10,
        description: String::new(),
        hourly_rate: won(if n == 0 { 10_000 } else { 0 }),
        peaks: Vec::new(),
        is_active: true,
        zone: "Asia/Seoul".into(),
        hours: Hours { week: Week::every_day(OPEN * 60, CLOSE * 60), exceptions: Vec::new(), holidays: None },
        slot_minutes: 60,
        buffer_before: 0,
        buffer_after: if n == 1 { 60 } else { 0 },
        min_minutes: 60,
        max_minutes: 240,
        min_notice_minutes: 0,
        max_ahead_days: 365,
        auto_confirm: true,
        rush: n == 2,
        terms: Terms::default(),
        quota: (n == 1).then_some(Quota { bookings: 2, per: Period::Day }),
        deleted_at: None,
        shelf: Shelf::Rooms,
        created_at: now,
        updated_at: now,
        lock_version: 1,
    }
}

fn departures(tour_id: TourId, now: Timestamp) -> Tour {
    let usd = |minor| Money::new(minor, Currency::USD);
    let rule = |hour: u16| Rule { days: Vec::new(), time: hour * 60, seats: SEATS, from: None, to: None };
    Tour {
        tour_id,
        name: "시티투어".into(),
        description: String::new(),
        pickups: Vec::new(),
        prices: Prices { adult: usd(5_000), child: usd(3_000), infant: usd(0) },
        duration_minutes: 120,
        timetable: vec![rule(9), rule(14)],
        max_party: 4,
        min_notice_minutes: 0,
        max_ahead_days: 365,
        is_active: true,
        zone: "Pacific/Guam".into(),
        auto_confirm: true,
        terms: Terms::default(),
        quota: None,
        deleted_at: None,
        shelf: maru_tours::Shelf::Tours,
        created_at: now,
        updated_at: now,
        lock_version: 1,
    }
}

fn user(caller: &Caller, now: Timestamp) -> User {
    User {
        user_id: caller.user_id,
        email: None,
        name: "손님".into(),
        role: caller.role,
        session_epoch: 0,
        is_active: true,
        standing: Standing::Active,
        mfa: false,
        kakao_id: None,
        completed_at: None,
        consents: BTreeMap::new(),
        created_at: now,
        updated_at: now,
        last_login: None,
        deleted_at: None,
        lock_version: 1,
    }
}

fn caller(clock: &ManualClock, random: &Random, desk: bool) -> Caller {
    let user_id = UserId::new(&clock.clock(), random);
    Caller {
        user_id,
        role: if desk { Role::Operator } else { Role::Member },
        means: Means::Session(SessionId::new(&clock.clock(), random)),
        limited: false,
        seal: SealKey::new(random.bytes()),
        actor: Actor::system("simulation").known_as(user_id),
    }
}
