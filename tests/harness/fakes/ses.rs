//! A fake SES: speaks the v1 query protocol and keeps the mail.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Json};
use serde::{Deserialize, Serialize};

/// A mail somebody would have got.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Received {
    /// To whom.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Text version.
    pub text: String,
    /// HTML version.
    pub html: String,
}

/// The fake.
#[derive(Clone)]
pub struct FakeSes(Arc<Inner>);

struct Inner {
    mails: Mutex<Vec<Received>>,
    /// One JSON line per mail, so that a restart finds them.
    file: Option<PathBuf>,
    refusals: AtomicUsize,
}

#[derive(Deserialize)]
struct To {
    to: Option<String>,
}

impl FakeSes {
    /// Keeps mail in memory, and in `file` if there is one.
    pub fn new(file: Option<PathBuf>) -> Self {
        let lines = file.as_ref().and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
        let mails = lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        Self(Arc::new(Inner { mails: Mutex::new(mails), file, refusals: AtomicUsize::new(0) }))
    }

    /// The mail to an address, or all of it; newest last.
    pub fn mails(&self, to: Option<&str>) -> Vec<Received> {
        let mails = self.0.mails.lock().unwrap_or_else(PoisonError::into_inner);
        mails
            .iter()
            .filter(|mail| to.is_none_or(|to| mail.to.eq_ignore_ascii_case(to.trim())))
            .cloned()
            .collect()
    }

    /// Throttles the next `times` letters.
    pub fn throttle(&self, times: usize) {
        self.0.refusals.store(times, Ordering::SeqCst);
    }

    /// The SES API: one POST at `path`, with or without a slash behind it.
    pub fn api(&self, path: &str) -> Router {
        Router::new().route(path, post(send)).route(&format!("{path}/"), post(send)).with_state(self.clone())
    }

    /// `GET /local/mail?to=`
    pub fn window(&self) -> Router {
        Router::new().route("/local/mail", get(mailbox)).with_state(self.clone())
    }
}

async fn mailbox(State(ses): State<FakeSes>, Query(To { to }): Query<To>) -> Json<Vec<Received>> {
    Json(ses.mails(to.as_deref()))
}

async fn send(State(ses): State<FakeSes>, Form(fields): Form<Vec<(String, String)>>) -> Response {
    let field = |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
    if field("Action").as_deref() != Some("SendEmail") {
        return refused(StatusCode::BAD_REQUEST, "InvalidAction", "only SendEmail is known here");
    }
    let wanted = ses.0.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
    if wanted.is_ok() {
        return refused(StatusCode::BAD_REQUEST, "Throttling", "Maximum sending rate exceeded.");
    }
    let to = field("Destination.ToAddresses.member.1");
    let subject = field("Message.Subject.Data");
    let (Some(to), Some(subject), Some(_)) = (to, subject, field("Source")) else {
        return refused(
            StatusCode::BAD_REQUEST,
            "InvalidParameterValue",
            "Source, a recipient and a subject are needed",
        );
    };
    let text = field("Message.Body.Text.Data").unwrap_or_default();
    let html = field("Message.Body.Html.Data").unwrap_or_default();
    let id = ses.keep(Received { to, subject, text, html });
    let body = format!(
        "<SendEmailResponse xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\"><SendEmailResult><MessageId>local-{id}</MessageId>\
         </SendEmailResult><ResponseMetadata><RequestId>local-{id}</RequestId></ResponseMetadata></SendEmailResponse>"
    );
    ([("content-type", "text/xml")], body).into_response()
}

impl FakeSes {
    fn keep(&self, mail: Received) -> usize {
        use std::io::Write;
        let mut mails = self.0.mails.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(path), Ok(line)) = (&self.0.file, serde_json::to_string(&mail)) {
            let opened = std::fs::OpenOptions::new().create(true).append(true).open(path);
            if let Err(error) = opened.and_then(|mut file| writeln!(file, "{line}")) {
                tracing::warn!(%error, "the mailbox file cannot be written");
            }
        }
        mails.push(mail);
        mails.len()
    }
}

fn refused(status: StatusCode, code: &str, message: &str) -> Response {
    let body = format!(
        "<ErrorResponse xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\"><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>{message}</Message></Error><RequestId>local</RequestId></ErrorResponse>"
    );
    (status, [("content-type", "text/xml")], body).into_response()
}
