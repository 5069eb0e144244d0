//! Captures a payment at the provider.

use maru_bookings::PAYING_GRANTS;
use maru_kernel::Supply;
use maru_payments::{CONFIRM_GRANTS, Payments, confirm_api};
use maru_settings::{Function, Var};
use maru_table::{Db, Grant};
use maru_toss::Toss;
use maru_web::Mounted;

/// What it reads from its environment.
pub const FUNCTION: Function = Function {
    name: "payment-confirm",
    vars: &[Var::AllowedOrigins, Var::Stage, Var::SecretArn, Var::TossBaseUrl],
};

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    [maru_identity::GRANTS.as_slice(), &CONFIRM_GRANTS, &PAYING_GRANTS].concat()
}

/// What it serves.
pub fn api(db: Db, toss: Supply<Toss>) -> Mounted {
    confirm_api(Payments::new(db).with_provider(toss))
}
