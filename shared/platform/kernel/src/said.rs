//! What we say to people: Korean first, English second; and what is wrong with which field.

use std::borrow::Cow;

/// One message in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Korean, the default.
    pub ko: Cow<'static, str>,
    /// English, for `Accept-Language: en`.
    pub en: Cow<'static, str>,
}

impl Said {
    /// A message.
    pub fn new(ko: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self { ko: ko.into(), en: en.into() }
    }
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// JSON pointer (`/start_time`), or `?name` for a query parameter.
    pub pointer: Cow<'static, str>,
    /// A stable slug a client can branch on.
    pub code: &'static str,
    /// The message.
    pub said: Said,
}

impl FieldError {
    /// A refusal of the field at `pointer`.
    pub fn new(pointer: impl Into<Cow<'static, str>>, code: &'static str, said: Said) -> Self {
        Self { pointer: pointer.into(), code, said }
    }
}

/// Collects what is wrong with an input so that every offending field is named at once.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// Nothing wrong so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a good value; notes a bad one.
    pub fn take<T>(&mut self, value: Result<T, FieldError>) -> Option<T> {
        value.map_err(|error| self.0.push(error)).ok()
    }

    /// Notes a refusal.
    pub fn refuse(&mut self, error: FieldError) {
        self.0.push(error);
    }

    /// `value` if nothing was wrong, else all refusals. A missing value without a refusal cannot be
    /// told from a good one by callers, so it counts as nothing taken.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Vec<FieldError>> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self.0),
        }
    }
}
