//! What is looked at before a call is let in: the secret key, the idempotency key, the forced error.

use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;

use super::FakeToss;
use super::answer::Answer;

/// A call let in.
pub(super) struct Call {
    /// Operation and idempotency key together, when a key was sent.
    pub scope: Option<String>,
    /// The error the caller asked for.
    pub forced: Option<String>,
}

impl FakeToss {
    /// `operation` is the method and address in short: a key counts only together with it.
    pub(super) fn admit(&self, headers: &HeaderMap, operation: &str) -> Result<Call, Answer> {
        self.check_key(headers)?;
        let key = headers.get("idempotency-key").map(|key| String::from_utf8_lossy(key.as_bytes()));
        if key.as_ref().is_some_and(|key| key.chars().count() > 300) {
            return Err(Answer::refusal("INVALID_IDEMPOTENCY_KEY"));
        }
        Ok(Call {
            scope: key.filter(|key| !key.is_empty()).map(|key| format!("{operation} {key}")),
            forced: self.forced(headers),
        })
    }

    /// The secret key is the user name, the password is empty, the colon stays, the padding too.
    pub(super) fn check_key(&self, headers: &HeaderMap) -> Result<(), Answer> {
        let unreadable = || Answer::refusal("INCORRECT_BASIC_AUTH_FORMAT");
        let Some(credentials) = headers.get(header::AUTHORIZATION) else {
            return Err(Answer::refusal("UNAUTHORIZED_KEY"));
        };
        let decoded = credentials
            .to_str()
            .ok()
            .and_then(|text| text.strip_prefix("Basic "))
            .and_then(|encoded| STANDARD.decode(encoded).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .ok_or_else(unreadable)?;
        match decoded.split_once(':') {
            None => Err(unreadable()),
            Some((key, "")) if key == self.options().secret_key => Ok(()),
            Some(_) => Err(Answer::refusal("UNAUTHORIZED_KEY")),
        }
    }

    /// Live keys ignore the header without a word.
    pub(super) fn forced(&self, headers: &HeaderMap) -> Option<String> {
        let code = headers.get("tosspayments-test-code")?.to_str().ok()?;
        (self.options().secret_key.starts_with("test_") && !code.is_empty()).then(|| code.to_owned())
    }
}

/// The body as `T`, if it says it is JSON and is.
pub(super) fn parse<T: DeserializeOwned>(headers: &HeaderMap, body: &Bytes) -> Option<T> {
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("application/json"));
    is_json.then(|| serde_json::from_slice(body).ok()).flatten()
}
