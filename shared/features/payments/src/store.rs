//! Tables, rights and loads.

use maru_identity::{Caller, Permission};
use maru_kernel::OrderId;
use maru_table::{
    AUDITS, Action, Attr, Db, Grant, IDEMPOTENCY, IndexSpec, Key, Page, Ranged, StoreError, TableSpec,
};
use serde::Deserialize;

use crate::model::{KeyGuard, Payment};

/// Open payments by when they are to be looked at.
const BY_OPEN: IndexSpec =
    IndexSpec { name: "by-open", partition: Attr::text("open"), sort: Attr::number("next_check_at") };

/// Payments, and the guards of their keys.
pub const PAYMENTS: TableSpec = TableSpec {
    name: "payments",
    partition: Attr::text("order_id"),
    sort: None,
    indexes: &[BY_OPEN],
    ttl: None,
    stream: false,
};

const TRAIL: Grant = Grant { table: &AUDITS, may: &[Action::PutItem, Action::GetItem] };

/// The rights of `payment-ready`, beside those of its guard and of bookings.
pub const READY_GRANTS: [Grant; 3] = [
    TRAIL,
    Grant { table: &IDEMPOTENCY, may: &[Action::BatchGetItem, Action::PutItem] },
    Grant { table: &PAYMENTS, may: &[Action::GetItem, Action::PutItem] },
];
/// The rights of `payment-confirm`, likewise.
pub const CONFIRM_GRANTS: [Grant; 2] =
    [TRAIL, Grant { table: &PAYMENTS, may: &[Action::GetItem, Action::PutItem] }];
/// The rights of `payments`, likewise.
pub const READ_GRANTS: [Grant; 1] = [Grant { table: &PAYMENTS, may: &[Action::GetItem] }];
/// The rights of `payment-checker`, beside those of bookings.
pub const CHECKER_GRANTS: [Grant; 2] = [
    TRAIL,
    Grant { table: &PAYMENTS, may: &[Action::Query, Action::GetItem, Action::PutItem, Action::UpdateItem] },
];
/// The rights of an export.
pub const PAYMENT_EXPORT_GRANTS: [Grant; 1] = [Grant { table: &PAYMENTS, may: &[Action::BatchGetItem] }];
/// The rights of whoever writes letters about payments.
pub const PAYMENT_LETTER_GRANTS: [Grant; 1] = [Grant { table: &PAYMENTS, may: &[Action::GetItem] }];

pub(crate) fn payment_key(id: OrderId) -> Key {
    Key::of(&PAYMENTS, id)
}

/// A payment, for workers.
pub(crate) async fn payment(db: &Db, id: OrderId) -> Result<Option<Payment>, StoreError> {
    db.get(&payment_key(id)).await
}

/// The caller's own payments of these orders, for their export.
pub async fn export(db: &Db, caller: &Caller, orders: &[OrderId]) -> Result<Vec<Payment>, StoreError> {
    let mut all = Vec::new();
    for some in orders.chunks(100) {
        let keys: Vec<Key> = some.iter().map(|id| payment_key(*id)).collect();
        let mut found = db.get_many(&keys).await?;
        for key in &keys {
            all.extend(found.take::<Payment>(key)?.filter(|payment| payment.user_id == caller.user_id));
        }
    }
    Ok(all)
}

/// A payment of the caller's own.
pub(crate) async fn own(db: &Db, caller: &Caller, id: OrderId) -> Result<Option<Payment>, StoreError> {
    Ok(payment(db, id).await?.filter(|payment| payment.user_id == caller.user_id))
}

/// The payment of a key, the caller's own or anyone's for staff who may read payments.
pub(crate) async fn by_key(db: &Db, caller: &Caller, key: &str) -> Result<Option<Payment>, StoreError> {
    let guard: Option<KeyGuard> = db.get(&KeyGuard::key(key)).await?;
    let Some(guard) = guard else { return Ok(None) };
    let found = payment(db, guard.of).await?;
    Ok(found.filter(|payment| payment.user_id == caller.user_id || caller.may(Permission::PaymentsRead)))
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
