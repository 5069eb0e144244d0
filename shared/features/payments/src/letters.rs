//! Which event about a payment deserves which letter: the receipt.

use maru_accounts::{escape, person};
use maru_bookings::{Told, told};
use maru_mail::Letter;
use maru_table::{AuditRecord, Db, StoreError};

use crate::model::{Capture, Payment};
use crate::store;

/// Writes the letters of payments.
#[derive(Clone)]
pub struct PaymentLetters {
    db: Db,
}

impl PaymentLetters {
    /// Over `db`.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// The receipt of a captured payment.
    pub async fn for_event(&self, audit: &AuditRecord) -> Result<Option<Letter>, StoreError> {
        let ("payment.captured", ("payment", id)) = (audit.action.as_str(), audit.record()) else {
            return Ok(None);
        };
        let Ok(id) = id.parse() else { return Ok(None) };
        let Some(payment) = store::payment(&self.db, id).await? else { return Ok(None) };
        let Some(booking) = maru_bookings::booking(&self.db, payment.booking_id).await? else {
            return Ok(None);
        };
        let Some(user) = person(&self.db, payment.user_id).await? else { return Ok(None) };
        let Some(to) = user.email else { return Ok(None) };
        let place = told(&self.db, &booking).await?;
        let text = text(&user.name, &payment, &place);
        let html =
            format!("<!doctype html><meta charset=\"utf-8\"><p>{}</p>", escape(&text).replace('\n', "<br>"));
        let subject = "[마루] 결제 영수증 · 예약이 확정되었습니다 · Receipt and confirmation".to_owned();
        Ok(Some(Letter { to, subject, text, html }))
    }
}

fn text(name: &str, payment: &Payment, Told { room, when }: &Told) -> String {
    let amount = format!("{} {}", payment.amount, payment.amount.currency.code());
    let none = Capture { method: None, approved_at: None, receipt_url: None };
    let Capture { method, approved_at: _, receipt_url } = payment.capture.as_ref().unwrap_or(&none);
    let method = method.as_deref().unwrap_or("-");
    let link = receipt_url.as_ref().map(|url| format!("\n영수증 · Receipt: {url}")).unwrap_or_default();
    format!(
        "{name}님,\n\n결제가 완료되어 예약이 확정되었습니다.\nYour payment was received and your booking is confirmed.\n\n\
         {room}\n{when}\n금액 · Amount: {amount}\n결제 수단 · Method: {method}\n주문 번호 · Order: {}{link}\n",
        payment.order_id
    )
}
