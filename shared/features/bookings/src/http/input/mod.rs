//! What clients send, read so that every offending field is named at once.

mod amend;
mod fields;
mod series;

use maru_kernel::{BookingId, Email, FieldError, Fields, LineRule, Phone, RoomId, TourId, UserId, line};
use maru_tours::Party;
use maru_web::Raw;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::model::{Contact, Departure};
use crate::service::{NewBooking, Times, Whom, Wished};

pub(super) use amend::AmendWish;
pub(super) use fields::{date, id, instant_of, minute, reason, when};
use fields::{description, heads, room_heads, title, wrong};
pub(super) use series::SeriesWish;

/// A wish to book: a room (`room_id`, `start_time`, `end_time`) or a tour (`tour_id`, `usage_date`,
/// `usage_time`, `people_adult` …).
#[derive(Deserialize, ToSchema, Default)]
pub(super) struct BookingWish {
    /// The room.
    #[serde(alias = "roomId")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub room_id: Raw<String>,
    /// RFC 3339; without an offset it is the room's local time.
    #[serde(alias = "startTime")]
    #[schema(value_type = Option<String>, example = "2026-12-01T10:00:00+09:00")]
    pub start_time: Raw<String>,
    #[serde(alias = "endTime")]
    #[schema(value_type = Option<String>, example = "2026-12-01T12:00:00+09:00")]
    pub end_time: Raw<String>,
    /// 1 to 200 characters; of a tour, its name by default.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    pub title: Raw<String>,
    /// At most 2000 characters.
    #[schema(value_type = Option<String>, max_length = 2000)]
    pub description: Raw<String>,
    /// How many come to a room.
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 500)]
    pub people: Raw<u16>,
    /// The tour.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub tour_id: Raw<String>,
    /// `2026-12-01`, by the tour's own calendar.
    #[schema(value_type = Option<String>, format = "date")]
    pub usage_date: Raw<String>,
    /// `09:00`
    #[schema(value_type = Option<String>, example = "09:00")]
    pub usage_time: Raw<String>,
    #[schema(value_type = Option<u16>, maximum = 500)]
    pub people_adult: Raw<u16>,
    #[schema(value_type = Option<u16>, maximum = 500)]
    pub people_child: Raw<u16>,
    #[schema(value_type = Option<u16>, maximum = 500)]
    pub people_infant: Raw<u16>,
    /// One of the tour's pickups.
    #[schema(value_type = Option<String>)]
    pub pickup: Raw<String>,
    /// For somebody with an account. Staff and keys only.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub user_id: Raw<String>,
    /// For somebody without an account, or to reach somebody else. Staff and keys only.
    #[schema(value_type = Option<ContactWish>)]
    pub contact: Raw<ContactWish>,
    /// Only put together, nothing taken yet. Staff and keys only.
    #[schema(value_type = Option<bool>)]
    pub draft: Raw<bool>,
    /// Firm at once, paid or not. Staff and keys only.
    #[schema(value_type = Option<bool>)]
    pub confirm: Raw<bool>,
}

/// Whom to reach.
#[derive(Deserialize, ToSchema)]
pub(super) struct ContactWish {
    /// 1 to 100 characters.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    name: Raw<String>,
    #[schema(value_type = Option<String>, format = "email")]
    email: Raw<String>,
    #[schema(value_type = Option<String>, example = "010-1234-5678")]
    phone: Raw<String>,
}

impl ContactWish {
    fn read(self, fields: &mut Fields) -> Option<Contact> {
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
    /// The wish, with its time or times. A tour wants one departure.
    pub fn read(self, times: Option<(Times, bool)>) -> Result<NewBooking, Vec<FieldError>> {
        let mut fields = Fields::new();
        let tour = !self.tour_id.is_missing();
        let Self { room_id, start_time, end_time, title: typed, description: text, people, .. } = self;
        let Self {
            tour_id, usage_date, usage_time, people_adult, people_child, people_infant, pickup, ..
        } = BookingWish {
            tour_id: self.tour_id,
            usage_date: self.usage_date,
            usage_time: self.usage_time,
            people_adult: self.people_adult,
            people_child: self.people_child,
            people_infant: self.people_infant,
            pickup: self.pickup,
            ..Self::default()
        };
        let (title, wished);
        if tour {
            let id = fields.take(id::<TourId>(tour_id, "/tour_id"));
            let date = fields.take(date(usage_date, "/usage_date"));
            let time = fields.take(minute(usage_time, "/usage_time"));
            let adults = fields.take(heads(people_adult, "/people_adult"));
            let children = fields.take(heads(people_child, "/people_child"));
            let infants = fields.take(heads(people_infant, "/people_infant"));
            let pickup = fields.take(pickup.optional("/pickup"));
            if !room_id.is_missing() {
                fields.refuse(wrong(
                    "/room_id",
                    "ambiguous",
                    "강의실과 투어 중 하나만 보내 주세요.",
                    "Send a room or a tour, not both.",
                ));
            }
            title = fields.take(self::title(typed)).map(Option::unwrap_or_default);
            let party = adults.zip(children).zip(infants);
            let party = party.map(|((adults, children), infants)| Party { adults, children, infants });
            wished = id.zip(date).zip(time).zip(party).zip(pickup).map(
                |((((tour_id, date), time), party), pickup)| {
                    Wished::Tour(Departure { tour_id, date, time, party, pickup })
                },
            );
        } else {
            let room = fields.take(id::<RoomId>(room_id, "/room_id"));
            let times = times.or_else(|| {
                let start = fields.take(when(start_time, "/start_time"));
                let end = fields.take(when(end_time, "/end_time"));
                start.zip(end).map(|(start, end)| (Times::One(start, end), false))
            });
            let rule = LineRule { pointer: "/title", min: 1, max: 200, multiline: false };
            title = fields.take(typed.required("/title").and_then(|text| line(&text, rule)));
            wished = room.zip(times).map(|(room_id, (times, skip))| Wished::Room { room_id, times, skip });
        }
        let description = fields.take(description(text)).map(Option::unwrap_or_default);
        let people = fields.take(room_heads(people));
        let whom = fields.take(self.user_id.optional("/user_id").and_then(|text| match text {
            Some(text) => id::<UserId>(Raw::Good(text), "/user_id").map(Some),
            None => Ok(None),
        }));
        let contact =
            fields.take(self.contact.optional("/contact")).flatten().map(|wish| wish.read(&mut fields));
        let draft = fields.take(self.draft.optional("/draft"));
        let firm = fields.take(self.confirm.optional("/confirm"));
        let whole = wished.zip(title).zip(description).zip(people).zip(whom).zip(draft).zip(firm);
        let new = whole.map(|((((((wished, title), description), heads), whom), draft), firm)| NewBooking {
            wished,
            whom: match (whom, &contact) {
                (Some(user), _) => Whom::Person(user),
                (None, Some(_)) => Whom::Guest,
                (None, None) => Whom::Caller,
            },
            contact: contact.flatten(),
            title,
            description,
            heads,
            draft: draft.unwrap_or_default(),
            firm: firm.unwrap_or_default(),
        });
        fields.finish(new)
    }
}

/// A booking's id, with or without `.ics` behind it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown {
    pub id: BookingId,
    pub as_calendar: bool,
}

impl std::str::FromStr for Shown {
    type Err = <BookingId as std::str::FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (id, as_calendar) = text.strip_suffix(".ics").map_or((text, false), |id| (id, true));
        Ok(Self { id: id.parse()?, as_calendar })
    }
}
