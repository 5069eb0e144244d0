//! The words every other crate uses: ids, money, time, people's texts, secrets.
//!
//! Nothing here does I/O. Time and randomness are values handed in ([`Clock`], [`Random`]), so a test
//! decides what time it is and every run can be repeated.

mod clock;
pub mod crypto;
mod email;
mod id;
mod master;
mod money;
mod phone;
mod random;
mod said;
mod secret;
mod supply;
mod text;

pub use clock::{Clock, ManualClock};
pub use email::Email;
pub use id::{BookingId, EventId, FeedId, MailLinkId, OrderId, RoomId, SessionId, TourId, UserId, WaitId};
pub use jiff::Timestamp;
pub use master::Master;
pub use money::{Currency, Money, MoneyError};
pub use phone::Phone;
pub use random::Random;
pub use said::{FieldError, Fields, Said};
pub use secret::{SealKey, Secret};
pub use supply::Supply;
pub use text::{LineRule, line, path_segment};
