//! Which event about a payment deserves which letter.

use jiff::tz::TimeZone;
use maru_accounts::{escape, person};
use maru_bookings::told;
use maru_mail::Letter;
use maru_table::{AuditRecord, Db, StoreError};

use crate::model::{Payment, Purpose, Refunded, Status};
use crate::store;

/// Writes the letters of payments.
#[derive(Clone)]
pub struct PaymentLetters {
    db: Db,
    /// Who sends them, for receipts: name, 사업자등록번호, address.
    business: String,
}

impl PaymentLetters {
    /// Over `db`, for a business that calls itself so (one line, may be empty).
    pub fn new(db: Db, business: String) -> Self {
        Self { db, business }
    }

    /// The letter an event deserves: a receipt, an account to pay into, or what was paid back.
    pub async fn for_event(&self, audit: &AuditRecord) -> Result<Option<Letter>, StoreError> {
        let ("payment", id) = audit.record() else { return Ok(None) };
        let action = audit.action.as_str();
        if !["payment.captured", "payment.taken", "payment.waiting", "payment.refunded"].contains(&action) {
            return Ok(None);
        }
        let Ok(id) = id.parse() else { return Ok(None) };
        let Some(payment) = store::payment(&self.db, id).await? else { return Ok(None) };
        let Some(user_id) = payment.user_id else { return Ok(None) };
        let Some(user) = person(&self.db, user_id).await? else { return Ok(None) };
        let Some(to) = user.email else { return Ok(None) };
        let what = self.what(&payment).await?;
        let said = match action {
            "payment.waiting" => waiting(&payment),
            "payment.refunded" => payment.refunds.last().map(|done| refunded(&payment, done)),
            // Money that went straight back gets the letter of its refund.
            _ if payment.refund.is_some() || !payment.refunds.is_empty() => None,
            _ => Some(receipt(&payment)),
        };
        let Some((subject, told)) = said else { return Ok(None) };
        let business =
            if self.business.is_empty() { String::new() } else { format!("\n{}\n", self.business) };
        let text = format!(
            "{}님,\n\n{told}\n\n{what}주문 번호 · Order: {}\n{business}",
            user.name, payment.order_id
        );
        let html =
            format!("<!doctype html><meta charset=\"utf-8\"><p>{}</p>", escape(&text).replace('\n', "<br>"));
        Ok(Some(Letter { to, subject: format!("[마루] {subject}"), text, html }))
    }

    /// What was paid for, in lines.
    async fn what(&self, payment: &Payment) -> Result<String, StoreError> {
        Ok(match &payment.purpose {
            Purpose::Booking { booking_id } => match maru_bookings::booking(&self.db, *booking_id).await? {
                Some(booking) => {
                    let place = told(&self.db, &booking).await?;
                    format!("{}\n{}\n", place.room, place.when)
                }
                None => String::new(),
            },
            Purpose::Membership { grade } => format!("회원 등급 · Membership: {grade}\n"),
            Purpose::Donation { donor } => match donor {
                Some(donor) => format!("후원 · Donation: {donor}\n"),
                None => "후원 · Donation\n".to_owned(),
            },
        })
    }
}

fn receipt(payment: &Payment) -> (String, String) {
    let (subject, ko, en) = match payment.purpose {
        Purpose::Booking { .. } => (
            "결제 영수증 · 예약이 확정되었습니다 · Receipt and confirmation",
            "결제가 완료되어 예약이 확정되었습니다.",
            "Your payment was received and your booking is confirmed.",
        ),
        Purpose::Membership { .. } => (
            "결제 영수증 · 회원 등급이 바뀌었습니다 · Receipt and membership",
            "결제가 완료되어 회원 등급이 적용되었습니다.",
            "Your payment was received and your membership is active.",
        ),
        Purpose::Donation { .. } => (
            "후원 영수증 · 감사합니다 · Receipt for your donation",
            "후원해 주셔서 감사합니다.",
            "Thank you for your donation.",
        ),
    };
    let method = payment.capture.as_ref().and_then(|capture| capture.method.as_deref()).unwrap_or("-");
    let link = payment.capture.as_ref().and_then(|capture| capture.receipt_url.as_ref());
    let link = link.map(|url| format!("\n영수증 · Receipt: {url}")).unwrap_or_default();
    let text = format!(
        "{ko}\n{en}\n\n금액 · Amount: {}\n결제 수단 · Method: {method}{link}",
        amount(payment.amount)
    );
    (subject.to_owned(), text)
}

fn waiting(payment: &Payment) -> Option<(String, String)> {
    let account = payment.account.as_ref().filter(|_| payment.status == Status::Waiting)?;
    let zone = TimeZone::get("Asia/Seoul").unwrap_or(TimeZone::UTC);
    let due = account.due_at.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string();
    let text = format!(
        "아래 계좌로 기한 안에 입금하시면 결제가 완료됩니다.\nPlease pay into this account in time.\n\n\
         은행 코드 · Bank: {}\n계좌 번호 · Account: {}\n금액 · Amount: {}\n입금 기한 · Until: {due}",
        account.bank,
        account.number,
        amount(payment.amount)
    );
    Some(("입금 안내 · Where to pay".to_owned(), text))
}

fn refunded(payment: &Payment, done: &Refunded) -> (String, String) {
    let text = format!(
        "{}을 환불해 드렸습니다. 카드사에 따라 며칠 걸릴 수 있습니다.\nWe have paid back {}; your bank may take some days.\n\n사유 · Reason: {}\n남은 결제 금액 · Not paid back: {}",
        amount(done.amount),
        amount(done.amount),
        done.reason,
        amount(payment.balance())
    );
    ("환불 안내 · Your refund".to_owned(), text)
}

fn amount(money: maru_kernel::Money) -> String {
    format!("{money} {}", money.currency.code())
}
