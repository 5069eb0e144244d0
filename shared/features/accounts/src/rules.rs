//! Decisions, as pure functions.

use maru_kernel::{FieldError, MailLinkId, Said, Timestamp, crypto};
use unicode_normalization::UnicodeNormalization;

use crate::model::{MailLink, Purpose};

/// Seconds a sign-in lasts at most, whatever is refreshed: 30 days.
pub const SESSION_SECONDS: i64 = 30 * 24 * 3600;

/// The token of a link: its id and a code over id and purpose under the mail key.
pub fn link_token(key: &[u8; 32], id: MailLinkId, purpose: Purpose) -> String {
    crypto::to_base64url(&[id.bytes().as_slice(), &code(key, id, purpose)].concat())
}

/// The link a token names, if this key made the token for this purpose.
pub fn read_link_token(key: &[u8; 32], token: &str, purpose: Purpose) -> Option<MailLinkId> {
    let bytes = crypto::from_base64url(Some(token.trim()).filter(|t| t.len() < 256)?)?;
    let (id, shown) = bytes.split_at_checked(16)?;
    let id = MailLinkId::from_bytes(id.try_into().ok()?);
    crypto::same(shown, &code(key, id, purpose)).then_some(id)
}

fn code(key: &[u8; 32], id: MailLinkId, purpose: Purpose) -> [u8; 32] {
    crypto::hmac_sha256(key, &[b"mail-link", purpose.as_str().as_bytes(), &id.bytes()])
}

/// Whether a link can still be followed.
pub fn works(link: &MailLink, purpose: Purpose, now: Timestamp) -> bool {
    link.purpose == purpose && now.as_second() < link.expires_at
}

/// The password in the form it is hashed in (NFC: what one keyboard composes another decomposes), or
/// every rule it does not meet: 8 to 256 characters, an upper and a lower case letter, a digit and a
/// symbol. A letter without case (한글) counts as a symbol does: it is not in any common word list of
/// the two cases.
pub fn password(typed: &str, pointer: &'static str) -> Result<String, Vec<FieldError>> {
    let text: String = typed.nfc().collect();
    let count = text.chars().count();
    let rules = [
        (count >= 8, "too_short", "8자 이상이어야 합니다.", "At least 8 characters."),
        (count <= 256, "too_long", "256자 이하여야 합니다.", "At most 256 characters."),
        (
            text.chars().any(char::is_uppercase),
            "no_upper",
            "대문자가 있어야 합니다.",
            "Needs an upper case letter.",
        ),
        (
            text.chars().any(char::is_lowercase),
            "no_lower",
            "소문자가 있어야 합니다.",
            "Needs a lower case letter.",
        ),
        (text.chars().any(char::is_numeric), "no_digit", "숫자가 있어야 합니다.", "Needs a digit."),
        (text.chars().any(is_symbol), "no_symbol", "특수문자가 있어야 합니다.", "Needs a symbol."),
    ];
    let unmet: Vec<FieldError> = rules
        .into_iter()
        .filter(|(met, ..)| !met)
        .map(|(_, code, ko, en)| FieldError::new(pointer, code, Said::new(ko, en)))
        .collect();
    if unmet.is_empty() { Ok(text) } else { Err(unmet) }
}

fn is_symbol(c: char) -> bool {
    !c.is_uppercase() && !c.is_lowercase() && !c.is_numeric() && !c.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;
    use maru_kernel::{Clock, Random};

    #[test]
    fn every_unmet_rule_is_named() {
        let codes = |text| {
            password(text, "/password")
                .err()
                .unwrap_or_default()
                .into_iter()
                .map(|e| e.code)
                .collect::<Vec<_>>()
        };
        assert_eq!(codes("Str0ng!pass"), Vec::<&str>::new());
        assert_eq!(codes("password123"), ["no_upper", "no_symbol"]);
        assert_eq!(codes(""), ["too_short", "no_upper", "no_lower", "no_digit", "no_symbol"]);
        assert_eq!(codes("Aa1한글비밀번호"), Vec::<&str>::new());
        assert_eq!(codes(&"Aa1!".repeat(65)), ["too_long"]);
    }

    #[test]
    fn composed_and_decomposed_spellings_are_one_password() {
        assert_eq!(password("Aa1!각각각각", "/p").unwrap(), password("Aa1!각각각각", "/p").unwrap());
    }

    #[test]
    fn a_token_opens_its_own_link_for_its_own_purpose_only() {
        let id = MailLinkId::new(&Clock::from_fn(|| Timestamp::UNIX_EPOCH), &Random::seeded(3));
        let token = link_token(&[1; 32], id, Purpose::Reset);
        assert_eq!(read_link_token(&[1; 32], &token, Purpose::Reset), Some(id));
        assert_eq!(read_link_token(&[1; 32], &token, Purpose::SignUp), None);
        assert_eq!(read_link_token(&[2; 32], &token, Purpose::Reset), None);
        assert_eq!(read_link_token(&[1; 32], &token[..20], Purpose::Reset), None);
    }
}
