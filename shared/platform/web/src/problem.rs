//! What goes wrong, as `application/problem+json` (RFC 9457), with the fields existing clients read.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use maru_identity::Denied;
use maru_kernel::{FieldError, Said};
use maru_table::StoreError;
use serde_json::{Map, Value, json};

use crate::{Lang, Meta};

/// A refusal or a failure, told in both languages. The edge renders it in the caller's.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    said: Said,
    errors: Vec<FieldError>,
    retry_after: Option<u32>,
    more: Map<String, Value>,
}

impl Problem {
    /// A problem of this kind. `code` is a stable slug in `snake_case`.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        ko: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            said: Said::new(ko, en),
            errors: Vec::new(),
            retry_after: None,
            more: Map::new(),
        }
    }

    /// The state refuses (409).
    pub fn conflict(
        code: &'static str,
        ko: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(StatusCode::CONFLICT, code, ko, en)
    }

    /// The body cannot be read (400).
    pub fn unreadable(
        code: &'static str,
        ko: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, ko, en)
    }

    /// Fields are wrong (422); every one is named.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let said = match errors.as_slice() {
            [one] => one.said.clone(),
            _ => Said::new("입력한 값을 확인해 주세요.", "Please check the fields named below."),
        };
        let problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_input", said.ko, said.en);
        Self { errors, ..problem }
    }

    /// There is no such thing, or none the caller may know of (404).
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "찾을 수 없습니다.", "Not found.")
    }

    /// The caller is nobody (401).
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "로그인이 필요합니다.", "Please sign in.")
    }

    /// The caller may not (403).
    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "권한이 없습니다.", "You are not allowed to do this.")
    }

    /// Something we need did not answer (503).
    pub fn unavailable() -> Self {
        let said = ("잠시 후 다시 시도해 주세요.", "Please try again in a moment.");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", said.0, said.1).retry_after(2)
    }

    /// Our bug (500); the log tells more, the answer does not.
    pub fn internal() -> Self {
        let said =
            ("서버에 문제가 생겼습니다. 잠시 후 다시 시도해 주세요.", "Something went wrong on our side.");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", said.0, said.1)
    }

    /// The same idempotency key came with another body (422).
    pub fn idempotency_key_reused() -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "같은 Idempotency-Key로 다른 요청을 보냈습니다.",
            "This Idempotency-Key was used for a different request.",
        )
    }

    /// Seconds after which asking again may help.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Adds an extension member.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.more.insert(name.to_owned(), value);
        self
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What it says.
    pub fn said(&self) -> &Said {
        &self.said
    }

    /// Its slug.
    pub fn code(&self) -> &'static str {
        self.code
    }

    fn body(&self, meta: &Meta) -> Value {
        let tell = |said: &Said| match meta.lang {
            Lang::Ko => said.ko.clone(),
            Lang::En => said.en.clone(),
        };
        let detail = tell(&self.said);
        let mut body = json!({
            "type": format!("urn:maru:problem:{}", self.code),
            "title": tell(&title(self.status)),
            "status": self.status.as_u16(),
            "detail": detail,
            "instance": meta.path,
            "code": self.code,
            "request_id": meta.request_id,
            // What clients of the source systems read.
            "success": false,
            "error": detail,
            "message": detail,
            "error_code": self.code.to_uppercase(),
        });
        if let Some(object) = body.as_object_mut() {
            if !self.errors.is_empty() {
                let errors = self
                    .errors
                    .iter()
                    .map(|e| json!({"pointer": e.pointer, "code": e.code, "detail": tell(&e.said)}));
                object.insert("errors".into(), errors.collect());
            }
            object.extend(self.more.clone());
        }
        body
    }

    /// The answer in the language of `meta`.
    pub(crate) fn render(&self, meta: &Meta) -> Response {
        let mut response = Response::new(Body::from(self.body(meta).to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json; charset=utf-8"),
        );
        let lang = if meta.lang == Lang::En { "en" } else { "ko" };
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"maru\""));
        }
        response
    }
}

/// A problem travels to the edge as an extension: only there is the language known.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "store");
        match error {
            StoreError::Unavailable(_) => Self::unavailable(),
            StoreError::Broken(_) => Self::internal(),
        }
    }
}

impl From<Denied> for Problem {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Unknown => Self::unauthorized(),
            Denied::Store(error) => error.into(),
        }
    }
}

impl From<FieldError> for Problem {
    fn from(error: FieldError) -> Self {
        Self::fields(vec![error])
    }
}

impl From<Vec<FieldError>> for Problem {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::fields(errors)
    }
}

fn title(status: StatusCode) -> Said {
    let (ko, en) = match status.as_u16() {
        400 => ("읽을 수 없는 요청", "Unreadable request"),
        401 => ("로그인 필요", "Not signed in"),
        403 => ("권한 없음", "Not allowed"),
        404 => ("없음", "Not found"),
        405 => ("허용되지 않는 메서드", "Method not allowed"),
        409 => ("현재 상태와 맞지 않음", "Conflict"),
        412 | 428 => ("버전 불일치", "Version mismatch"),
        413 => ("너무 큰 요청", "Too large"),
        415 => ("지원하지 않는 형식", "Unsupported media type"),
        422 => ("잘못된 입력", "Invalid input"),
        429 => ("너무 많은 요청", "Too many requests"),
        503 => ("일시적으로 사용할 수 없음", "Temporarily unavailable"),
        _ => ("서버 오류", "Server error"),
    };
    Said::new(ko, en)
}
