//! One-line texts from people: names, titles. Parsed once, bounded, free of control characters.

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
