//! A change of a booking.

use maru_kernel::{FieldError, Fields, RoomId};
use maru_rooms::form::Object;
use maru_web::Raw;
use serde::Deserialize;
use utoipa::ToSchema;

use super::wish::ContactWish;
use super::{date, description, heads, id, minute, needed, people, reason, title, when};
use crate::service::{Amend, MoveTo};

/// What is changed about a booking; what is not sent stays.
#[derive(Deserialize, ToSchema, Default)]
pub(in crate::http) struct AmendWish {
    /// Another room.
    #[serde(alias = "roomId")]
    #[schema(value_type = Option<String>, format = "uuid")]
    room_id: Raw<String>,
    /// RFC 3339; without an offset it is the room's local time.
    #[serde(alias = "startTime")]
    #[schema(value_type = Option<String>, example = "2026-12-01T10:00:00+09:00")]
    start_time: Raw<String>,
    #[serde(alias = "endTime")]
    #[schema(value_type = Option<String>, example = "2026-12-01T12:00:00+09:00")]
    end_time: Raw<String>,
    /// 1 to 200 characters.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    title: Raw<String>,
    /// At most 2000 characters.
    #[schema(value_type = Option<String>, max_length = 2000)]
    description: Raw<String>,
    /// How many come to a room.
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 500)]
    people: Raw<u16>,
    /// Another date of a tour.
    #[schema(value_type = Option<String>, format = "date")]
    usage_date: Raw<String>,
    /// Another departure of a tour.
    #[schema(value_type = Option<String>, example = "09:00")]
    usage_time: Raw<String>,
    #[schema(value_type = Option<u16>, maximum = 500)]
    people_adult: Raw<u16>,
    #[schema(value_type = Option<u16>, maximum = 500)]
    people_child: Raw<u16>,
    #[schema(value_type = Option<u16>, maximum = 500)]
    people_infant: Raw<u16>,
    /// One of the tour's pickups.
    #[schema(value_type = Option<String>)]
    pickup: Raw<String>,
    /// Whom to reach.
    #[schema(value_type = Option<ContactWish>)]
    contact: Raw<Object<ContactWish>>,
    /// Whether the price stays, whatever the new time costs.
    #[schema(value_type = Option<bool>)]
    keep_price: Raw<bool>,
    /// The version that was seen; or `If-Match`.
    #[serde(alias = "_lock_version")]
    #[schema(value_type = Option<u64>)]
    lock_version: Raw<u64>,
    /// Why, at most 200 characters.
    #[serde(alias = "_reason")]
    #[schema(value_type = Option<String>, max_length = 200)]
    reason: Raw<String>,
}

impl AmendWish {
    /// What is changed, and which version was seen.
    pub fn read(self) -> Result<Amend, Vec<FieldError>> {
        let mut fields = Fields::new();
        let Self { room_id, start_time, end_time, title: named, description: text, people: come, .. } = self;
        let Self { usage_date, usage_time, people_adult, people_child, people_infant, pickup, .. } = self;
        let Self { contact, keep_price, lock_version, reason: why, .. } = self;
        let room_id = fields.take(needed(room_id, false, |text| id::<RoomId>(text, "/room_id")));
        let start = fields.take(needed(start_time, false, |text| when(text, "/start_time")));
        let end = fields.take(needed(end_time, false, |text| when(text, "/end_time")));
        let day = fields.take(needed(usage_date, false, |text| date(text, "/usage_date")));
        let time = fields.take(needed(usage_time, false, |text| minute(text, "/usage_time")));
        let to = MoveTo {
            room_id: room_id.flatten(),
            start: start.flatten(),
            end: end.flatten(),
            date: day.flatten(),
            time: time.flatten(),
            adults: fields.take(heads(people_adult, "/people_adult")).flatten(),
            children: fields.take(heads(people_child, "/people_child")).flatten(),
            infants: fields.take(heads(people_infant, "/people_infant")).flatten(),
            pickup: fields.take(pickup.optional("/pickup")).flatten(),
        };
        let contact = fields.take(contact.optional("/contact")).flatten();
        let amend = Amend {
            title: fields.take(needed(named, false, title)).flatten(),
            description: fields.take(description(text)).flatten(),
            contact: contact.and_then(|Object(contact)| contact.read(&mut fields)),
            heads: fields.take(people(come)).flatten(),
            to: (to != MoveTo::default()).then_some(to),
            keep_price: fields.take(keep_price.optional("/keep_price")).flatten().unwrap_or(false),
            reason: fields.take(reason(why)).flatten(),
            seen: fields.take(lock_version.optional("/lock_version")).flatten(),
        };
        fields.finish(Some(amend))
    }
}
