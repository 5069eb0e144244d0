//! Table, rights and loads.

use maru_identity::{Caller, Identity};
use maru_kernel::{Money, RoomId, Timestamp};
use maru_table::{
    AUDITS, Action, Actor, Attr, Change, CommitError, Cursor, Db, Grant, IDEMPOTENCY, Idempotency, IndexSpec,
    Key, Page, Ranged, Replay, StoreError, TableSpec,
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

/// The rights of whoever shows and makes rooms, beside those of its guard.
pub const ROOM_GRANTS: [Grant; 3] = [
    Grant { table: &ROOMS, may: &[Action::GetItem, Action::BatchGetItem, Action::Query, Action::PutItem] },
    Grant { table: &IDEMPOTENCY, may: &[Action::BatchGetItem, Action::PutItem] },
    Grant { table: &AUDITS, may: &[Action::PutItem, Action::GetItem] },
];

/// The rights needed to make the local stack's rooms.
pub const SEED_GRANTS: [Grant; 2] = [
    Grant { table: &ROOMS, may: &[Action::PutItem] },
    Grant { table: &AUDITS, may: &[Action::PutItem, Action::GetItem] },
];

/// Where a room lies.
pub fn room_key(id: RoomId) -> Key {
    Key::of(&ROOMS, id)
}

/// A room to be made, checked.
#[derive(Debug, Clone)]
pub struct NewRoom {
    /// What the front desk calls it.
    pub name: String,
    /// Seats.
    pub capacity: u32,
    /// For customers.
    pub description: String,
    /// Price an hour.
    pub hourly_rate: Money,
    /// IANA zone.
    pub zone: String,
    /// Minutes after midnight.
    pub opens: u16,
    /// Minutes after midnight.
    pub closes: u16,
    /// Whether staff need not confirm.
    pub auto_confirm: bool,
}

/// Why a room is not made.
#[derive(Debug, thiserror::Error)]
pub enum RoomError {
    /// The same idempotency key came with another body.
    #[error("idempotency key reused")]
    KeyReused,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Rooms, over one function's store.
#[derive(Clone)]
pub struct Rooms {
    db: Db,
    identity: Identity,
}

#[derive(Deserialize)]
struct Indexed {
    room_id: RoomId,
}

impl Rooms {
    /// Over `db`.
    pub fn new(db: Db) -> Self {
        Self { identity: Identity::new(db.clone()), db }
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.db.clock().now()
    }

    /// Makes a room; an identical request made it once already where it answers `true`.
    pub async fn create(
        &self,
        caller: &Caller,
        new: NewRoom,
        request: Option<&Idempotency>,
    ) -> Result<(Room, bool), RoomError> {
        for _ in 0..2 {
            if let Some(request) = request {
                let stored = self.db.get_many(&[request.key()]).await?.take_item(&request.key());
                match request.replay(stored, self.now()) {
                    Some(Replay::Same { reference }) => return Ok((self.again(&reference).await?, true)),
                    Some(Replay::OtherBody) => return Err(RoomError::KeyReused),
                    None => {}
                }
            }
            let room = new.clone().at(RoomId::new(self.db.clock(), self.db.random()), self.now());
            let mut change = Change::new(&self.db, &caller.actor, "room.created");
            change.create(&room, None, ());
            change.remember(request, room.room_id, ());
            match self.db.commit(&change).await {
                Ok(()) => return Ok((room, false)),
                // The same request was faster: its record answers.
                Err(CommitError::Refused((), _)) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
        Err(StoreError::Unavailable("the same request is being made".into()).into())
    }

    async fn again(&self, reference: &str) -> Result<Room, StoreError> {
        let room: Option<Room> = self.db.get(&Key::of(&ROOMS, reference)).await?;
        room.ok_or_else(|| StoreError::Broken("a remembered room is gone".into()))
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

impl NewRoom {
    /// The room with what a new room begins with: a 15-minute grid, a quarter of an hour to four hours,
    /// a year ahead.
    fn at(self, room_id: RoomId, now: Timestamp) -> Room {
        let Self { name, capacity, description, hourly_rate, zone, opens, closes, auto_confirm } = self;
        Room {
            room_id,
            name,
            capacity,
            description,
            hourly_rate,
            is_active: true,
            zone,
            opens,
            closes,
            slot_minutes: 15,
            min_minutes: 15,
            max_minutes: 240,
            max_ahead_days: 365,
            auto_confirm,
            shelf: Shelf::Rooms,
            created_at: now,
            updated_at: now,
            lock_version: 1,
        }
    }
}

/// Makes a room for a new stack unless its id is taken: open 09:00–22:00 in Seoul.
pub async fn seed_room(
    db: &Db,
    room_id: RoomId,
    name: &str,
    capacity: u32,
    hourly_rate: Money,
) -> Result<(), StoreError> {
    let new = NewRoom {
        name: name.to_owned(),
        capacity,
        description: String::new(),
        hourly_rate,
        zone: "Asia/Seoul".into(),
        opens: 9 * 60,
        closes: 22 * 60,
        auto_confirm: true,
    };
    put_room(db, &new.at(room_id, db.clock().now())).await
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
