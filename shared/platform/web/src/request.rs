//! What the gateway tells about a request.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use maru_table::Actor;

use crate::Problem;

/// The language of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// Korean, the default.
    #[default]
    Ko,
    /// English.
    En,
}

impl Lang {
    /// The language an `Accept-Language` header prefers; weights are respected, Korean wins a tie.
    pub fn preferred(header: Option<&str>) -> Self {
        let weight = |tag: &str| {
            header
                .unwrap_or_default()
                .split(',')
                .filter_map(|part| {
                    let (name, rest) = part.split_once(';').unwrap_or((part, ""));
                    let primary = name.trim().split('-').next().unwrap_or_default();
                    let q = rest
                        .trim()
                        .strip_prefix("q=")
                        .and_then(|q| q.trim().parse::<f32>().ok())
                        .unwrap_or(1.0);
                    primary.eq_ignore_ascii_case(tag).then_some(q)
                })
                .fold(0.0_f32, f32::max)
        };
        if weight("en") > weight("ko") { Self::En } else { Self::Ko }
    }
}

/// One request, as the gateway vouches for it. Nothing here is taken from a header a client can set,
/// but the program's name and the language.
#[derive(Debug, Clone)]
pub struct Meta {
    /// The request's id, also in the answer's `x-request-id`.
    pub request_id: String,
    /// The caller's address.
    pub ip_address: Option<String>,
    /// The caller's program, cut to 256 characters.
    pub user_agent: Option<String>,
    /// The language of messages.
    pub lang: Lang,
    /// The path asked for, without stage.
    pub path: String,
    /// Where the caller reached us, stage included: `https://api.example.kr/prod`. Only a gateway knows.
    pub address: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Meta {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // The front puts it there; a router served without one is our bug.
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::internal)
    }
}

impl Meta {
    /// The still anonymous actor of this request.
    pub fn actor(&self) -> Actor {
        Actor {
            id: "anonymous".into(),
            ip_address: self.ip_address.clone(),
            user_agent: self.user_agent.clone(),
            request_id: Some(self.request_id.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lang;

    #[test]
    fn korean_unless_english_is_preferred() {
        for (header, lang) in [
            (None, Lang::Ko),
            (Some("en"), Lang::En),
            (Some("en-US,en;q=0.9"), Lang::En),
            (Some("ko-KR,ko;q=0.9,en;q=0.8"), Lang::Ko),
            (Some("en;q=0.5, ko"), Lang::Ko),
            (Some("fr"), Lang::Ko),
            (Some("english"), Lang::Ko),
        ] {
            assert_eq!(Lang::preferred(header), lang, "{header:?}");
        }
    }
}
