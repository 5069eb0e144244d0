//! What clients send, read so that every offending field is named at once.

use jiff::civil::{Date, DateTime, Weekday};
use jiff::{Timestamp, Zoned};
use maru_kernel::{
    BookingId, Email, FieldError, Fields, LineRule, Phone, RoomId, Said, TourId, UserId, line,
};
use maru_tours::Party;
use maru_web::Raw;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::model::{Contact, Departure};
use crate::rules::{Frequency, Repeat};
use crate::service::{Amend, MoveTo, NewBooking, Times, When, Whom, Wished};

/// Heads anybody may name.
const MOST_HEADS: u16 = 500;

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

/// A series: a wish to book a room whose time comes again.
#[derive(Deserialize, ToSchema, Default)]
pub(super) struct SeriesWish {
    #[serde(flatten)]
    pub wish: BookingWish,
    /// How the time comes again; or `times`.
    #[schema(value_type = Option<RepeatWish>)]
    pub repeat: Raw<RepeatWish>,
    /// The times, instead of `start_time`, `end_time` and `repeat`.
    #[schema(value_type = Option<Vec<TimeWish>>, max_items = 25)]
    pub times: Raw<Vec<TimeWish>>,
    /// `refuse` (all or nothing, the default) or `skip` (what cannot be had is left out and reported).
    #[schema(value_type = Option<String>, example = "skip")]
    pub on_conflict: Raw<String>,
}

/// How a time comes again: at most 25 times.
#[derive(Deserialize, ToSchema)]
pub(super) struct RepeatWish {
    /// `daily` or `weekly`
    #[schema(value_type = String, example = "weekly")]
    frequency: Raw<String>,
    /// Every so many days or weeks; 1 by default.
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 52)]
    interval: Raw<u16>,
    /// Weekdays of a weekly one: `mon` … `sun`; that of `start_time` by default.
    #[schema(value_type = Option<Vec<String>>)]
    days: Raw<Vec<String>>,
    /// How many times.
    #[schema(value_type = Option<usize>, minimum = 1, maximum = 25)]
    count: Raw<usize>,
    /// The last date.
    #[schema(value_type = Option<String>, format = "date")]
    until: Raw<String>,
}

/// One time.
#[derive(Deserialize, ToSchema)]
pub(super) struct TimeWish {
    #[schema(value_type = String)]
    start_time: Raw<String>,
    #[schema(value_type = String)]
    end_time: Raw<String>,
}

/// What is changed about a booking; what is not sent stays.
#[derive(Deserialize, ToSchema, Default)]
pub(super) struct AmendWish {
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

fn wrong(pointer: &'static str, code: &'static str, ko: &'static str, en: &'static str) -> FieldError {
    FieldError::new(pointer, code, Said::new(ko, en))
}

/// A point in time, with or without an offset.
pub(super) fn when(typed: Raw<String>, pointer: &'static str) -> Result<When, FieldError> {
    let text = typed.required(pointer)?;
    instant_of(&text).ok_or_else(|| {
        wrong(
            pointer,
            "type",
            "2026-12-01T10:00:00+09:00 형식이어야 합니다.",
            "Must look like 2026-12-01T10:00:00+09:00.",
        )
    })
}

/// A point in time as text. A zone's name in brackets is Temporal's, not RFC 3339's.
pub(super) fn instant_of(text: &str) -> Option<When> {
    let text = text.trim();
    if text.contains('[') {
        return text.parse::<Zoned>().ok().map(|zoned| When::Instant(zoned.timestamp()));
    }
    let instant = text.parse::<Timestamp>().ok().map(When::Instant);
    instant.or_else(|| text.parse::<DateTime>().ok().map(When::Local))
}

/// An id of any kind.
pub(super) fn id<T: std::str::FromStr>(typed: Raw<String>, pointer: &'static str) -> Result<T, FieldError> {
    let text = typed.required(pointer)?;
    text.parse().map_err(|_| wrong(pointer, "type", "ID가 아닙니다.", "Not an id."))
}

/// `2026-12-01`
pub(super) fn date(typed: Raw<String>, pointer: &'static str) -> Result<Date, FieldError> {
    let text = typed.required(pointer)?;
    let date = text.parse::<Date>().ok().filter(|_| text.len() == 10);
    date.ok_or_else(|| {
        wrong(pointer, "type", "2026-12-01 형식의 날짜여야 합니다.", "Must be a date like 2026-12-01.")
    })
}

/// Minutes after midnight of `HH:MM`.
pub(super) fn minute(typed: Raw<String>, pointer: &'static str) -> Result<u16, FieldError> {
    let text = typed.required(pointer)?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    let read = text.split_once(':').filter(|(h, m)| digits(h) && digits(m));
    let minute = read.and_then(|(h, m)| Some((h.parse::<u16>().ok()?, m.parse::<u16>().ok()?)));
    let minute = minute.filter(|(h, m)| *h < 24 && *m < 60).map(|(h, m)| h * 60 + m);
    minute.ok_or_else(|| wrong(pointer, "time", "HH:MM이어야 합니다.", "Must be HH:MM."))
}

fn heads(typed: Raw<u16>, pointer: &'static str) -> Result<u16, FieldError> {
    let heads = typed.optional(pointer)?.unwrap_or(0);
    if heads <= MOST_HEADS {
        return Ok(heads);
    }
    Err(wrong(pointer, "range", "500명 이하여야 합니다.", "Must be 500 at most."))
}

pub(super) fn title(typed: Raw<String>) -> Result<Option<String>, FieldError> {
    let rule = LineRule { pointer: "/title", min: 1, max: 200, multiline: false };
    typed.optional("/title")?.map(|text| line(&text, rule)).transpose()
}

fn description(typed: Raw<String>) -> Result<Option<String>, FieldError> {
    let rule = LineRule { pointer: "/description", min: 0, max: 2000, multiline: true };
    typed.optional("/description")?.map(|text| line(&text, rule)).transpose()
}

/// Why, at most 200 characters.
pub(super) fn reason(typed: Raw<String>) -> Result<Option<String>, FieldError> {
    let rule = LineRule { pointer: "/reason", min: 0, max: 200, multiline: false };
    typed.optional("/reason")?.map(|text| line(&text, rule)).transpose()
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
            title = fields.take(super::input::title(typed)).map(Option::unwrap_or_default);
            let party = adults.zip(children).zip(infants);
            let party = party.map(|((adults, children), infants)| Party { adults, children, infants });
            wished = id.zip(date).zip(time).zip(party).zip(pickup).map(
                |((((tour_id, date), time), party), pickup)| {
                    Wished::Tour(Departure { tour_id, date, time, party, pickup })
                },
            );
        } else {
            let room = fields.take(id::<RoomId>(room_id, "/room_id"));
            let times = match times {
                Some(times) => Some(times),
                None => {
                    let start = fields.take(when(start_time, "/start_time"));
                    let end = fields.take(when(end_time, "/end_time"));
                    start.zip(end).map(|(start, end)| (Times::One(start, end), false))
                }
            };
            let rule = LineRule { pointer: "/title", min: 1, max: 200, multiline: false };
            title = fields.take(typed.required("/title").and_then(|text| line(&text, rule)));
            wished = room.zip(times).map(|(room_id, (times, skip))| Wished::Room { room_id, times, skip });
        }
        let description = fields.take(description(text)).map(Option::unwrap_or_default);
        let people = fields.take(people.optional("/people"));
        if people.flatten().is_some_and(|people| people == 0 || people > MOST_HEADS) {
            fields.refuse(wrong("/people", "range", "1~500명이어야 합니다.", "Must be 1 to 500."));
        }
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

impl SeriesWish {
    /// The wish with its times.
    pub fn read(mut self) -> Result<NewBooking, Vec<FieldError>> {
        let skip = match self.on_conflict.optional("/on_conflict").map_err(|e| vec![e])?.as_deref() {
            None | Some("refuse") => false,
            Some("skip") => true,
            Some(_) => {
                return Err(vec![wrong(
                    "/on_conflict",
                    "unknown",
                    "refuse나 skip이어야 합니다.",
                    "Must be refuse or skip.",
                )]);
            }
        };
        let times = if self.times.is_missing() {
            let mut fields = Fields::new();
            let (start, end) =
                (std::mem::take(&mut self.wish.start_time), std::mem::take(&mut self.wish.end_time));
            let start = fields.take(when(start, "/start_time"));
            let end = fields.take(when(end, "/end_time"));
            let repeat = fields.take(self.repeat.required("/repeat"));
            let repeat = repeat.and_then(|repeat| repeat.read(&mut fields));
            let times = start.zip(end).zip(repeat);
            fields.finish(times.map(|((start, end), repeat)| Times::Repeated(start, end, repeat)))?
        } else {
            let listed = self.times.required("/times").map_err(|e| vec![e])?;
            if listed.is_empty() || listed.len() > crate::rules::MOST_TIMES {
                return Err(vec![wrong("/times", "range", "1~25개여야 합니다.", "Must be 1 to 25.")]);
            }
            let one = |time: TimeWish| {
                Ok((when(time.start_time, "/times/start_time")?, when(time.end_time, "/times/end_time")?))
            };
            let times = listed.into_iter().map(one).collect::<Result<Vec<_>, FieldError>>();
            Times::Listed(times.map_err(|e| vec![e])?)
        };
        self.wish.read(Some((times, skip)))
    }
}

impl RepeatWish {
    fn read(self, fields: &mut Fields) -> Option<Repeat> {
        let Self { frequency, interval, days, count, until } = self;
        let frequency =
            fields.take(frequency.required("/repeat/frequency").and_then(|text| match text.as_str() {
                "daily" => Ok(Frequency::Daily),
                "weekly" => Ok(Frequency::Weekly),
                _ => Err(wrong(
                    "/repeat/frequency",
                    "unknown",
                    "daily나 weekly여야 합니다.",
                    "Must be daily or weekly.",
                )),
            }));
        let interval =
            fields.take(interval.optional("/repeat/interval").and_then(|every| match every.unwrap_or(1) {
                every @ 1..=52 => Ok(every),
                _ => Err(wrong("/repeat/interval", "range", "1~52여야 합니다.", "Must be 1 to 52.")),
            }));
        let days = fields.take(days.optional("/repeat/days").and_then(|days| {
            let named = days.unwrap_or_default();
            let days: Option<Vec<Weekday>> = named.iter().map(|day| weekday(day)).collect();
            days.ok_or_else(|| {
                wrong("/repeat/days", "unknown", "mon~sun이어야 합니다.", "Must be mon to sun.")
            })
        }));
        let count = fields.take(count.optional("/repeat/count").and_then(|count| match count {
            Some(0 | 26..) => Err(wrong("/repeat/count", "range", "1~25여야 합니다.", "Must be 1 to 25.")),
            count => Ok(count),
        }));
        let until = fields.take(match until.is_missing() {
            true => Ok(None),
            false => date(until, "/repeat/until").map(Some),
        });
        if matches!((&count, &until), (Some(None), Some(None))) {
            fields.refuse(wrong(
                "/repeat/count",
                "required",
                "count나 until이 필요합니다.",
                "count or until is needed.",
            ));
            return None;
        }
        Some(Repeat { frequency: frequency?, interval: interval?, days: days?, count: count?, until: until? })
    }
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return None,
    })
}

impl AmendWish {
    /// What is changed. `seen` is the version of the header or the body, if either was sent.
    pub fn read(self, seen: Option<u64>) -> Result<Amend, Vec<FieldError>> {
        let mut fields = Fields::new();
        let wish = self.wish;
        let mut party = None;
        if ![&wish.people_adult, &wish.people_child, &wish.people_infant]
            .iter()
            .all(|heads| heads.is_missing())
        {
            let adults = fields.take(heads(wish.people_adult, "/people_adult"));
            let children = fields.take(heads(wish.people_child, "/people_child"));
            let infants = fields.take(heads(wish.people_infant, "/people_infant"));
            let all = adults.zip(children).zip(infants);
            party = all.map(|((adults, children), infants)| Party { adults, children, infants });
        }
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
        let to = MoveTo { room_id, start, end, date: day, time, party, pickup: pickup.map(Some) };
        let moves = to.room_id.is_some() || to.start.is_some() || to.end.is_some() || to.date.is_some();
        let moves = moves || to.time.is_some() || to.party.is_some() || to.pickup.is_some();
        let title = fields.take(title(wish.title)).flatten();
        let description = fields.take(description(wish.description)).flatten();
        let heads = fields.take(wish.people.optional("/people")).flatten();
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
