//! What is changed about a booking.

use maru_kernel::{FieldError, Fields, RoomId};
use maru_web::Raw;
use serde::Deserialize;
use utoipa::ToSchema;

use super::BookingWish;
use super::fields::{date, description, heads, id, minute, reason, room_heads, title, when};
use crate::service::{Amend, MoveTo};

/// What is changed about a booking; what is not sent stays.
#[derive(Deserialize, ToSchema, Default)]
pub struct AmendWish {
    #[serde(flatten)]
    pub wish: BookingWish,
    /// Whether the price stays, whatever the new time costs.
    #[schema(value_type = Option<bool>)]
    pub keep_price: Raw<bool>,
    /// The version that was seen; or `If-Match`.
    #[serde(alias = "_lock_version")]
    #[schema(value_type = Option<u64>)]
    pub lock_version: Raw<u64>,
    /// Why, at most 200 characters.
    #[serde(alias = "_reason")]
    #[schema(value_type = Option<String>, max_length = 200)]
    pub reason: Raw<String>,
}

impl AmendWish {
    /// What is changed. `seen` is the version of the header or the body, if either was sent.
    pub fn read(self, seen: Option<u64>) -> Result<Amend, Vec<FieldError>> {
        let mut fields = Fields::new();
        let wish = self.wish;
        let mut some = |typed: Raw<u16>, pointer| {
            (!typed.is_missing()).then(|| fields.take(heads(typed, pointer))).flatten()
        };
        let adults = some(wish.people_adult, "/people_adult");
        let children = some(wish.people_child, "/people_child");
        let infants = some(wish.people_infant, "/people_infant");
        let sent = |typed: &Raw<String>| !typed.is_missing();
        let room_id =
            sent(&wish.room_id).then(|| fields.take(id::<RoomId>(wish.room_id, "/room_id"))).flatten();
        let start =
            sent(&wish.start_time).then(|| fields.take(when(wish.start_time, "/start_time"))).flatten();
        let end = sent(&wish.end_time).then(|| fields.take(when(wish.end_time, "/end_time"))).flatten();
        let day = sent(&wish.usage_date).then(|| fields.take(date(wish.usage_date, "/usage_date"))).flatten();
        let time =
            sent(&wish.usage_time).then(|| fields.take(minute(wish.usage_time, "/usage_time"))).flatten();
        let pickup = fields.take(wish.pickup.optional("/pickup")).flatten();
        let pickup = pickup.map(Some);
        let to = MoveTo { room_id, start, end, date: day, time, adults, children, infants, pickup };
        let moves = to.room_id.is_some() || to.start.is_some() || to.end.is_some() || to.date.is_some();
        let party = to.adults.is_some() || to.children.is_some() || to.infants.is_some();
        let moves = moves || to.time.is_some() || party || to.pickup.is_some();
        let title = fields.take(title(wish.title)).flatten();
        let description = fields.take(description(wish.description)).flatten();
        let heads = fields.take(room_heads(wish.people)).flatten();
        let contact = fields.take(wish.contact.optional("/contact")).flatten();
        let contact = contact.and_then(|contact| contact.read(&mut fields));
        let keep_price = fields.take(self.keep_price.optional("/keep_price")).flatten().unwrap_or(false);
        let reason = fields.take(reason(self.reason)).flatten();
        let amend = Amend {
            title,
            description,
            contact: contact.map(Some),
            heads: heads.map(Some),
            to: moves.then_some(to),
            keep_price,
            reason,
            seen,
        };
        fields.finish(Some(amend))
    }
}
