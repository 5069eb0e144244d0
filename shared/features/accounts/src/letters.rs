//! The letters of accounts: Korean first, English second.

use maru_kernel::Email;
use maru_mail::Letter;

/// What a letter says in one language.
struct Said<'a> {
    hello: String,
    lines: Vec<&'a str>,
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

fn letter(to: &Email, subject: &str, ko: &Said<'_>, en: &Said<'_>, link: Option<&str>) -> Letter {
    let text_part = |said: &Said<'_>| {
        let lines = said.lines.join("\n");
        let link = link.map(|l| format!("\n\n{l}")).unwrap_or_default();
        format!("{}\n\n{lines}{link}\n", said.hello)
    };
    let html_part = |said: &Said<'_>| {
        let lines: String = said.lines.iter().map(|line| format!("<p>{}</p>", escape(line))).collect();
        let link = link.map(|l| format!("<p><a href=\"{0}\">{0}</a></p>", escape(l))).unwrap_or_default();
        format!("<p>{}</p>{lines}{link}", escape(&said.hello))
    };
    Letter {
        to: to.clone(),
        subject: subject.to_owned(),
        text: format!("{}\n----\n\n{}", text_part(ko), text_part(en)),
        html: format!("<!doctype html><meta charset=\"utf-8\">{}<hr>{}", html_part(ko), html_part(en)),
    }
}

fn hello(name: Option<&str>) -> (String, String) {
    match name {
        Some(name) => (format!("{name}님, 안녕하세요."), format!("Hello {name},")),
        None => ("안녕하세요.".into(), "Hello,".into()),
    }
}

/// The link that proves an address.
pub fn verify(to: &Email, name: Option<&str>, link: &str) -> Letter {
    let (ko, en) = hello(name);
    let ko = Said {
        hello: ko,
        lines: vec![
            "아래 링크를 누르면 가입이 완료됩니다. 링크는 24시간 동안 한 번만 쓸 수 있습니다.",
            "직접 가입하지 않으셨다면 이 메일을 무시해 주세요.",
        ],
    };
    let en = Said {
        hello: en,
        lines: vec![
            "Follow the link below to finish signing up. It works once, for 24 hours.",
            "If this was not you, please ignore this mail.",
        ],
    };
    letter(to, "[마루] 이메일 주소를 확인해 주세요 · Please verify your e-mail", &ko, &en, Some(link))
}

/// To the owner of a known address somebody signed up with.
pub fn already(to: &Email, link: &str) -> Letter {
    let (ko, en) = hello(None);
    let ko = Said {
        hello: ko,
        lines: vec![
            "이 주소로 가입하려는 요청이 있었지만 이미 가입되어 있습니다.",
            "비밀번호를 잊으셨다면 아래에서 다시 설정할 수 있습니다.",
        ],
    };
    let en = Said {
        hello: en,
        lines: vec![
            "Somebody asked to sign up with this address, but it already has an account.",
            "If you forgot your password, you can reset it below.",
        ],
    };
    letter(to, "[마루] 이미 가입된 주소입니다 · You already have an account", &ko, &en, Some(link))
}

/// The link that sets a new password.
pub fn reset(to: &Email, name: &str, link: &str) -> Letter {
    let (ko, en) = hello(Some(name));
    let ko = Said {
        hello: ko,
        lines: vec![
            "아래 링크에서 새 비밀번호를 정해 주세요. 링크는 30분 동안 한 번만 쓸 수 있습니다.",
            "요청하지 않으셨다면 이 메일을 무시해 주세요. 비밀번호는 바뀌지 않습니다.",
        ],
    };
    let en = Said {
        hello: en,
        lines: vec![
            "Set a new password by the link below. It works once, for 30 minutes.",
            "If you did not ask for it, ignore this mail; your password stays.",
        ],
    };
    letter(to, "[마루] 비밀번호 재설정 · Reset your password", &ko, &en, Some(link))
}

/// After a sign-up was completed.
pub fn welcome(to: &Email, name: &str) -> Letter {
    let (ko, en) = hello(Some(name));
    let ko = Said {
        hello: ko, lines: vec!["가입이 완료되었습니다. 이제 로그인하여 예약할 수 있습니다."]
    };
    let en = Said { hello: en, lines: vec!["Your account is ready. You can sign in and book now."] };
    letter(to, "[마루] 가입을 환영합니다 · Welcome", &ko, &en, None)
}

/// After a password was reset.
pub fn changed(to: &Email, name: &str) -> Letter {
    let (ko, en) = hello(Some(name));
    let ko = Said {
        hello: ko,
        lines: vec![
            "비밀번호가 변경되었고 모든 기기에서 로그아웃되었습니다.",
            "직접 변경하지 않으셨다면 바로 비밀번호를 재설정하고 알려 주세요.",
        ],
    };
    let en = Said {
        hello: en,
        lines: vec![
            "Your password was changed and every device was signed out.",
            "If this was not you, reset your password now and tell us.",
        ],
    };
    letter(to, "[마루] 비밀번호가 변경되었습니다 · Your password was changed", &ko, &en, None)
}
