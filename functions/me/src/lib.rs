//! A person's own page: what is kept of them, their password and address, their leaving.

use std::sync::Arc;

use maru_accounts::{Accounts, ExportPart, Exports, House, Keys, ME_GRANTS, me_api};
use maru_bookings::BOOKING_EXPORT_GRANTS;
use maru_identity::Caller;
use maru_kernel::Supply;
use maru_payments::PAYMENT_EXPORT_GRANTS;
use maru_settings::{Function, Var};
use maru_table::{Db, Grant};
use maru_web::{Mounted, Problem};
use serde_json::json;

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
    let (bookings, payments) = (db.clone(), db.clone());
    let exports = Exports(vec![
        (
            "bookings",
            part(move |caller| {
                let db = bookings.clone();
                async move { Ok(json!(maru_bookings::export(&db, &caller).await?)) }
            }),
        ),
        (
            "payments",
            part(move |caller| {
                let db = payments.clone();
                async move {
                    let bookings = maru_bookings::export(&db, &caller).await?;
                    let orders: Vec<_> = bookings.iter().filter_map(|booking| booking.order_id).collect();
                    Ok(json!(maru_payments::export(&db, &caller, &orders).await?))
                }
            }),
        ),
    ]);
    me_api(Accounts::new(db, keys, house), exports)
}

fn part<F>(export: impl Fn(Caller) -> F + Send + Sync + 'static) -> ExportPart
where
    F: Future<Output = Result<serde_json::Value, Problem>> + Send + 'static,
{
    Arc::new(move |caller| Box::pin(export(caller)))
}
