//! A wish to book once.

use maru_kernel::{Email, FieldError, Fields, LineRule, Phone, RoomId, TourId, UserId, line};
use maru_rooms::form::Object;
use maru_tours::Party;
use maru_web::Raw;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{date, description, heads, id, minute, needed, people, title, when, wrong};
use crate::model::{Contact, Departure};
use crate::rules::Repeat;
use crate::service::{NewBooking, Times, When, Whom, Wished};

/// A wish to book: a room (`room_id`, `start_time`, `end_time`) or a tour (`tour_id`, `usage_date`,
/// `usage_time`, `people_adult` …).
#[derive(Deserialize, ToSchema, Default)]
pub(in crate::http) struct BookingWish {
    /// The room.
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
    /// 1 to 200 characters; of a tour, its name by default.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    title: Raw<String>,
    /// At most 2000 characters.
    #[schema(value_type = Option<String>, max_length = 2000)]
    description: Raw<String>,
    /// How many come to a room.
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 500)]
    people: Raw<u16>,
    /// The tour.
    #[schema(value_type = Option<String>, format = "uuid")]
    tour_id: Raw<String>,
    /// `2026-12-01`, by the tour's own calendar.
    #[schema(value_type = Option<String>, format = "date")]
    usage_date: Raw<String>,
    /// `09:00`
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
    /// For somebody with an account. Staff and keys only.
    #[schema(value_type = Option<String>, format = "uuid")]
    user_id: Raw<String>,
    /// For somebody without an account, or to reach somebody else. Staff and keys only.
    #[schema(value_type = Option<ContactWish>)]
    contact: Raw<Object<ContactWish>>,
    /// Only put together, nothing taken yet. Staff and keys only.
    #[schema(value_type = Option<bool>)]
    draft: Raw<bool>,
    /// Firm at once, paid or not. Staff and keys only.
    #[schema(value_type = Option<bool>)]
    confirm: Raw<bool>,
}

/// Whom to reach.
#[derive(Deserialize, ToSchema)]
pub(in crate::http) struct ContactWish {
    /// 1 to 100 characters.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    name: Raw<String>,
    #[schema(value_type = Option<String>, format = "email")]
    email: Raw<String>,
    #[schema(value_type = Option<String>, example = "010-1234-5678")]
    phone: Raw<String>,
}

/// When a room is wished.
pub(super) enum Again {
    /// From `start_time` to `end_time`.
    Once,
    /// So, and again like this, if that could be read.
    Repeated(Option<Repeat>),
    /// At these times, if they could be read.
    Listed(Option<Vec<(When, When)>>),
}

impl ContactWish {
    pub(super) fn read(self, fields: &mut Fields) -> Option<Contact> {
        let Self { name, email, phone } = self;
        let rule = LineRule { pointer: "/contact/name", min: 1, max: 100, multiline: false };
        let name = fields.take(name.required("/contact/name").and_then(|text| line(&text, rule)));
        let email = fields.take(email.optional("/contact/email").and_then(|text| {
            let read = |text: String| {
                let unread =
                    || wrong("/contact/email", "email", "이메일 주소가 아닙니다.", "Not an e-mail address.");
                Email::parse(&text).ok_or_else(unread)
            };
            text.map(read).transpose()
        }));
        let phone = fields.take(phone.optional("/contact/phone").and_then(|text| {
            let read = |text: String| {
                let unread =
                    || wrong("/contact/phone", "phone", "전화번호가 아닙니다.", "Not a phone number.");
                Phone::parse(&text).ok_or_else(unread)
            };
            text.map(read).transpose()
        }));
        let (name, email, phone) = (name?, email?, phone?);
        Some(Contact { name, email, phone })
    }
}

impl BookingWish {
    /// The wish: a room's hours, or one departure of a tour.
    pub fn read(self) -> Result<NewBooking, Vec<FieldError>> {
        let mut fields = Fields::new();
        let new = self.fill(&mut fields, Again::Once, false);
        fields.finish(new)
    }

    /// The wish. Whatever was sent is judged, whether it is needed or not.
    pub(super) fn fill(self, fields: &mut Fields, again: Again, skip: bool) -> Option<NewBooking> {
        let Self { room_id, start_time, end_time, title: named, description: text, people: come, .. } = self;
        let Self {
            tour_id, usage_date, usage_time, people_adult, people_child, people_infant, pickup, ..
        } = self;
        let Self { user_id, contact, draft, confirm, .. } = self;
        let once = matches!(again, Again::Once);
        let tour = once && !tour_id.is_missing();
        let timed = !tour && !matches!(again, Again::Listed(_));
        let room_id = fields.take(needed(room_id, !tour, |text| id::<RoomId>(text, "/room_id")));
        let start = fields.take(needed(start_time, timed, |text| when(text, "/start_time")));
        let end = fields.take(needed(end_time, timed, |text| when(text, "/end_time")));
        let tour_id = fields.take(needed(tour_id, tour, |text| id::<TourId>(text, "/tour_id")));
        let date = fields.take(needed(usage_date, tour, |text| date(text, "/usage_date")));
        let time = fields.take(needed(usage_time, tour, |text| minute(text, "/usage_time")));
        let adults = fields.take(heads(people_adult, "/people_adult"));
        let children = fields.take(heads(people_child, "/people_child"));
        let infants = fields.take(heads(people_infant, "/people_infant"));
        let pickup = fields.take(pickup.optional("/pickup"));
        let (room_id, tour_id, start, end) =
            (room_id.flatten(), tour_id.flatten(), start.flatten(), end.flatten());
        if tour && room_id.is_some() {
            let said = ("강의실과 투어 중 하나만 보내 주세요.", "Send a room or a tour, not both.");
            fields.refuse(wrong("/room_id", "ambiguous", said.0, said.1));
        }
        if !once && tour_id.is_some() {
            let said = ("강의실만 반복해서 예약할 수 있습니다.", "Only rooms can be booked as a series.");
            fields.refuse(wrong("/tour_id", "room_only", said.0, said.1));
        }
        let title = fields.take(needed(named, !tour, title));
        let description = fields.take(description(text));
        let heads = fields.take(people(come));
        let whom = fields.take(needed(user_id, false, |text| id::<UserId>(text, "/user_id")));
        let contact = fields.take(contact.optional("/contact"));
        let contact = contact.map(|contact| contact.and_then(|Object(wish)| wish.read(fields)));
        let draft = fields.take(draft.optional("/draft"));
        let firm = fields.take(confirm.optional("/confirm"));
        let wished = if tour {
            let party = Party {
                adults: adults?.unwrap_or(0),
                children: children?.unwrap_or(0),
                infants: infants?.unwrap_or(0),
            };
            Wished::Tour(Departure { tour_id: tour_id?, date: date??, time: time??, party, pickup: pickup? })
        } else {
            let times = match again {
                Again::Once => Times::One(start?, end?),
                Again::Repeated(repeat) => Times::Repeated(start?, end?, repeat?),
                Again::Listed(listed) => Times::Listed(listed?),
            };
            Wished::Room { room_id: room_id?, times, skip }
        };
        let contact = contact?;
        let whom = match (whom?, &contact) {
            (Some(user), _) => Whom::Person(user),
            (None, Some(_)) => Whom::Guest,
            (None, None) => Whom::Caller,
        };
        Some(NewBooking {
            wished,
            whom,
            contact,
            title: title?.unwrap_or_default(),
            description: description?.unwrap_or_default(),
            heads: heads?,
            draft: draft?.unwrap_or_default(),
            firm: firm?.unwrap_or_default(),
        })
    }
}
