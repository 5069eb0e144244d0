//! Ids: UUIDv7, so they sort by the time they were made, printed as text.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Clock, Random};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id, ordered by `clock`.
            pub fn new(clock: &Clock, random: &Random) -> Self {
                let millis = u64::try_from(clock.now().as_millisecond()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random.bytes()).into_uuid())
            }

            /// The sixteen bytes of the id.
            pub fn bytes(self) -> [u8; 16] {
                self.0.into_bytes()
            }

            /// The id these sixteen bytes are.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// A person: customer or staff.
    UserId;
    /// A signed-in device: one family of refresh tokens.
    SessionId;
    /// A request for a mailed link (verification, reset).
    MailLinkId;
    /// A room.
    RoomId;
    /// A tour.
    TourId;
    /// A booking.
    BookingId;
    /// A place in a waiting line.
    WaitId;
    /// A calendar feed.
    FeedId;
    /// One committed change; also the id of its audit records and of what the outbox sends for it.
    EventId;
    /// One order to be paid. Toss allows 6 to 64 of `[A-Za-z0-9_-]`, which a UUID's text fits.
    OrderId;
}
