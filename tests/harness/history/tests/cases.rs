//! A few histories small enough to read.

use crate::history::*;

fn room(from: Minute, to: Minute) -> Place {
    Place { resource: Resource("hall".into()), share: Share::Slots(vec![Span::new(from, to)]) }
}

fn seats(seats: u32) -> Place {
    Place { resource: Resource("boat".into()), share: Share::Seats { departure: "noon".into(), seats } }
}

fn seen(name: &str, status: Status, version: u64, place: Place) -> Seen {
    Seen {
        booking: Booking(name.into()),
        person: Person("ann".into()),
        status,
        version,
        place,
        hold_until: (status == Status::Held).then_some(10),
        ticket: None,
    }
}

fn event(begin: Time, end: Time, call: Call, reply: Reply) -> Event {
    Event { client: 0, begin, end, call, reply }
}

fn create(begin: Time, end: Time, place: Place, reply: Reply) -> Event {
    event(begin, end, Call::Create { place, by: Person("ann".into()), key: None }, reply)
}

fn change(begin: Time, end: Time, name: &str, change: Change, reply: Reply) -> Event {
    event(begin, end, Call::Change { booking: Booking(name.into()), change }, reply)
}

fn done(seen: &Seen) -> Reply {
    Reply::Done(vec![seen.clone()])
}

/// The rules broken by these events, when these bookings stand at the end.
fn rules(events: Vec<Event>, bookings: &[&Seen]) -> Vec<Rule> {
    let bookings = bookings.iter().map(|seen| (*seen).clone()).collect();
    let closing = Closing { at: 1_000, bookings, ..Closing::default() };
    let capacity = [((Resource("boat".into()), "noon".into()), 3)].into();
    let terms = Terms { capacity, clock: 0, ..Terms::default() };
    let mut rules: Vec<Rule> =
        judge(&History { terms, events, closing }).into_iter().map(|finding| finding.rule).collect();
    rules.dedup();
    rules
}

#[test]
fn what_ends_at_eleven_does_not_block_eleven() {
    let (one, two) = (room(600, 660), room(660, 720));
    let one = seen("one", Status::Confirmed, 1, one);
    let two = seen("two", Status::Confirmed, 1, two);
    let events =
        vec![create(1, 2, one.place.clone(), done(&one)), create(3, 4, two.place.clone(), done(&two))];
    assert_eq!(rules(events, &[&one, &two]), []);
}

#[test]
fn one_minute_too_much_is_a_double_booking() {
    let one = seen("one", Status::Confirmed, 1, room(600, 661));
    let two = seen("two", Status::Confirmed, 1, room(660, 720));
    let events =
        vec![create(1, 2, one.place.clone(), done(&one)), create(3, 4, two.place.clone(), done(&two))];
    assert_eq!(rules(events, &[&one, &two]), [Rule::DoubleBooking]);
}

#[test]
fn a_cancellation_under_way_may_have_made_room() {
    let one = seen("one", Status::Confirmed, 1, room(600, 660));
    let gone = seen("one", Status::Cancelled, 2, room(600, 660));
    let two = seen("two", Status::Confirmed, 1, room(600, 660));
    let together = |cancelled: (Time, Time)| {
        let events = vec![
            create(1, 2, one.place.clone(), done(&one)),
            change(cancelled.0, cancelled.1, "one", Change::Cancel, done(&gone)),
            create(5, 8, two.place.clone(), done(&two)),
        ];
        rules(events, &[&gone, &two])
    };
    assert_eq!(together((6, 9)), []);
    assert_eq!(together((9, 10)), [Rule::DoubleBooking]);
}

#[test]
fn a_lost_call_explains_a_refusal_only_from_its_begin_on() {
    let made = seen("one", Status::Confirmed, 1, room(600, 660));
    let refused = |begin: Time| {
        let events = vec![
            create(5, 6, room(600, 660), Reply::Lost),
            create(begin, begin + 1, room(630, 690), Reply::Refused(Why::Taken)),
        ];
        rules(events, &[&made])
    };
    assert_eq!(refused(9), []);
    assert_eq!(refused(3), [Rule::UnexplainedRefusal]);
}

#[test]
fn a_lapsed_hold_may_be_taken_away_and_a_live_one_may_not() {
    let held = seen("one", Status::Held, 1, room(600, 660));
    let over = seen("one", Status::Expired, 2, room(600, 660));
    let two = seen("two", Status::Confirmed, 1, room(600, 660));
    let at = |now: Moment| {
        let events = vec![
            create(1, 2, held.place.clone(), done(&held)),
            event(3, 4, Call::Tick(now), Reply::Done(Vec::new())),
            create(5, 6, two.place.clone(), done(&two)),
        ];
        rules(events, &[&over, &two])
    };
    assert_eq!(at(10), []);
    assert!(at(9).contains(&Rule::LiveHoldEvicted));
}

#[test]
fn the_last_seat_is_sold_once() {
    let one = seen("one", Status::Confirmed, 1, seats(2));
    let two = seen("two", Status::Confirmed, 1, seats(1));
    let three = seen("three", Status::Confirmed, 1, seats(1));
    let sold = |all: &[&Seen]| {
        let events = (0..).zip(all).map(|(n, seen)| create(n * 2, n * 2 + 1, seen.place.clone(), done(seen)));
        rules(events.collect(), all)
    };
    assert_eq!(sold(&[&one, &two]), []);
    assert_eq!(sold(&[&one, &two, &three]), [Rule::Oversold]);
}

#[test]
fn a_read_after_an_answer_sees_what_was_answered() {
    let one = seen("one", Status::Confirmed, 1, room(600, 660));
    let gone = seen("one", Status::Cancelled, 2, room(600, 660));
    let read = |begin: Time| {
        let events = vec![
            create(1, 2, one.place.clone(), done(&one)),
            change(3, 6, "one", Change::Cancel, done(&gone)),
            event(begin, begin + 1, Call::Read(Booking("one".into())), done(&one)),
        ];
        rules(events, &[&gone])
    };
    assert_eq!(read(5), []);
    assert_eq!(read(7), [Rule::StaleRead]);
}

#[test]
fn what_somebody_waits_for_is_not_free_though_nobody_has_it() {
    let one = seen("one", Status::Confirmed, 1, room(600, 660));
    let gone = seen("one", Status::Cancelled, 2, room(600, 660));
    let looked = |waits: bool| {
        let join = Call::Join { place: room(600, 660), by: Person("bob".into()) };
        let day = Call::ReadDay { resource: Resource("hall".into()), day: Span::new(540, 720) };
        let free = vec![Span::new(540, 600), Span::new(660, 720)];
        let mut events = vec![
            create(1, 2, one.place.clone(), done(&one)),
            event(3, 4, join, Reply::Queued(Ticket("first".into()))),
            change(5, 6, "one", Change::Cancel, done(&gone)),
            event(7, 8, day, Reply::Free(free)),
        ];
        events.retain(|event| waits || !matches!(event.call, Call::Join { .. }));
        rules(events, &[&gone])
    };
    assert_eq!(looked(true), []);
    assert!(!looked(false).is_empty());
}

#[test]
fn what_had_begun_when_nobody_came_stays_taken() {
    let one = seen("one", Status::Confirmed, 1, room(600, 720));
    let missed = seen("one", Status::NoShow, 2, room(600, 720));
    let refused = |of: &Seen| {
        let events = vec![
            create(1, 2, one.place.clone(), done(&one)),
            change(3, 4, "one", Change::NoShow(660), done(&missed)),
            create(5, 6, of.place.clone(), Reply::Refused(Why::Taken)),
        ];
        rules(events, &[&missed])
    };
    assert_eq!(refused(&seen("two", Status::Confirmed, 1, room(600, 660))), []);
    assert_eq!(refused(&seen("two", Status::Confirmed, 1, room(720, 780))), [Rule::UnexplainedRefusal]);
}
