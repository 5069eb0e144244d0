//! Which event about an account deserves which letter.

use maru_identity::Session;
use maru_kernel::{Email, Supply};
use maru_mail::Letter;
use maru_table::{AuditRecord, Db, Key};

use crate::keys::Keys;
use crate::letters::Text;
use crate::model::{Credential, MailLink, Newest, Purpose, User};
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

    /// The letters for an event.
    pub async fn for_event(&self, audit: &AuditRecord) -> Result<Vec<Letter>, AccountError> {
        let (kind, id) = audit.record();
        let text = match (audit.action.as_str(), kind) {
            ("account.link_asked" | "staff.invited" | "account.created", "mail-link") => {
                return self.for_link(id).await;
            }
            ("session.reuse_detected", "session") => {
                let session: Option<Session> = self.db.get(&Key::of(&maru_identity::SESSIONS, id)).await?;
                let Some(session) = session else { return Ok(Vec::new()) };
                return self.to_person(&session.user_id.to_string(), &letters::REUSED).await;
            }
            ("session.opened_by_recovery", "second-factor") => &letters::RECOVERY_USED,
            ("account.created", "user") => &letters::WELCOME,
            ("account.password_reset" | "account.password_changed", "user") => &letters::PASSWORD_CHANGED,
            ("account.email_changed", "user") => &letters::EMAIL_CHANGED,
            ("account.factor_enabled", "user") => &letters::FACTOR_ENABLED,
            ("account.factor_disabled", "user") => &letters::FACTOR_DISABLED,
            ("account.kakao_linked", "user") => &letters::KAKAO_LINKED,
            ("account.kakao_unlinked", "user") => &letters::KAKAO_UNLINKED,
            ("account.withdrawn", "user") => &letters::WITHDRAWN,
            ("account.resumed", "user") => &letters::RESUMED,
            ("account.suspended", "user") => {
                let Some((to, name)) = self.reachable(id).await? else { return Ok(Vec::new()) };
                return Ok(vec![letters::suspended(&to, &name, audit.reason.as_deref())]);
            }
            _ => return Ok(Vec::new()),
        };
        self.to_person(id, text).await
    }

    async fn to_person(&self, id: &str, text: &Text) -> Result<Vec<Letter>, AccountError> {
        let reachable = self.reachable(id).await?;
        Ok(reachable.map(|(to, name)| letters::plain(&to, Some(&name), text)).into_iter().collect())
    }

    /// Where somebody gets mail, and what they are called. Kakao's people may have no address.
    async fn reachable(&self, id: &str) -> Result<Option<(Email, String)>, AccountError> {
        let Ok(id) = id.parse() else { return Ok(None) };
        let user: Option<User> = person(&self.db, id).await?;
        Ok(user.and_then(|user| Some((user.email?, user.name))))
    }

    /// Here, and only here, a known address parts from an unknown one.
    async fn for_link(&self, id: &str) -> Result<Vec<Letter>, AccountError> {
        let link: Option<MailLink> = self.db.get(&Key::of(&MAIL_LINKS, id)).await?;
        let Some(link) = link else { return Ok(Vec::new()) };
        let credential: Option<Credential> = self.db.get(&Credential::key(&link.email)).await?;
        let letter = match (link.purpose, credential) {
            (Purpose::SignUp, None) => Some(self.linked(&link, &letters::VERIFY).await?),
            (Purpose::SignUp | Purpose::NewEmail, Some(_)) => {
                let url = format!("{}/forgot-password", self.app);
                Some(letters::linking(&link.email, None, &letters::ALREADY, &url))
            }
            // Its token was handed to whoever verified; a mail would only confuse.
            (Purpose::Reset, Some(_)) if link.user_id.is_some() => None,
            (Purpose::Reset, Some(credential)) => {
                let user = person(&self.db, credential.user_id).await?.filter(|user| user.is_active);
                let text = if link.locked { &letters::UNLOCK } else { &letters::RESET };
                match user {
                    Some(user) => {
                        let url = self.url(&link, Purpose::Reset).await?;
                        Some(letters::linking(&link.email, Some(&user.name), text, &url))
                    }
                    None => None,
                }
            }
            (Purpose::Resend, None) => {
                let newest: Option<Newest> =
                    self.db.get(&Newest::key(Purpose::SignUp, link.email.as_str())).await?;
                let Some(newest) = newest else { return Ok(Vec::new()) };
                let waiting: Option<MailLink> = self.db.get(&Key::of(&MAIL_LINKS, newest.link)).await?;
                match waiting.filter(|w| rules::works(w, Purpose::SignUp, self.db.clock().now())) {
                    Some(waiting) => Some(self.linked(&waiting, &letters::VERIFY).await?),
                    None => None,
                }
            }
            (Purpose::Invite, None) => Some(self.linked(&link, &letters::INVITED).await?),
            (Purpose::NewEmail, None) => return self.both_ends(&link).await,
            (Purpose::Reset | Purpose::OldEmail, None)
            | (Purpose::Resend | Purpose::Invite | Purpose::OldEmail, Some(_)) => None,
        };
        Ok(letter.into_iter().collect())
    }

    /// A change of address goes to the new one and, if there is one, to the old one.
    async fn both_ends(&self, link: &MailLink) -> Result<Vec<Letter>, AccountError> {
        let name = link.name.as_deref();
        let url = self.url(link, Purpose::NewEmail).await?;
        let mut letters = vec![letters::linking(&link.email, name, &letters::NEW_EMAIL, &url)];
        let user = match link.user_id {
            Some(id) => person(&self.db, id).await?,
            None => None,
        };
        let asks_old = link.proofs.as_ref().is_some_and(|proofs| proofs.old.is_some());
        if let Some(old) = user.and_then(|user| user.email).filter(|_| asks_old) {
            let url = self.url(link, Purpose::OldEmail).await?;
            letters.push(letters::linking(&old, name, &letters::OLD_EMAIL, &url));
        }
        Ok(letters)
    }

    async fn linked(&self, link: &MailLink, text: &Text) -> Result<Letter, AccountError> {
        let url = self.url(link, link.purpose).await?;
        Ok(letters::linking(&link.email, link.name.as_deref(), text, &url))
    }

    async fn url(&self, link: &MailLink, purpose: Purpose) -> Result<String, AccountError> {
        let keys = Keys::now(&self.keys).await?;
        let page = match purpose {
            Purpose::SignUp | Purpose::Resend | Purpose::OldEmail => "verify-email",
            Purpose::NewEmail => "confirm-email",
            Purpose::Reset => "reset-password",
            Purpose::Invite => "accept-invitation",
        };
        Ok(format!("{}/{page}?token={}", self.app, keys.link_token(link.id, purpose)))
    }
}
