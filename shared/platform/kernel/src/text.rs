//! Texts: lines from people (names, titles), parsed once, bounded, free of control characters; and a text as
//! a part of an address.

use unicode_normalization::UnicodeNormalization;

use crate::{FieldError, Said};

/// What a line must be.
#[derive(Debug, Clone, Copy)]
pub struct LineRule {
    /// JSON pointer of the field, for the refusal.
    pub pointer: &'static str,
    /// Fewest characters after trimming.
    pub min: usize,
    /// Most characters after trimming.
    pub max: usize,
    /// Whether line breaks are allowed inside.
    pub multiline: bool,
}

/// The text trimmed and in NFC, or what is wrong with it.
pub fn line(typed: &str, rule: LineRule) -> Result<String, FieldError> {
    let text: String = typed.trim().nfc().collect();
    let bad = |c: char| c.is_control() && !(rule.multiline && (c == '\n' || c == '\t' || c == '\r'));
    if text.chars().any(bad) {
        let said = Said::new("쓸 수 없는 제어 문자가 있습니다.", "Control characters are not allowed.");
        return Err(FieldError::new(rule.pointer, "control_character", said));
    }
    let count = text.chars().count();
    if count < rule.min || count > rule.max {
        let said = Said::new(
            format!("{}자 이상 {}자 이하여야 합니다.", rule.min, rule.max),
            format!("Must have {} to {} characters.", rule.min, rule.max),
        );
        return Err(FieldError::new(rule.pointer, "length", said));
    }
    Ok(text)
}

/// The text as one segment of an address's path (RFC 3986): all but unreserved characters and `@` is escaped.
pub fn path_segment(text: &str) -> String {
    let stays = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~@".contains(&byte);
    let escaped = |byte| if stays(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_inside_its_path_segment() {
        assert_eq!(path_segment("../a b?c=한"), "..%2Fa%20b%3Fc%3D%ED%95%9C");
        assert_eq!(path_segment("kim_2@a-b.kr~"), "kim_2@a-b.kr~");
    }
}
