//! Paying back.

use maru_identity::permit;
use maru_kernel::{Currency, FieldError, Fields, LineRule, Money, Said, line};
use maru_web::{Amount, Answer, Doc, MaybeBody, MemberOrStaff, Problem, Raw, Segment, State, StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use super::REMEMBER_HOURS;
use super::views::PaymentView;
use crate::model::{RefundTo, Taker, Waits};
use crate::service::WishToRefund;
use crate::{Payments, rules};

pub(super) fn doc() -> Doc {
    Doc::new(
        "cancelPayment",
        "결제 취소 · 환불",
        "Pays back: for staff any amount up to what is left, for customers by cancelling the booking it pays, on its terms. The same wish twice within a minute is one refund.",
    )
    .maybe_body::<NewRefund>()
    .plain::<PaymentView>(200, "환불되었습니다 · paid back")
    .plain::<PaymentView>(202, "환불을 확인하고 있습니다 · under way: poll the payment")
    .idempotent()
    .refuses(403, "직원만 가능 · only staff may")
    .refuses(409, "환불할 수 없는 상태 · nothing to pay back, or another refund is under way")
}

/// A wish to have something paid back.
#[derive(Deserialize, Default, ToSchema)]
pub(super) struct NewRefund {
    /// 1 to 180 characters; the customer reads it.
    #[serde(alias = "cancelReason", alias = "cancel_reason")]
    #[schema(value_type = Option<String>, max_length = 180)]
    reason: Raw<String>,
    /// Major units; all that is left where it is absent. Staff only.
    #[serde(alias = "cancelAmount", alias = "cancel_amount")]
    #[schema(value_type = Option<f64>)]
    amount: Raw<Amount>,
    /// Where a deposit goes back to.
    #[serde(alias = "refundReceiveAccount")]
    #[schema(value_type = Option<AccountWish>)]
    refund_account: Raw<AccountWish>,
    /// `cash` or `transfer`: the desk has handed it over itself. Staff only.
    #[schema(value_type = Option<String>)]
    paid_by: Raw<String>,
}

/// An account.
#[derive(Deserialize, ToSchema)]
struct AccountWish {
    /// The bank's code.
    #[schema(value_type = String, max_length = 10)]
    bank: Raw<String>,
    /// Digits.
    #[serde(alias = "accountNumber", alias = "account_number")]
    #[schema(value_type = String, max_length = 20)]
    number: Raw<String>,
    #[serde(alias = "holderName", alias = "holder_name")]
    #[schema(value_type = String, max_length = 60)]
    holder: Raw<String>,
}

impl AccountWish {
    fn read(self, fields: &mut Fields) -> Option<RefundTo> {
        let digits = |pointer: &'static str, most: usize| {
            move |text: String| {
                let fits = (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
                let said = || Said::new("숫자만 입력해 주세요.", "Digits only.");
                if fits { Ok(text) } else { Err(FieldError::new(pointer, "type", said())) }
            }
        };
        let (bank, number) = ("/refund_account/bank", "/refund_account/number");
        let bank = fields.take(self.bank.required(bank).and_then(digits(bank, 10)));
        let plain = |text: String| text.replace('-', "");
        let number = fields.take(self.number.required(number).map(plain).and_then(digits(number, 20)));
        let rule = LineRule { pointer: "/refund_account/holder", min: 1, max: 60, multiline: false };
        let holder = self.holder.required(rule.pointer).and_then(|text| line(&text, rule));
        let holder = fields.take(holder);
        let ((bank, number), holder) = bank.zip(number).zip(holder)?;
        Some(RefundTo { bank, number, holder })
    }
}

/// The name of a till, as staff write it.
pub(super) fn taker(sent: Raw<String>, pointer: &'static str) -> Result<Option<Taker>, FieldError> {
    let read = |text: String| match text.as_str() {
        "cash" => Ok(Taker::Cash),
        "transfer" => Ok(Taker::Transfer),
        _ => {
            let said = Said::new("cash 또는 transfer만 가능합니다.", "Either cash or transfer.");
            Err(FieldError::new(pointer, "unknown", said))
        }
    };
    sent.optional(pointer).and_then(|sent| sent.map(read).transpose())
}

impl NewRefund {
    /// The wish, and its amount as it was written: the payment's currency decides how that is read.
    fn read(self) -> Result<(WishToRefund, Option<String>), Vec<FieldError>> {
        let mut fields = Fields::new();
        let rule = LineRule { pointer: "/reason", min: 1, max: 180, multiline: false };
        let reason = self.reason.optional(rule.pointer);
        let reason = fields.take(reason.and_then(|sent| sent.map(|text| line(&text, rule)).transpose()));
        let amount = self.amount.optional("/amount").and_then(|sent| {
            // No currency here has more decimals than this one.
            let read = |Amount(text): Amount| amount_of(&text, Currency::USD).map(|_| text);
            sent.map(read).transpose()
        });
        let amount = fields.take(amount);
        let account = fields.take(self.refund_account.optional("/refund_account")).flatten();
        let account = account.map(|account| account.read(&mut fields));
        let by_hand = fields.take(taker(self.paid_by, "/paid_by"));
        let read = reason.zip(amount).zip(by_hand).map(|((reason, amount), by_hand)| {
            (WishToRefund { amount: None, reason, account: account.flatten(), by_hand }, amount)
        });
        fields.finish(read)
    }
}

fn amount_of(text: &str, currency: Currency) -> Result<Money, FieldError> {
    let said = || Said::new("금액이 올바르지 않습니다.", "Not an amount.");
    let read = Money::parse(text, currency).ok().filter(|money| money.minor > 0);
    read.ok_or_else(|| FieldError::new("/amount", "amount", said()))
}

pub(super) async fn cancel(
    caller: MemberOrStaff<permit::PaymentsWrite>,
    State(payments): State<Payments>,
    Segment(key): Segment<String>,
    body: MaybeBody<NewRefund>,
) -> Result<Answer, Problem> {
    if !rules::is_payment_key(&key) {
        return Err(Problem::not_found());
    }
    let now = payments.db.clock().now();
    let request = body.repeat().of(&caller.0, &format!("POST /payments/{key}/cancel"), now, REMEMBER_HOURS);
    let (mut wish, amount) = body.0.read()?;
    if let Some(text) = amount {
        let currency = payments.by_key(&caller.0, &key).await?.amount.currency;
        wish.amount = Some(amount_of(&text, currency).map_err(|error| vec![error])?);
    }
    let payment = payments.refund(&caller.0, &key, &wish, request.as_ref()).await?;
    let pending = payment.refund.as_ref().is_some_and(|refund| refund.waits != Some(Waits::Desk));
    let status = if pending { StatusCode::ACCEPTED } else { StatusCode::OK };
    let version = payment.lock_version;
    Ok(Answer::plain(status, &PaymentView::from(payment)).version(version))
}
