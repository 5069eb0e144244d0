//! Every function there is, once: what it reads, what it may do, and when it runs.

use maru_settings::Function;
use maru_table::{Grant, TableSpec};

/// What starts a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// The gateway.
    Http,
    /// The stream of the trail.
    Trail,
    /// The scheduler, at this rate.
    Each(&'static str),
    /// What the post reports.
    Feedback,
}

/// A function as the contract knows it.
pub struct Listed {
    /// Its name and variables.
    pub function: &'static Function,
    /// Its rights.
    pub grants: Vec<Grant>,
    /// What starts it.
    pub trigger: Trigger,
}

/// All functions.
pub fn all() -> Vec<Listed> {
    use Trigger::{Each, Feedback, Http, Trail};
    let listed = |function, grants, trigger| Listed { function, grants, trigger };
    vec![
        listed(&register::FUNCTION, register::grants(), Http),
        listed(&login::FUNCTION, login::grants(), Http),
        listed(&forgot_password::FUNCTION, forgot_password::grants(), Http),
        listed(&reset_password::FUNCTION, reset_password::grants(), Http),
        listed(&verify_email::FUNCTION, verify_email::grants(), Http),
        listed(&sessions::FUNCTION, sessions::grants(), Http),
        listed(&mfa::FUNCTION, mfa::grants(), Http),
        listed(&kakao_login::FUNCTION, kakao_login::grants(), Http),
        listed(&me::FUNCTION, me::grants(), Http),
        listed(&staff::FUNCTION, staff::grants(), Http),
        listed(&rooms::FUNCTION, rooms::grants(), Http),
        listed(&tours::FUNCTION, tours::grants(), Http),
        listed(&bookings::FUNCTION, bookings::grants(), Http),
        listed(&payment_ready::FUNCTION, payment_ready::grants(), Http),
        listed(&payment_confirm::FUNCTION, payment_confirm::grants(), Http),
        listed(&payments::FUNCTION, payments::grants(), Http),
        listed(&pay::FUNCTION, pay::grants(), Http),
        listed(&payment_webhook::FUNCTION, payment_webhook::grants(), Http),
        listed(&system::FUNCTION, system::grants(), Http),
        listed(&mailer::FUNCTION, mailer::grants(), Trail),
        listed(&hold_sweeper::FUNCTION, hold_sweeper::grants(), Each("rate(1 minute)")),
        listed(&reminders::FUNCTION, reminders::grants(), Each("rate(5 minutes)")),
        listed(&payment_checker::FUNCTION, payment_checker::grants(), Each("rate(1 minute)")),
        listed(&eraser::FUNCTION, eraser::grants(), Each("rate(5 minutes)")),
        listed(&key_rotator::FUNCTION, key_rotator::grants(), Each("rate(1 hour)")),
        listed(&mail_feedback::FUNCTION, mail_feedback::grants(), Feedback),
    ]
}

/// Every table any function may touch, by name.
pub fn tables() -> Vec<&'static TableSpec> {
    let mut tables: Vec<&'static TableSpec> =
        all().iter().flat_map(|f| f.grants.iter().map(|g| g.table)).collect();
    tables.sort_by_key(|table| table.name);
    tables.dedup_by_key(|table| table.name);
    tables
}
