//! What the post reports: addresses that do not exist, and people who call our mail spam.

use maru_kernel::{Email, Supply};
use maru_table::{Db, Key, Write};
use serde::{Deserialize, Serialize};

use crate::AccountError;
use crate::keys::Keys;
use crate::store::SUPPRESSIONS;

/// Seconds an address that does not exist is left alone: mailboxes come back.
const BOUNCED: i64 = 30 * 24 * 3600;
/// Seconds somebody who complained is left alone.
const COMPLAINED: i64 = 365 * 24 * 3600;

/// A report of the post: the notification of an identity, or the event of a configuration set.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Feedback {
    #[serde(alias = "eventType")]
    notification_type: String,
    #[serde(default)]
    bounce: Option<Bounce>,
    #[serde(default)]
    complaint: Option<Complaint>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: String,
    bounced_recipients: Vec<Recipient>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    complained_recipients: Vec<Recipient>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: String,
}

#[derive(Serialize, Deserialize)]
struct Suppression {
    id: String,
    why: String,
    expires_at: i64,
}

/// Addresses no mail goes to for a while. Only codes over them are kept.
#[derive(Clone)]
pub struct Suppressions {
    db: Db,
    keys: Supply<Keys>,
}

impl Suppressions {
    /// Over `db`.
    pub fn new(db: Db, keys: Supply<Keys>) -> Self {
        Self { db, keys }
    }

    /// Whether mail to this address would only do harm.
    pub async fn hold(&self, email: &Email) -> Result<bool, AccountError> {
        let code = code(&*Keys::now(&self.keys).await?, email);
        let found: Option<Suppression> = self.db.get(&Key::of(&SUPPRESSIONS, code)).await?;
        Ok(found.is_some_and(|found| self.db.clock().now().as_second() < found.expires_at))
    }

    /// Takes a report in; answers how many addresses it silenced. A mailbox that was full once, and what
    /// cannot be read, silence nobody.
    pub async fn take(&self, report: &str) -> Result<u32, AccountError> {
        let Ok(feedback) = serde_json::from_str::<Feedback>(report) else {
            tracing::warn!("a report of the post could not be read");
            return Ok(0);
        };
        let (recipients, why, seconds) = match (feedback.bounce, feedback.complaint) {
            (Some(bounce), _) if bounce.bounce_type == "Permanent" => {
                (bounce.bounced_recipients, "bounced", BOUNCED)
            }
            (None, Some(complaint)) => (complaint.complained_recipients, "complained", COMPLAINED),
            (Some(_), _) | (None, None) => {
                tracing::info!(
                    kind = feedback.notification_type,
                    "a report of the post that silences nobody"
                );
                return Ok(0);
            }
        };
        let keys = Keys::now(&self.keys).await?;
        let expires_at = self.db.clock().now().as_second() + seconds;
        let mut silenced = 0;
        for email in recipients.iter().filter_map(|recipient| address(&recipient.email_address)) {
            let silence = Suppression { id: code(&keys, &email), why: why.into(), expires_at };
            self.db.note(&Write::put(&SUPPRESSIONS, &silence)).await?;
            silenced += 1;
        }
        tracing::warn!(why, silenced, "addresses silenced");
        Ok(silenced)
    }
}

/// What an address is silenced under.
fn code(keys: &Keys, email: &Email) -> String {
    keys.name("mail", email.as_str())
}

/// The post may quote the address with the name: `Kim <kim@example.kr>`.
fn address(text: &str) -> Option<Email> {
    let bare = text.rsplit_once('<').map_or(text, |(_, rest)| rest.trim_end_matches('>'));
    Email::parse(bare)
}
