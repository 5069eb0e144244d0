//! Which version a change is meant for: `If-Match`, or `lock_version` in the body.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};

use crate::Problem;

/// The `If-Match` of a request, if it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(Option<u64>);

/// The version a caller has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// By its `ETag`.
    Tag(u64),
    /// By the record's `lock_version`.
    Body(u64),
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(Self(None)) };
        let tag = value.to_str().ok().and_then(|text| text.trim().strip_prefix('"')?.strip_suffix('"'));
        let version = tag.and_then(|tag| tag.parse().ok()).ok_or_else(|| {
            let said =
                ("If-Match는 받은 ETag 그대로여야 합니다.", "If-Match must be an ETag as it was given.");
            Problem::unreadable("bad_if_match", said.0, said.1)
        })?;
        Ok(Self(Some(version)))
    }
}

impl IfMatch {
    /// The version seen, by header or else by `lock_version`, where either was sent.
    pub fn seen(self, lock_version: Option<u64>) -> Option<Seen> {
        self.0.map(Seen::Tag).or(lock_version.map(Seen::Body))
    }

    /// The version seen, by header or else by `lock_version`; 428 without either.
    pub fn or(self, lock_version: Option<u64>) -> Result<Seen, Problem> {
        self.seen(lock_version).ok_or_else(|| {
            let said = (
                "어떤 버전을 바꾸는지 If-Match나 lock_version으로 알려 주세요.",
                "Say which version you change, by If-Match or lock_version.",
            );
            Problem::new(StatusCode::PRECONDITION_REQUIRED, "version_required", said.0, said.1)
        })
    }
}

impl Seen {
    /// The version.
    pub fn version(self) -> u64 {
        match self {
            Self::Tag(version) | Self::Body(version) => version,
        }
    }

    /// What a caller who saw an old version is told.
    pub fn stale(self) -> Problem {
        let status = match self {
            Self::Tag(_) => StatusCode::PRECONDITION_FAILED,
            Self::Body(_) => StatusCode::CONFLICT,
        };
        let said = (
            "그 사이에 다른 사람이 바꾸었습니다. 다시 읽고 시도해 주세요.",
            "Somebody changed it meanwhile. Read it again and retry.",
        );
        Problem::new(status, "conflict_version", said.0, said.1)
    }
}
