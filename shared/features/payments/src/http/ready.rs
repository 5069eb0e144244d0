//! Fixing what is owed.

use maru_identity::permit;
use maru_kernel::{BookingId, Currency, FieldError, Fields, LineRule, Money, Said, line};
use maru_web::{
    Amount, Answer, Api, Body, Doc, MemberOrStaff, Meta, Mounted, Problem, Raw, State, StatusCode, instant,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{REMEMBER_HOURS, seoul};
use crate::Payments;
use crate::rules::{DONATION_LEAST, DONATION_MOST};
use crate::service::{Ready, ToPay, WishToPay};

/// The route of `payment-ready`.
pub fn ready_api(payments: Payments) -> Mounted {
    let doc = Doc::new(
        "readyPayment",
        "결제 준비",
        "Fixes the amount, decided here: what a booking still owes, the price of a grade of membership, or a donation.",
    )
    .body::<NewPayment>()
    .plain::<ReadyView>(200, "결제할 수 있습니다 · ready to be paid")
    .idempotent()
    .refuses(404, "없는 예약 · no such booking")
    .refuses(409, "결제할 수 없는 상태 · cannot be paid now");
    Api::new().post("/payments/ready", doc, ready).with_state(payments)
}

/// What is to be paid: exactly one of a booking, a grade of membership and a donation.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewPayment {
    #[serde(alias = "bookingId", alias = "reservation_id")]
    #[schema(value_type = Option<String>, format = "uuid")]
    booking_id: Raw<String>,
    /// 정회원, 결제회원 …
    #[serde(alias = "membershipType")]
    #[schema(value_type = Option<String>, max_length = 40)]
    membership_type: Raw<String>,
    #[schema(value_type = Option<DonationWish>)]
    donation: Raw<DonationWish>,
    /// What the payment window calls it; 1 to 100 characters.
    #[serde(alias = "orderName")]
    #[schema(value_type = Option<String>, max_length = 100)]
    order_name: Raw<String>,
}

/// A donation.
#[derive(Deserialize, ToSchema)]
pub(super) struct DonationWish {
    /// Won, 1,000 to 10,000,000.
    #[schema(value_type = f64, example = 10000)]
    amount: Raw<Amount>,
    /// The name on the receipt.
    #[schema(value_type = Option<String>, max_length = 60)]
    donor: Raw<String>,
}

/// What the payment window needs.
#[derive(Serialize, ToSchema)]
struct ReadyView {
    success: bool,
    order_id: String,
    /// Major units.
    #[schema(value_type = f64)]
    amount: Value,
    currency: &'static str,
    order_name: String,
    client_key: String,
    customer_key: String,
    /// The page where whoever has this address can pay the order.
    checkout_url: String,
    expires_at: Option<String>,
}

impl NewPayment {
    /// The wish, or every fault of it.
    pub(super) fn read(self) -> Result<WishToPay, Vec<FieldError>> {
        let Self { booking_id, membership_type, donation, order_name } = self;
        let mut fields = Fields::new();
        let booking = fields.take(booking_id.optional("/booking_id").and_then(|text| {
            let said = || Said::new("예약 ID가 아닙니다.", "Not a booking id.");
            let read = |text: String| text.parse::<BookingId>();
            text.map(read).transpose().map_err(|_| FieldError::new("/booking_id", "type", said()))
        }));
        let rule = LineRule { pointer: "/membership_type", min: 1, max: 40, multiline: false };
        let grade = fields.take(text(membership_type, rule));
        let donation = fields.take(donation.optional("/donation"));
        // What is of a wrong type was meant to be there.
        if let (Some(booking), Some(grade), Some(donation)) = (&booking, &grade, &donation) {
            let named = [booking.is_some(), grade.is_some(), donation.is_some()];
            let count = named.into_iter().filter(|is| *is).count();
            if count != 1 {
                let said = Said::new(
                    "예약, 회원 등급, 후원 가운데 하나만 보내 주세요.",
                    "Send exactly one of booking_id, membership_type and donation.",
                );
                let code = if count == 0 { "required" } else { "ambiguous" };
                fields.refuse(FieldError::new("/booking_id", code, said));
            }
        }
        let donation = donation.flatten().map(|wish| wish.read(&mut fields));
        let rule = LineRule { pointer: "/order_name", min: 1, max: 100, multiline: false };
        let order_name = fields.take(text(order_name, rule)).flatten();
        let booking = booking.flatten().map(ToPay::Booking);
        let what = booking.or(grade.flatten().map(ToPay::Membership)).or(donation.flatten());
        fields.finish(what.map(|what| WishToPay { what, order_name }))
    }
}

fn text(sent: Raw<String>, rule: LineRule) -> Result<Option<String>, FieldError> {
    sent.optional(rule.pointer).and_then(|sent| sent.map(|text| line(&text, rule)).transpose())
}

impl DonationWish {
    fn read(self, fields: &mut Fields) -> Option<ToPay> {
        let amount = fields.take(self.amount.required("/donation/amount").and_then(|Amount(text)| {
            let said = || {
                Said::new(
                    format!("후원 금액은 {DONATION_LEAST}원 이상 {DONATION_MOST}원 이하입니다."),
                    format!("A donation is {DONATION_LEAST} to {DONATION_MOST} won."),
                )
            };
            Money::parse(&text, Currency::KRW)
                .ok()
                .filter(|amount| (DONATION_LEAST..=DONATION_MOST).contains(&amount.minor))
                .ok_or_else(|| FieldError::new("/donation/amount", "amount", said()))
        }));
        let rule = LineRule { pointer: "/donation/donor", min: 1, max: 60, multiline: false };
        let donor = fields.take(text(self.donor, rule));
        amount.zip(donor).map(|(amount, donor)| ToPay::Donation { amount, donor })
    }
}

async fn ready(
    caller: MemberOrStaff<permit::PaymentsWrite>,
    State(payments): State<Payments>,
    meta: Meta,
    body: Body<NewPayment>,
) -> Result<Answer, Problem> {
    let now = payments.db.clock().now();
    let request = body.repeat().of(&caller.0, "POST /payments/ready", now, REMEMBER_HOURS);
    let wish = body.value.read()?;
    let Ready { payment, client_key, ticket, customer_key, expires_at, replayed } =
        payments.ready(&caller.0, &wish, request.as_ref()).await?;
    let view = ReadyView {
        success: true,
        order_id: payment.order_id.to_string(),
        amount: payment.amount.to_json(),
        currency: payment.amount.currency.code(),
        order_name: payment.order_name,
        client_key,
        customer_key,
        checkout_url: payments.checkout()?.page(meta.address.as_deref(), &ticket),
        expires_at: expires_at.map(|at| instant(at, &seoul())),
    };
    Ok(Answer::plain(StatusCode::OK, &view).replayed(replayed))
}
