//! The people, rooms and the tour of a new local stack.

use anyhow::{Context, Result};
use maru_accounts::{Hasher, Keys, SEED_GRANTS, Seeded, seed};
use maru_identity::{Permission, Role, Turn, turn};
use maru_kernel::{Currency, Email, Master, Money, RoomId, Secret, TourId};
use maru_rooms::seed_room;
use maru_table::{Db, Grant};
use maru_tours::{Prices, seed_tour};
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;

/// Everybody's password on a local stack.
pub const PASSWORD: &str = "Maru!2026";
/// 강의실 A: 20,000원 an hour, 20 seats.
pub const ROOM_A: &str = "01900000-0000-7000-8000-00000000000a";
/// 강의실 B: free of charge, 8 seats.
pub const ROOM_B: &str = "01900000-0000-7000-8000-00000000000b";
/// 괌 시티투어: 50, 30 and 0 dollars, every day at 09:00 and 14:00 in Guam, 20 seats.
pub const TOUR: &str = "01900000-0000-7000-8000-0000000000c1";

/// A seeded person, as `GET /local/people` tells.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Person {
    /// What they are.
    pub role: String,
    /// Their address.
    pub email: String,
    /// Their password.
    pub password: String,
    /// Their API key, if they have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key: Option<String>,
}

const PEOPLE: [(Role, &str, &str); 7] = [
    (Role::Owner, "owner@maru.local", "한대표"),
    (Role::Admin, "admin@maru.local", "박관리"),
    (Role::Operator, "operator@maru.local", "이운영"),
    (Role::Viewer, "viewer@maru.local", "최조회"),
    (Role::Instructor, "instructor@maru.local", "정강사"),
    (Role::Member, "member1@maru.local", "김철수"),
    (Role::Member, "member2@maru.local", "이영희"),
];

/// The rights seeding needs.
pub fn grants() -> Vec<Grant> {
    [SEED_GRANTS.as_slice(), &maru_rooms::SEED_GRANTS, &maru_tours::SEED_GRANTS].concat()
}

/// Makes whoever and whatever is not there yet, and announces the signing key. `known` are the people
/// of an earlier start: a key is shown once, so only they still know theirs.
pub async fn make(db: &Db, keys: &Keys, known: Vec<Person>) -> Result<Vec<Person>> {
    static HASH: OnceCell<String> = OnceCell::const_new();
    let hasher = Hasher::new(db.random().clone());
    let password = Secret::new(PASSWORD);
    // Every stack of a process shares it, so no stack's own pepper may be in it.
    let bare = Keys::derive(&Master::plain(Secret::new("nobody's"))).context("no keys")?;
    let hash = HASH.get_or_try_init(|| hasher.hash(&bare, &password)).await.context("hashing")?;
    let mut people = Vec::new();
    for (role, email, name) in PEOPLE {
        let address = Email::parse(email).context("a seeded address")?;
        let scopes: &[Permission] = if role == Role::Operator { role.permits() } else { &[] };
        let new = Seeded { email: address, name, role, password_hash: hash, scopes };
        let made = seed(db, new).await.with_context(|| format!("making {email}"))?;
        let earlier =
            known.iter().find(|person| person.email == email).and_then(|person| person.api_key.clone());
        let api_key = made.and_then(|(_, key)| key).map(|key| key.expose().to_owned()).or(earlier);
        people.push(Person {
            role: role.to_string(),
            email: email.into(),
            password: PASSWORD.into(),
            api_key,
        });
    }
    let won = |amount| Money::new(amount, Currency::KRW);
    let room = |text: &str| text.parse::<RoomId>().context("a seeded room's id");
    seed_room(db, room(ROOM_A)?, "강의실 A", 20, won(20_000)).await?;
    seed_room(db, room(ROOM_B)?, "강의실 B", 8, won(0)).await?;
    let dollars = |amount: i64| Money::new(amount * 100, Currency::USD);
    let prices = Prices { adult: dollars(50), child: dollars(30), infant: dollars(0) };
    let tour = TOUR.parse::<TourId>().context("the seeded tour's id")?;
    seed_tour(db, tour, "괌 시티투어", prices).await?;
    let make = |generation| keys.public(generation);
    turn(db, |ring| ring.turned(db.clock().now(), Turn::default(), make, &keys.shared)).await?;
    Ok(people)
}
