//! Sending each letter once.

use maru_kernel::Timestamp;
use maru_mail::{Letter, Mail, MailError};
use maru_table::{Action, Attr, AuditRecord, Condition, Db, Grant, Key, StoreError, TableSpec, Write};
use serde::{Deserialize, Serialize};

/// What was sent for which event.
pub const DELIVERIES: TableSpec = TableSpec {
    name: "deliveries",
    partition: Attr::text("event"),
    sort: None,
    indexes: &[],
    ttl: Some("expires_at"),
    stream: false,
};

/// The rights of an outbox.
pub const OUTBOX_GRANTS: [Grant; 1] =
    [Grant { table: &DELIVERIES, may: &[Action::GetItem, Action::PutItem, Action::UpdateItem] }];

/// A worker that marked a letter and died is waited for this long before another may send it. Longer
/// than a worker can live (its time-out is 60 s), so two never send at once.
const CLAIM_SECONDS: i64 = 120;
/// Marks are kept for 30 days; a stream record lives for one.
const KEEP_SECONDS: i64 = 30 * 24 * 3600;

/// What became of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// Handed to the post just now.
    Sent,
    /// It had been sent (or refused) before.
    Already,
    /// The post will never take it; that is recorded.
    Refused,
    /// Not now: another worker has it, or the post is away. Come again.
    Later,
}

#[derive(Serialize, Deserialize)]
struct Mark {
    event: String,
    state: State,
    claimed_until: i64,
    expires_at: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Sending,
    Sent,
    Refused,
}

/// The outbox.
#[derive(Clone)]
pub struct Outbox {
    db: Db,
    mail: Mail,
}

impl Outbox {
    /// Marks in `db`, sends by `mail`.
    pub fn new(db: Db, mail: Mail) -> Self {
        Self { db, mail }
    }

    /// Sends one letter of this audit record, its `part`-th, unless that was done before.
    ///
    /// A worker that dies between the post's answer and the mark leaves the letter claimed; after the
    /// claim it is sent again, so a death at that moment can double a letter but never lose one.
    pub async fn deliver(
        &self,
        audit: &AuditRecord,
        part: usize,
        letter: &Letter,
    ) -> Result<Delivered, StoreError> {
        let event = format!("{}#{}#{part}", audit.event, audit.subject);
        let key = Key::of(&DELIVERIES, &event);
        if !self.claim(&event, self.db.clock().now()).await? {
            let mark: Option<Mark> = self.db.get(&key).await?;
            let done = mark.is_some_and(|mark| mark.state != State::Sending);
            return Ok(if done { Delivered::Already } else { Delivered::Later });
        }
        let (state, delivered) = match self.mail.send(letter).await {
            Ok(_) => (State::Sent, Delivered::Sent),
            Err(MailError::Refused(why)) => {
                tracing::error!(why, event, "a letter was refused");
                (State::Refused, Delivered::Refused)
            }
            Err(error @ MailError::Unavailable(_)) => {
                tracing::warn!(%error, event, "a letter waits");
                let free = Write::update(key).set_number("claimed_until", 0);
                self.db.note(&free).await?;
                return Ok(Delivered::Later);
            }
        };
        self.db.note(&Write::update(key).set_value("state", &state)).await?;
        Ok(delivered)
    }

    async fn claim(&self, event: &str, now: Timestamp) -> Result<bool, StoreError> {
        let second = now.as_second();
        let mark = Mark {
            event: event.to_owned(),
            state: State::Sending,
            claimed_until: second + CLAIM_SECONDS,
            expires_at: second + KEEP_SECONDS,
        };
        let free = Condition::absent("event").or(Condition::at_most("claimed_until", second));
        let open = Condition::absent("state").or(Condition::text("state", "sending"));
        self.db.note(&Write::put(&DELIVERIES, &mark).when(free).when(open)).await
    }
}
