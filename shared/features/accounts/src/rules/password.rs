//! What a password must be.

use maru_kernel::{FieldError, Said};
use unicode_normalization::UnicodeNormalization;

/// Longer texts are refused: hashing them is work, and nobody types them.
pub const LONGEST_PASSWORD: usize = 256;

/// Passwords everybody tries first: the most frequent of published leaks, and Korean words as an English
/// keyboard writes them. Sorted by bytes, lower case.
const COMMON: &str = include_str!("../common-passwords.txt");

/// Which rules a new password must meet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Policy {
    /// 8 characters with an upper and a lower case letter, a digit and a symbol; not a common one.
    #[default]
    Strong,
    /// 8 characters; not a common one.
    Basic,
}

impl Policy {
    /// The policy of this name; `strong` for any other.
    pub fn named(name: &str) -> Self {
        if name == "basic" { Self::Basic } else { Self::Strong }
    }

    /// The password in the form it is hashed in, or every rule it does not meet. A letter without case
    /// (한글) counts as a symbol does: it is not in any word list of the two cases.
    pub fn check(self, typed: &str, pointer: &'static str) -> Result<String, Vec<FieldError>> {
        let text = composed(typed);
        let count = text.chars().count();
        let lengths = [
            (count >= 8, "too_short", "8자 이상이어야 합니다.", "At least 8 characters."),
            (count <= LONGEST_PASSWORD, "too_long", "256자 이하여야 합니다.", "At most 256 characters."),
            (
                !is_common(&text),
                "too_common",
                "너무 흔한 비밀번호입니다.",
                "Too many people use this password.",
            ),
        ];
        let has = |found: fn(char) -> bool| text.chars().any(found);
        let kinds = [
            (has(char::is_uppercase), "no_upper", "대문자가 있어야 합니다.", "Needs an upper case letter."),
            (has(char::is_lowercase), "no_lower", "소문자가 있어야 합니다.", "Needs a lower case letter."),
            (has(char::is_numeric), "no_digit", "숫자가 있어야 합니다.", "Needs a digit."),
            (has(is_symbol), "no_symbol", "특수문자가 있어야 합니다.", "Needs a symbol."),
        ];
        let kinds: &[_] = if self == Self::Strong { &kinds } else { &[] };
        let unmet: Vec<FieldError> = lengths
            .iter()
            .chain(kinds)
            .filter(|(met, ..)| !met)
            .map(|(_, code, ko, en)| FieldError::new(pointer, code, Said::new(*ko, *en)))
            .collect();
        if unmet.is_empty() { Ok(text) } else { Err(unmet) }
    }
}

/// What one keyboard composes another decomposes: passwords are compared in NFC.
pub fn composed(typed: &str) -> String {
    typed.nfc().collect()
}

fn is_symbol(c: char) -> bool {
    !c.is_uppercase() && !c.is_lowercase() && !c.is_numeric() && !c.is_control()
}

/// Whether the text, or what is left of it without digits and symbols at its end (`Password1!`), is common.
fn is_common(text: &str) -> bool {
    let lower = text.to_lowercase();
    let core = lower.trim_end_matches(|c: char| !c.is_alphabetic());
    let listed = |word: &str| {
        let lines: &[&str] = common();
        lines.binary_search(&word).is_ok()
    };
    listed(&lower) || (core.chars().count() >= 8 && listed(core))
}

fn common() -> &'static [&'static str] {
    static LINES: std::sync::OnceLock<Vec<&'static str>> = std::sync::OnceLock::new();
    LINES.get_or_init(|| COMMON.lines().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(policy: Policy, text: &str) -> Vec<&'static str> {
        policy.check(text, "/password").err().unwrap_or_default().into_iter().map(|e| e.code).collect()
    }

    #[test]
    fn every_unmet_rule_is_named() {
        let strong = |text| codes(Policy::Strong, text);
        assert_eq!(strong("Str0ng!pass"), Vec::<&str>::new());
        assert_eq!(strong("password123"), ["too_common", "no_upper", "no_symbol"]);
        assert_eq!(strong("Password1!"), ["too_common"]);
        assert_eq!(strong("Dkssudgktpdy1!"), ["too_common"]);
        assert_eq!(strong(""), ["too_short", "no_upper", "no_lower", "no_digit", "no_symbol"]);
        assert_eq!(strong("Aa1한글비밀번호"), Vec::<&str>::new());
        assert_eq!(strong(&"Aa1!".repeat(65)), ["too_long"]);
    }

    #[test]
    fn the_basic_policy_asks_for_length_and_rarity_only() {
        let basic = |text| codes(Policy::Basic, text);
        assert_eq!(basic("correct horse"), Vec::<&str>::new());
        assert_eq!(basic("비밀번호를정했습니다"), Vec::<&str>::new());
        assert_eq!(basic("password123"), ["too_common"]);
        assert_eq!(basic("1234567"), ["too_short"]);
        assert_eq!(basic("12345678"), ["too_common"]);
    }

    #[test]
    fn the_list_is_sorted_as_it_is_searched() {
        assert!(common().is_sorted() && common().len() > 5000);
        assert!(common().iter().all(|word| *word == word.to_lowercase()));
    }

    #[test]
    fn composed_and_decomposed_spellings_are_one_password() {
        let decomposed: String = "Aa1!각각각각".nfd().collect();
        assert_ne!(decomposed, "Aa1!각각각각");
        assert_eq!(Policy::Strong.check(&decomposed, "/p").unwrap(), "Aa1!각각각각");
    }
}
