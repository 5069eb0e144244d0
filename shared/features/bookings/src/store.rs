//! Tables, rights and loads.

use maru_identity::{Caller, Permission};
use maru_kernel::{BookingId, UserId};
use maru_rooms::ROOMS;
use maru_table::{
    AUDITS, Action, Attr, Cursor, Db, Grant, IDEMPOTENCY, IndexSpec, Key, Page, Ranged, StoreError, TableSpec,
};
use serde::Deserialize;

use crate::gate::Day;
use crate::model::Booking;

/// Somebody's bookings by start.
const BY_USER: IndexSpec =
    IndexSpec { name: "by-user", partition: Attr::text("user_id"), sort: Attr::text("start_time") };
/// Holds by end; holds only.
const BY_HOLD: IndexSpec =
    IndexSpec { name: "by-hold", partition: Attr::text("hold"), sort: Attr::number("hold_until") };

/// Bookings.
pub const BOOKINGS: TableSpec = TableSpec {
    name: "bookings",
    partition: Attr::text("booking_id"),
    sort: None,
    indexes: &[BY_USER, BY_HOLD],
    ttl: None,
    stream: false,
};

/// Which slots are whose. Only the gate writes it.
pub const LEDGER: TableSpec = TableSpec {
    name: "ledger",
    partition: Attr::text("day"),
    sort: None,
    indexes: &[],
    ttl: Some("expires_at"),
    stream: false,
};

const TRAIL: Grant = Grant { table: &AUDITS, may: &[Action::PutItem, Action::GetItem] };
const GATE: Grant = Grant { table: &LEDGER, may: &[Action::BatchGetItem, Action::UpdateItem] };

/// The rights of `bookings`.
pub const BOOKING_GRANTS: [Grant; 5] = [
    TRAIL,
    GATE,
    Grant { table: &ROOMS, may: &[Action::BatchGetItem] },
    Grant { table: &IDEMPOTENCY, may: &[Action::BatchGetItem, Action::PutItem] },
    Grant { table: &BOOKINGS, may: &[Action::GetItem, Action::BatchGetItem, Action::Query, Action::PutItem] },
];
/// The rights, beside their own, of functions whose payments move bookings.
pub const PAYING_GRANTS: [Grant; 2] =
    [GATE, Grant { table: &BOOKINGS, may: &[Action::GetItem, Action::PutItem] }];
/// The rights of the sweeper.
pub const SWEEPER_GRANTS: [Grant; 3] =
    [TRAIL, GATE, Grant { table: &BOOKINGS, may: &[Action::Query, Action::GetItem, Action::PutItem] }];
/// The rights of the public page of a room.
pub const ROOM_PAGE_GRANTS: [Grant; 1] = [Grant { table: &LEDGER, may: &[Action::BatchGetItem] }];
/// The rights of an export.
pub const BOOKING_EXPORT_GRANTS: [Grant; 1] =
    [Grant { table: &BOOKINGS, may: &[Action::Query, Action::BatchGetItem] }];
/// The rights of whoever writes letters about bookings.
pub const BOOKING_LETTER_GRANTS: [Grant; 2] =
    [Grant { table: &BOOKINGS, may: &[Action::GetItem] }, Grant { table: &ROOMS, may: &[Action::GetItem] }];

/// Where a booking lies.
pub(crate) fn booking_key(id: BookingId) -> Key {
    Key::of(&BOOKINGS, id)
}

/// A booking, for workers and payments.
pub async fn booking(db: &Db, id: BookingId) -> Result<Option<Booking>, StoreError> {
    db.get(&booking_key(id)).await
}

/// A booking the caller may see: their own, or anyone's to whom `permission` permits it.
pub(crate) async fn visible(
    db: &Db,
    caller: &Caller,
    permission: Permission,
    id: BookingId,
) -> Result<Option<Booking>, StoreError> {
    let found = booking(db, id).await?;
    Ok(found.filter(|booking| booking.user_id == caller.user_id || caller.may(permission)))
}

/// The ledger days a booking stands on.
pub(crate) async fn days_of(db: &Db, booking: &Booking) -> Result<Vec<Day>, StoreError> {
    let keys: Vec<Key> = booking.places.iter().map(|place| Day::key(booking.room_id, place.day)).collect();
    let mut found = db.get_many(&keys).await?;
    let days = booking.places.iter().zip(&keys);
    Ok(days.map(|(place, key)| Day::read(booking.room_id, place.day, found.take_item(key))).collect())
}

#[derive(Deserialize)]
struct Indexed {
    booking_id: BookingId,
}

/// The caller's own bookings, latest start first.
pub(crate) async fn own(
    db: &Db,
    caller: &Caller,
    limit: u16,
    after: Option<Cursor>,
) -> Result<Page<Booking>, StoreError> {
    of_user(db, caller.user_id, limit, after).await
}

/// Records of an export at most; a person has far fewer.
const MOST_EXPORTED: usize = 1000;

/// All of the caller's own bookings, for their export.
pub async fn export(db: &Db, caller: &Caller) -> Result<Vec<Booking>, StoreError> {
    let (mut all, mut after) = (Vec::new(), None);
    while all.len() < MOST_EXPORTED {
        let page = of_user(db, caller.user_id, 100, after).await?;
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(all)
}

async fn of_user(
    db: &Db,
    user: UserId,
    limit: u16,
    after: Option<Cursor>,
) -> Result<Page<Booking>, StoreError> {
    let range = Ranged::index(&BOOKINGS, &BY_USER, user, limit).newest_first().after(after);
    let found: Page<Indexed> = db.query(&range).await?;
    let keys: Vec<Key> = found.items.iter().map(|indexed| booking_key(indexed.booking_id)).collect();
    let mut records = db.get_many(&keys).await?;
    let mut items = Vec::new();
    for key in &keys {
        items.extend(records.take::<Booking>(key)?);
    }
    Ok(Page { items, next: found.next })
}

/// Holds whose end has passed, as the index knows them.
pub(crate) async fn overdue(db: &Db, now: i64, limit: u16) -> Result<Vec<BookingId>, StoreError> {
    let found: Page<Indexed> =
        db.query(&Ranged::index(&BOOKINGS, &BY_HOLD, "held", limit).up_to(now)).await?;
    Ok(found.items.into_iter().map(|indexed| indexed.booking_id).collect())
}
