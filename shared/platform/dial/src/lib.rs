//! The only HTTP client towards strangers (payment providers and the like; AWS has its own SDK).
//!
//! Every call has a deadline, follows no redirect, reads at most one megabyte and trusts the public CA
//! roots compiled in. What the answer means is the caller's business; whether there was one is ours.

use std::sync::Arc;
use std::time::Duration;

use maru_kernel::Secret;
use reqwest::redirect::Policy;
use rustls::{ClientConfig, RootCertStore};

/// The largest answer read.
const LARGEST: usize = 1024 * 1024;

/// A request to a stranger.
#[derive(Debug)]
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

/// What a stranger answered.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body, whole.
    pub body: Vec<u8>,
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
