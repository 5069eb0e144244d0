//! Tables, rights and loads.

use maru_identity::{Caller, Permission, USERS};
use maru_kernel::{BookingId, FeedId, UserId, WaitId};
use maru_rooms::ROOMS;
use maru_table::{
    AUDITS, Action, Attr, Cursor, Db, Grant, IDEMPOTENCY, IndexSpec, Key, Page, Ranged, StoreError, TableSpec,
};
use maru_tours::TOURS;
use serde::Deserialize;

use crate::model::{Booking, Due, Wait, WaitStatus, What};
use crate::service::Feed;

/// Somebody's bookings by start.
const BY_USER: IndexSpec =
    IndexSpec { name: "by-user", partition: Attr::text("user_id"), sort: Attr::text("start_time") };
/// What a worker looks at next.
const BY_DUE: IndexSpec =
    IndexSpec { name: "by-due", partition: Attr::text("due"), sort: Attr::number("due_at") };

/// Bookings.
pub const BOOKINGS: TableSpec = TableSpec {
    name: "bookings",
    partition: Attr::text("booking_id"),
    sort: None,
    indexes: &[BY_USER, BY_DUE],
    ttl: None,
    stream: false,
};

/// Which slots and seats are whose, who waits for them, and how much one person has. Only the gate writes it.
pub const LEDGER: TableSpec = TableSpec {
    name: "ledger",
    partition: Attr::text("day"),
    sort: None,
    indexes: &[],
    ttl: Some("expires_at"),
    stream: false,
};

/// Somebody's places in lines.
const WAITS_BY_USER: IndexSpec =
    IndexSpec { name: "by-user", partition: Attr::text("user_id"), sort: Attr::text("created_at") };
/// Who still waits, first come first.
const WAITS_OPEN: IndexSpec =
    IndexSpec { name: "by-open", partition: Attr::text("open"), sort: Attr::text("created_at") };

/// Places in waiting lines. The order that counts is the ledger's.
pub const WAITS: TableSpec = TableSpec {
    name: "waits",
    partition: Attr::text("wait_id"),
    sort: None,
    indexes: &[WAITS_BY_USER, WAITS_OPEN],
    ttl: None,
    stream: false,
};

/// Somebody's calendar feeds.
const FEEDS_BY_USER: IndexSpec =
    IndexSpec { name: "by-user", partition: Attr::text("user_id"), sort: Attr::text("created_at") };

/// Calendar feeds.
pub const FEEDS: TableSpec = TableSpec {
    name: "feeds",
    partition: Attr::text("feed_id"),
    sort: None,
    indexes: &[FEEDS_BY_USER],
    ttl: None,
    stream: false,
};

const TRAIL: Grant = Grant { table: &AUDITS, may: &[Action::PutItem, Action::GetItem] };
const GATE: Grant = Grant { table: &LEDGER, may: &[Action::BatchGetItem, Action::UpdateItem] };
const REMEMBERED: Grant = Grant { table: &IDEMPOTENCY, may: &[Action::BatchGetItem, Action::PutItem] };

/// The rights of `bookings`.
pub const BOOKING_GRANTS: [Grant; 8] = [
    TRAIL,
    GATE,
    REMEMBERED,
    Grant { table: &ROOMS, may: &[Action::BatchGetItem, Action::Query] },
    Grant { table: &TOURS, may: &[Action::BatchGetItem, Action::Query] },
    Grant { table: &BOOKINGS, may: &[Action::GetItem, Action::BatchGetItem, Action::Query, Action::PutItem] },
    Grant { table: &WAITS, may: &[Action::GetItem, Action::BatchGetItem, Action::Query, Action::PutItem] },
    Grant {
        table: &FEEDS,
        may: &[Action::GetItem, Action::BatchGetItem, Action::Query, Action::PutItem, Action::DeleteItem],
    },
];
/// The rights, beside their own, of functions whose payments move bookings.
pub const PAYING_GRANTS: [Grant; 2] =
    [GATE, Grant { table: &BOOKINGS, may: &[Action::GetItem, Action::PutItem] }];
/// The rights, beside its own, of whoever pays back what cancelled bookings have to get back.
pub const REFUNDING_GRANTS: [Grant; 2] =
    [GATE, Grant { table: &BOOKINGS, may: &[Action::Query, Action::GetItem, Action::PutItem] }];
/// The rights of the sweeper: it ends what is over, and gives what came free to who waits for it.
pub const SWEEPER_GRANTS: [Grant; 7] = [
    TRAIL,
    GATE,
    Grant { table: &USERS, may: &[Action::BatchGetItem] },
    Grant { table: &ROOMS, may: &[Action::BatchGetItem] },
    Grant { table: &TOURS, may: &[Action::BatchGetItem] },
    Grant { table: &BOOKINGS, may: &[Action::Query, Action::GetItem, Action::PutItem] },
    Grant { table: &WAITS, may: &[Action::Query, Action::GetItem, Action::PutItem] },
];
/// The rights of whoever reminds people.
pub const REMINDER_GRANTS: [Grant; 2] =
    [TRAIL, Grant { table: &BOOKINGS, may: &[Action::Query, Action::GetItem, Action::PutItem] }];
/// The rights of the page of a room, where staff keep it for themselves, too.
pub const ROOM_PAGE_GRANTS: [Grant; 3] = [
    GATE,
    Grant { table: &ROOMS, may: &[Action::BatchGetItem] },
    Grant { table: &BOOKINGS, may: &[Action::GetItem, Action::BatchGetItem, Action::PutItem] },
];
/// The rights of the page of a tour and its departures.
pub const TOUR_PAGE_GRANTS: [Grant; 1] = [GATE];
/// The rights of an export.
pub const BOOKING_EXPORT_GRANTS: [Grant; 1] =
    [Grant { table: &BOOKINGS, may: &[Action::Query, Action::BatchGetItem] }];
/// The rights of whoever writes letters about bookings.
pub const BOOKING_LETTER_GRANTS: [Grant; 3] = [
    Grant { table: &BOOKINGS, may: &[Action::GetItem] },
    Grant { table: &ROOMS, may: &[Action::GetItem] },
    Grant { table: &TOURS, may: &[Action::GetItem] },
];

/// Where a booking lies.
pub(crate) fn booking_key(id: BookingId) -> Key {
    Key::of(&BOOKINGS, id)
}

/// A booking, for workers and payments. A hidden one is there, too.
pub async fn booking(db: &Db, id: BookingId) -> Result<Option<Booking>, StoreError> {
    db.get(&booking_key(id)).await
}

/// Bookings by id, in that order; those that are not there are left out.
pub(crate) async fn bookings(db: &Db, ids: &[BookingId]) -> Result<Vec<Booking>, StoreError> {
    let keys: Vec<Key> = ids.iter().map(|id| booking_key(*id)).collect();
    let mut found = db.get_many(&keys).await?;
    let mut all = Vec::new();
    for key in &keys {
        all.extend(found.take::<Booking>(key)?);
    }
    Ok(all)
}

/// A booking the caller may see: their own, or anyone's to whom `permission` permits it.
pub(crate) async fn visible(
    db: &Db,
    caller: &Caller,
    permission: Permission,
    id: BookingId,
) -> Result<Option<Booking>, StoreError> {
    let found = booking(db, id).await?.filter(|booking| !booking.hidden);
    Ok(found.filter(|booking| booking.user_id == Some(caller.user_id) || caller.may(permission)))
}

#[derive(Deserialize)]
struct IndexedBooking {
    booking_id: BookingId,
}

#[derive(Deserialize)]
struct IndexedWait {
    wait_id: WaitId,
}

#[derive(Deserialize)]
struct IndexedFeed {
    feed_id: FeedId,
}

/// The caller's own bookings, latest start first.
pub(crate) async fn own(
    db: &Db,
    caller: &Caller,
    limit: u16,
    after: Option<Cursor>,
) -> Result<Page<Booking>, StoreError> {
    let mut page = of_user(db, caller.user_id, limit, after).await?;
    // What staff keep for the business is not theirs.
    page.items.retain(|booking| !booking.hidden && !matches!(booking.what, What::Block(_)));
    Ok(page)
}

/// Records of an export at most; a person has far fewer.
const MOST_EXPORTED: usize = 1000;

/// All of the caller's own bookings, for their export.
pub async fn export(db: &Db, caller: &Caller) -> Result<Vec<Booking>, StoreError> {
    all_of_user(db, caller.user_id).await
}

/// All bookings of a person, latest start first.
pub(crate) async fn all_of_user(db: &Db, user: UserId) -> Result<Vec<Booking>, StoreError> {
    let (mut all, mut after) = (Vec::new(), None);
    while all.len() < MOST_EXPORTED {
        let page = of_user(db, user, 100, after).await?;
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
    let found: Page<IndexedBooking> = db.query(&range).await?;
    let ids: Vec<BookingId> = found.items.iter().map(|indexed| indexed.booking_id).collect();
    Ok(Page { items: bookings(db, &ids).await?, next: found.next })
}

/// What is due by now, as the index knows it.
pub(crate) async fn due(db: &Db, due: Due, now: i64, limit: u16) -> Result<Vec<BookingId>, StoreError> {
    let range = Ranged::index(&BOOKINGS, &BY_DUE, due.as_str(), limit).up_to(now);
    let found: Page<IndexedBooking> = db.query(&range).await?;
    Ok(found.items.into_iter().map(|indexed| indexed.booking_id).collect())
}

/// Bookings whose payment is to be paid back, oldest first; for payments.
pub async fn refunds_due(db: &Db, limit: u16) -> Result<Vec<BookingId>, StoreError> {
    due(db, Due::Refund, db.clock().now().as_second(), limit).await
}

/// Where a place in a line lies.
pub(crate) fn wait_key(id: WaitId) -> Key {
    Key::of(&WAITS, id)
}

/// A place in a line.
pub(crate) async fn wait(db: &Db, id: WaitId) -> Result<Option<Wait>, StoreError> {
    db.get(&wait_key(id)).await
}

/// Who still waits, as the index knows it, first come first.
pub(crate) async fn waiting(db: &Db, limit: u16, after: Option<Cursor>) -> Result<Page<WaitId>, StoreError> {
    let range = Ranged::index(&WAITS, &WAITS_OPEN, WaitStatus::Waiting.as_str(), limit).after(after);
    let found: Page<IndexedWait> = db.query(&range).await?;
    Ok(Page { items: found.items.into_iter().map(|indexed| indexed.wait_id).collect(), next: found.next })
}

/// Somebody's places in lines, newest first.
pub(crate) async fn waits_of(
    db: &Db,
    caller: &Caller,
    limit: u16,
    after: Option<Cursor>,
) -> Result<Page<Wait>, StoreError> {
    let range = Ranged::index(&WAITS, &WAITS_BY_USER, caller.user_id, limit).newest_first().after(after);
    let found: Page<IndexedWait> = db.query(&range).await?;
    let keys: Vec<Key> = found.items.iter().map(|indexed| wait_key(indexed.wait_id)).collect();
    let mut records = db.get_many(&keys).await?;
    let mut items = Vec::new();
    for key in &keys {
        items.extend(records.take::<Wait>(key)?);
    }
    Ok(Page { items, next: found.next })
}

/// Where a feed lies.
pub(crate) fn feed_key(id: FeedId) -> Key {
    Key::of(&FEEDS, id)
}

/// Somebody's calendar feeds.
pub(crate) async fn feeds_of(db: &Db, user: UserId) -> Result<Vec<Feed>, StoreError> {
    let found: Page<IndexedFeed> = db.query(&Ranged::index(&FEEDS, &FEEDS_BY_USER, user, 50)).await?;
    let keys: Vec<Key> = found.items.iter().map(|indexed| feed_key(indexed.feed_id)).collect();
    let mut records = db.get_many(&keys).await?;
    let mut all = Vec::new();
    for key in &keys {
        all.extend(records.take::<Feed>(key)?);
    }
    Ok(all)
}
