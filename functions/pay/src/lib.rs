//! The page where whoever holds a link pays.

use maru_bookings::PAYING_GRANTS;
use maru_kernel::Supply;
use maru_payments::{Checkout, Grades, PAY_GRANTS, Payments, Window, pay_api};
use maru_settings::{Function, Var};
use maru_table::{Db, Grant};
use maru_toss::Toss;
use maru_web::Mounted;

/// What it reads from its environment.
pub const FUNCTION: Function = Function {
    name: "pay",
    vars: &[
        Var::AllowedOrigins,
        Var::Stage,
        Var::BusinessInfo,
        Var::CheckoutUrl,
        Var::MembershipPrices,
        Var::PayWindowUrl,
        Var::SecretArn,
        Var::TossBaseUrl,
        Var::TossClientKey,
    ],
};

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    [PAY_GRANTS.as_slice(), &PAYING_GRANTS].concat()
}

/// How customers pay.
pub struct Paying {
    /// What grades of membership cost.
    pub grades: Grades,
    /// The payment window.
    pub window: Window,
    /// The page itself.
    pub checkout: Checkout,
    /// The provider.
    pub toss: Supply<Toss>,
}

/// What it serves, for a business that calls itself so.
pub fn api(db: Db, paying: Paying, business: &str) -> Mounted {
    let Paying { grades, window, checkout, toss } = paying;
    let payments = Payments::new(db).with_grades(grades).with_window(window);
    pay_api(payments.with_checkout(checkout).with_provider(toss), business)
}
