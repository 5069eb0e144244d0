//! The handlers of offers.

use maru_identity::{Identity, permit};
use maru_kernel::{FieldError, Said};
use maru_table::{Cursor, Page};
use maru_web::{
    Answer, Body, FromRef, IfMatch, MaybeBody, Pagination, Problem, Public, Segment, Staff, State, Texts,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Offer, OfferError, Offers, Which};
use crate::form::{Sent, WRONG_TYPE};

/// Records a page shows where the client says nothing, and at most.
pub const PAGE: u16 = 50;
/// Hours a repeated request is recognised.
const REMEMBER_HOURS: u32 = 24;

impl<T: Offer> FromRef<Offers<T>> for Identity {
    fn from_ref(offers: &Offers<T>) -> Self {
        offers.identity().clone()
    }
}

impl From<OfferError> for Problem {
    fn from(error: OfferError) -> Self {
        match error {
            OfferError::KeyReused => Self::idempotency_key_reused(),
            OfferError::Missing => Self::not_found(),
            // Handlers that know what was seen say it by that; nobody else changes anything.
            OfferError::Stale => Self::internal(),
            OfferError::Wrong(faults) => Self::fields(faults),
            OfferError::Store(error) => error.into(),
        }
    }
}

/// What a removal says.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct Removal {
    /// The version that is removed, where `If-Match` is not sent.
    #[schema(value_type = Option<u64>)]
    #[serde(default)]
    lock_version: Sent<u64>,
}

fn version(sent: &Sent<u64>) -> Result<Option<u64>, Problem> {
    match sent {
        Sent::Absent | Sent::Null => Ok(None),
        Sent::Value(version) => Ok(Some(*version)),
        Sent::Wrong => {
            let said = Said::new(WRONG_TYPE.0, WRONG_TYPE.1);
            Err(Problem::fields(vec![FieldError::new("/lock_version", "type", said)]))
        }
    }
}

fn shown<T: Offer>(offer: T) -> Answer {
    let version = offer.lock_version();
    Answer::one(&T::View::from(offer)).version(version)
}

fn paged<T: Offer>(page: Page<T>, size: u16) -> Answer {
    let next = page.next.map(|cursor| cursor.encode());
    let views: Vec<T::View> = page.items.into_iter().map(T::View::from).collect();
    Answer::list(&views, &Pagination { page_size: size, has_next: next.is_some(), next })
}

/// Makes one.
pub async fn create<T: Offer>(
    caller: Staff<permit::RoomsManage>,
    State(offers): State<Offers<T>>,
    body: Body<T::New>,
) -> Result<Answer, Problem> {
    let request = body.repeat().of(&caller.0, T::NAMES.route, offers.now(), REMEMBER_HOURS);
    let (offer, replayed) = offers.create(&caller.0, body.value, request.as_ref()).await?;
    let (version, location) = (offer.lock_version(), format!("{}/{}", T::NAMES.path, offer.id()));
    Ok(Answer::created(T::NAMES.message, &T::View::from(offer))
        .version(version)
        .replayed(replayed)
        .at(&location))
}

/// Changes one.
pub async fn change<T: Offer>(
    caller: Staff<permit::RoomsManage>,
    State(offers): State<Offers<T>>,
    Segment(id): Segment<T::Id>,
    if_match: IfMatch,
    body: Body<T::Wish>,
) -> Result<Answer, Problem> {
    let lock_version = T::seen_by(&body.value);
    let draft = offers.draft(id, body.value).await?;
    let seen = if_match.or(version(&lock_version)?)?;
    match offers.change(&caller.0, draft, seen.version()).await {
        Ok(offer) => Ok(shown(offer)),
        Err(OfferError::Stale) => Err(seen.stale()),
        Err(error) => Err(error.into()),
    }
}

/// Takes one off the books.
pub async fn remove<T: Offer>(
    caller: Staff<permit::RoomsManage>,
    State(offers): State<Offers<T>>,
    Segment(id): Segment<T::Id>,
    if_match: IfMatch,
    body: MaybeBody<Removal>,
) -> Result<Answer, Problem> {
    let seen = if_match.or(version(&body.0.lock_version)?)?;
    match offers.remove(&caller.0, id, seen.version()).await {
        Ok(offer) => Ok(shown(offer)),
        Err(OfferError::Stale) => Err(seen.stale()),
        Err(error) => Err(error.into()),
    }
}

/// A page of those customers see.
pub async fn list<T: Offer>(
    _: Public,
    State(offers): State<Offers<T>>,
    query: Texts,
) -> Result<Answer, Problem> {
    listed(&offers, Which::Open, &query).await
}

/// A page of all on the books, for staff.
pub async fn list_all<T: Offer>(
    _: Staff<permit::BookingsRead>,
    State(offers): State<Offers<T>>,
    query: Texts,
) -> Result<Answer, Problem> {
    listed(&offers, Which::Kept, &query).await
}

async fn listed<T: Offer>(offers: &Offers<T>, which: Which, query: &Texts) -> Result<Answer, Problem> {
    let size = query.parse::<u16>("page_size").map_err(|e| vec![e])?.unwrap_or(PAGE).clamp(1, PAGE);
    let after = query.get("next").and_then(Cursor::decode);
    Ok(paged(offers.list(which, size, after).await?, size))
}

/// One that customers see.
pub async fn get<T: Offer>(
    _: Public,
    State(offers): State<Offers<T>>,
    Segment(id): Segment<T::Id>,
) -> Result<Answer, Problem> {
    offers.active(id).await?.map(shown).ok_or_else(Problem::not_found)
}
