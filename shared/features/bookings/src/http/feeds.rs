//! Calendar feeds.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use jiff::tz::TimeZone;
use maru_kernel::{FeedId, Fields, LineRule, RoomId, line};
use maru_web::{
    Answer, Api, Body, Calendar, Doc, IntoResponse, Oneself, Problem, Public, Raw, Response, Segment, State,
    instant,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::input::id;
use crate::model::{Booking, Resource};
use crate::service::{Feed, FeedOf};
use crate::{Bookings, ics};

/// A feed to be made.
#[derive(Deserialize, ToSchema)]
struct FeedWish {
    /// What you call it, at most 60 characters.
    #[schema(value_type = Option<String>, max_length = 60)]
    name: Raw<String>,
    /// A room's bookings instead of your own. Staff only.
    #[schema(value_type = Option<String>, format = "uuid")]
    room_id: Raw<String>,
}

/// A feed.
#[derive(Serialize, ToSchema)]
struct FeedView {
    id: String,
    name: String,
    /// `me` or `room`.
    of: &'static str,
    room_id: Option<String>,
    created_at: String,
}

/// A feed just made: its address is told once.
#[derive(Serialize, ToSchema)]
struct NewFeedView {
    #[serde(flatten)]
    feed: FeedView,
    /// What a calendar subscribes to, behind the address of this API.
    path: String,
}

impl From<Feed> for FeedView {
    fn from(feed: Feed) -> Self {
        let Feed { feed_id, user_id: _, of, name, hash: _, created_at, lock_version: _ } = feed;
        let (of, room_id) = match of {
            FeedOf::Mine => ("me", None),
            FeedOf::Room(room) => ("room", Some(room.to_string())),
        };
        Self { id: feed_id.to_string(), name, of, room_id, created_at: instant(created_at, &TimeZone::UTC) }
    }
}

pub(super) fn mount(api: Api<Bookings>) -> Api<Bookings> {
    let make_doc = Doc::new(
        "createFeed",
        "달력 주소 만들기",
        "A secret address calendars subscribe to: your bookings, or (staff) a room's.",
    )
    .body::<FeedWish>()
    .one::<NewFeedView>(201, "만들었습니다 · made")
    .refuses(404, "없는 강의실 · no such room")
    .refuses(409, "너무 많음 · too many");
    let list_doc = Doc::new("listFeeds", "내 달력 주소", "Your feeds.").all::<FeedView>("달력 주소 · feeds");
    let end_doc = Doc::new("deleteFeed", "달력 주소 없애기", "Its address tells nothing from now on.")
        .one::<Gone>(200, "없앴습니다 · gone");
    let serve_doc = Doc::new("calendar", "달력", "What a feed tells, as iCalendar.")
        .text("text/calendar", "예약 · the bookings");
    api.post("/api/feeds", make_doc, make)
        .get("/api/feeds", list_doc, list)
        .delete("/api/feeds/{id}", end_doc, end)
        .get("/calendar/{token}", serve_doc, serve)
}

/// What is gone.
#[derive(Serialize, ToSchema)]
struct Gone {
    id: String,
}

async fn make(
    caller: Oneself,
    State(bookings): State<Bookings>,
    body: Body<FeedWish>,
) -> Result<Answer, Problem> {
    let mut fields = Fields::new();
    let rule = LineRule { pointer: "/name", min: 0, max: 60, multiline: false };
    let name = body.value.name.optional("/name").and_then(|text| line(&text.unwrap_or_default(), rule));
    let name = fields.take(name);
    let of = if body.value.room_id.is_missing() {
        Some(FeedOf::Mine)
    } else {
        fields.take(id::<RoomId>(body.value.room_id, "/room_id")).map(FeedOf::Room)
    };
    let (name, of) = fields.finish(name.zip(of))?;
    let (feed, token) = bookings.make_feed(&caller.0, of, name).await?;
    let path = format!("/calendar/{token}.ics");
    Ok(Answer::created("달력 주소를 만들었습니다.", &NewFeedView { feed: feed.into(), path }))
}

async fn list(caller: Oneself, State(bookings): State<Bookings>) -> Result<Answer, Problem> {
    let feeds = bookings.feeds(&caller.0).await?;
    Ok(Answer::one(&feeds.into_iter().map(FeedView::from).collect::<Vec<_>>()))
}

async fn end(
    caller: Oneself,
    State(bookings): State<Bookings>,
    Segment(id): Segment<FeedId>,
) -> Result<Answer, Problem> {
    bookings.end_feed(&caller.0, id).await?;
    Ok(Answer::one(&Gone { id: id.to_string() }))
}

/// Whoever knows the address may read it: that is what a calendar can show.
async fn serve(
    _: Public,
    State(bookings): State<Bookings>,
    Segment(token): Segment<String>,
) -> Result<Response, Problem> {
    let served = bookings.serve_feed(token.strip_suffix(".ics").unwrap_or(&token)).await?;
    let mut places: HashMap<Resource, String> = HashMap::new();
    for booking in &served.bookings {
        if let Entry::Vacant(unknown) = places.entry(booking.what.resource()) {
            unknown.insert(bookings.place_of(booking).await?);
        }
    }
    let place = |booking: &Booking| places.get(&booking.what.resource()).cloned().unwrap_or_default();
    Ok(Calendar(ics::calendar(&served.title, &served.bookings, place, bookings.now())).into_response())
}
