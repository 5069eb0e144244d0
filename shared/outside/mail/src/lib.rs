//! Mail through Amazon SES (the v1 API, one message a call).
//!
//! SES answers "accepted", not "delivered", and has no idempotency key: whoever sends makes sure it
//! sends once.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_ses::Client;
use aws_sdk_ses::config::retry::RetryConfig;
use aws_sdk_ses::config::timeout::TimeoutConfig;
use aws_sdk_ses::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_ses::types::{Body, Content, Destination, Message};
use maru_kernel::Email;

/// A mail to one person.
#[derive(Debug, Clone)]
pub struct Letter {
    /// To whom.
    pub to: Email,
    /// Subject, one line.
    pub subject: String,
    /// The text version.
    pub text: String,
    /// The HTML version.
    pub html: String,
}

/// Why a letter was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Throttled, away or slow. Send again later; it may have been accepted.
    #[error("SES did not answer: {0}")]
    Unavailable(String),
    /// SES will never take it (address, sender not verified, content).
    #[error("SES refused the letter: {0}")]
    Refused(String),
}

/// The post office.
#[derive(Debug, Clone)]
pub struct Mail {
    client: Client,
    sender: String,
    configuration_set: Option<String>,
}

impl Mail {
    /// Sends as `sender`, an address or `이름 <address>`. `endpoint` replaces SES's own, for stand-ins.
    pub fn new(sdk: &SdkConfig, endpoint: Option<&str>, sender: &str) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(2))
            .operation_attempt_timeout(Duration::from_secs(5));
        let mut config = aws_sdk_ses::config::Builder::from(sdk)
            .retry_config(RetryConfig::standard().with_max_attempts(2))
            .timeout_config(timeouts.build());
        if let Some(url) = endpoint {
            config = config.endpoint_url(url);
        }
        Self { client: Client::from_conf(config.build()), sender: sender.to_owned(), configuration_set: None }
    }

    /// The same, with bounces and complaints reported by this configuration set; empty for none.
    #[must_use]
    pub fn reporting_by(self, configuration_set: &str) -> Self {
        let set = Some(configuration_set.to_owned()).filter(|name| !name.is_empty());
        Self { configuration_set: set, ..self }
    }

    /// Hands a letter over. The answer is SES's message id.
    pub async fn send(&self, letter: &Letter) -> Result<String, MailError> {
        let message = message(letter).map_err(|error| MailError::Refused(error.to_string()))?;
        let to = Destination::builder().to_addresses(letter.to.as_str()).build();
        let call = self.client.send_email().source(&self.sender).destination(to).message(message);
        let sent = call.set_configuration_set_name(self.configuration_set.clone()).send().await;
        sent.map(|answer| answer.message_id).map_err(|error| told(&error))
    }
}

fn message(letter: &Letter) -> Result<Message, BuildError> {
    let utf8 = |data: &str| Content::builder().data(data).charset("UTF-8").build();
    let body = Body::builder().text(utf8(&letter.text)?).html(utf8(&letter.html)?).build();
    Ok(Message::builder().subject(utf8(&letter.subject)?).body(body).build())
}

/// A message of SES can quote the address, so only its code is kept.
fn told<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> MailError {
    let code = error.code().unwrap_or("no answer").to_owned();
    let temporary =
        ["Throttling", "ThrottlingException", "ServiceUnavailable", "InternalFailure", "no answer"];
    if temporary.contains(&code.as_str()) { MailError::Unavailable(code) } else { MailError::Refused(code) }
}
