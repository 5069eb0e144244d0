//! What the fake remembers: people, who is linked to the app, codes and tokens. Kept in memory, and as one
//! JSON file when a path is given. No HTTP here.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::behaviour::Behaviour;
use super::{ACCESS_SECONDS, ISSUER, signer};

/// How long a browser has to bring its code.
const CODE_LIFE: SignedDuration = SignedDuration::from_mins(10);
const REFRESH_SECONDS: i64 = 5_183_999;

/// Somebody with a Kakao account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Person {
    pub nickname: Option<String>,
    /// The address, and whether it was proved.
    pub email: Option<(String, bool)>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Code {
    id: i64,
    pub redirect_uri: String,
    nonce: Option<String>,
    made: Timestamp,
}

#[derive(Debug, Serialize, Deserialize)]
struct Pass {
    id: i64,
    until: Timestamp,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Book {
    pub people: BTreeMap<i64, Person>,
    /// Since when somebody is linked.
    pub linked: BTreeMap<i64, Timestamp>,
    pub unlinked: Vec<i64>,
    codes: BTreeMap<String, Code>,
    access: BTreeMap<String, Pass>,
    refresh: BTreeMap<String, Pass>,
    /// The keys are another process's after a restart, and so is all that tests ask about.
    #[serde(skip)]
    pub turn: usize,
    #[serde(skip)]
    pub queue: VecDeque<Behaviour>,
    #[serde(skip)]
    pub calls: BTreeMap<String, u64>,
    #[serde(skip)]
    pub seen: Vec<String>,
}

impl Book {
    /// Writes down what is known about somebody.
    pub(super) fn know(&mut self, id: i64, nickname: Option<&str>, email: Option<(&str, bool)>) {
        let email = email.map(|(address, proved)| (address.to_owned(), proved));
        self.people.insert(id, Person { nickname: nickname.map(str::to_owned), email });
    }

    /// Somebody uses the app. They may be a stranger about whom nothing is known but the number.
    pub(super) fn link(&mut self, now: Timestamp, id: i64) {
        self.people.entry(id).or_default();
        self.linked.entry(id).or_insert(now);
    }

    /// Whether there was a link to end. Their codes and tokens end with it.
    pub(super) fn unlink(&mut self, id: i64) -> bool {
        let was = self.linked.remove(&id).is_some();
        if was {
            self.codes.retain(|_, code| code.id != id);
            self.access.retain(|_, pass| pass.id != id);
            self.refresh.retain(|_, pass| pass.id != id);
            self.unlinked.push(id);
        }
        was
    }

    /// A code for somebody who agreed to come back to `redirect_uri`.
    pub(super) fn code(
        &mut self,
        now: Timestamp,
        id: i64,
        redirect_uri: &str,
        nonce: Option<&str>,
    ) -> String {
        self.link(now, id);
        // The first key takes its time to make; whoever exchanges the code must not wait for it.
        let _ = self.header();
        let text = self.hand_out("code");
        let nonce = nonce.map(str::to_owned);
        let code = Code { id, redirect_uri: redirect_uri.to_owned(), nonce, made: now };
        self.codes.insert(text.clone(), code);
        text
    }

    /// The code, if it was not used and is not over.
    pub(super) fn open_code(&self, now: Timestamp, text: &str) -> Option<&Code> {
        self.codes.get(text).filter(|code| now.duration_since(code.made) < CODE_LIFE)
    }

    /// Spends a code. A second try finds nothing.
    pub(super) fn exchange(&mut self, now: Timestamp, text: &str, audience: &str) -> Option<Value> {
        let Code { id, redirect_uri: _, nonce, made: _ } = self.codes.remove(text)?;
        let refresh = self.hand_out("rT");
        self.refresh.insert(refresh.clone(), Pass { id, until: later(now, REFRESH_SECONDS) });
        let mut tokens = self.access_for(now, id, audience, nonce.as_deref());
        if let Some(fields) = tokens.as_object_mut() {
            fields.insert("refresh_token".to_owned(), json!(refresh));
            fields.insert("refresh_token_expires_in".to_owned(), json!(REFRESH_SECONDS));
        }
        Some(tokens)
    }

    /// New access for an old refresh token, which stays the same.
    pub(super) fn refreshed(&mut self, now: Timestamp, text: &str, audience: &str) -> Option<Value> {
        let id = self.refresh.get(text).filter(|pass| now < pass.until)?.id;
        Some(self.access_for(now, id, audience, None))
    }

    fn access_for(&mut self, now: Timestamp, id: i64, audience: &str, nonce: Option<&str>) -> Value {
        let access = self.hand_out("aT");
        self.access.insert(access.clone(), Pass { id, until: later(now, ACCESS_SECONDS) });
        json!({
            "token_type": "bearer",
            "access_token": access,
            "expires_in": ACCESS_SECONDS,
            "id_token": self.id_token(now, id, audience, nonce),
            "scope": "openid profile_nickname account_email",
        })
    }

    /// Whom an access token opens, and for how many more seconds.
    pub(super) fn admitted(&self, now: Timestamp, access: &str) -> Option<(i64, i64)> {
        let pass = self.access.get(access).filter(|pass| now < pass.until)?;
        Some((pass.id, pass.until.duration_since(now).as_secs()))
    }

    pub(super) fn id_token(
        &mut self,
        now: Timestamp,
        id: i64,
        audience: &str,
        nonce: Option<&str>,
    ) -> String {
        let claims = self.claims(now, id, audience, nonce);
        self.sign(&self.header(), &claims)
    }

    pub(super) fn header(&self) -> Value {
        json!({ "kid": signer::kid(self.turn), "typ": "JWT", "alg": "RS256" })
    }

    pub(super) fn claims(&self, now: Timestamp, id: i64, audience: &str, nonce: Option<&str>) -> Value {
        let second = now.as_second();
        let mut claims = json!({
            "iss": ISSUER,
            "aud": audience,
            "sub": id.to_string(),
            "iat": second,
            "exp": second + ACCESS_SECONDS,
            "auth_time": second,
        });
        let person = self.people.get(&id).cloned().unwrap_or_default();
        let told = [
            ("nonce", nonce.map(str::to_owned)),
            ("nickname", person.nickname),
            ("email", person.email.map(|(address, _)| address)),
        ];
        if let Some(fields) = claims.as_object_mut() {
            fields.extend(told.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text?)))));
        }
        claims
    }

    pub(super) fn sign(&mut self, header: &Value, claims: &Value) -> String {
        let token = signer::sign(self.turn, header, claims);
        self.seen.push(token.clone());
        token
    }

    fn hand_out(&mut self, kind: &str) -> String {
        let text = format!("{kind}-{}", fresh_id());
        self.seen.push(text.clone());
        text
    }
}

fn later(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

/// 32 letters nobody had before.
#[expect(
    clippy::disallowed_methods,
    reason = "a stranger invents its own codes: the shop's randomness, which tests may fix, must not repeat them"
)]
fn fresh_id() -> String {
    Uuid::new_v4().simple().to_string()
}
