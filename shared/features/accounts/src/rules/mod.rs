//! Decisions, as pure functions.

mod attempts;
mod links;
mod password;
mod profile;
mod staff;
mod totp;

pub use attempts::{Attempts, Limit, MAIL_PER_ADDRESS, MAIL_PER_PLACE, Step, WRONG_PER_PLACE, place};
pub use links::{link_token, read_link_token, works};
pub use password::{LONGEST_PASSWORD, Policy, composed};
pub use profile::{NewProfile, ProfileInput};
pub use staff::{invited_as, key_until};
pub use totp::{RECOVERY_CODES, matching_step, normal_code, otpauth, recovery_code, secret_text};

/// Seconds a sign-in lasts at most, whatever is refreshed: 30 days.
pub const SESSION_SECONDS: i64 = 30 * 24 * 3600;
/// Seconds without a refresh after which a sign-in is over: 14 days.
pub const IDLE_SECONDS: i64 = 14 * 24 * 3600;
/// Seconds the second factor may take after the password.
pub const TICKET_SECONDS: i64 = 300;
/// Seconds after signing in during which a person need not show their password again.
pub const RECENT_SECONDS: i64 = 15 * 60;
/// Seconds an administrator's sign-in may take at Kakao.
pub const STATE_SECONDS: i64 = 10 * 60;
