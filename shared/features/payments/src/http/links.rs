//! Links by which a booking is paid by whoever has them: guests without an account, and members on the phone.

use maru_identity::permit;
use maru_kernel::{BookingId, FieldError, Fields, Said};
use maru_web::{Answer, Body, Doc, Meta, Problem, Raw, Staff, State, StatusCode, instant};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::seoul;
use crate::Payments;

/// Hours a link counts at most, and where nobody says: two weeks, and three days.
const MOST_HOURS: i64 = 336;
const USUAL_HOURS: u16 = 72;

/// The document of the route.
pub(super) fn doc() -> Doc {
    Doc::new(
        "linkPayment",
        "결제 링크",
        "A link by which whoever has it can pay what a booking owes, without signing in. Nothing is stored of it, and it cannot be taken back; what it pays is decided when it is opened.",
    )
    .body::<NewLink>()
    .plain::<LinkView>(201, "결제 링크 · the link")
    .refuses(404, "없는 예약 · no such booking")
    .refuses(409, "결제할 수 없는 상태 · cannot be paid now")
}

/// A wish for a link.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewLink {
    #[serde(alias = "bookingId", alias = "reservation_id")]
    #[schema(value_type = String, format = "uuid")]
    booking_id: Raw<String>,
    /// 1 to 336; 72 where it is left out.
    #[serde(alias = "expiresInHours")]
    #[schema(value_type = Option<u16>, minimum = 1, maximum = 336)]
    expires_in_hours: Raw<i64>,
}

/// A link.
#[derive(Serialize, ToSchema)]
struct LinkView {
    success: bool,
    url: String,
    order_name: String,
    /// What is owed now, major units.
    #[schema(value_type = f64)]
    amount: Value,
    currency: &'static str,
    /// Until when the link counts.
    expires_at: String,
}

pub(super) async fn link(
    _: Staff<permit::PaymentsWrite>,
    State(payments): State<Payments>,
    meta: Meta,
    body: Body<NewLink>,
) -> Result<Answer, Problem> {
    let NewLink { booking_id, expires_in_hours } = body.value;
    let mut fields = Fields::new();
    let booking = fields.take(booking_id.required("/booking_id").and_then(|text| {
        let said = || Said::new("예약 ID가 아닙니다.", "Not a booking id.");
        text.parse::<BookingId>().map_err(|_| FieldError::new("/booking_id", "type", said()))
    }));
    let hours = fields.take(expires_in_hours.optional("/expires_in_hours").and_then(|hours| {
        let said = || {
            Said::new(format!("1시간 이상 {MOST_HOURS}시간 이하입니다."), format!("1 to {MOST_HOURS} hours."))
        };
        let read = |hours: i64| u16::try_from(hours).ok().filter(|_| (1..=MOST_HOURS).contains(&hours));
        hours.map_or(Ok(USUAL_HOURS), |hours| {
            read(hours).ok_or_else(|| FieldError::new("/expires_in_hours", "range", said()))
        })
    }));
    let (booking, hours) = fields.finish(booking.zip(hours))?;
    let link = payments.link(booking, hours).await?;
    let owed = link.booking.owed();
    let view = LinkView {
        success: true,
        url: payments.checkout()?.page(meta.address.as_deref(), &link.ticket),
        order_name: link.booking.title.chars().take(100).collect(),
        amount: owed.to_json(),
        currency: owed.currency.code(),
        expires_at: instant(link.until, &seoul()),
    };
    Ok(Answer::plain(StatusCode::CREATED, &view))
}
