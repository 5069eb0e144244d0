//! Forms of a room, from JSON to the record and back.

use jiff::civil::date;
use maru_kernel::{FieldError, RoomId, Timestamp};
use serde_json::{Value, json};

use super::input::{NewRoom, RoomChange};
use super::views::RoomView;
use crate::Room;
use crate::hours::{Because, Minutes};
use crate::offers::Offer;

type Faults = Vec<(String, &'static str)>;

fn faults(all: Vec<FieldError>) -> Faults {
    all.into_iter().map(|e| (e.pointer.into_owned(), e.code)).collect()
}

fn made(more: Value) -> Result<Room, Faults> {
    let mut body = json!({"name": "강의실", "capacity": 10, "hourly_rate": 20_000});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let new: NewRoom = serde_json::from_value(body).unwrap();
    Room::made(new, RoomId::from_bytes([7; 16]), Timestamp::UNIX_EPOCH).map_err(faults)
}

fn changed(room: &Room, wish: Value) -> Result<Room, Faults> {
    let wish: RoomChange = serde_json::from_value(wish).unwrap();
    room.changed(wish, Timestamp::UNIX_EPOCH).map_err(faults)
}

fn view(room: Room) -> Value {
    serde_json::to_value(RoomView::from(room)).unwrap()
}

fn named(expected: &[(&str, &'static str)]) -> Faults {
    expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), *code)).collect()
}

/// Everything a room can be told.
fn everything() -> Value {
    json!({
        "description": "창가", "currency": "USD", "hourly_rate": 12.5, "zone": "Pacific/Guam",
        "opening_hours": {"mon": [{"open": "09:00", "close": "12:00"}, {"open": "13:00", "close": "18:00"}]},
        "exceptions": [
            {"date": "2026-12-31", "hours": [{"open": "09:00", "close": "10:00"}]},
            {"date": "2026-12-25", "hours": []},
        ],
        "holidays": "GU", "slot_minutes": 30, "buffer_before_minutes": 30, "buffer_after_minutes": 60,
        "min_minutes": 60, "max_minutes": 120, "min_notice_minutes": 90, "max_ahead_days": 30,
        "auto_confirm": false, "rush": true,
        "peak_prices": [{"days": ["sat", "sun"], "open": "10:00", "close": "12:00", "hourly_rate": "20"}],
        "cancellation_policy": {"kind": "staged", "stages": [{"hours": 48, "percent": 100}]},
        "no_show_minutes": 15, "remind_hours": null, "quota": {"bookings": 2, "per": "week"},
    })
}

#[test]
fn a_room_reads_back_as_it_was_said() {
    let room = made(everything()).unwrap();
    let (said, read) = (everything(), view(room.clone()));
    for (name, value) in said.as_object().unwrap() {
        match name.as_str() {
            "opening_hours" => assert_eq!(read[name]["mon"], value["mon"]),
            "exceptions" => assert_eq!(read[name], json!([value[1], value[0]]), "by date"),
            "peak_prices" => assert_eq!(read[name][0]["hourly_rate"], 20),
            _ => assert_eq!(&read[name], value, "{name}"),
        }
    }
    assert_eq!((&read["open_time"], &read["close_time"]), (&json!("09:00"), &json!("18:00")));
    // What was read can be sent back whole and changes nothing.
    let mut back = read;
    let members = back.as_object_mut().unwrap();
    members.remove("open_time");
    members.remove("close_time");
    assert_eq!(changed(&room, back).unwrap(), room);
}

#[test]
fn a_room_begins_with_the_defaults_that_fit_its_grid() {
    let room = made(json!({})).unwrap();
    assert_eq!((room.min_minutes, room.max_minutes, room.slot_minutes), (15, 240, 15));
    assert_eq!(room.terms.remind_hours, Some(24));
    let room = made(json!({"slot_minutes": 90, "open_time": "00:00", "close_time": "24:00"})).unwrap();
    assert_eq!((room.min_minutes, room.max_minutes), (90, 180));
    let room = made(json!({"min_minutes": 300})).unwrap();
    assert_eq!((room.min_minutes, room.max_minutes), (300, 300));
    // 09:00 is not on a grid of two hours.
    let refused = made(json!({"slot_minutes": 120})).unwrap_err();
    assert_eq!(refused, named(&[("/open_time", "grid")]));
}

#[test]
fn everything_that_is_wrong_is_named_at_once() {
    let wrong = json!({
        "name": "", "capacity": 0, "hourly_rate": "많이", "zone": "Asia/Nowhere", "currency": "EUR",
        "opening_hours": {"mon": [{"open": "09:10", "close": "09:00"}]}, "close_time": "22:00",
        "exceptions": [
            {"date": "2026-12-25", "hours": []},
            {"date": "2026-12-25", "hours": []},
            {"date": "25.12.", "hours": [{"open": "09:00", "close": "09:20"}]},
            {"hours": null},
        ],
        "holidays": "US", "slot_minutes": 20, "buffer_before_minutes": 10, "buffer_after_minutes": 241,
        "min_minutes": 14, "max_minutes": 250, "min_notice_minutes": -1, "max_ahead_days": 731,
        "auto_confirm": "yes", "rush": 1,
        "peak_prices": [{"days": [], "open": "10:00", "close": "10:00", "hourly_rate": -1}, {"days": ["day"]}],
        "cancellation_policy": {"kind": "none"}, "no_show_minutes": 0, "remind_hours": 0, "quota": {},
    });
    let expected = [
        ("/name", "length"),
        ("/capacity", "range"),
        ("/slot_minutes", "grid"),
        ("/buffer_after_minutes", "range"),
        ("/min_minutes", "range"),
        ("/buffer_before_minutes", "grid"),
        ("/max_minutes", "grid"),
        ("/currency", "value"),
        ("/hourly_rate", "amount"),
        ("/peak_prices/0/days", "length"),
        ("/peak_prices/0/close", "not_after_open"),
        ("/peak_prices/0/hourly_rate", "amount"),
        ("/peak_prices/1/days/0", "value"),
        ("/peak_prices/1/open", "required"),
        ("/peak_prices/1/close", "required"),
        ("/peak_prices/1/hourly_rate", "required"),
        ("/zone", "zone"),
        ("/close_time", "exclusive"),
        ("/opening_hours/mon/0/open", "grid"),
        ("/opening_hours/mon/0/close", "not_after_open"),
        ("/holidays", "value"),
        ("/exceptions/1/date", "duplicate"),
        ("/exceptions/2/date", "date"),
        ("/exceptions/2/hours/0/close", "grid"),
        ("/exceptions/3/date", "required"),
        ("/exceptions/3/hours", "required"),
        ("/min_notice_minutes", "range"),
        ("/max_ahead_days", "range"),
        ("/auto_confirm", "type"),
        ("/rush", "type"),
        ("/cancellation_policy/kind", "value"),
        ("/no_show_minutes", "range"),
        ("/remind_hours", "range"),
        ("/quota/bookings", "required"),
        ("/quota/per", "required"),
    ];
    assert_eq!(made(wrong).unwrap_err(), named(&expected));
    let bare: NewRoom = serde_json::from_value(json!({})).unwrap();
    let refused = Room::made(bare, RoomId::from_bytes([7; 16]), Timestamp::UNIX_EPOCH).unwrap_err();
    let expected = [("/name", "required"), ("/capacity", "required"), ("/hourly_rate", "required")];
    assert_eq!(faults(refused), named(&expected));
}

#[test]
fn lists_have_an_end() {
    let date = json!({"date": "2026-12-25", "hours": []});
    let peak = json!({"days": ["mon"], "open": "10:00", "close": "11:00", "hourly_rate": 30_000});
    for (name, item, most) in [("exceptions", date, 60), ("peak_prices", peak.clone(), 20)] {
        let refused = made(json!({name: vec![item; most + 1]})).unwrap_err();
        assert_eq!(refused, named(&[(&format!("/{name}"), "length")]));
    }
    assert!(made(json!({"peak_prices": vec![peak; 20]})).is_ok());
}

#[test]
fn a_change_changes_what_it_names_and_null_takes_away() {
    let room = made(everything()).unwrap();
    assert_eq!(
        changed(&room, json!({"name": "별관"})).unwrap(),
        Room { name: "별관".into(), ..room.clone() }
    );
    let nulls = json!({
        "description": null, "exceptions": null, "holidays": null, "peak_prices": null,
        "no_show_minutes": null, "remind_hours": null, "quota": null,
    });
    let bare = changed(&room, nulls).unwrap();
    assert_eq!(bare.description, "");
    assert_eq!((bare.hours.exceptions, bare.hours.holidays, bare.peaks), (vec![], None, vec![]));
    assert_eq!((bare.terms.no_show_minutes, bare.terms.remind_hours, bare.quota), (None, None, None));
    for name in ["name", "capacity", "hourly_rate", "auto_confirm", "max_minutes", "zone", "is_active"] {
        let refused = changed(&room, json!({name: null})).unwrap_err();
        assert_eq!(refused, named(&[(&format!("/{name}"), "required")]));
    }
}

#[test]
fn zone_grid_and_rush_are_said_once() {
    let room = made(json!({})).unwrap();
    let other = json!({"zone": "Pacific/Guam", "slot_minutes": 30, "rush": true});
    let expected = [("/slot_minutes", "immutable"), ("/zone", "immutable"), ("/rush", "immutable")];
    assert_eq!(changed(&room, other).unwrap_err(), named(&expected));
    let same = json!({"zone": "Asia/Seoul", "slot_minutes": 15, "rush": false});
    assert_eq!(changed(&room, same).unwrap(), room);
}

#[test]
fn the_room_a_change_makes_is_checked_as_a_whole() {
    let room = made(json!({"hourly_rate": 100, "min_minutes": 60, "buffer_after_minutes": 60})).unwrap();
    for (wish, expected) in [
        (json!({"min_minutes": 45}), ("/hourly_rate", "below_minimum")),
        (json!({"max_minutes": 45}), ("/max_minutes", "below_minimum")),
        (json!({"buffer_before_minutes": 10}), ("/buffer_before_minutes", "grid")),
        (json!({"max_minutes": 675}), ("/max_minutes", "too_long")),
        (json!({"currency": "USD"}), ("/hourly_rate", "required")),
        (
            json!({"peak_prices": [{"days": ["mon"], "open": "09:00", "close": "10:00", "hourly_rate": 99}]}),
            ("/peak_prices/0/hourly_rate", "below_minimum"),
        ),
    ] {
        assert_eq!(changed(&room, wish.clone()).unwrap_err(), named(&[expected]), "{wish}");
    }
    assert!(changed(&room, json!({"max_minutes": 660})).is_ok());
    let dollars = changed(&room, json!({"currency": "USD", "hourly_rate": "0.5"})).unwrap();
    assert_eq!(view(dollars)["hourly_rate"], 0.5);
}

#[test]
fn half_of_the_shorthand_moves_one_end_of_an_even_week_only() {
    let room = made(json!({})).unwrap();
    let early = changed(&room, json!({"open_time": "07:00"})).unwrap();
    assert_eq!(early.hours.week.bounds(), Some(Minutes { from: 420, to: 1320 }));
    assert_eq!(
        changed(&room, json!({"close_time": "09:00"})).unwrap_err(),
        named(&[("/close_time", "not_after_open")])
    );
    let uneven = made(json!({"opening_hours": {"mon": [{"open": "09:00", "close": "12:00"}]}})).unwrap();
    assert_eq!(
        changed(&uneven, json!({"open_time": "07:00"})).unwrap_err(),
        named(&[("/close_time", "required")])
    );
    let both = changed(&uneven, json!({"open_time": "07:00", "close_time": "08:00"})).unwrap();
    assert!(both.hours.week.is_even());
    let closed = made(json!({"opening_hours": {}})).unwrap();
    assert_eq!(view(closed)["open_time"], Value::Null);
}

#[test]
fn holidays_close_and_exceptions_open() {
    let room = made(json!({
        "holidays": "KR",
        "exceptions": [{"date": "2026-12-25", "hours": [{"open": "10:00", "close": "11:00"}]}],
    }));
    let hours = room.unwrap().hours;
    assert_eq!(hours.on(date(2026, 12, 25)).1, Because::Exception);
    assert_eq!(hours.on(date(2027, 1, 1)), (&[][..], Because::Holiday("신정")));
}
