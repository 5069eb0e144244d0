//! Which event about a booking deserves which letter.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use maru_accounts::{escape, person};
use maru_kernel::Email;
use maru_mail::Letter;
use maru_rooms::{Room, room_key};
use maru_table::{AuditRecord, Db, StoreError};
use maru_tours::{Tour, tour_key};

use crate::model::{Booking, What};
use crate::store;

/// Writes the letters of bookings.
#[derive(Clone)]
pub struct BookingLetters {
    db: Db,
}

/// A booking as letters tell it: what it is of, and the time in its own zone.
pub struct Told {
    /// The room's or tour's name.
    pub room: String,
    /// `2026-12-01 10:00–12:00`
    pub when: String,
}

/// What a letter says in its subject and at its top, Korean first.
struct Words {
    subject: &'static str,
    lead: &'static str,
}

/// The words of an event; `None` where it deserves no letter. Paid bookings are confirmed by their receipt.
fn words(action: &str, booking: &Booking) -> Option<Words> {
    let (subject, lead) = match action {
        "booking.confirmed" => (
            "예약이 확정되었습니다 · Your booking is confirmed",
            "예약이 확정되었습니다.\nYour booking is confirmed.",
        ),
        "booking.requested" => (
            "예약 신청을 받았습니다 · We received your request",
            "예약 신청을 받았습니다. 확인 후 알려 드리겠습니다.\nWe received your request and will tell you once it is approved.",
        ),
        "booking.approved" if booking.hold_until.is_some() => (
            "예약이 승인되었습니다. 결제해 주세요 · Approved, please pay",
            "예약이 승인되었습니다. 아래 시각까지 결제하시면 확정됩니다.\nYour booking is approved. It is confirmed once you pay, by the time below.",
        ),
        "booking.approved" => (
            "예약이 승인되었습니다 · Your booking is approved",
            "예약이 승인되어 확정되었습니다.\nYour booking is approved and confirmed.",
        ),
        "booking.rejected" => (
            "예약을 받지 못했습니다 · We cannot take your booking",
            "죄송합니다. 신청하신 예약을 받지 못했습니다.\nWe are sorry: we cannot take the booking you asked for.",
        ),
        "booking.lapsed" => (
            "예약 신청이 취소되었습니다 · Your request has lapsed",
            "시작 전까지 승인되지 않아 예약 신청이 취소되었습니다.\nYour request was not approved in time and has lapsed.",
        ),
        "booking.cancelled" => (
            "예약이 취소되었습니다 · Your booking is cancelled",
            "예약이 취소되었습니다.\nYour booking is cancelled.",
        ),
        "booking.restored" => (
            "예약이 복구되었습니다 · Your booking is restored",
            "취소되었던 예약이 복구되었습니다.\nYour cancelled booking is restored.",
        ),
        "booking.moved" | "booking.swapped" => (
            "예약이 변경되었습니다 · Your booking has changed",
            "예약의 시간이나 장소가 바뀌었습니다. 새 내용은 아래와 같습니다.\nThe time or place of your booking has changed. This is what it is now:",
        ),
        "booking.reminded" => (
            "예약 안내 · A reminder of your booking",
            "예약하신 시간이 다가옵니다.\nYour booking is coming up.",
        ),
        "booking.offered" => (
            "기다리시던 자리가 났습니다 · What you waited for is free",
            "기다리시던 자리가 나서 잡아 두었습니다. 아래 시각까지 확정해 주세요.\nWhat you waited for is free, and we hold it for you. Please confirm it by the time below.",
        ),
        _ => return None,
    };
    Some(Words { subject, lead })
}

impl BookingLetters {
    /// Over `db`.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// The letter for an event, if it deserves one.
    pub async fn for_event(&self, audit: &AuditRecord) -> Result<Option<Letter>, StoreError> {
        let ("booking", id) = audit.record() else { return Ok(None) };
        let Ok(id) = id.parse() else { return Ok(None) };
        let Some(booking) = store::booking(&self.db, id).await? else { return Ok(None) };
        let deserved = words(&audit.action, &booking).filter(|_| !matches!(booking.what, What::Block(_)));
        // A reminder of what was cancelled meanwhile reminds of nothing.
        let stale = audit.action == "booking.reminded" && !booking.status.is_firm();
        let Some(words) = deserved.filter(|_| !booking.hidden && !stale) else { return Ok(None) };
        let Some((name, to)) = self.addressee(&booking).await? else { return Ok(None) };
        let Told { room, when } = told(&self.db, &booking).await?;
        let more = more(&booking, &audit.action, audit.reason.as_deref());
        let text = format!("{name}님,\n\n{}\n\n{room}\n{when}\n{more}", words.lead);
        let html =
            format!("<!doctype html><meta charset=\"utf-8\"><p>{}</p>", escape(&text).replace('\n', "<br>"));
        Ok(Some(Letter { to, subject: format!("[마루] {}", words.subject), text, html }))
    }

    /// Whom to write to: the contact where one is named, else the account.
    async fn addressee(&self, booking: &Booking) -> Result<Option<(String, Email)>, StoreError> {
        if let Some(contact) = &booking.contact
            && let Some(email) = &contact.email
        {
            return Ok(Some((contact.name.clone(), email.clone())));
        }
        let Some(user) = booking.user_id else { return Ok(None) };
        let user = person(&self.db, user).await?;
        Ok(user.and_then(|user| Some((user.name, user.email?))))
    }
}

fn more(booking: &Booking, action: &str, reason: Option<&str>) -> String {
    let mut lines = String::new();
    let zone = TimeZone::get(&booking.zone).unwrap_or(TimeZone::UTC);
    if let Some(until) = booking.expires_at() {
        let until = until.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string();
        let _infallible = writeln!(lines, "기한 · Until: {until}");
    }
    if matches!(action, "booking.cancelled" | "booking.rejected") {
        let refund = booking.cancelled.as_ref().and_then(|cancelled| cancelled.refund);
        if let Some(refund) = refund {
            let _infallible =
                writeln!(lines, "환불 예정 금액 · To be refunded: {refund} {}", refund.currency.code());
        }
        if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
            let _infallible = writeln!(lines, "사유 · Reason: {reason}");
        }
    }
    lines
}

/// What a booking is of, and when.
pub async fn told(db: &Db, booking: &Booking) -> Result<Told, StoreError> {
    let name = match &booking.what {
        What::Room(id) | What::Block(id) => {
            let room: Option<Room> = db.get(&room_key(*id)).await?;
            room.map(|room| room.name)
        }
        What::Tour(departure) => {
            let tour: Option<Tour> = db.get(&tour_key(departure.tour_id)).await?;
            let heads = departure.party.heads();
            tour.map(|tour| format!("{} · {heads}명", tour.name))
        }
    };
    let zone = TimeZone::get(&booking.zone).unwrap_or(TimeZone::UTC);
    let times = booking.intervals().into_iter().map(|time| {
        let (start, end) = (time.start.to_zoned(zone.clone()), time.end.to_zoned(zone.clone()));
        format!("{}–{}", start.strftime("%Y-%m-%d %H:%M"), end.strftime("%H:%M"))
    });
    Ok(Told { room: name.unwrap_or_default(), when: times.collect::<Vec<_>>().join("\n") })
}
