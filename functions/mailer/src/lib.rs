//! Turns audit records into mail: the outbox's reader.

use maru_accounts::{Keys, LETTER_GRANTS, Letters, Suppressions};
use maru_audit::{AuditRecord, Delivered, OUTBOX_GRANTS, Outbox};
use maru_bookings::{BOOKING_LETTER_GRANTS, BookingLetters};
use maru_kernel::Supply;
use maru_mail::{Letter, Mail};
use maru_payments::{PAYMENT_LETTER_GRANTS, PaymentLetters};
use maru_settings::{Function, Var};
use maru_table::{Db, Grant};
use maru_web::StreamRecord;

/// What it reads from its environment.
pub const FUNCTION: Function = Function {
    name: "mailer",
    vars: &[Var::AppBaseUrl, Var::BusinessInfo, Var::MailConfigurationSet, Var::SecretArn, Var::SenderEmail],
};

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    [OUTBOX_GRANTS.as_slice(), &LETTER_GRANTS, &BOOKING_LETTER_GRANTS, &PAYMENT_LETTER_GRANTS].concat()
}

/// Asks each feature in turn whether an event deserves a letter, and sends it once.
#[derive(Clone)]
pub struct Mailer {
    accounts: Letters,
    bookings: BookingLetters,
    payments: PaymentLetters,
    silenced: Suppressions,
    outbox: Outbox,
}

impl Mailer {
    /// `app` is where mailed links lead, `business` who sends receipts.
    pub fn new(db: &Db, keys: Supply<Keys>, mail: Mail, app: &str, business: &str) -> Self {
        Self {
            accounts: Letters::new(db.clone(), keys.clone(), app),
            bookings: BookingLetters::new(db.clone()),
            payments: PaymentLetters::new(db.clone(), business.to_owned()),
            silenced: Suppressions::new(db.clone(), keys),
            outbox: Outbox::new(db.clone(), mail),
        }
    }

    /// Whether a record of the trail's stream is done with. What cannot be read never will be, and is
    /// done with, too.
    pub async fn handle(&self, record: StreamRecord) -> bool {
        let Some(audit) = record.inserted::<AuditRecord>() else { return true };
        match self.deliver(&audit).await {
            Ok(done) => done,
            Err(error) => {
                tracing::error!(error, action = audit.action, "a letter could not be written");
                false
            }
        }
    }

    /// Whether every letter of an event is on its way, or never will be.
    async fn deliver(&self, audit: &AuditRecord) -> Result<bool, String> {
        let mut done = true;
        for (part, letter) in self.letters(audit).await?.iter().enumerate() {
            if self.silenced.hold(&letter.to).await.map_err(|e| e.to_string())? {
                tracing::warn!(action = audit.action, "no letter to an address that bounced or complained");
                continue;
            }
            let delivered = self.outbox.deliver(audit, part, letter).await.map_err(|e| e.to_string())?;
            done &= delivered != Delivered::Later;
        }
        Ok(done)
    }

    async fn letters(&self, audit: &AuditRecord) -> Result<Vec<Letter>, String> {
        let letters = self.accounts.for_event(audit).await.map_err(|e| e.to_string())?;
        if !letters.is_empty() {
            return Ok(letters);
        }
        let booking = self.bookings.for_event(audit).await.map_err(|e| e.to_string())?;
        let payment = self.payments.for_event(audit).await.map_err(|e| e.to_string())?;
        Ok(booking.into_iter().chain(payment).collect())
    }
}
