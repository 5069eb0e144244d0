//! What a business offers to be booked: rooms here, tours in their own crate. Staff make, change and take
//! it off the books; anyone looks at what is open.
//!
//! The two differ in their record and its form ([`Offer`]); everything else is done once, here.

mod desk;

use std::fmt::Display;
use std::marker::PhantomData;
use std::str::FromStr;

use maru_identity::{Caller, Identity};
use maru_kernel::{Clock, FieldError, Random, Timestamp};
use maru_table::{
    Actor, Change, CommitError, Cursor, Db, Idempotency, IndexSpec, Key, Page, Ranged, Record, Replay,
    StoreError,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use desk::{PAGE, Removal, change, create, get, list, list_all, remove};

use crate::form::Sent;

/// Offers a business can have, as far as those who need all at once read.
const MOST: usize = 500;

/// A record that can be booked, with the forms and words around it.
pub trait Offer: Record + DeserializeOwned + Clone + Send + Sync + 'static {
    /// Its id.
    type Id: FromStr + Display + Copy + Send + Sync + 'static;
    /// The form of a new one.
    type New: DeserializeOwned + Send + 'static;
    /// The form of a change.
    type Wish: DeserializeOwned + Send + 'static;
    /// What clients read.
    type View: Serialize + From<Self>;

    /// The index that finds all of them by name.
    const INDEX: &'static IndexSpec;
    /// The one partition of that index.
    const SHELF: &'static str;
    /// Where they are served, and what the trail calls making, changing and removing one.
    const NAMES: OfferNames;

    /// A new id.
    fn new_id(clock: &Clock, random: &Random) -> Self::Id;
    /// The record a form is filled in over when a new one is made.
    fn ordinary(id: Self::Id, now: Timestamp) -> Self;
    /// The new record a form makes, or every fault of it.
    fn made(new: Self::New, id: Self::Id, now: Timestamp) -> Result<Self, Vec<FieldError>>;
    /// This record as a form changes it, checked as a whole; or every fault.
    fn changed(&self, wish: Self::Wish, now: Timestamp) -> Result<Self, Vec<FieldError>>;
    /// The version a change says it has seen.
    fn seen_by(wish: &Self::Wish) -> Sent<u64>;
    /// Whether customers can see and book it.
    fn is_open(&self) -> bool;
    /// Whether it was taken off the books.
    fn is_removed(&self) -> bool;
    /// This record off the books.
    #[must_use]
    fn removed(self, now: Timestamp) -> Self;
}

/// What an offer is called.
#[derive(Debug, Clone, Copy)]
pub struct OfferNames {
    /// `/rooms`
    pub path: &'static str,
    /// `POST /rooms`, which idempotency records know a request by.
    pub route: &'static str,
    /// `room.created`
    pub created: &'static str,
    /// `room.changed`
    pub changed: &'static str,
    /// `room.deleted`
    pub removed: &'static str,
    /// What whoever made one is told.
    pub message: &'static str,
}

/// Why an offer is not made or changed.
#[derive(Debug, thiserror::Error)]
pub enum OfferError {
    /// The same idempotency key came with another body.
    #[error("idempotency key reused")]
    KeyReused,
    /// There is none of this id.
    #[error("no such offer")]
    Missing,
    /// It is not in the version the caller has seen.
    #[error("changed meanwhile")]
    Stale,
    /// The form, or the record it would make.
    #[error("wrong fields")]
    Wrong(Vec<FieldError>),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Which of them a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those customers see.
    Open,
    /// Those on the books, booked or not.
    Kept,
}

impl Which {
    fn shows(self, offer: &impl Offer) -> bool {
        match self {
            Self::Open => offer.is_open(),
            Self::Kept => !offer.is_removed(),
        }
    }
}

/// A change as it was read.
#[derive(Debug)]
pub struct Draft<T> {
    before: Option<T>,
    after: Result<T, Vec<FieldError>>,
}

/// Offers of one kind, over one function's store.
#[derive(Clone)]
pub struct Offers<T> {
    db: Db,
    identity: Identity,
    kind: PhantomData<fn() -> T>,
}

impl<T: Offer> Offers<T> {
    /// Over `db`.
    pub fn new(db: Db) -> Self {
        Self { identity: Identity::new(db.clone()), db, kind: PhantomData }
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.db.clock().now()
    }

    /// Makes one; an identical request made it once already where it answers `true`.
    pub async fn create(
        &self,
        caller: &Caller,
        new: T::New,
        request: Option<&Idempotency>,
    ) -> Result<(T, bool), OfferError> {
        let id = T::new_id(self.db.clock(), self.db.random());
        let offer = T::made(new, id, self.now()).map_err(OfferError::Wrong)?;
        for _ in 0..2 {
            if let Some(request) = request {
                let stored = self.db.get_many(&[request.key()]).await?.take_item(&request.key());
                match request.replay(stored, self.now()) {
                    Some(Replay::Same { reference }) => return Ok((self.again(&reference).await?, true)),
                    Some(Replay::OtherBody) => return Err(OfferError::KeyReused),
                    None => {}
                }
            }
            let mut change = Change::new(&self.db, &caller.actor, T::NAMES.created);
            change.create(&offer, None, ());
            change.remember(request, id, ());
            match self.db.commit(&change).await {
                Ok(()) => return Ok((offer, false)),
                // The same request was faster: its record answers.
                Err(CommitError::Refused((), _)) => {}
                Err(CommitError::Store(error)) => return Err(error.into()),
            }
        }
        Err(StoreError::Unavailable("the same request is being made".into()).into())
    }

    async fn again(&self, reference: &str) -> Result<T, StoreError> {
        let offer: Option<T> = self.db.get(&Key::of(T::TABLE, reference)).await?;
        offer.ok_or_else(|| StoreError::Broken("a remembered record is gone".into()))
    }

    /// A change, read over what it changes. What is not even of the right type is refused at once, whatever
    /// version it is about; the rest waits for [`Self::change`].
    pub async fn draft(&self, id: T::Id, wish: T::Wish) -> Result<Draft<T>, OfferError> {
        let before = self.find(id).await?.filter(|offer| !offer.is_removed());
        let base = before.clone().unwrap_or_else(|| T::ordinary(id, self.now()));
        match base.changed(wish, self.now()) {
            Err(faults) if faults.iter().any(|fault| fault.code == "type") => Err(OfferError::Wrong(faults)),
            after => Ok(Draft { before, after }),
        }
    }

    /// Changes one that is still in the version the caller has seen.
    pub async fn change(&self, caller: &Caller, draft: Draft<T>, seen: u64) -> Result<T, OfferError> {
        let Draft { before, after } = draft;
        let before = before.ok_or(OfferError::Missing)?;
        if before.lock_version() != seen {
            return Err(OfferError::Stale);
        }
        self.replace(caller, T::NAMES.changed, &before, after.map_err(OfferError::Wrong)?).await
    }

    /// Takes one off the books; bookings of it stay. One that is off already is answered as it is, so that
    /// a repeated removal answers the same.
    pub async fn remove(&self, caller: &Caller, id: T::Id, seen: u64) -> Result<T, OfferError> {
        let before = self.find(id).await?.ok_or(OfferError::Missing)?;
        if before.is_removed() {
            return Ok(before);
        }
        if before.lock_version() != seen {
            return Err(OfferError::Stale);
        }
        let after = before.clone().removed(self.now());
        match self.replace(caller, T::NAMES.removed, &before, after).await {
            // Two removals at once: the slower one finds what it wanted.
            Err(OfferError::Stale) => {
                let found = self.find(id).await?;
                found.filter(Offer::is_removed).ok_or(OfferError::Stale)
            }
            Ok(offer) => Ok(offer),
            Err(error) => Err(error),
        }
    }

    async fn replace(
        &self,
        caller: &Caller,
        action: &'static str,
        before: &T,
        after: T,
    ) -> Result<T, OfferError> {
        let mut change = Change::new(&self.db, &caller.actor, action);
        let after = change.replace(before, after, None, ());
        match self.db.commit(&change).await {
            Ok(()) => Ok(after),
            Err(CommitError::Refused((), _)) => Err(OfferError::Stale),
            Err(CommitError::Store(error)) => Err(error.into()),
        }
    }

    /// One in any state, also off the books.
    pub async fn find(&self, id: T::Id) -> Result<Option<T>, StoreError> {
        self.db.get(&Key::of(T::TABLE, id)).await
    }

    /// One that customers can see; others are nobody's business.
    pub async fn active(&self, id: T::Id) -> Result<Option<T>, StoreError> {
        Ok(self.find(id).await?.filter(Offer::is_open))
    }

    /// A page by name. It may be short where some that are not shown lie between.
    pub async fn list(&self, which: Which, limit: u16, after: Option<Cursor>) -> Result<Page<T>, StoreError> {
        page(&self.db, which, limit, after).await
    }
}

async fn page<T: Offer>(
    db: &Db,
    which: Which,
    limit: u16,
    after: Option<Cursor>,
) -> Result<Page<T>, StoreError> {
    let range = Ranged::index(T::TABLE, T::INDEX, T::SHELF, limit).after(after);
    let found: Page<Value> = db.query(&range).await?;
    let id = |item: &Value| item.get(T::TABLE.partition.name).and_then(Value::as_str).map(str::to_owned);
    let keys: Vec<Key> = found.items.iter().filter_map(|item| Some(Key::of(T::TABLE, id(item)?))).collect();
    let mut records = db.get_many(&keys).await?;
    let mut items = Vec::new();
    for key in &keys {
        items.extend(records.take::<T>(key)?.filter(|offer| which.shows(offer)));
    }
    Ok(Page { items, next: found.next })
}

/// Every one on the books by name, at most 500.
pub async fn all<T: Offer>(db: &Db) -> Result<Vec<T>, StoreError> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let Page { items, next } = page(db, Which::Kept, 100, after).await?;
        all.extend(items);
        if next.is_none() || all.len() >= MOST {
            all.truncate(MOST);
            return Ok(all);
        }
        after = next;
    }
}

/// Makes this one unless its id is taken.
pub async fn put<T: Offer>(db: &Db, offer: &T) -> Result<(), StoreError> {
    let mut change = Change::new(db, &Actor::system("seed"), T::NAMES.created);
    change.create(offer, None, ());
    match db.commit(&change).await {
        Ok(()) | Err(CommitError::Refused((), _)) => Ok(()),
        Err(CommitError::Store(error)) => Err(error),
    }
}
