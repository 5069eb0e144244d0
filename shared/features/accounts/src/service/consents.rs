//! What people agree to.

use maru_identity::Caller;
use maru_table::{Change, CommitError};

use super::{Accounts, Refusal};
use crate::AccountError;
use crate::model::{Consent, User};

/// A document people are asked to agree to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// `terms`, `privacy`, `marketing` …
    pub kind: String,
    /// Its present version.
    pub version: String,
    /// Whether the service needs it.
    pub required: bool,
}

/// Reads `terms:1!,privacy:2026-01!,marketing:1`; what cannot be read is left out.
pub fn documents(text: &str) -> Vec<Document> {
    let read = |part: &str| {
        let (kind, version) = part.trim().split_once(':')?;
        let (version, required) = version.strip_suffix('!').map_or((version, false), |v| (v, true));
        let whole = !kind.is_empty() && !version.is_empty();
        whole.then(|| Document { kind: kind.to_owned(), version: version.to_owned(), required })
    };
    text.split(',').filter_map(read).collect()
}

impl Accounts {
    /// The documents there are, each with what the caller decided about it last.
    pub async fn consents(&self, caller: &Caller) -> Result<Vec<(Document, Option<Consent>)>, AccountError> {
        let user = self.myself(caller).await?;
        let with = |document: &Document| (document.clone(), user.consents.get(&document.kind).cloned());
        Ok(self.house.documents.iter().map(with).collect())
    }

    /// Keeps the caller's decision about the present version of a document.
    pub async fn decide(&self, caller: &Caller, kind: &str, accepted: bool) -> Result<(), AccountError> {
        let document = self.house.documents.iter().find(|document| document.kind == kind);
        let document = document.ok_or(AccountError::Missing)?;
        for _ in 0..4 {
            let user = self.myself(caller).await?;
            let now = self.db.clock().now();
            let consent = Consent { version: document.version.clone(), accepted, at: now };
            let mut after = User { updated_at: now, ..user.clone() };
            after.consents.insert(kind.to_owned(), consent);
            let mut change = Change::new(&self.db, &caller.actor, "account.consent_given");
            change.update(&user, after, Some(&caller.seal), Refusal::Stale);
            match self.db.commit(&change).await {
                Err(CommitError::Refused(..)) => {}
                done => return Ok(done?),
            }
        }
        Err(AccountError::Contended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_read_from_their_setting() {
        let read = documents("terms:1!, privacy:2026-01! ,marketing:1,,x,:1");
        let told: Vec<_> = read.iter().map(|d| (d.kind.as_str(), d.version.as_str(), d.required)).collect();
        assert_eq!(told, [("terms", "1", true), ("privacy", "2026-01", true), ("marketing", "1", false)]);
    }
}
