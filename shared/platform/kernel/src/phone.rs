//! Telephone numbers: Korean spellings in, E.164 out, never printed by accident.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// A number in E.164 (`+821012345678`). `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(String);

impl Phone {
    /// Parses what a person typed: `010-1234-5678`, `+82 10 1234 5678`, `0082…`, or any number with a
    /// country code. A national number is taken as Korean. `None` where it can be no number: 8 to 15
    /// digits with the country code.
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > 128 {
            return None;
        }
        let text: String =
            typed.trim().nfkc().filter(|c| !" -.()\u{2010}\u{2011}\u{2013}".contains(*c)).collect();
        let digits = |rest: &str| rest.bytes().all(|b| b.is_ascii_digit()).then(|| rest.to_owned());
        let national = |rest: &str| Some(format!("82{}", digits(rest.trim_start_matches('0'))?));
        let whole = match text.strip_prefix('+').or_else(|| text.strip_prefix("00")) {
            // The trunk zero is often left in: +82 010 …
            Some(rest) => match rest.strip_prefix("82") {
                Some(rest) => national(rest)?,
                None => digits(rest).filter(|d| !d.starts_with('0'))?,
            },
            None => text.strip_prefix('0').and_then(national)?,
        };
        (8..=15).contains(&whole.len()).then(|| Self(format!("+{whole}")))
    }

    /// The number in E.164.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_one_spelling() {
        for spelling in [
            "010-1234-5678",
            "01012345678",
            "+82 10-1234-5678",
            "+82 010 1234 5678",
            "0082 10 1234 5678",
            "０１０ 1234 5678",
        ] {
            assert_eq!(Phone::parse(spelling).unwrap().as_str(), "+821012345678", "{spelling}");
        }
        assert_eq!(Phone::parse("+1 671 555 0100").unwrap().as_str(), "+16715550100");
        for wrong in
            ["", "010", "1012345678", "+", "010-1234-567a", "+8210123456789012", "전화", "+0123456789"]
        {
            assert!(Phone::parse(wrong).is_none(), "{wrong}");
        }
    }
}
