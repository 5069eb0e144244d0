//! The only HTTP client towards strangers (payment providers and the like; AWS has its own SDK).
//!
//! Every call has a deadline, follows no redirect, reads at most one megabyte and trusts the public CA
//! roots compiled in. What the answer means is the caller's business; whether there was one is ours.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use maru_kernel::Secret;
use reqwest::redirect::Policy;
use rustls::{ClientConfig, RootCertStore};

/// The largest answer read.
const LARGEST: usize = 1024 * 1024;

/// A request to a stranger. `Debug` shows where it goes, never what it carries.
pub struct Call {
    method: reqwest::Method,
    url: String,
    headers: Vec<(&'static str, String)>,
    authorization: Option<Secret>,
    body: Option<Vec<u8>>,
    deadline: Duration,
}

impl Call {
    /// A GET that must be answered within `deadline`.
    pub fn get(url: impl Into<String>, deadline: Duration) -> Self {
        Self {
            method: reqwest::Method::GET,
            url: url.into(),
            headers: Vec::new(),
            authorization: None,
            body: None,
            deadline,
        }
    }

    /// A POST of a JSON text.
    pub fn post(url: impl Into<String>, json: impl Into<Vec<u8>>, deadline: Duration) -> Self {
        let call =
            Self { method: reqwest::Method::POST, body: Some(json.into()), ..Self::get(url, deadline) };
        call.header("content-type", "application/json")
    }

    /// A POST of a form.
    pub fn form(url: impl Into<String>, pairs: &[(&str, &str)], deadline: Duration) -> Self {
        let call = Self {
            method: reqwest::Method::POST,
            body: Some(query(pairs).into_bytes()),
            ..Self::get(url, deadline)
        };
        call.header("content-type", "application/x-www-form-urlencoded;charset=utf-8")
    }

    /// A DELETE.
    pub fn delete(url: impl Into<String>, deadline: Duration) -> Self {
        Self { method: reqwest::Method::DELETE, ..Self::get(url, deadline) }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sets the `Authorization` header, which is never printed.
    #[must_use]
    pub fn authorization(mut self, value: Secret) -> Self {
        self.authorization = Some(value);
        self
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.url.split(['?', '#']).next().unwrap_or_default();
        f.debug_struct("Call")
            .field("method", &self.method)
            .field("address", &address)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// The pairs as they stand in a form body or behind the question mark of an address.
pub fn query(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// What a stranger answered. `Debug` shows no byte of the body: it may be somebody's token.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body, whole.
    pub body: Vec<u8>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// There was no answer that can be read. Whether the stranger did what was asked is unknown, unless the
/// request was not even sent.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The connection could not be made: nothing was asked.
    #[error("could not connect")]
    NotSent,
    /// No answer before the deadline.
    #[error("no answer in time")]
    TimedOut,
    /// The answer broke off or was larger than a megabyte.
    #[error("unreadable answer")]
    Unreadable,
}

/// The client. Cheap to clone; keeps connections.
#[derive(Debug, Clone)]
pub struct Dial(reqwest::Client);

impl Dial {
    /// A client. `None` only if the TLS library cannot be set up.
    #[allow(clippy::disallowed_methods, reason = "the one room that builds an HTTP client")]
    pub fn new() -> Option<Self> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let tls =
            ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .ok()?
                .with_root_certificates(roots)
                .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .connect_timeout(Duration::from_secs(3))
            .no_proxy()
            .build();
        client.ok().map(Self)
    }

    /// Sends `call` and reads the whole answer before its deadline.
    pub async fn send(&self, call: Call) -> Result<Answer, DialError> {
        let deadline = call.deadline;
        tokio::time::timeout(deadline, self.exchange(call)).await.map_err(|_| DialError::TimedOut)?
    }

    async fn exchange(&self, call: Call) -> Result<Answer, DialError> {
        let mut request = self.0.request(call.method, call.url);
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        if let Some(secret) = call.authorization {
            let mut value = http::HeaderValue::from_str(secret.expose()).map_err(|_| DialError::NotSent)?;
            value.set_sensitive(true);
            request = request.header(http::header::AUTHORIZATION, value);
        }
        if let Some(body) = call.body {
            request = request.body(body);
        }
        let mut response = request.send().await.map_err(|error| {
            if error.is_connect() || error.is_builder() { DialError::NotSent } else { DialError::Unreadable }
        })?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| DialError::Unreadable)? {
            if body.len() + chunk.len() > LARGEST {
                return Err(DialError::Unreadable);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_escaped_and_says_what_it_is() {
        let call = Call::form("http://a.example/t", &[("a b", "1&2=3"), ("한", "+")], Duration::ZERO);
        assert_eq!(call.body.as_deref(), Some(b"a+b=1%262%3D3&%ED%95%9C=%2B".as_slice()));
        let kind = ("content-type", "application/x-www-form-urlencoded;charset=utf-8".to_owned());
        assert_eq!((call.method, call.headers), (reqwest::Method::POST, vec![kind]));
    }

    #[test]
    fn nothing_carried_is_printed() {
        let call = Call::form("http://a.example/t?code=sesame", &[("code", "sesame")], Duration::ZERO);
        let call = call.header("x-key", "sesame").authorization(Secret::new("sesame"));
        let answer = Answer { status: 200, body: b"sesame".to_vec() };
        let printed = format!("{call:?} {answer:?}");
        let bytes = format!("{:?}", b"sesame");
        assert!(!printed.contains("sesame") && !printed.contains(&bytes), "{printed}");
        assert!(printed.contains("http://a.example/t") && printed.contains("200"), "{printed}");
    }
}
