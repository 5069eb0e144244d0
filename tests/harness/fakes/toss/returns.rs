//! Where the pay page may send the customer back to, and with which words.

use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

use axum::http::Uri;

/// Whether `url` is http(s) on this machine or on the origin of one of `ours`. Everything else would make
/// the pay page a door to anywhere.
pub(super) fn may_return_to(url: &str, ours: &[&str]) -> bool {
    let Some(origin) = Origin::of(url) else {
        return false;
    };
    origin.is_loopback() || ours.iter().any(|our| Origin::of(our).as_ref() == Some(&origin))
}

/// `url` with the pairs added to its query, in front of a fragment.
pub(super) fn with_query(url: &str, pairs: &[(&str, &str)]) -> String {
    let (page, fragment) = match url.split_once('#') {
        Some((page, fragment)) => (page, Some(fragment)),
        None => (url, None),
    };
    let mut whole = page.to_owned();
    for (name, value) in pairs {
        whole.push(if whole.contains('?') { '&' } else { '?' });
        whole.push_str(name);
        whole.push('=');
        encode_into(&mut whole, value);
    }
    if let Some(fragment) = fragment {
        whole.push('#');
        whole.push_str(fragment);
    }
    whole
}

#[derive(PartialEq, Eq)]
struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

impl Origin {
    fn of(url: &str) -> Option<Self> {
        // Browsers read a backslash as a slash and drop tabs, so what we parse must be what they will follow.
        if url.contains('\\') || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
            return None;
        }
        let uri: Uri = url.parse().ok()?;
        let authority = uri.authority()?;
        if authority.as_str().contains('@') {
            return None;
        }
        let scheme = uri.scheme_str()?.to_ascii_lowercase();
        let usual_port = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        Some(Self {
            scheme,
            host: authority.host().to_ascii_lowercase(),
            port: authority.port_u16().unwrap_or(usual_port),
        })
    }

    fn is_loopback(&self) -> bool {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        self.host == "localhost"
            || self.host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
            || bare.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback())
    }
}

fn encode_into(text: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            text.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: [&str; 2] = ["https://shop.example/done", "https://app.shop.example:8443/no"];

    #[test]
    fn our_own_origins_and_this_machine_are_places_to_return_to() {
        for url in [
            "https://shop.example/other?x=1#top",
            "HTTPS://SHOP.EXAMPLE:443/",
            "https://app.shop.example:8443/",
            "http://localhost:5173/pay",
            "http://127.0.0.1/",
            "http://127.8.9.1:3000/a",
            "http://[::1]:3000/a",
        ] {
            assert!(may_return_to(url, &OURS), "{url}");
        }
    }

    #[test]
    fn nobody_is_sent_to_a_stranger() {
        for url in [
            "",
            "/done",
            "//shop.example/done",
            "http://shop.example/done",
            "https://shop.example:8443/",
            "https://app.shop.example/",
            "https://shop.example.evil.example/",
            "https://evil.example/?https://shop.example/",
            "https://shop.example@evil.example/",
            "http://localhost:80@evil.example/",
            "http://localhost\\@evil.example/",
            "https://evil.example\\@shop.example/",
            "http://localhost.evil.example/",
            "http://127.0.0.1.evil.example/",
            "http://10.0.0.1/",
            "javascript:alert(1)",
            "data:text/html,x",
            "maru://shop.example/done",
            "https:shop.example",
            "https://shop.example/\r\nSet-Cookie: a=b",
            "https://shop\t.example/",
            "https://user:pass@shop.example/",
            "https://shop.example/a\\b",
            "https://shop.example/완료",
        ] {
            assert!(!may_return_to(url, &OURS), "{url:?}");
        }
    }

    #[test]
    fn values_are_escaped_and_stand_before_the_fragment() {
        assert_eq!(
            with_query("http://localhost/a?b=1#c", &[("message", "가 &="), ("d", "e-f")]),
            "http://localhost/a?b=1&message=%EA%B0%80%20%26%3D&d=e-f#c"
        );
        assert_eq!(with_query("http://localhost/a", &[("x", "1")]), "http://localhost/a?x=1");
    }
}
