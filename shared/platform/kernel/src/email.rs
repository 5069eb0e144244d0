//! E-mail addresses: parsed once, compared in one normal form, never printed by accident.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// An address in its normal form: trimmed, NFKC, lower case. `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Parses what a person typed. `None` when it cannot be an address SES can send to: the local part
    /// must be 7-bit ASCII (no SMTPUTF8), 254 bytes in all, 64 before the `@`.
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > 1024 {
            return None;
        }
        let text: String = typed.trim().nfkc().collect::<String>().to_lowercase();
        let (local, domain) = text.rsplit_once('@')?;
        let local_ok = !local.is_empty()
            && local.len() <= 64
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~.-".contains(&b));
        let label_ok = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let domain_ok = domain.contains('.') && domain.split('.').all(label_ok);
        (local_ok && domain_ok && text.len() <= 254).then_some(Self(text))
    }

    /// The normal form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_has_one_spelling() {
        let same = ["Kim@Example.com", "  kim@example.com ", "ｋｉｍ@example.com"];
        for spelling in same {
            assert_eq!(Email::parse(spelling).unwrap().as_str(), "kim@example.com", "{spelling}");
        }
        for wrong in [
            "",
            "kim",
            "kim@",
            "@a.b",
            "kim@host",
            "ki m@a.b",
            "김@a.b",
            "a@b..c",
            "a..b@c.d",
            "a@-b.c",
            "a\r\n@b.c",
        ] {
            assert!(Email::parse(wrong).is_none(), "{wrong}");
        }
    }
}
