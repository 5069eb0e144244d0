//! Calendar feeds: a secret address that a calendar asks now and then.

use jiff::{Timestamp, ToSpan};
use maru_accounts::people;
use maru_identity::{Caller, Permission};
use maru_kernel::{FeedId, RoomId, UserId, crypto};
use maru_rooms::Room;
use maru_table::{Change, CommitError, Record, TableSpec};
use serde::{Deserialize, Serialize};

use super::desk::booked;
use super::plan::{Offered, days, room_cells};
use super::{Bookings, Refusal};
use crate::gate::Ledger;
use crate::model::{Booking, Resource, What};
use crate::store::FEEDS;
use crate::{BookingError, store};

/// Days a room's feed looks back and ahead.
const BACK_DAYS: i32 = 7;
/// See [`BACK_DAYS`].
const AHEAD_DAYS: i32 = 60;
/// Feeds one person may have.
const MOST: usize = 20;

/// Whose bookings a feed tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeedOf {
    /// Its owner's.
    Mine,
    /// A room's. Staff only, as long as they are.
    Room(RoomId),
}

/// A feed.
#[allow(clippy::struct_field_names, reason = "ids are named by what they are of")]
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Feed {
    /// Its id.
    pub feed_id: FeedId,
    /// Whose.
    pub user_id: UserId,
    /// What it tells.
    pub of: FeedOf,
    /// What its owner calls it.
    pub name: String,
    /// SHA-256 of the secret in its address.
    pub hash: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Version.
    pub lock_version: u64,
}

impl Record for Feed {
    const TABLE: &'static TableSpec = &FEEDS;
    const KIND: &'static str = "feed";
    const HIDDEN: &'static [&'static str] = &["hash"];

    maru_table::record_fields! { id: feed_id, person: user_id }
}

/// What a feed tells.
#[derive(Debug, Clone)]
pub struct Served {
    /// The feed.
    pub feed: Feed,
    /// What its calendar is called.
    pub title: String,
    /// The bookings.
    pub bookings: Vec<Booking>,
}

impl Bookings {
    /// Makes a feed. Its secret is shown once.
    pub async fn make_feed(
        &self,
        caller: &Caller,
        of: FeedOf,
        name: String,
    ) -> Result<(Feed, String), BookingError> {
        if let FeedOf::Room(room) = of {
            if !caller.may(Permission::BookingsRead) {
                return Err(BookingError::Forbidden);
            }
            Offered::load(&self.db, Resource::Room(room)).await?.ok_or(BookingError::NoResource)?;
        }
        if store::feeds_of(&self.db, caller.user_id).await?.len() >= MOST {
            let (ko, en) = (
                "달력 주소가 너무 많습니다. 쓰지 않는 것을 지워 주세요.",
                "Too many feeds. Please delete some.",
            );
            return Err(BookingError::refused("too_many_feeds", ko, en));
        }
        let feed_id = FeedId::new(self.db.clock(), self.db.random());
        let secret = self.db.random().bytes::<32>();
        let feed = Feed {
            feed_id,
            user_id: caller.user_id,
            of,
            name,
            hash: crypto::sha256_hex(&secret),
            created_at: self.now(),
            lock_version: 1,
        };
        let mut change = Change::new(&self.db, &caller.actor, "feed.made");
        change.create(&feed, None, Refusal::Stale);
        self.settle(&change, ()).await?.ok_or(BookingError::Contended)?;
        let token = crypto::to_base64url(&[feed_id.bytes().as_slice(), &secret].concat());
        Ok((feed, token))
    }

    /// The caller's feeds.
    pub async fn feeds(&self, caller: &Caller) -> Result<Vec<Feed>, BookingError> {
        Ok(store::feeds_of(&self.db, caller.user_id).await?)
    }

    /// Ends a feed: its address tells nothing from now on.
    pub async fn end_feed(&self, caller: &Caller, id: FeedId) -> Result<(), BookingError> {
        let feed: Option<Feed> = self.db.get(&store::feed_key(id)).await?;
        let feed = feed.filter(|feed| feed.user_id == caller.user_id).ok_or(BookingError::NoBooking)?;
        let mut change = Change::new(&self.db, &caller.actor, "feed.ended");
        change.delete(&feed, None, ());
        match self.db.commit(&change).await {
            // Ended twice at once is ended.
            Ok(()) | Err(CommitError::Refused((), _)) => Ok(()),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    /// What the feed of this secret tells now. Nothing, once its owner is nobody here any more.
    pub async fn serve_feed(&self, token: &str) -> Result<Served, BookingError> {
        let bytes = crypto::from_base64url(token).ok_or(BookingError::NoBooking)?;
        let (id, secret) = bytes.split_at_checked(16).ok_or(BookingError::NoBooking)?;
        let id = FeedId::from_bytes(id.try_into().map_err(|_| BookingError::NoBooking)?);
        let feed: Option<Feed> = self.db.get(&store::feed_key(id)).await?;
        let hash = crypto::sha256_hex(secret);
        let feed = feed.filter(|feed| crypto::same(feed.hash.as_bytes(), hash.as_bytes()));
        let feed = feed.ok_or(BookingError::NoBooking)?;
        let owner = people(&self.db, &[feed.user_id]).await?.remove(&feed.user_id);
        let owner = owner.filter(|owner| owner.is_active).ok_or(BookingError::NoBooking)?;
        let (title, bookings) = match feed.of {
            FeedOf::Mine => {
                let mut own = store::all_of_user(&self.db, feed.user_id).await?;
                own.retain(|booking| {
                    !booking.hidden && !booking.status.is_before() && !matches!(booking.what, What::Block(_))
                });
                ("마루 예약".to_owned(), own)
            }
            FeedOf::Room(_) if !owner.role.permits().contains(&Permission::BookingsRead) => {
                return Err(BookingError::NoBooking);
            }
            FeedOf::Room(room) => match Offered::load(&self.db, Resource::Room(room)).await? {
                Some(Offered::Room(room, grid)) => (room.name.clone(), self.of_room(&room, &grid).await?),
                Some(Offered::Tour(..)) | None => return Err(BookingError::NoResource),
            },
        };
        let mut bookings = bookings;
        bookings.sort_by_key(|booking| (booking.start_time, booking.booking_id));
        Ok(Served { feed, title, bookings })
    }

    async fn of_room(&self, room: &Room, grid: &crate::grid::Grid) -> Result<Vec<Booking>, BookingError> {
        let today = grid.day_of(self.now());
        let from = today.checked_sub(BACK_DAYS.days()).unwrap_or(today);
        let to = today.checked_add(AHEAD_DAYS.days()).unwrap_or(today);
        let cells = days(from, to).into_iter().flat_map(|date| room_cells(room, grid, date));
        let ledger = Ledger::open(&self.db, cells).await?;
        Ok(booked(&self.db, &ledger, self.now().as_second()).await?.into_values().collect())
    }
}
