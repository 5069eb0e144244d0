//! Who signed in at Kakao: the number, and what Kakao may tell us about the person.

use std::fmt;
use std::str::FromStr;

use maru_kernel::Email;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest nickname kept.
const LONGEST_NICKNAME: usize = 50;

/// A Kakao account's id within our app. Another app sees the same account under another one.
///
/// Travels as text: ids may exceed 2⁵³, and JavaScript would round them to somebody else's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KakaoId(i64);

/// The text is no id: a positive decimal number without sign, space or leading zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a Kakao id")]
pub struct NotAKakaoId;

impl KakaoId {
    /// The id of this number; `None` unless it is positive.
    pub fn new(number: i64) -> Option<Self> {
        (number > 0).then_some(Self(number))
    }
}

impl fmt::Display for KakaoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for KakaoId {
    type Err = NotAKakaoId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // One account, one spelling: `+7` and `007` parse as numbers, but would be other keys in a table.
        let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        plain.then(|| text.parse().ok()).flatten().and_then(Self::new).ok_or(NotAKakaoId)
    }
}

impl Serialize for KakaoId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KakaoId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A person as Kakao tells them. Only the id is certain; the rest needs their consent.
#[derive(Debug, Clone)]
pub struct KakaoPerson {
    /// Who it is.
    pub id: KakaoId,
    /// How they call themselves: trimmed, free of control characters, at most 50 characters, not empty.
    pub nickname: Option<String>,
    /// Their address, only if Kakao says that it is valid and proved to be theirs.
    pub email: Option<Email>,
}

/// The nickname as we keep it. A person who cannot be called by what they typed has none.
pub(crate) fn nickname(typed: Option<String>) -> Option<String> {
    let plain: String = typed?.chars().filter(|letter| !letter.is_control()).collect();
    let short: String = plain.trim().chars().take(LONGEST_NICKNAME).collect();
    let name = short.trim_end();
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling_and_travels_as_text() {
        let id: KakaoId = "9007199254740993".parse().unwrap();
        assert_eq!(KakaoId::new(9_007_199_254_740_993), Some(id));
        assert_eq!(serde_json::to_string(&id).unwrap(), r#""9007199254740993""#);
        assert_eq!(serde_json::from_str::<KakaoId>(r#""9007199254740993""#).unwrap(), id);
        assert!(serde_json::from_str::<KakaoId>("7").is_err());
        for wrong in ["", "0", "-7", "+7", "007", " 7", "7 ", "7.0", "0x7", "٧", "9223372036854775808"] {
            assert!(wrong.parse::<KakaoId>().is_err(), "{wrong:?}");
        }
        assert_eq!((KakaoId::new(0), KakaoId::new(-1)), (None, None));
    }

    #[test]
    fn a_nickname_is_one_short_line_or_nothing() {
        let kept = |typed: &str| nickname(Some(typed.to_owned()));
        assert_eq!(kept("  김\u{0}민\n아\u{85} ").as_deref(), Some("김민아"));
        assert_eq!(kept(&"가".repeat(60)).unwrap().chars().count(), 50);
        assert_eq!(kept(&format!("{} b", "a".repeat(49))).unwrap(), "a".repeat(49));
        assert_eq!((kept(" \t"), kept(""), nickname(None)), (None, None, None));
    }
}
