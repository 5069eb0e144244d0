//! Which event about an account deserves which letter.

use maru_kernel::Supply;
use maru_mail::Letter;
use maru_table::{AuditRecord, Db, Key};

use crate::model::{Credential, MailLink, Newest, Purpose};
use crate::service::Keys;
use crate::store::{MAIL_LINKS, person};
use crate::{AccountError, letters, rules};

/// Writes the letters of accounts. It reads the records anew: the event only says that something
/// happened.
#[derive(Clone)]
pub struct Letters {
    db: Db,
    keys: Supply<Keys>,
    app: String,
}

impl Letters {
    /// `app` is where mailed links lead (`https://app.example.kr`).
    pub fn new(db: Db, keys: Supply<Keys>, app: &str) -> Self {
        Self { db, keys, app: app.trim_end_matches('/').to_owned() }
    }

    /// The letter for an event, if it deserves one.
    pub async fn for_event(&self, audit: &AuditRecord) -> Result<Option<Letter>, AccountError> {
        match (audit.action.as_str(), audit.record()) {
            ("account.link_asked", ("mail-link", id)) => self.for_link(id).await,
            ("account.created", ("user", id)) => self.to_person(id, letters::welcome).await,
            ("account.password_reset", ("user", id)) => self.to_person(id, letters::changed).await,
            _ => Ok(None),
        }
    }

    async fn to_person(
        &self,
        id: &str,
        write: impl Fn(&maru_kernel::Email, &str) -> Letter,
    ) -> Result<Option<Letter>, AccountError> {
        let Ok(id) = id.parse() else { return Ok(None) };
        let user = person(&self.db, id).await?;
        Ok(user.map(|user| write(&user.email, &user.name)))
    }

    /// Here, and only here, a known address parts from an unknown one.
    async fn for_link(&self, id: &str) -> Result<Option<Letter>, AccountError> {
        let link: Option<MailLink> = self.db.get(&Key::of(&MAIL_LINKS, id)).await?;
        let Some(link) = link else { return Ok(None) };
        let credential: Option<Credential> = self.db.get(&Credential::key(&link.email)).await?;
        match (link.purpose, credential) {
            (Purpose::SignUp, None) => self.verification(&link).await.map(Some),
            (Purpose::SignUp, Some(_)) => {
                Ok(Some(letters::already(&link.email, &format!("{}/forgot-password", self.app))))
            }
            (Purpose::Reset, Some(credential)) => {
                let Some(user) = person(&self.db, credential.user_id).await? else { return Ok(None) };
                let url = self.url("reset-password", &link).await?;
                Ok(user.is_active.then(|| letters::reset(&link.email, &user.name, &url)))
            }
            (Purpose::Resend, None) => {
                let newest: Option<Newest> = self.db.get(&Newest::key(Purpose::SignUp, &link.email)).await?;
                let Some(newest) = newest else { return Ok(None) };
                let waiting: Option<MailLink> = self.db.get(&Key::of(&MAIL_LINKS, newest.link)).await?;
                match waiting.filter(|w| rules::works(w, Purpose::SignUp, self.db.clock().now())) {
                    Some(waiting) => self.verification(&waiting).await.map(Some),
                    None => Ok(None),
                }
            }
            (Purpose::Reset, None) | (Purpose::Resend, Some(_)) => Ok(None),
        }
    }

    async fn verification(&self, link: &MailLink) -> Result<Letter, AccountError> {
        let url = self.url("verify-email", link).await?;
        Ok(letters::verify(&link.email, link.name.as_deref(), &url))
    }

    async fn url(&self, page: &str, link: &MailLink) -> Result<String, AccountError> {
        let keys = self.keys.get().await.ok_or(AccountError::Broken("the secret cannot be read"))?;
        Ok(format!("{}/{page}?token={}", self.app, rules::link_token(&keys.mail, link.id, link.purpose)))
    }
}
