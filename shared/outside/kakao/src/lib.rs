//! Signing in with Kakao: our verbs. Their JSON is in `wire.rs` and never leaves this crate, and neither
//! does any token: what comes out is a person.
//!
//! There are two ways in. A browser brings a code, which we exchange ([`Kakao::by_code`]); an app that has
//! signed in by itself brings an `id_token`, which we verify ([`Kakao::by_id_token`]). Both end in the same
//! id. Kakao decides by code, never by HTTP status alone; what cannot be read proves nothing about the person.

mod id_token;
mod keys;
mod person;
mod wire;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use maru_dial::{Answer, Call, Dial, DialError};
use maru_kernel::{Secret, crypto};

use keys::Keys;
pub use person::{KakaoId, KakaoPerson, NotAKakaoId};

/// A person waits at the other end, so each call is quick or not worth waiting for.
const DEADLINE: Duration = Duration::from_secs(5);
/// The longest text looked at as a code.
const LONGEST_CODE: usize = 2048;
/// All we ask to be told about a person.
const WANTED: &str = r#"["kakao_account.profile","kakao_account.email"]"#;

/// What the operator registered at Kakao, and where Kakao is. What a function has no use for stays empty.
#[derive(Debug, Clone, Default)]
pub struct KakaoSettings {
    /// The app's key for the web; it is public, browsers see it.
    pub rest_api_key: String,
    /// Needed unless it was switched off for the app.
    pub client_secret: Option<Secret>,
    /// Lets us unlink people, and shows that a webhook is Kakao's.
    pub admin_key: Option<Secret>,
    /// App keys an `id_token` may be for, such as the native app's. The REST API key always is one.
    pub audiences: Vec<String>,
    /// Registered addresses people may come back to; the first is the default.
    pub redirect_uris: Vec<String>,
    /// Where people sign in and tokens are given out.
    pub auth_url: String,
    /// Where people are told about.
    pub api_url: String,
}

/// Kakao, as one app of ours. Cheap to clone; clones share the keys Kakao signs with.
#[derive(Clone)]
pub struct Kakao {
    inner: Arc<Inner>,
    deadline: Duration,
}

struct Inner {
    dial: Dial,
    settings: KakaoSettings,
    /// The whole header Kakao and we show each other.
    admin: Option<Secret>,
    keys: Keys,
}

/// Why nobody has signed in.
#[derive(Debug, thiserror::Error)]
pub enum KakaoError {
    /// The code or token does not count (expired, used, forged, of another app): sign in again.
    #[error("the proof from Kakao does not count")]
    BadCredential,
    /// Kakao, or our settings of it, do not work now. Holds a code or cause, never a token or key.
    #[error("Kakao cannot be used now: {0}")]
    Unavailable(String),
    /// Kakao refuses this person (under 14, dormant, not a tester). Holds Kakao's code.
    #[error("Kakao refuses this person: {0}")]
    Refused(String),
}

impl From<DialError> for KakaoError {
    fn from(error: DialError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl Kakao {
    /// Kakao with these settings; `None` until the operator has set the REST API key.
    pub fn new(dial: Dial, settings: KakaoSettings) -> Option<Self> {
        if settings.rest_api_key.is_empty() {
            return None;
        }
        let KakaoSettings {
            rest_api_key,
            client_secret,
            admin_key,
            mut audiences,
            redirect_uris,
            auth_url,
            api_url,
        } = settings;
        // A blank setting is a missing one: an empty key must neither be sent nor let anybody in.
        let client_secret = client_secret.filter(|secret| !secret.expose().is_empty());
        let admin_key = admin_key.filter(|key| !key.expose().is_empty());
        audiences.retain(|audience| !audience.is_empty() && *audience != rest_api_key);
        audiences.push(rest_api_key.clone());
        let auth_url = auth_url.trim_end_matches('/').to_owned();
        let api_url = api_url.trim_end_matches('/').to_owned();
        let keys = Keys::new(format!("{auth_url}/.well-known/jwks.json"));
        let admin = admin_key.as_ref().map(|key| Secret::new(format!("KakaoAK {}", key.expose())));
        let settings = KakaoSettings {
            rest_api_key,
            client_secret,
            admin_key,
            audiences,
            redirect_uris,
            auth_url,
            api_url,
        };
        Some(Self { inner: Arc::new(Inner { dial, settings, admin, keys }), deadline: DEADLINE })
    }

    /// Waits this long for each answer instead of five seconds.
    #[must_use]
    pub fn answering_within(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// The registered address that equals `asked` to the letter, or the default one if nothing is asked for.
    pub fn redirect_uri(&self, asked: Option<&str>) -> Option<&str> {
        let mut registered = self.inner.settings.redirect_uris.iter().map(String::as_str);
        match asked {
            Some(asked) => registered.find(|uri| *uri == asked),
            None => registered.next(),
        }
    }

    /// Where to send a browser so that its person signs in and comes back to `redirect_uri` with a code.
    pub fn authorize_url(&self, redirect_uri: &str, state: &str) -> String {
        let settings = &self.inner.settings;
        // No scope: the app's own list of consents counts, and asking for more would ask people again.
        let pairs = [
            ("response_type", "code"),
            ("client_id", settings.rest_api_key.as_str()),
            ("redirect_uri", redirect_uri),
            ("state", state),
        ];
        format!("{}/oauth/authorize?{}", settings.auth_url, maru_dial::query(&pairs))
    }

    /// Who brought this code back to `redirect_uri`. The code is spent by the first try, so there is no second.
    pub async fn by_code(&self, code: &str, redirect_uri: &str) -> Result<KakaoPerson, KakaoError> {
        if code.is_empty() || code.len() > LONGEST_CODE {
            return Err(KakaoError::BadCredential);
        }
        let settings = &self.inner.settings;
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("client_id", settings.rest_api_key.as_str()),
            ("redirect_uri", redirect_uri),
            ("code", code),
        ];
        pairs.extend(settings.client_secret.as_ref().map(|secret| ("client_secret", secret.expose())));
        let url = format!("{}/oauth/token", settings.auth_url);
        let answer = self.send(Call::form(url, &pairs, self.deadline)).await?;
        let tokens = wire::tokens(answer.status, &answer.body)?;

        let wanted = maru_dial::query(&[("property_keys", WANTED)]);
        let url = format!("{}/v2/user/me?{wanted}", settings.api_url);
        let bearer = Secret::new(format!("Bearer {}", tokens.access.expose()));
        let answer = self.send(Call::get(url, self.deadline).authorization(bearer)).await?;
        let person = wire::person(answer.status, &answer.body)?;
        if tokens.subject.is_some_and(|subject| subject != person.id) {
            tracing::error!("Kakao's answers to one sign-in are about two people");
            return Err(KakaoError::Unavailable("answers about two people".into()));
        }
        Ok(person)
    }

    /// Who this `id_token` is about, if Kakao signed it for one of our apps, for the sign-in that `nonce`
    /// belongs to, and it is still valid at `now`.
    ///
    /// Such a person never has an address: the token does not say whether it was proved.
    pub async fn by_id_token(
        &self,
        id_token: &str,
        nonce: &str,
        now: Timestamp,
    ) -> Result<KakaoPerson, KakaoError> {
        let kid = id_token::named_key(id_token).ok_or(KakaoError::BadCredential)?;
        let key = self.inner.keys.find(&self.inner.dial, self.deadline, &kid, now).await?;
        id_token::person(id_token, &key, &self.inner.settings.audiences, nonce, now)
            .ok_or(KakaoError::BadCredential)
    }

    /// Ends the link between a person and our app. Somebody who is not linked counts as done.
    pub async fn unlink(&self, id: KakaoId) -> Result<(), KakaoError> {
        let Some(admin) = &self.inner.admin else {
            tracing::error!("without Kakao's admin key nobody can be unlinked");
            return Err(KakaoError::Unavailable("no admin key".into()));
        };
        let url = format!("{}/v1/user/unlink", self.inner.settings.api_url);
        let pairs = [("target_id_type", "user_id"), ("target_id", &id.to_string())];
        let call = Call::form(url, &pairs, self.deadline).authorization(admin.clone());
        let answer = self.send(call).await?;
        wire::unlinked(answer.status, &answer.body, id)
    }

    /// Whether a webhook's `Authorization` header is the one only Kakao and we know.
    pub fn is_from_kakao(&self, authorization: Option<&str>) -> bool {
        match (&self.inner.admin, authorization) {
            (Some(admin), Some(shown)) => crypto::same(admin.expose().as_bytes(), shown.as_bytes()),
            (None, _) | (_, None) => false,
        }
    }

    async fn send(&self, call: Call) -> Result<Answer, KakaoError> {
        Ok(self.inner.dial.send(call).await?)
    }
}

impl fmt::Debug for Kakao {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = &self.inner.settings;
        f.debug_struct("Kakao")
            .field("auth_url", &settings.auth_url)
            .field("api_url", &settings.api_url)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kakao(admin_key: Option<&str>) -> Kakao {
        let settings = KakaoSettings {
            rest_api_key: "rest-key".into(),
            client_secret: Some(Secret::new("client-secret")),
            admin_key: admin_key.map(Secret::new),
            audiences: vec!["native-key".into()],
            redirect_uris: vec!["https://a.example/back".into(), "maru://back".into()],
            auth_url: "https://kauth.example/".into(),
            api_url: "https://kapi.example".into(),
        };
        Kakao::new(Dial::new().unwrap(), settings).unwrap()
    }

    #[test]
    fn people_come_back_to_registered_addresses_only() {
        let kakao = kakao(None);
        assert_eq!(kakao.redirect_uri(None), Some("https://a.example/back"));
        assert_eq!(kakao.redirect_uri(Some("maru://back")), Some("maru://back"));
        for stranger in ["", "https://a.example/back/", "https://a.example/back?x", "HTTPS://a.example/back"]
        {
            assert_eq!(kakao.redirect_uri(Some(stranger)), None, "{stranger}");
        }
    }

    #[test]
    fn the_sign_in_address_escapes_what_it_carries() {
        let url = kakao(None).authorize_url("https://a.example/back", "s&t=1");
        assert_eq!(
            url,
            "https://kauth.example/oauth/authorize?response_type=code&client_id=rest-key\
             &redirect_uri=https%3A%2F%2Fa.example%2Fback&state=s%26t%3D1"
        );
    }

    #[test]
    fn only_the_whole_header_is_from_kakao() {
        let with_key = kakao(Some("admin-key"));
        assert!(with_key.is_from_kakao(Some("KakaoAK admin-key")));
        for shown in ["", "KakaoAK", "KakaoAK ", "admin-key", "KakaoAK admin-kez", "kakaoak admin-key"] {
            assert!(!with_key.is_from_kakao(Some(shown)), "{shown}");
        }
        assert!(!with_key.is_from_kakao(None));
        for keyless in [kakao(None), kakao(Some(""))] {
            assert!(!keyless.is_from_kakao(Some("KakaoAK ")) && !keyless.is_from_kakao(None));
        }
    }

    #[test]
    fn without_a_key_there_is_no_kakao_and_no_secret_is_printed() {
        let kakao = kakao(Some("admin-key"));
        let blank = KakaoSettings { rest_api_key: String::new(), ..kakao.inner.settings.clone() };
        assert!(Kakao::new(Dial::new().unwrap(), blank).is_none());
        let printed = format!("{kakao:?} {:?}", kakao.inner.settings);
        assert!(!printed.contains("client-secret") && !printed.contains("admin-key"), "{printed}");
    }

    #[tokio::test]
    async fn what_cannot_be_a_proof_is_refused_without_asking_kakao() {
        let kakao = kakao(None);
        let long = "x".repeat(LONGEST_CODE + 1);
        for code in ["", &long] {
            assert!(matches!(kakao.by_code(code, "maru://back").await, Err(KakaoError::BadCredential)));
        }
        for text in ["", "a.b.c", "e30.e30.e30"] {
            let told = kakao.by_id_token(text, "n", Timestamp::UNIX_EPOCH).await;
            assert!(matches!(told, Err(KakaoError::BadCredential)), "{text}");
        }
        let id = KakaoId::new(7).unwrap();
        assert!(matches!(kakao.unlink(id).await, Err(KakaoError::Unavailable(_))));
    }
}
