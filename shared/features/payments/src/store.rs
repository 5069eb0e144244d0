//! Tables, rights and loads.

use jiff::civil::Date;
use maru_identity::{Caller, SEALS};
use maru_kernel::{BookingId, OrderId, UserId};
use maru_table::{
    AUDITS, Action, Attr, Cursor, Db, Grant, IDEMPOTENCY, IndexSpec, Key, Page, Ranged, StoreError, TableSpec,
};
use serde::Deserialize;

use crate::compare::Stray;
use crate::model::{KeyGuard, Membership, Movement, Payment};

/// Payments read at once.
const PAGE: u16 = 100;

/// Open payments by when they are to be looked at.
const BY_OPEN: IndexSpec =
    IndexSpec { name: "by-open", partition: Attr::text("open"), sort: Attr::number("next_check_at") };
/// A person's payments, in the order they were made.
const BY_USER: IndexSpec =
    IndexSpec { name: "by-user", partition: Attr::text("user_id"), sort: Attr::text("created_at") };
/// All payments, likewise.
const BY_SHELF: IndexSpec =
    IndexSpec { name: "by-shelf", partition: Attr::text("shelf"), sort: Attr::text("created_at") };

/// Payments, and the guards of their keys.
pub const PAYMENTS: TableSpec = TableSpec {
    name: "payments",
    partition: Attr::text("order_id"),
    sort: None,
    indexes: &[BY_OPEN, BY_USER, BY_SHELF],
    ttl: None,
    stream: false,
};

const MOVED_ON: IndexSpec =
    IndexSpec { name: "by-day", partition: Attr::text("day"), sort: Attr::text("at") };
const MOVED_OF: IndexSpec =
    IndexSpec { name: "by-user", partition: Attr::text("user_id"), sort: Attr::text("at") };
const MOVED_FOR: IndexSpec =
    IndexSpec { name: "by-booking", partition: Attr::text("booking_id"), sort: Attr::text("at") };

/// The ledger of money. Written once, never changed.
pub const MOVEMENTS: TableSpec = TableSpec {
    name: "movements",
    partition: Attr::text("order_id"),
    sort: Some(Attr::text("movement")),
    indexes: &[MOVED_ON, MOVED_OF, MOVED_FOR],
    ttl: None,
    stream: false,
};

/// Grades of membership.
pub const MEMBERSHIPS: TableSpec = TableSpec {
    name: "memberships",
    partition: Attr::text("user_id"),
    sort: None,
    indexes: &[],
    ttl: None,
    stream: false,
};

const TRAIL: Grant = Grant { table: &AUDITS, may: &[Action::PutItem, Action::GetItem] };
const REMEMBERED: Grant = Grant { table: &IDEMPOTENCY, may: &[Action::BatchGetItem, Action::PutItem] };
const BOOKED: Grant = Grant { table: &MOVEMENTS, may: &[Action::PutItem] };
const GRADES: Grant = Grant { table: &MEMBERSHIPS, may: &[Action::GetItem, Action::PutItem] };

/// The rights of `payment-ready`, beside those of its guard and of bookings.
pub const READY_GRANTS: [Grant; 4] = [
    TRAIL,
    REMEMBERED,
    Grant { table: &PAYMENTS, may: &[Action::GetItem, Action::PutItem] },
    Grant { table: &MEMBERSHIPS, may: &[Action::GetItem] },
];
/// The rights of `payment-confirm`, likewise.
pub const CONFIRM_GRANTS: [Grant; 4] =
    [TRAIL, Grant { table: &PAYMENTS, may: &[Action::GetItem, Action::PutItem] }, BOOKED, GRADES];
/// The rights of `pay`, beside those of bookings: it captures like `payment-confirm`, and asks for the key
/// that stands for a customer at the provider.
pub const PAY_GRANTS: [Grant; 5] = [
    TRAIL,
    Grant { table: &PAYMENTS, may: &[Action::GetItem, Action::PutItem] },
    BOOKED,
    GRADES,
    Grant { table: &SEALS, may: &[Action::GetItem] },
];
/// The rights of `payments`, likewise: it shows them, pays back, and takes what is paid at the desk.
pub const DESK_GRANTS: [Grant; 5] = [
    TRAIL,
    REMEMBERED,
    Grant { table: &PAYMENTS, may: &[Action::GetItem, Action::BatchGetItem, Action::Query, Action::PutItem] },
    Grant { table: &MOVEMENTS, may: &[Action::BatchGetItem, Action::Query, Action::PutItem] },
    GRADES,
];
/// The rights of the webhook, beside those of bookings.
pub const WEBHOOK_GRANTS: [Grant; 4] = [
    TRAIL,
    Grant { table: &PAYMENTS, may: &[Action::GetItem, Action::PutItem, Action::UpdateItem] },
    BOOKED,
    GRADES,
];
/// The rights of `payment-checker`, likewise.
pub const CHECKER_GRANTS: [Grant; 4] = [
    TRAIL,
    Grant { table: &PAYMENTS, may: &[Action::Query, Action::GetItem, Action::PutItem, Action::UpdateItem] },
    Grant { table: &MOVEMENTS, may: &[Action::BatchGetItem, Action::Query, Action::PutItem] },
    GRADES,
];
/// The rights of an export.
pub const PAYMENT_EXPORT_GRANTS: [Grant; 1] =
    [Grant { table: &PAYMENTS, may: &[Action::Query, Action::BatchGetItem] }];
/// The rights of whoever writes letters about payments.
pub const PAYMENT_LETTER_GRANTS: [Grant; 1] = [Grant { table: &PAYMENTS, may: &[Action::GetItem] }];

pub(crate) fn payment_key(id: OrderId) -> Key {
    Key::of(&PAYMENTS, id)
}

/// A payment, for workers.
pub(crate) async fn payment(db: &Db, id: OrderId) -> Result<Option<Payment>, StoreError> {
    db.get(&payment_key(id)).await
}

/// The caller's own payments, for their export.
pub async fn export(db: &Db, caller: &Caller) -> Result<Vec<Payment>, StoreError> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let range = Ranged::index(&PAYMENTS, &BY_USER, caller.user_id, PAGE).after(after);
        let found: Page<Indexed> = db.query(&range).await?;
        all.extend(payments(db, &found.items).await?.into_iter().filter(|p| p.is_of(caller.user_id)));
        after = found.next;
        if after.is_none() {
            return Ok(all);
        }
    }
}

/// A payment of the caller's own.
pub(crate) async fn own(db: &Db, caller: &Caller, id: OrderId) -> Result<Option<Payment>, StoreError> {
    Ok(payment(db, id).await?.filter(|payment| payment.is_of(caller.user_id)))
}

/// The payment of a provider's key, or of an order.
pub(crate) async fn by_key(db: &Db, key: &str) -> Result<Option<Payment>, StoreError> {
    if let Ok(order) = key.parse::<OrderId>() {
        return payment(db, order).await;
    }
    let guard: Option<KeyGuard> = db.get(&KeyGuard::key(key)).await?;
    match guard {
        Some(guard) => payment(db, guard.of).await,
        None => Ok(None),
    }
}

/// Whose payments are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// One person's.
    Of(UserId),
    /// Everybody's.
    All,
}

/// A page of payments, newest first.
pub(crate) async fn list(
    db: &Db,
    whose: Whose,
    limit: u16,
    after: Option<Cursor>,
) -> Result<Page<Payment>, StoreError> {
    let range = match whose {
        Whose::Of(user) => Ranged::index(&PAYMENTS, &BY_USER, user, limit),
        Whose::All => Ranged::index(&PAYMENTS, &BY_SHELF, "payments", limit),
    };
    let found: Page<Indexed> = db.query(&range.newest_first().after(after)).await?;
    Ok(Page { items: payments(db, &found.items).await?, next: found.next })
}

async fn payments(db: &Db, found: &[Indexed]) -> Result<Vec<Payment>, StoreError> {
    let keys: Vec<Key> = found.iter().map(|indexed| payment_key(indexed.order_id)).collect();
    let mut stored = db.get_many(&keys).await?;
    let mut all = Vec::new();
    for key in &keys {
        all.extend(stored.take::<Payment>(key)?);
    }
    Ok(all)
}

#[derive(Deserialize)]
struct IndexedStray {
    order_id: String,
}

/// Money at the provider that no order of ours knows, newest first.
pub(crate) async fn strays(db: &Db, limit: u16, after: Option<Cursor>) -> Result<Page<Stray>, StoreError> {
    let range = Ranged::index(&PAYMENTS, &BY_SHELF, "strays", limit).newest_first().after(after);
    let found: Page<IndexedStray> = db.query(&range).await?;
    let keys: Vec<Key> = found.items.iter().map(|stray| Key::of(&PAYMENTS, &stray.order_id)).collect();
    let mut stored = db.get_many(&keys).await?;
    let mut items = Vec::new();
    for key in &keys {
        items.extend(stored.take::<Stray>(key)?);
    }
    Ok(Page { items, next: found.next })
}

/// Which movements are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// Those of a booking.
    For(BookingId),
    /// Those of a person.
    Of(UserId),
    /// Those of a day in Seoul.
    On(Date),
}

/// A page of movements, oldest first.
pub(crate) async fn movements(
    db: &Db,
    which: &Moved,
    limit: u16,
    after: Option<Cursor>,
) -> Result<Page<Movement>, StoreError> {
    let range = match which {
        Moved::For(booking) => Ranged::index(&MOVEMENTS, &MOVED_FOR, booking, limit),
        Moved::Of(user) => Ranged::index(&MOVEMENTS, &MOVED_OF, user, limit),
        Moved::On(day) => Ranged::index(&MOVEMENTS, &MOVED_ON, day, limit),
    };
    let found: Page<IndexedMovement> = db.query(&range.after(after)).await?;
    let key = |found: &IndexedMovement| Key::of(&MOVEMENTS, found.order_id).sorted(&found.movement);
    let keys: Vec<Key> = found.items.iter().map(key).collect();
    let mut stored = db.get_many(&keys).await?;
    let mut items = Vec::new();
    for key in &keys {
        items.extend(stored.take::<Movement>(key)?);
    }
    Ok(Page { items, next: found.next })
}

/// Somebody's membership.
pub(crate) async fn membership(db: &Db, user: UserId) -> Result<Option<Membership>, StoreError> {
    db.get(&Key::of(&MEMBERSHIPS, user)).await
}

#[derive(Deserialize)]
struct IndexedMovement {
    order_id: OrderId,
    movement: String,
}

#[derive(Deserialize)]
struct Indexed {
    order_id: OrderId,
}

/// Open payments that are to be looked at by now, as the index knows them.
pub(crate) async fn due(db: &Db, now: i64, limit: u16) -> Result<Vec<OrderId>, StoreError> {
    let found: Page<Indexed> =
        db.query(&Ranged::index(&PAYMENTS, &BY_OPEN, "open", limit).up_to(now)).await?;
    Ok(found.items.into_iter().map(|indexed| indexed.order_id).collect())
}
