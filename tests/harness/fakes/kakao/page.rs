//! The consent page: plain HTML a person can use with one thumb. Korean first, English second, no script.

use crate::fakes::page::{document, escape};

/// Somebody to sign in as.
pub(super) struct Choice {
    pub id: i64,
    pub nickname: String,
    pub email: Option<(String, bool)>,
}

const STYLE: &str = "
:root{color-scheme:light dark;--ink:#191919;--soft:#6f6f6f;--line:#e4e4e4;--paper:#fff;--ground:#f4f4f4;--main:#fee500}
@media(prefers-color-scheme:dark){:root{--ink:#f3f3f3;--soft:#a3a3a3;--line:#414141;--paper:#232323;--ground:#151515}}
input:not([type=radio]){width:100%;min-height:44px;margin:0 0 8px;padding:0 12px;border:1px solid var(--line);
border-radius:12px;background:var(--paper);color:var(--ink);font:inherit}
button.main{color:#191919}
button.main small{color:#5c5300}
";

/// The page with these people on it.
pub(super) fn consent_page(people: &[Choice]) -> String {
    let people = people.iter().enumerate().map(|(at, choice)| choice.render(at == 0));
    let people = people.collect::<Vec<_>>().concat();
    let main = format!(
        "<h1>카카오 로그인 <small>Sign in with Kakao</small></h1>\n\
         <p class=\"soft\">연습용 로그인 화면입니다. 진짜 카카오계정은 쓰이지 않습니다.<br>\
         A practice page. No real account is used.</p>\n\
         <form method=\"post\">\n<fieldset><legend>누구로 로그인할까요? <small>Who are you?</small></legend>\n{people}\
         <label><input type=\"radio\" name=\"who\" value=\"new\"> <span>새 사람 <small>Somebody new</small></span></label>\n\
         <input name=\"nickname\" maxlength=\"60\" placeholder=\"닉네임 Nickname\" aria-label=\"닉네임 Nickname\">\n\
         <input name=\"email\" type=\"email\" placeholder=\"이메일 (선택) E-mail, optional\" aria-label=\"이메일 E-mail\">\n\
         <input name=\"id\" inputmode=\"numeric\" placeholder=\"회원번호 (선택) Number, optional\" aria-label=\"회원번호 Number\">\n\
         </fieldset>\n\
         <button class=\"main\" name=\"action\" value=\"agree\">동의하고 계속하기 <small>Agree</small></button>\n\
         <button name=\"action\" value=\"refuse\" formnovalidate>취소 <small>Refuse</small></button>\n</form>"
    );
    document("카카오 로그인 · Sign in", STYLE, &main)
}

impl Choice {
    fn render(&self, is_first: bool) -> String {
        let Self { id, nickname, email } = self;
        let checked = if is_first { " checked" } else { "" };
        let name = if nickname.is_empty() { "닉네임 없음".to_owned() } else { escape(nickname) };
        let address = match email {
            Some((address, true)) => format!("{} (인증됨)", escape(address)),
            Some((address, false)) => format!("{} (인증 안 됨)", escape(address)),
            None => "이메일 없음".to_owned(),
        };
        format!(
            "<label><input type=\"radio\" name=\"who\" value=\"{id}\"{checked}> \
             <span>{name}<br><small>{id} · {address}</small></span></label>\n"
        )
    }
}

/// The page for a link or form that cannot be used; the code says why.
pub(super) fn refusal_page(code: &str) -> String {
    let reason = match code {
        "KOE101" => "앱 키(client_id)가 올바르지 않습니다. <small>Not this app's key.</small>",
        "KOE006" => "등록되지 않은 redirect_uri입니다. <small>Not a registered redirect_uri.</small>",
        _ => "요청 값이 올바르지 않습니다. <small>Not a usable request.</small>",
    };
    let main =
        format!("<h1>로그인할 수 없습니다</h1>\n<p>{reason}</p>\n<p class=\"soft\">{}</p>", escape(code));
    document("로그인할 수 없습니다 · Cannot sign in", STYLE, &main)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_call_themselves_is_escaped() {
        let nasty = "\"'><script>alert(1)</script>&";
        let choice = Choice { id: 7, nickname: nasty.to_owned(), email: Some((nasty.to_owned(), true)) };
        let page = consent_page(&[choice]);
        assert!(!page.contains("<script") && !page.contains("\"'>"));
        assert_eq!(page.matches("&quot;&#39;&gt;&lt;script&gt;").count(), 2);
        assert!(!refusal_page(nasty).contains("<script"));
    }
}
