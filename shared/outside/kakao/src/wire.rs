//! Kakao's JSON and error codes. Codes decide; texts change without notice and are not read.

use jsonwebtoken::DecodingKey;
use maru_kernel::{Email, Secret};
use serde::Deserialize;

use crate::keys::Named;
use crate::person::nickname;
use crate::{KakaoError, KakaoId, KakaoPerson};

/// The code or refresh token is over, or was given for another address.
const SPENT: [&str; 3] = ["KOE303", "KOE320", "KOE322"];
/// The app is in test and this person is no tester.
const NOT_INVITED: [&str; 1] = ["KOE005"];
/// Kakao will do it later: a hiccup, and too many sign-ins in a minute.
const PASSING: [&str; 2] = ["KOE003", "KOE237"];

/// The access token is over or another app's; the person unlinked us meanwhile.
const NO_LONGER: [i64; 2] = [-401, -101];
/// Under fourteen; dormant or gone.
const NOT_WELCOME: [i64; 2] = [-406, -103];
/// Internal error, maintenance, a slow part of theirs.
const PASSING_API: [i64; 4] = [-1, -7, -603, -9798];
const NOT_LINKED: i64 = -101;
const NO_RIGHT: i64 = -401;

/// The part of a token answer we use.
pub struct Tokens {
    /// Opens `/v2/user/me`.
    pub access: Secret,
    /// Whom the token answer says it is about, if it says so.
    pub subject: Option<KakaoId>,
}

#[derive(Deserialize)]
struct TokenBody {
    access_token: Secret,
    #[serde(default)]
    id_token: Option<Secret>,
}

#[derive(Deserialize)]
struct Subject {
    sub: KakaoId,
}

#[derive(Deserialize)]
struct AuthErrorBody {
    error_code: String,
}

#[derive(Deserialize)]
struct ApiErrorBody {
    code: i64,
}

/// Everything but the id depends on consents and may be missing or null.
#[derive(Deserialize)]
struct PersonBody {
    id: i64,
    #[serde(default)]
    kakao_account: Option<AccountBody>,
}

#[derive(Deserialize)]
struct AccountBody {
    #[serde(default)]
    profile: Option<ProfileBody>,
    #[serde(default)]
    is_email_valid: Option<bool>,
    #[serde(default)]
    is_email_verified: Option<bool>,
    #[serde(default)]
    email: Option<String>,
}

#[derive(Deserialize)]
struct ProfileBody {
    #[serde(default)]
    nickname: Option<String>,
}

#[derive(Deserialize)]
struct UnlinkedBody {
    id: i64,
}

#[derive(Deserialize)]
struct KeysBody {
    keys: Vec<KeyBody>,
}

/// A set may hold keys of other kinds beside those we know.
#[derive(Deserialize)]
struct KeyBody {
    #[serde(default)]
    kid: Option<String>,
    kty: String,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default, rename = "use")]
    purpose: Option<String>,
    #[serde(default)]
    n: Option<String>,
    #[serde(default)]
    e: Option<String>,
}

/// What exchanging a code led to.
pub fn tokens(status: u16, body: &[u8]) -> Result<Tokens, KakaoError> {
    if status != 200 {
        return Err(auth_refusal(status, body));
    }
    let TokenBody { access_token, id_token } =
        serde_json::from_slice(body).map_err(|_| unreadable(status))?;
    if access_token.expose().is_empty() {
        return Err(unreadable(status));
    }
    // It came straight from Kakao over TLS, which vouches for it as well as its signature would.
    let subject = match id_token {
        Some(token) => Some(
            jsonwebtoken::dangerous::insecure_decode_claims::<Subject>(token.expose())
                .map_err(|_| unreadable(status))?
                .sub,
        ),
        None => None,
    };
    Ok(Tokens { access: access_token, subject })
}

/// What asking for the person led to.
pub fn person(status: u16, body: &[u8]) -> Result<KakaoPerson, KakaoError> {
    if status != 200 {
        return Err(api_refusal(status, body));
    }
    let PersonBody { id, kakao_account } = serde_json::from_slice(body).map_err(|_| unreadable(status))?;
    let id = KakaoId::new(id).ok_or_else(|| unreadable(status))?;
    let Some(AccountBody { profile, is_email_valid, is_email_verified, email }) = kakao_account else {
        return Ok(KakaoPerson { id, nickname: None, email: None });
    };
    let proved = is_email_valid == Some(true) && is_email_verified == Some(true);
    let email = email.filter(|_| proved).and_then(|text| Email::parse(&text));
    let nickname = nickname(profile.and_then(|ProfileBody { nickname }| nickname));
    Ok(KakaoPerson { id, nickname, email })
}

/// What unlinking `id` led to.
pub fn unlinked(status: u16, body: &[u8], id: KakaoId) -> Result<(), KakaoError> {
    if status == 200 {
        let told: UnlinkedBody = serde_json::from_slice(body).map_err(|_| unreadable(status))?;
        return if KakaoId::new(told.id) == Some(id) { Ok(()) } else { Err(unreadable(status)) };
    }
    match api_code(status, body) {
        Some(NOT_LINKED) => Ok(()),
        // No person's token is involved here: it is our own key that does not count.
        Some(NO_RIGHT) => Err(misconfigured(NO_RIGHT.to_string())),
        Some(_) | None => Err(api_refusal(status, body)),
    }
}

/// The keys tokens may be signed with. A set without any is no set.
pub fn keys(status: u16, body: &[u8]) -> Result<Vec<Named>, KakaoError> {
    let set: Option<KeysBody> = (status == 200).then(|| serde_json::from_slice(body).ok()).flatten();
    let keys: Vec<_> = set.into_iter().flat_map(|set| set.keys).filter_map(usable).collect();
    if keys.is_empty() { Err(unreadable(status)) } else { Ok(keys) }
}

fn usable(KeyBody { kid, kty, alg, purpose, n, e }: KeyBody) -> Option<Named> {
    let for_us = kty == "RSA"
        && alg.is_none_or(|alg| alg == "RS256")
        && purpose.is_none_or(|purpose| purpose == "sig");
    let key = DecodingKey::from_rsa_components(&n?, &e?).ok()?;
    Some(Named { kid: kid?, key }).filter(|_| for_us)
}

fn auth_refusal(status: u16, body: &[u8]) -> KakaoError {
    let told = serde_json::from_slice(body).ok().map(|AuthErrorBody { error_code }| error_code);
    // Only what looks like a code is passed on: the rest of an answer may repeat what we sent.
    let is_code = |code: &String| {
        code.strip_prefix("KOE")
            .is_some_and(|digits| digits.len() <= 6 && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let Some(code) = told.filter(is_code).filter(|_| status >= 400) else {
        return unreadable(status);
    };
    match code.as_str() {
        _ if status >= 500 => unavailable(code),
        known if SPENT.contains(&known) => KakaoError::BadCredential,
        known if NOT_INVITED.contains(&known) => KakaoError::Refused(code),
        known if PASSING.contains(&known) => unavailable(code),
        _ => misconfigured(code),
    }
}

fn api_code(status: u16, body: &[u8]) -> Option<i64> {
    let told: ApiErrorBody = serde_json::from_slice(body).ok()?;
    (400..500).contains(&status).then_some(told.code)
}

fn api_refusal(status: u16, body: &[u8]) -> KakaoError {
    match api_code(status, body) {
        Some(code) if NO_LONGER.contains(&code) => KakaoError::BadCredential,
        Some(code) if NOT_WELCOME.contains(&code) => KakaoError::Refused(code.to_string()),
        Some(code) if PASSING_API.contains(&code) => unavailable(code.to_string()),
        Some(code) => misconfigured(code.to_string()),
        None => unreadable(status),
    }
}

/// Kakao cannot now, and says so itself.
fn unavailable(code: String) -> KakaoError {
    tracing::warn!(code, "Kakao cannot answer now");
    KakaoError::Unavailable(code)
}

/// Nothing a person does will change it: a key, an address or a switch at Kakao is not as we think.
fn misconfigured(code: String) -> KakaoError {
    tracing::error!(code, "Kakao refuses the app: compare our settings with its console");
    KakaoError::Unavailable(code)
}

fn unreadable(status: u16) -> KakaoError {
    KakaoError::Unavailable(format!("unreadable answer with status {status}"))
}

#[cfg(test)]
mod tests;
