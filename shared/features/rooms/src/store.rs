//! Table, rights and loads.

use maru_kernel::{Money, RoomId};
use maru_table::{
    AUDITS, Action, Actor, Attr, Change, CommitError, Cursor, Db, Grant, IndexSpec, Key, Page, Ranged,
    StoreError, TableSpec,
};
use serde::Deserialize;

use crate::Room;
use crate::model::Shelf;

const BY_SHELF: IndexSpec =
    IndexSpec { name: "by-shelf", partition: Attr::text("shelf"), sort: Attr::text("name") };

/// Rooms.
pub const ROOMS: TableSpec = TableSpec {
    name: "rooms",
    partition: Attr::text("room_id"),
    sort: None,
    indexes: &[BY_SHELF],
    ttl: None,
    stream: false,
};

/// The rights of whoever shows rooms.
pub const ROOM_GRANTS: [Grant; 1] =
    [Grant { table: &ROOMS, may: &[Action::GetItem, Action::BatchGetItem, Action::Query] }];

/// The rights needed to make the local stack's rooms.
pub const SEED_GRANTS: [Grant; 2] = [
    Grant { table: &ROOMS, may: &[Action::PutItem] },
    Grant { table: &AUDITS, may: &[Action::PutItem, Action::GetItem] },
];

/// Where a room lies.
pub fn room_key(id: RoomId) -> Key {
    Key::of(&ROOMS, id)
}

/// Rooms, over one function's store.
#[derive(Clone)]
pub struct Rooms {
    db: Db,
}

#[derive(Deserialize)]
struct Indexed {
    room_id: RoomId,
}

impl Rooms {
    /// Over `db`.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// An active room; others are nobody's business.
    pub async fn active(&self, id: RoomId) -> Result<Option<Room>, StoreError> {
        let room: Option<Room> = self.db.get(&room_key(id)).await?;
        Ok(room.filter(|room| room.is_active))
    }

    /// Active rooms by name. A page may be short where inactive rooms lie between.
    pub async fn list(&self, limit: u16, after: Option<Cursor>) -> Result<Page<Room>, StoreError> {
        let shelf = "rooms";
        let found: Page<Indexed> =
            self.db.query(&Ranged::index(&ROOMS, &BY_SHELF, shelf, limit).after(after)).await?;
        let keys: Vec<Key> = found.items.iter().map(|indexed| room_key(indexed.room_id)).collect();
        let mut records = self.db.get_many(&keys).await?;
        let mut items = Vec::new();
        for key in &keys {
            items.extend(records.take::<Room>(key)?.filter(|room| room.is_active));
        }
        Ok(Page { items, next: found.next })
    }
}

/// Makes a room for a new stack unless its id is taken: open 09:00–22:00 in Seoul, 15-minute grid, at
/// most four hours, a year ahead.
pub async fn seed_room(
    db: &Db,
    room_id: RoomId,
    name: &str,
    capacity: u32,
    hourly_rate: Money,
) -> Result<(), StoreError> {
    let now = db.clock().now();
    let room = Room {
        room_id,
        name: name.to_owned(),
        capacity,
        description: String::new(),
        hourly_rate,
        is_active: true,
        zone: "Asia/Seoul".into(),
        opens: 9 * 60,
        closes: 22 * 60,
        slot_minutes: 15,
        min_minutes: 15,
        max_minutes: 240,
        max_ahead_days: 365,
        auto_confirm: true,
        shelf: Shelf::Rooms,
        created_at: now,
        updated_at: now,
        lock_version: 1,
    };
    put_room(db, &room).await
}

/// Makes this room unless its id is taken.
pub async fn put_room(db: &Db, room: &Room) -> Result<(), StoreError> {
    let mut change = Change::new(db, &Actor::system("seed"), "room.created");
    change.create(room, None, ());
    match db.commit(&change).await {
        Ok(()) | Err(CommitError::Refused((), _)) => Ok(()),
        Err(CommitError::Store(error)) => Err(error),
    }
}
