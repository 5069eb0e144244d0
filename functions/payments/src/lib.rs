//! Shows payments and the ledger of money, pays back, records what was taken at the desk, and makes pay links.

use maru_bookings::PAYING_GRANTS;
use maru_kernel::Supply;
use maru_payments::{Checkout, DESK_GRANTS, Grades, Payments, desk_api};
use maru_settings::{Function, Var};
use maru_table::{Db, Grant};
use maru_toss::Toss;
use maru_web::Mounted;

/// What it reads from its environment.
pub const FUNCTION: Function = Function {
    name: "payments",
    vars: &[
        Var::AllowedOrigins,
        Var::Stage,
        Var::CheckoutUrl,
        Var::MembershipPrices,
        Var::SecretArn,
        Var::TossBaseUrl,
    ],
};

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    [maru_identity::GRANTS.as_slice(), &DESK_GRANTS, &PAYING_GRANTS].concat()
}

/// What it serves.
pub fn api(db: Db, grades: Grades, toss: Supply<Toss>, checkout: Checkout) -> Mounted {
    desk_api(Payments::new(db).with_grades(grades).with_provider(toss).with_checkout(checkout))
}
