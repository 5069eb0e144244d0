//! Bookings as iCalendar (RFC 5545).

use jiff::Timestamp;

use crate::model::{Booking, Interval};

/// Octets of a line, its break not counted.
const LINE: usize = 75;

/// A calendar of these bookings: one event a time, so a series can change in parts. `name` is what calendars
/// call it, `at` the name of the place of each booking.
pub fn calendar(
    name: &str,
    bookings: &[Booking],
    place: impl Fn(&Booking) -> String,
    now: Timestamp,
) -> String {
    let mut text = String::new();
    for line in [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Maru//Bookings//KO",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
    ] {
        fold(&mut text, line);
    }
    fold(&mut text, &format!("X-WR-CALNAME:{}", escaped(name)));
    for booking in bookings {
        for (index, time) in booking.intervals().into_iter().enumerate() {
            event(&mut text, booking, (index, time), &place(booking), now);
        }
    }
    fold(&mut text, "END:VCALENDAR");
    text
}

fn event(
    text: &mut String,
    booking: &Booking,
    (index, time): (usize, Interval),
    place: &str,
    now: Timestamp,
) {
    let status = booking.status.in_calendars();
    let id = booking.booking_id;
    let uid = if booking.times.is_empty() { format!("{id}@maru") } else { format!("{id}-{index}@maru") };
    for line in [
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{uid}"),
        format!("SEQUENCE:{}", booking.sequence),
        format!("DTSTAMP:{}", utc(now)),
        format!("CREATED:{}", utc(booking.created_at)),
        format!("LAST-MODIFIED:{}", utc(booking.updated_at)),
        format!("DTSTART:{}", utc(time.start)),
        format!("DTEND:{}", utc(time.end)),
        format!("SUMMARY:{}", escaped(&booking.title)),
        format!("LOCATION:{}", escaped(place)),
        format!("STATUS:{status}"),
        format!("TRANSP:{}", if status == "CANCELLED" { "TRANSPARENT" } else { "OPAQUE" }),
    ] {
        fold(text, &line);
    }
    if !booking.description.is_empty() {
        fold(text, &format!("DESCRIPTION:{}", escaped(&booking.description)));
    }
    fold(text, "END:VEVENT");
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Text as a value: its commas, semicolons, backslashes and line breaks escaped, other controls left out.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out += "\\n",
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Adds a line, folded behind at most 75 octets and never within a character.
fn fold(text: &mut String, line: &str) {
    let mut used = 0;
    for c in line.chars() {
        if used + c.len_utf8() > LINE {
            *text += "\r\n ";
            used = 1;
        }
        text.push(c);
        used += c.len_utf8();
    }
    *text += "\r\n";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_korean_lines_are_folded_between_characters_and_come_back_whole() {
        let mut text = String::new();
        let line = format!("SUMMARY:{}", "가나다라마바사".repeat(20));
        fold(&mut text, &line);
        assert!(text.split("\r\n").all(|part| part.len() <= LINE), "{text}");
        assert_eq!(text.replace("\r\n ", "").trim_end(), line);
    }

    #[test]
    fn nothing_somebody_types_becomes_a_line_of_its_own() {
        assert_eq!(escaped("a\r\nBEGIN:VEVENT;x,y\\z"), "a\\nBEGIN:VEVENT\\;x\\,y\\\\z");
    }
}
