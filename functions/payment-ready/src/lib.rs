//! Fixes the amount of a payment.

use maru_bookings::PAYING_GRANTS;
use maru_payments::{Checkout, Grades, Payments, READY_GRANTS, Window, ready_api};
use maru_settings::{Function, Var};
use maru_table::{Action, Db, Grant};
use maru_web::Mounted;

/// What it reads from its environment.
pub const FUNCTION: Function = Function {
    name: "payment-ready",
    vars: &[
        Var::AllowedOrigins,
        Var::Stage,
        Var::CheckoutUrl,
        Var::MembershipPrices,
        Var::SecretArn,
        Var::TossClientKey,
    ],
};

/// What it may do to which table. It reads the ledger with the booking, but never writes it.
pub fn grants() -> Vec<Grant> {
    let [gate, bookings] = PAYING_GRANTS;
    let ledger = Grant { may: &[Action::BatchGetItem], ..gate };
    [maru_identity::GRANTS.as_slice(), &READY_GRANTS, &[ledger, bookings]].concat()
}

/// What it serves.
pub fn api(db: Db, grades: Grades, window: Window, checkout: Checkout) -> Mounted {
    ready_api(Payments::new(db).with_grades(grades).with_window(window).with_checkout(checkout))
}
