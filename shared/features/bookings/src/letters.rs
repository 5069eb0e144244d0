//! Which event about a booking deserves which letter.

use jiff::tz::TimeZone;
use maru_accounts::{escape, person};
use maru_mail::Letter;
use maru_rooms::{Room, room_key};
use maru_table::{AuditRecord, Db, StoreError};

use crate::model::Booking;
use crate::store;

/// Writes the letters of bookings.
#[derive(Clone)]
pub struct BookingLetters {
    db: Db,
}

/// A booking as letters tell it: the room and the time in the room's own zone.
pub struct Told {
    /// The room's name.
    pub room: String,
    /// `2026-12-01 10:00–12:00`
    pub when: String,
}

impl BookingLetters {
    /// Over `db`.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// The letter for an event, if it deserves one: confirmation of a free booking, cancellation. Paid
    /// ones are confirmed by their receipt.
    pub async fn for_event(&self, audit: &AuditRecord) -> Result<Option<Letter>, StoreError> {
        let (subject, lead) = match (audit.action.as_str(), audit.record().0) {
            ("booking.confirmed", "booking") => (
                "예약이 확정되었습니다 · Your booking is confirmed",
                "예약이 확정되었습니다.\nYour booking is confirmed.",
            ),
            ("booking.cancelled", "booking") => (
                "예약이 취소되었습니다 · Your booking is cancelled",
                "예약이 취소되었습니다.\nYour booking is cancelled.",
            ),
            _ => return Ok(None),
        };
        let Ok(id) = audit.record().1.parse() else { return Ok(None) };
        let Some(booking) = store::booking(&self.db, id).await? else { return Ok(None) };
        let Some(user) = person(&self.db, booking.user_id).await? else { return Ok(None) };
        let Some(to) = user.email else { return Ok(None) };
        let Told { room, when } = told(&self.db, &booking).await?;
        let text = format!("{}님,\n\n{lead}\n\n{room}\n{when}\n", user.name);
        let html =
            format!("<!doctype html><meta charset=\"utf-8\"><p>{}</p>", escape(&text).replace('\n', "<br>"));
        Ok(Some(Letter { to, subject: format!("[마루] {subject}"), text, html }))
    }
}

/// The room and the time of a booking.
pub async fn told(db: &Db, booking: &Booking) -> Result<Told, StoreError> {
    let room: Option<Room> = db.get(&room_key(booking.room_id)).await?;
    let zone = TimeZone::get(&booking.zone).unwrap_or(TimeZone::UTC);
    let (start, end) = (booking.start_time.to_zoned(zone.clone()), booking.end_time.to_zoned(zone));
    let when = format!("{}–{}", start.strftime("%Y-%m-%d %H:%M"), end.strftime("%H:%M"));
    Ok(Told { room: room.map(|room| room.name).unwrap_or_default(), when })
}
