//! The forms of a tour.

use std::collections::BTreeSet;

use jiff::civil::Date;
use maru_kernel::{Currency, LineRule, line};
use maru_rooms::DAY_MINUTES;
use maru_rooms::form::{Form, Object, Sent, TermsWish, amount, currency, days, local_date, minute_of_day};
use maru_web::Amount;
use serde::Deserialize;
use utoipa::ToSchema;

use super::views::{PricesView, RuleView};
use crate::model::{Rule, Tour};
use crate::rules::check_prices;

/// Places people are picked up at.
const MOST_PICKUPS: usize = 30;
/// Rules of a timetable.
const MOST_RULES: usize = 40;

/// A tour to be made.
#[derive(Deserialize, ToSchema)]
pub struct NewTour {
    /// 1 to 100 characters.
    #[schema(required = true, value_type = String, min_length = 1, max_length = 100, example = "괌 시티투어")]
    #[serde(default)]
    name: Sent<String>,
    /// What a head costs: 0, or the provider's least (100원).
    #[schema(required = true, value_type = PricesView)]
    #[serde(default)]
    prices: Sent<Object<PricesWish>>,
    #[schema(required = true, value_type = u16, minimum = 15, maximum = 1440)]
    #[serde(default)]
    duration_minutes: Sent<i64>,
    #[serde(flatten)]
    rest: TourWish,
}

/// A tour to be changed: what is left out stays.
#[derive(Deserialize, ToSchema)]
pub struct TourChange {
    /// Whether it can be booked and seen.
    #[schema(value_type = Option<bool>)]
    #[serde(default)]
    pub(super) is_active: Sent<bool>,
    /// The version that is changed, where `If-Match` is not sent.
    #[schema(value_type = Option<u64>)]
    #[serde(default)]
    pub(super) lock_version: Sent<u64>,
    #[serde(flatten)]
    pub(super) tour: TourWish,
}

/// What can be said of a tour.
#[derive(Deserialize, ToSchema)]
pub struct TourWish {
    /// 1 to 100 characters.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    #[serde(default)]
    name: Sent<String>,
    /// At most 2000 characters.
    #[schema(value_type = Option<String>, max_length = 2000)]
    #[serde(default)]
    description: Sent<String>,
    /// Where people are picked up, at most 30 places; a booking names one of them.
    #[schema(value_type = Option<Vec<String>>, max_items = 30)]
    #[serde(default)]
    pickups: Sent<Vec<Sent<String>>>,
    /// `KRW` by default, or `USD`; changes only together with every price.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    currency: Sent<String>,
    /// What a head costs: 0, or the provider's least (100원). In a change, a price left out stays.
    #[schema(value_type = Option<PricesView>)]
    #[serde(default)]
    prices: Sent<Object<PricesWish>>,
    #[schema(value_type = Option<u16>, minimum = 15, maximum = 1440)]
    #[serde(default)]
    duration_minutes: Sent<i64>,
    /// When it leaves, at most 40 rules; where two name the same time of a date, the first counts.
    #[schema(value_type = Option<Vec<RuleView>>, max_items = 40)]
    #[serde(default)]
    timetable: Sent<Vec<Sent<Object<RuleWish>>>>,
    /// Heads one booking may have; 20 by default.
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 500)]
    #[serde(default)]
    max_party: Sent<i64>,
    /// Minutes before the departure when it can be booked last.
    #[schema(value_type = Option<u16>, maximum = 43200)]
    #[serde(default)]
    min_notice_minutes: Sent<i64>,
    /// Days ahead it can be booked; 365 by default.
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 730)]
    #[serde(default)]
    max_ahead_days: Sent<i64>,
    /// IANA zone; Asia/Seoul by default. Never changes.
    #[schema(value_type = Option<String>, example = "Pacific/Guam")]
    #[serde(default)]
    zone: Sent<String>,
    /// Whether bookings are confirmed without staff; yes by default.
    #[schema(value_type = Option<bool>)]
    #[serde(default)]
    auto_confirm: Sent<bool>,
    #[serde(flatten)]
    terms: TermsWish,
}

/// What a head costs, as it is sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct PricesWish {
    adult: Sent<Amount>,
    child: Sent<Amount>,
    infant: Sent<Amount>,
}

/// A rule of the timetable, as it is sent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct RuleWish {
    days: Sent<Vec<Sent<String>>>,
    time: Sent<String>,
    seats: Sent<i64>,
    from: Sent<String>,
    to: Sent<String>,
}

impl NewTour {
    pub(super) fn whole(self) -> TourWish {
        let Self { name, prices, duration_minutes, rest } = self;
        TourWish { name, prices, duration_minutes, ..rest }
    }
}

impl TourWish {
    /// Fills in what was sent, and checks the tour that makes as a whole.
    pub(super) fn fill(self, form: &mut Form, tour: &mut Tour) {
        form.name(self.name, &mut tour.name);
        form.description(self.description, &mut tour.description);
        if let Some(pickups) = form.list(self.pickups, "/pickups", MOST_PICKUPS) {
            tour.pickups = read_pickups(form, pickups);
        }
        fill_prices(form, self.currency, self.prices, tour);
        if let Some(minutes) = form.required(self.duration_minutes, "/duration_minutes") {
            let minutes = form.within(minutes, "/duration_minutes", &(15..=1440));
            tour.duration_minutes = minutes.unwrap_or(tour.duration_minutes);
        }
        if let Some(rules) = form.list(self.timetable, "/timetable", MOST_RULES) {
            let rules = rules.into_iter().enumerate();
            tour.timetable = rules.filter_map(|(index, wish)| read_rule(form, index, wish)).collect();
        }
        form.number(self.max_party, "/max_party", &(1..=500), &mut tour.max_party);
        form.number(
            self.min_notice_minutes,
            "/min_notice_minutes",
            &(0..=43_200),
            &mut tour.min_notice_minutes,
        );
        form.number(self.max_ahead_days, "/max_ahead_days", &(1..=730), &mut tour.max_ahead_days);
        form.zone(self.zone, &mut tour.zone);
        form.flag(self.auto_confirm, "/auto_confirm", &mut tour.auto_confirm);
        self.terms.fill(form, &mut tour.terms, &mut tour.quota);
    }
}

fn read_pickups(form: &mut Form, sent: Vec<Sent<String>>) -> Vec<String> {
    let (mut known, mut pickups) = (BTreeSet::new(), Vec::new());
    for (index, name) in sent.into_iter().enumerate() {
        let pointer = format!("/pickups/{index}");
        let Some(name) = form.must(name, pointer.clone()) else { continue };
        let rule = LineRule { pointer: "/pickups", min: 1, max: 100, multiline: false };
        let name = line(&name, rule).map_err(|mut error| {
            error.pointer = pointer.clone().into();
            error
        });
        let Some(name) = form.take(name) else { continue };
        if known.insert(name.clone()) {
            pickups.push(name);
        } else {
            form.refuse(pointer, "duplicate", "같은 곳이 두 번 있습니다.", "The place is there twice.");
        }
    }
    pickups
}

fn fill_prices(form: &mut Form, code: Sent<String>, sent: Sent<Object<PricesWish>>, tour: &mut Tour) {
    let faults = form.faults();
    let before = tour.prices.adult.currency;
    let mut unit: Currency = before;
    currency(form, code, &mut unit);
    // The stored amounts mean nothing in another currency.
    let whole = form.is_fresh() || unit != before;
    let wish = if whole { form.must(sent, "/prices") } else { form.value(sent, "/prices") };
    let Some(Object(PricesWish { adult, child, infant })) = wish else { return };
    let prices = &mut tour.prices;
    for (sent, pointer, into) in [
        (adult, "/prices/adult", &mut prices.adult),
        (child, "/prices/child", &mut prices.child),
        (infant, "/prices/infant", &mut prices.infant),
    ] {
        let price = if whole { form.must(sent, pointer) } else { form.value(sent, pointer) };
        if let Some(price) = price.and_then(|price| amount(form, &price, pointer, unit)) {
            *into = price;
        }
    }
    if form.faults() == faults {
        check_prices(form, tour.prices);
    }
}

fn read_rule(form: &mut Form, index: usize, wish: Sent<Object<RuleWish>>) -> Option<Rule> {
    let at = |name: &str| format!("/timetable/{index}/{name}");
    let Object(RuleWish { days: names, time, seats, from, to }) =
        form.must(wish, format!("/timetable/{index}"))?;
    let names = form.nullable(names, at("days")).flatten().unwrap_or_default();
    let days = days(form, names, &at("days"));
    let time = minute_of_day(form, time, at("time"));
    if time == Some(DAY_MINUTES) {
        form.refuse(at("time"), "time", "00:00~23:59이어야 합니다.", "Must be 00:00 to 23:59.");
    }
    let seats = form.must(seats, at("seats"));
    let seats = seats.and_then(|seats| form.within(seats, at("seats"), &(1..=500)));
    let from = date_or_none(form, from, at("from"));
    let to = date_or_none(form, to, at("to"));
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        form.refuse(at("to"), "before_from", "첫 날짜보다 빠를 수 없습니다.", "Must not be before from.");
    }
    Some(Rule { days: days?, time: time?, seats: seats?, from, to })
}

fn date_or_none(form: &mut Form, sent: Sent<String>, pointer: String) -> Option<Date> {
    match sent {
        Sent::Absent | Sent::Null => None,
        sent @ (Sent::Wrong | Sent::Value(_)) => local_date(form, sent, pointer),
    }
}
