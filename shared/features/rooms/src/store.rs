//! Tables and rights, and the rooms of a new stack.

use maru_kernel::{Money, RoomId};
use maru_table::{AUDITS, Action, Attr, Db, Grant, IDEMPOTENCY, IndexSpec, Key, StoreError, TableSpec};

use crate::Room;
use crate::offers::{self, Offers};

pub(crate) const BY_SHELF: IndexSpec =
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

/// The rights of whoever shows, makes and changes rooms, beside those of its guard.
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

/// Rooms, over one function's store.
pub type Rooms = Offers<Room>;

/// Where a room lies.
pub fn room_key(id: RoomId) -> Key {
    Key::of(&ROOMS, id)
}

/// Every room on the books by name, at most 500. Needs `Query` and `BatchGetItem` on rooms.
pub async fn all_rooms(db: &Db) -> Result<Vec<Room>, StoreError> {
    offers::all(db).await
}

/// Makes a room for a new stack unless its id is taken: open 09:00–22:00 in Seoul.
pub async fn seed_room(
    db: &Db,
    room_id: RoomId,
    name: &str,
    capacity: u32,
    hourly_rate: Money,
) -> Result<(), StoreError> {
    let ordinary = Room::ordinary(room_id, db.clock().now());
    put_room(db, &Room { name: name.to_owned(), capacity, hourly_rate, ..ordinary }).await
}

/// Makes this room unless its id is taken.
pub async fn put_room(db: &Db, room: &Room) -> Result<(), StoreError> {
    offers::put(db, room).await
}
