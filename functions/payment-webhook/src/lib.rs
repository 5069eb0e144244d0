//! Hears that a payment changed at the provider, and asks the provider.

use maru_bookings::PAYING_GRANTS;
use maru_kernel::Supply;
use maru_payments::{Hints, WEBHOOK_GRANTS, webhook_api};
use maru_settings::{Function, Var};
use maru_table::{Db, Grant};
use maru_toss::Toss;
use maru_web::Mounted;

/// What it reads from its environment.
pub const FUNCTION: Function = Function {
    name: "payment-webhook",
    vars: &[Var::AllowedOrigins, Var::Stage, Var::SecretArn, Var::TossBaseUrl],
};

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    [WEBHOOK_GRANTS.as_slice(), &PAYING_GRANTS].concat()
}

/// What it serves.
pub fn api(db: Db, toss: Supply<Toss>) -> Mounted {
    webhook_api(Hints::new(db, toss))
}
