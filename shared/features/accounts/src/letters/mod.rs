//! The letters of accounts: Korean first, English second.

mod texts;

use maru_kernel::Email;
use maru_mail::Letter;

pub use texts::*;

/// What a letter says.
pub struct Text {
    /// Its subject, in both languages.
    pub subject: &'static str,
    /// Its lines in Korean.
    pub ko: &'static [&'static str],
    /// Its lines in English.
    pub en: &'static [&'static str],
}

/// Escapes text for HTML.
pub fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
        out
    })
}

/// A letter without a link.
pub fn plain(to: &Email, name: Option<&str>, text: &Text) -> Letter {
    letter(to, name, (text.subject, text.ko, text.en), None)
}

/// A letter with a link.
pub fn linking(to: &Email, name: Option<&str>, text: &Text, link: &str) -> Letter {
    letter(to, name, (text.subject, text.ko, text.en), Some(link))
}

/// To somebody who was shut out, with the reason that was given.
pub fn suspended(to: &Email, name: &str, reason: Option<&str>) -> Letter {
    let said = |lead: &str| reason.map(|reason| format!("{lead} {reason}"));
    let (ko_reason, en_reason) = (said("사유:"), said("Reason:"));
    let ko: Vec<&str> = SUSPENDED.ko.iter().copied().chain(ko_reason.as_deref()).collect();
    let en: Vec<&str> = SUSPENDED.en.iter().copied().chain(en_reason.as_deref()).collect();
    letter(to, Some(name), (SUSPENDED.subject, &ko, &en), None)
}

fn letter(
    to: &Email,
    name: Option<&str>,
    (subject, ko, en): (&str, &[&str], &[&str]),
    link: Option<&str>,
) -> Letter {
    let (hello_ko, hello_en) = match name {
        Some(name) => (format!("{name}님, 안녕하세요."), format!("Hello {name},")),
        None => ("안녕하세요.".into(), "Hello,".into()),
    };
    let text_part = |hello: &str, lines: &[&str]| {
        let link = link.map(|l| format!("\n\n{l}")).unwrap_or_default();
        format!("{hello}\n\n{}{link}\n", lines.join("\n"))
    };
    let html_part = |hello: &str, lines: &[&str]| {
        let lines: String = lines.iter().map(|line| format!("<p>{}</p>", escape(line))).collect();
        let link = link.map(|l| format!("<p><a href=\"{0}\">{0}</a></p>", escape(l))).unwrap_or_default();
        format!("<p>{}</p>{lines}{link}", escape(hello))
    };
    Letter {
        to: to.clone(),
        subject: format!("[마루] {subject}"),
        text: format!("{}\n----\n\n{}", text_part(&hello_ko, ko), text_part(&hello_en, en)),
        html: format!(
            "<!doctype html><meta charset=\"utf-8\">{}<hr>{}",
            html_part(&hello_ko, ko),
            html_part(&hello_en, en)
        ),
    }
}
