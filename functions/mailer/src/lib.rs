//! Turns audit records into mail: the outbox's reader.

use maru_accounts::{Keys, LETTER_GRANTS, Letters};
use maru_audit::{AuditRecord, Delivered, OUTBOX_GRANTS, Outbox};
use maru_bookings::{BOOKING_LETTER_GRANTS, BookingLetters};
use maru_kernel::Supply;
use maru_mail::Mail;
use maru_payments::{PAYMENT_LETTER_GRANTS, PaymentLetters};
use maru_settings::{Function, Var};
use maru_table::{Db, Grant};
use maru_web::StreamRecord;

/// What it reads from its environment.
pub const FUNCTION: Function =
    Function { name: "mailer", vars: &[Var::AppBaseUrl, Var::SecretArn, Var::SenderEmail] };

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
    outbox: Outbox,
}

impl Mailer {
    /// `app` is where mailed links lead.
    pub fn new(db: &Db, keys: Supply<Keys>, mail: Mail, app: &str) -> Self {
        Self {
            accounts: Letters::new(db.clone(), keys, app),
            bookings: BookingLetters::new(db.clone()),
            payments: PaymentLetters::new(db.clone()),
            outbox: Outbox::new(db.clone(), mail),
        }
    }

    /// Whether a record of the trail's stream is done with. What cannot be read never will be, and is
    /// done with, too.
    pub async fn handle(&self, record: StreamRecord) -> bool {
        let Some(audit) = record.inserted::<AuditRecord>() else { return true };
        match self.letter(&audit).await {
            Ok(delivered) => delivered != Delivered::Later,
            Err(error) => {
                tracing::error!(error, action = audit.action, "a letter could not be written");
                false
            }
        }
    }

    async fn letter(&self, audit: &AuditRecord) -> Result<Delivered, String> {
        let written = match self.accounts.for_event(audit).await.map_err(|e| e.to_string())? {
            Some(letter) => Some(letter),
            None => match self.bookings.for_event(audit).await.map_err(|e| e.to_string())? {
                Some(letter) => Some(letter),
                None => self.payments.for_event(audit).await.map_err(|e| e.to_string())?,
            },
        };
        match written {
            Some(letter) => self.outbox.deliver(audit, &letter).await.map_err(|e| e.to_string()),
            None => Ok(Delivered::Already),
        }
    }
}
