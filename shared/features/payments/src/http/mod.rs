//! The routes of payments, and each cause as a problem.

mod confirm;
mod desk;
mod ledger;
mod links;
mod page;
mod ready;
mod refund;
mod sample;
mod views;
mod webhook;

use jiff::tz::TimeZone;
use maru_identity::Identity;
use maru_kernel::{FieldError, Said};
use maru_web::{FromRef, Problem};
use serde_json::json;

use crate::{PaymentError, Payments};

pub use confirm::confirm_api;
pub use desk::desk_api;
pub use page::pay_api;
pub use ready::ready_api;
pub use webhook::webhook_api;

/// Hours a repeated request is recognised: as long as Toss recognises its own.
const REMEMBER_HOURS: u32 = 15 * 24;

impl FromRef<Payments> for Identity {
    fn from_ref(payments: &Payments) -> Self {
        payments.identity().clone()
    }
}

/// The zone payments are told in.
fn seoul() -> TimeZone {
    TimeZone::get("Asia/Seoul").unwrap_or(TimeZone::UTC)
}

impl From<PaymentError> for Problem {
    fn from(error: PaymentError) -> Self {
        match error {
            PaymentError::NotFound => Self::not_found(),
            PaymentError::NothingToPay => {
                Self::conflict("nothing_to_pay", "결제할 금액이 없습니다.", "There is nothing to pay.")
            }
            PaymentError::HoldOver => Self::conflict(
                "hold_over",
                "예약 시간이 지나 결제할 수 없습니다. 청구된 금액은 없습니다. 다시 예약해 주세요.",
                "The hold is over; nothing was charged. Please book again.",
            ),
            PaymentError::WaitsForStaff => {
                let said =
                    ("예약이 아직 승인되지 않았습니다.", "The booking has not been confirmed by staff yet.");
                Self::conflict("waits_for_staff", said.0, said.1)
            }
            PaymentError::AlreadyPaid => {
                Self::conflict("already_paid", "이미 결제되었습니다.", "It is paid already.")
            }
            PaymentError::UnderWay => {
                Self::conflict("payment_under_way", "결제가 진행 중입니다.", "A payment is under way.")
            }
            PaymentError::Amount => {
                let said = Said::new(
                    "금액이 주문과 다릅니다. 청구된 금액은 없습니다.",
                    "The amount is not the order's; nothing was charged.",
                );
                Self::fields(vec![FieldError::new("/amount", "amount_mismatch", said)])
            }
            PaymentError::Closed => Self::conflict(
                "order_closed",
                "닫힌 주문입니다. 결제를 다시 준비해 주세요.",
                "This order is closed. Please make the payment ready again.",
            ),
            PaymentError::WentBack => Self::conflict(
                "payment_returned",
                "결제한 예약을 이용할 수 없어 결제 금액을 전액 환불합니다.",
                "What was paid for cannot be had any more; all of it is paid back.",
            ),
            PaymentError::NotPaid => Self::conflict(
                "not_paid",
                "결제되지 않아 환불할 금액이 없습니다.",
                "Nothing came in, so nothing can be paid back.",
            ),
            PaymentError::OverBalance(left) => {
                let said = Said::new(
                    format!("환불할 수 있는 금액은 {left} {} 이하입니다.", left.currency.code()),
                    format!("At most {left} {} can be paid back.", left.currency.code()),
                );
                Self::fields(vec![FieldError::new("/amount", "over_balance", said)])
            }
            PaymentError::RefundUnderWay => Self::conflict(
                "refund_under_way",
                "다른 환불이 진행 중입니다.",
                "Another refund of it is under way.",
            ),
            PaymentError::AccountNeeded => {
                let said = Said::new(
                    "입금된 금액을 돌려받을 계좌를 알려 주세요.",
                    "Please name the account the deposit is to go back to.",
                );
                Self::fields(vec![FieldError::new("/refund_account", "required", said)])
            }
            PaymentError::Forbidden => Self::forbidden(),
            PaymentError::AtTheDesk => Self::conflict(
                "at_the_desk",
                "이 통화는 현장에서만 결제할 수 있습니다.",
                "This currency is paid at the desk only.",
            ),
            PaymentError::NoGrade => {
                let said = Said::new("없는 회원 등급입니다.", "There is no such grade of membership.");
                Self::fields(vec![FieldError::new("/membership_type", "unknown", said)])
            }
            PaymentError::Booking(error) => error.into(),
            PaymentError::KeyTaken => Self::conflict(
                "payment_key_used",
                "다른 주문에 쓰인 결제 키입니다.",
                "This payment key belongs to another order.",
            ),
            PaymentError::Declined(failure) => {
                let told = json!({"code": failure.code, "message": failure.message});
                let ko = if failure.message.is_empty() {
                    "결제가 거절되었습니다.".to_owned()
                } else {
                    failure.message
                };
                Self::conflict(
                    "payment_declined",
                    ko,
                    format!("The payment was declined ({}).", failure.code),
                )
                .with("failure", told)
            }
            PaymentError::KeyReused => Self::idempotency_key_reused(),
            PaymentError::Contended => Self::unavailable(),
            PaymentError::Store(error) => error.into(),
            PaymentError::Broken(why) => {
                tracing::error!(why, "payments");
                Self::unavailable()
            }
        }
    }
}
