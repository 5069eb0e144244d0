//! The page where a person says who they are and agrees, as far as a fake has one.

use axum::extract::rejection::FormRejection;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Form, Router};

use super::FakeKakao;
use super::answer::{Pairs, value};
use super::page::{Choice, consent_page, refusal_page};

/// Nothing on the page comes from elsewhere. No `form-action`: browsers apply it to the redirect as well.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'";
/// How many of those who were here before are offered.
const OFFERED: usize = 8;

/// Number, nickname, and an address with whether it was proved.
type Known = (i64, &'static str, Option<(&'static str, bool)>);

/// People to begin with: one who tells everything, one whose address was never proved, one with a name only.
const FIRST: [Known; 3] = [
    (4_000_000_001, "김민아", Some(("mina@example.com", true))),
    (4_000_000_002, "이준호", Some(("junho@example.com", false))),
    (4_000_000_003, "박서연", None),
];

pub(super) fn routes(kakao: FakeKakao) -> Router {
    Router::new().route("/oauth/authorize", get(open).post(press)).with_state(kakao)
}

/// What the link to the page asks for. The form has no address of its own, so it comes back with the same link.
struct Wish<'a> {
    redirect_uri: &'a str,
    state: Option<&'a str>,
    nonce: Option<&'a str>,
}

async fn open(State(kakao): State<FakeKakao>, Query(link): Query<Pairs>) -> Response {
    match kakao.wish(&link) {
        Ok(_) => page(StatusCode::OK, consent_page(&kakao.choices())),
        Err(code) => page(StatusCode::BAD_REQUEST, refusal_page(code)),
    }
}

async fn press(
    State(kakao): State<FakeKakao>,
    Query(link): Query<Pairs>,
    form: Result<Form<Pairs>, FormRejection>,
) -> Response {
    let wish = match kakao.wish(&link) {
        Ok(wish) => wish,
        Err(code) => return page(StatusCode::BAD_REQUEST, refusal_page(code)),
    };
    let Form(form) = form.unwrap_or_default();
    match value(&form, "action") {
        Some("agree") => match kakao.who(&form) {
            Some(id) => {
                let code = kakao.with_book(|book, now| book.code(now, id, wish.redirect_uri, wish.nonce));
                wish.back(&[("code", &code)])
            }
            None => page(StatusCode::BAD_REQUEST, refusal_page("KOE001")),
        },
        Some("refuse") => {
            wish.back(&[("error", "access_denied"), ("error_description", "User denied access")])
        }
        Some(_) | None => page(StatusCode::BAD_REQUEST, refusal_page("KOE001")),
    }
}

impl Wish<'_> {
    fn back(&self, pairs: &[(&str, &str)]) -> Response {
        let mut pairs = pairs.to_vec();
        pairs.extend(self.state.map(|state| ("state", state)));
        let mark = if self.redirect_uri.contains('?') { '&' } else { '?' };
        let place = format!("{}{mark}{}", self.redirect_uri, maru_dial::query(&pairs));
        (StatusCode::FOUND, [(header::LOCATION, place)]).into_response()
    }
}

impl FakeKakao {
    /// The wish of a link, or the code of what is wrong with it. Only registered addresses are gone back to.
    fn wish<'a>(&self, link: &'a Pairs) -> Result<Wish<'a>, &'static str> {
        if value(link, "client_id") != Some(&self.options().rest_api_key) {
            return Err("KOE101");
        }
        let redirect_uri = value(link, "redirect_uri").unwrap_or_default();
        if !self.is_registered(redirect_uri) {
            return Err("KOE006");
        }
        if value(link, "response_type") != Some("code") {
            return Err("KOE001");
        }
        Ok(Wish { redirect_uri, state: value(link, "state"), nonce: value(link, "nonce") })
    }

    /// Those who were here before, then the first people who were not.
    fn choices(&self) -> Vec<Choice> {
        self.glance(|book| {
            let known = book.people.iter().take(OFFERED).map(|(id, person)| Choice {
                id: *id,
                nickname: person.nickname.clone().unwrap_or_default(),
                email: person.email.clone(),
            });
            let first = FIRST.iter().filter(|(id, ..)| !book.people.contains_key(id));
            let first = first.map(|(id, nickname, email)| Choice {
                id: *id,
                nickname: (*nickname).to_owned(),
                email: email.map(|(address, proved)| (address.to_owned(), proved)),
            });
            known.chain(first).collect()
        })
    }

    /// Who was chosen, or made up. A made-up person without a number gets one nobody has.
    fn who(&self, form: &Pairs) -> Option<i64> {
        let is_new = value(form, "who") == Some("new");
        let number = value(form, if is_new { "id" } else { "who" });
        let id = number.map(str::parse).transpose().ok()?.filter(|id| *id > 0);
        if number.is_some() && id.is_none() {
            return None;
        }
        self.with_book(|book, _| {
            let highest = FIRST.iter().map(|(id, ..)| *id).chain(book.people.keys().copied()).max();
            let free = highest.filter(|_| is_new).and_then(|id: i64| id.checked_add(1));
            let id = id.or(free)?;
            if is_new {
                let email = value(form, "email").map(|address| (address, true));
                book.know(id, value(form, "nickname"), email);
            } else if let Some((_, nickname, email)) = FIRST.iter().find(|(first, ..)| *first == id)
                && !book.people.contains_key(&id)
            {
                book.know(id, Some(nickname), *email);
            }
            book.people.contains_key(&id).then_some(id)
        })
    }
}

fn page(status: StatusCode, html: String) -> Response {
    let headers = [(header::CONTENT_SECURITY_POLICY, PAGE_POLICY), (header::CACHE_CONTROL, "no-store")];
    (status, headers, Html(html)).into_response()
}
