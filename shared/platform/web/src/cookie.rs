//! The panel's cookie: a refresh token no script can read, and the header that proves a request comes
//! from a page of ours.
//!
//! `__Host-` binds the cookie to this host and to HTTPS, `SameSite=Strict` to pages of the same site. A
//! cookie alone opens nothing: the header must carry the code that was given with it, and a page of
//! another origin may not set that header without the preflight allowing its origin.

use axum::http::{HeaderMap, header};
use maru_kernel::Secret;

const NAME: &str = "__Host-maru_refresh";
/// The header a panel sends beside the cookie.
pub(crate) const CSRF_HEADER: &str = "x-csrf-token";

/// A session as a panel's browser shows it.
#[derive(Debug, Clone)]
pub struct CookieSession {
    /// The refresh token of the cookie.
    pub refresh_token: Secret,
    /// The code of the header, if it was sent.
    pub csrf_token: Option<Secret>,
}

/// The cookie of a request.
pub(crate) fn session(headers: &HeaderMap) -> Option<CookieSession> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let token = cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == NAME).then_some(value))?;
    let csrf_token = headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok()).map(Secret::new);
    Some(CookieSession { refresh_token: Secret::new(token), csrf_token })
}

/// The `Set-Cookie` that keeps a refresh token for `seconds`; none takes it away.
pub(crate) fn set(token: Option<&Secret>, seconds: i64) -> String {
    let (value, age) = token.map_or(("", 0), |token| (token.expose(), seconds));
    format!("{NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={age}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn the_cookie_is_found_among_others_and_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::COOKIE,
            HeaderValue::from_static("a=1; x__Host-maru_refresh=no; __Host-maru_refresh=mr_x"),
        );
        assert_eq!(session(&headers).unwrap().refresh_token.expose(), "mr_x");
        headers.insert(header::COOKIE, HeaderValue::from_static("a=1"));
        assert!(session(&headers).is_none());
    }
}
