//! Reading what clients send, so that every offending field can be named at once.

use std::collections::BTreeMap;
use std::str::FromStr;

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use maru_identity::Caller;
use maru_kernel::{FieldError, Said, Timestamp};
use maru_table::Idempotency;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::Problem;

/// The largest JSON body: one megabyte. Files travel by signed links.
pub const MAX_BODY: usize = 1024 * 1024;

/// A field as it came: its type is judged when it is used, so one wrong field does not hide the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Raw<T> {
    /// Not there, or null.
    #[default]
    Missing,
    /// There, but of another type.
    Wrong,
    /// There.
    Good(T),
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Raw<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As an option, because that is how serde asks for a field that is not there.
        Ok(match Option::<Value>::deserialize(deserializer)? {
            None => Self::Missing,
            Some(value) => serde_json::from_value(value).map_or(Self::Wrong, Self::Good),
        })
    }
}

impl<T> Raw<T> {
    /// Whether it was sent at all.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    /// The value; missing or of another type is refused at `pointer`.
    pub fn required(self, pointer: &'static str) -> Result<T, FieldError> {
        let missing =
            || FieldError::new(pointer, "required", Said::new("필수 항목입니다.", "This field is required."));
        self.optional(pointer)?.ok_or_else(missing)
    }

    /// The value if there is one; of another type is refused at `pointer`.
    pub fn optional(self, pointer: &'static str) -> Result<Option<T>, FieldError> {
        match self {
            Self::Missing => Ok(None),
            Self::Good(value) => Ok(Some(value)),
            Self::Wrong => {
                Err(FieldError::new(pointer, "type", Said::new("형식이 올바르지 않습니다.", "Wrong type.")))
            }
        }
    }
}

/// An amount as a client writes it: a number or a text of digits, kept as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount(pub String);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Number(number) => Ok(Self(number.to_string())),
            Value::String(text) => Ok(Self(text)),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                Err(serde::de::Error::custom("not an amount"))
            }
        }
    }
}

/// A JSON object body read as `T`, with what is needed to recognise the same request again.
#[derive(Debug)]
pub struct Body<T> {
    /// The object.
    pub value: T,
    repeat: Repeat,
}

impl<T> Body<T> {
    /// How to recognise this request if it comes again.
    pub fn repeat(&self) -> &Repeat {
        &self.repeat
    }
}

/// The `Idempotency-Key` of a request and the bytes it came with.
#[derive(Debug, Clone)]
pub struct Repeat {
    key: Option<String>,
    bytes: Bytes,
}

impl Repeat {
    /// The request as idempotency records know it; `None` without a key.
    pub fn of(&self, caller: &Caller, route: &str, now: Timestamp, hours: u32) -> Option<Idempotency> {
        self.key
            .as_ref()
            .map(|key| Idempotency::new(&caller.principal(), route, key, &self.bytes, now, hours))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let headers = request.headers().clone();
        if !is_json(&headers) {
            let said =
                ("Content-Type은 application/json이어야 합니다.", "Content-Type must be application/json.");
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                said.0,
                said.1,
            ));
        }
        let bytes = collect(request).await?;
        let text = std::str::from_utf8(&bytes).map_err(|_| {
            Problem::unreadable("bad_utf8", "본문이 UTF-8이 아닙니다.", "The body is not UTF-8.")
        })?;
        let value: Value = serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            Problem::unreadable(
                "bad_json",
                format!("JSON을 읽을 수 없습니다 ({line}행 {column}열)."),
                format!("The JSON cannot be read (line {line}, column {column})."),
            )
        })?;
        let whole = |code, ko: &'static str, en: &'static str| {
            Problem::from(FieldError::new("", code, Said::new(ko, en)))
        };
        if !value.is_object() {
            return Err(whole("type", "JSON 객체를 보내 주세요.", "Please send a JSON object."));
        }
        let value = serde_json::from_value(value).map_err(|_| {
            whole("ambiguous", "같은 항목을 두 이름으로 보냈습니다.", "One field was sent under two names.")
        })?;
        let repeat = Repeat { key: repeat_key(&headers)?, bytes };
        Ok(Self { value, repeat })
    }
}

/// For requests without a body of their own (a cancellation by DELETE).
impl<S: Send + Sync> FromRequest<S> for Repeat {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let key = repeat_key(request.headers())?;
        Ok(Self { key, bytes: collect(request).await? })
    }
}

/// A body that may be left out: then it is `T`'s default.
#[derive(Debug)]
pub struct MaybeBody<T>(pub T, Repeat);

impl<T> MaybeBody<T> {
    /// How to recognise this request if it comes again.
    pub fn repeat(&self) -> &Repeat {
        &self.1
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for MaybeBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = collect(Request::new(body)).await?;
        if bytes.is_empty() {
            let key = repeat_key(&parts.headers)?;
            return Ok(Self(T::default(), Repeat { key, bytes }));
        }
        let request = Request::from_parts(parts, bytes.into());
        let Body { value, repeat } = Body::from_request(request, state).await?;
        Ok(Self(value, repeat))
    }
}

/// A form body (`application/x-www-form-urlencoded`): what other systems' webhooks send.
/// Every field is text; of one sent twice, the later counts.
#[derive(Debug, Clone)]
pub struct Form<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let bytes = collect(request).await?;
        let fields = form_urlencoded::parse(&bytes).into_owned();
        let fields = fields.map(|(name, text)| (name, Value::String(text))).collect();
        serde_json::from_value(Value::Object(fields)).map(Self).map_err(|_| {
            Problem::unreadable("bad_form", "양식을 읽을 수 없습니다.", "The form cannot be read.")
        })
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn repeat_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().map(str::trim).filter(|k| (1..=255).contains(&k.len()));
    key.map(|k| Some(k.to_owned())).ok_or_else(|| {
        let said = (
            "Idempotency-Key는 ASCII 1~255자여야 합니다.",
            "Idempotency-Key must be 1 to 255 ASCII characters.",
        );
        Problem::unreadable("bad_idempotency_key", said.0, said.1)
    })
}

async fn collect(request: Request) -> Result<Bytes, Problem> {
    match Limited::new(request.into_body(), MAX_BODY).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => Err(too_large()),
        Err(_) => Err(Problem::unreadable("broken_body", "본문이 도중에 끊겼습니다.", "The body broke off.")),
    }
}

pub(crate) fn too_large() -> Problem {
    let said = ("요청은 1MB를 넘을 수 없습니다.", "A request may not exceed 1 MB.");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", said.0, said.1)
}

/// The one variable segment of the path. What cannot be an id names nothing, so it is not found.
#[derive(Debug, Clone)]
pub struct Segment<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Segment<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(text) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|_| Problem::not_found())?;
        text.parse().map(Self).map_err(|_| Problem::not_found())
    }
}

/// The query parameters, as text.
#[derive(Debug, Clone, Default)]
pub struct Texts(BTreeMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for Texts {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Query(pairs) =
            Query::<Vec<(String, String)>>::from_request_parts(parts, state).await.map_err(|_| {
                Problem::unreadable(
                    "bad_query",
                    "질의 문자열을 읽을 수 없습니다.",
                    "The query string cannot be read.",
                )
            })?;
        Ok(Self(pairs.into_iter().collect()))
    }
}

impl Texts {
    /// The parameter, if it is there and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// The parameter read as `T`; refused at `?name` if it is there and cannot be.
    pub fn parse<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, FieldError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let wrong = |_| {
            FieldError::new(
                format!("?{name}"),
                "type",
                Said::new("값을 읽을 수 없습니다.", "The value cannot be read."),
            )
        };
        text.parse().map(Some).map_err(wrong)
    }
}
