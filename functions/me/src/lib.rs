//! A person's own page: what is kept of them, their password and address, their leaving.

use maru_accounts::{Accounts, Exports, House, Keys, ME_GRANTS, me_api};
use maru_bookings::BOOKING_EXPORT_GRANTS;
use maru_identity::Caller;
use maru_kernel::Supply;
use maru_payments::PAYMENT_EXPORT_GRANTS;
use maru_settings::{Function, Var};
use maru_table::{Db, Grant};
use maru_web::{Mounted, Problem};
use serde_json::{Map, Value, json};

/// What it reads from its environment.
pub const FUNCTION: Function = Function {
    name: "me",
    vars: &[
        Var::AllowedOrigins,
        Var::Stage,
        Var::SecretArn,
        Var::Consents,
        Var::PasswordPolicy,
        Var::RetentionDays,
    ],
};

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    let exports = [BOOKING_EXPORT_GRANTS.as_slice(), &PAYMENT_EXPORT_GRANTS].concat();
    [maru_identity::GRANTS.as_slice(), &ME_GRANTS, &exports].concat()
}

/// What it serves.
pub fn api(db: Db, keys: Supply<Keys>, house: House) -> Mounted {
    let store = db.clone();
    let exports = Exports::new(move |caller| business(store.clone(), caller));
    me_api(Accounts::new(db, keys, house), exports)
}

/// What a person did here: their bookings, and what they paid.
async fn business(db: Db, caller: Caller) -> Result<Map<String, Value>, Problem> {
    let bookings = maru_bookings::export(&db, &caller).await?;
    let payments = maru_payments::export(&db, &caller).await?;
    Ok(Map::from_iter([("bookings".into(), json!(bookings)), ("payments".into(), json!(payments))]))
}
