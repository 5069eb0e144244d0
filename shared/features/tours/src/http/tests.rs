//! Forms of a tour, from JSON to the record and back.

use jiff::civil::date;
use maru_kernel::{FieldError, Timestamp, TourId};
use maru_rooms::offers::Offer;
use serde_json::{Value, json};

use super::input::{NewTour, TourChange};
use super::views::TourView;
use crate::{Party, Tour};

type Faults = Vec<(String, &'static str)>;

fn faults(all: Vec<FieldError>) -> Faults {
    all.into_iter().map(|e| (e.pointer.into_owned(), e.code)).collect()
}

fn named(expected: &[(&str, &'static str)]) -> Faults {
    expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), *code)).collect()
}

fn made(body: Value) -> Result<Tour, Faults> {
    let new: NewTour = serde_json::from_value(body).unwrap();
    Tour::made(new, TourId::from_bytes([7; 16]), Timestamp::UNIX_EPOCH).map_err(faults)
}

fn changed(tour: &Tour, wish: Value) -> Result<Tour, Faults> {
    let wish: TourChange = serde_json::from_value(wish).unwrap();
    tour.changed(wish, Timestamp::UNIX_EPOCH).map_err(faults)
}

fn view(tour: Tour) -> Value {
    serde_json::to_value(TourView::from(tour)).unwrap()
}

/// Everything a tour can be told.
fn everything() -> Value {
    json!({
        "name": "괌 시티투어", "description": "한 바퀴", "pickups": ["호텔 로비", "공항"],
        "prices": {"adult": 50, "child": 30.5, "infant": 0}, "currency": "USD", "duration_minutes": 180,
        "timetable": [
            {"days": ["mon", "sat"], "time": "09:00", "seats": 20, "from": "2026-12-01", "to": "2026-12-31"},
            {"days": [], "time": "14:00", "seats": 15, "from": null, "to": null},
        ],
        "max_party": 8, "min_notice_minutes": 120, "max_ahead_days": 90, "zone": "Pacific/Guam",
        "auto_confirm": false, "cancellation_policy": {"kind": "free_until", "hours": 48},
        "no_show_minutes": 30, "remind_hours": 12, "quota": {"bookings": 1, "per": "day"},
    })
}

#[test]
fn a_tour_reads_back_as_it_was_said() {
    let tour = made(everything()).unwrap();
    let read = view(tour.clone());
    for (name, value) in everything().as_object().unwrap() {
        assert_eq!(&read[name], value, "{name}");
    }
    assert_eq!(changed(&tour, read).unwrap(), tour, "what was read can be sent back whole");
}

#[test]
fn a_tour_begins_with_the_defaults() {
    let body =
        json!({"name": "투어", "prices": {"adult": 100, "child": 0, "infant": 0}, "duration_minutes": 60});
    let tour = made(body).unwrap();
    assert_eq!((tour.zone.as_str(), tour.max_party, tour.max_ahead_days), ("Asia/Seoul", 20, 365));
    assert_eq!((tour.timetable, tour.auto_confirm, tour.terms.remind_hours), (vec![], true, Some(24)));
}

#[test]
fn everything_that_is_wrong_is_named_at_once() {
    let wrong = json!({
        "name": " ", "pickups": ["로비", "로비", "", 5], "prices": {"adult": 99, "child": -1},
        "duration_minutes": 14, "zone": "Guam", "max_party": 501, "min_notice_minutes": 43_201,
        "max_ahead_days": 0, "auto_confirm": 1, "quota": {"bookings": 1, "per": "hour"},
        "timetable": [
            {"days": ["monday"], "time": "24:00", "seats": 501},
            {"time": "9:00", "from": "2026-12-02", "to": "2026-12-01"},
            {"days": "mon", "time": "09:00", "seats": 1, "from": "내일", "to": 5},
            "14:00",
        ],
    });
    let expected = [
        ("/name", "length"),
        ("/pickups/1", "duplicate"),
        ("/pickups/2", "length"),
        ("/pickups/3", "type"),
        ("/prices/child", "amount"),
        ("/prices/infant", "required"),
        ("/duration_minutes", "range"),
        ("/timetable/0/days/0", "value"),
        ("/timetable/0/time", "time"),
        ("/timetable/0/seats", "range"),
        ("/timetable/1/time", "time"),
        ("/timetable/1/seats", "required"),
        ("/timetable/1/to", "before_from"),
        ("/timetable/2/days", "type"),
        ("/timetable/2/from", "date"),
        ("/timetable/2/to", "type"),
        ("/timetable/3", "type"),
        ("/max_party", "range"),
        ("/min_notice_minutes", "range"),
        ("/max_ahead_days", "range"),
        ("/zone", "zone"),
        ("/auto_confirm", "type"),
        ("/quota/per", "value"),
    ];
    assert_eq!(made(wrong).unwrap_err(), named(&expected));
    let expected = [("/name", "required"), ("/prices", "required"), ("/duration_minutes", "required")];
    assert_eq!(made(json!({})).unwrap_err(), named(&expected));
}

#[test]
fn a_price_is_nothing_or_can_be_paid_alone() {
    let with = |adult, child, currency| {
        let prices = json!({"adult": adult, "child": child, "infant": 0});
        made(json!({"name": "투어", "prices": prices, "currency": currency, "duration_minutes": 60}))
    };
    assert!(with(100, 0, "KRW").is_ok());
    assert!(with(1, 1, "USD").is_ok());
    let expected = [("/prices/adult", "below_minimum"), ("/prices/child", "below_minimum")];
    assert_eq!(with(99, 1, "KRW").unwrap_err(), named(&expected));
}

#[test]
fn a_change_changes_what_it_names() {
    let tour = made(everything()).unwrap();
    let dearer = changed(&tour, json!({"prices": {"adult": "55"}})).unwrap();
    assert_eq!(view(dearer)["prices"], json!({"adult": 55, "child": 30.5, "infant": 0}));
    let nulls = json!({"pickups": null, "timetable": null, "quota": null, "remind_hours": null});
    let bare = changed(&tour, nulls).unwrap();
    assert_eq!((bare.pickups.len(), bare.timetable.len()), (0, 0));
    assert_eq!((bare.quota, bare.terms.remind_hours), (None, None));
    for (wish, expected) in [
        (json!({"zone": "Asia/Seoul"}), vec![("/zone", "immutable")]),
        (json!({"prices": null}), vec![("/prices", "required")]),
        (json!({"currency": "KRW"}), vec![("/prices", "required")]),
        (
            json!({"currency": "KRW", "prices": {"adult": 60_000}}),
            vec![("/prices/child", "required"), ("/prices/infant", "required")],
        ),
    ] {
        assert_eq!(changed(&tour, wish.clone()).unwrap_err(), named(&expected), "{wish}");
    }
}

#[test]
fn the_timetable_says_when_it_leaves_and_the_first_rule_counts() {
    let body = json!({
        "name": "투어", "prices": {"adult": 100, "child": 100, "infant": 0}, "duration_minutes": 60,
        "timetable": [
            {"days": ["wed"], "time": "14:00", "seats": 5, "to": "2026-12-09"},
            {"time": "14:00", "seats": 20},
            {"time": "09:00", "seats": 10, "from": "2026-12-03"},
        ],
    });
    let tour = made(body).unwrap();
    assert_eq!(tour.departures_on(date(2026, 12, 2)), [(840, 5)]);
    assert_eq!(tour.departures_on(date(2026, 12, 3)), [(540, 10), (840, 20)]);
    assert_eq!(tour.departures_on(date(2026, 12, 9)), [(540, 10), (840, 5)]);
    assert_eq!(tour.departures_on(date(2026, 12, 16)), [(540, 10), (840, 20)]);
    assert_eq!(tour.seats_at(date(2026, 12, 2), 540), None);
    let party = Party { adults: 2, children: 1, infants: 1 };
    assert_eq!(tour.prices.of(party).map(|price| price.minor), Some(300));
    assert_eq!((party.seats(), party.heads()), (3, 4));
}
