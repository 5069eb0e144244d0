//! The page, and the same by call.

use super::*;

impl Seen {
    fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }
}

/// The link our client makes, without the host, for a sign-in that wants an `id_token` about itself.
fn link(shop: &Shop, redirect_uri: &str) -> String {
    let url = shop.kakao.authorize_url(redirect_uri, "s&8 f2");
    format!("{}&nonce={NONCE}", url.strip_prefix(&shop.settings.auth_url).unwrap())
}

#[tokio::test]
async fn the_page_offers_people_two_buttons_and_no_script() {
    let shop = Shop::new().await;
    shop.fake.person(7, Some("<b>나쁜</b>"), None);
    let seen = shop.open(&link(&shop, BACK)).await;
    assert_eq!(seen.status, 200);
    for text in [
        "lang=\"ko\"",
        "width=device-width",
        "카카오 로그인",
        "김민아",
        "이준호",
        "박서연",
        "&lt;b&gt;나쁜&lt;/b&gt;",
        "새 사람",
        "동의하고 계속하기",
        "취소",
        "<form method=\"post\">",
    ] {
        assert!(seen.text.contains(text), "{text}");
    }
    assert_eq!(seen.text.matches("value=\"4000000001\"").count(), 1);
    assert!(!seen.text.contains("<script") && !seen.text.contains("<b>"));
    let policy = seen.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("form-action"));
}

#[tokio::test]
async fn who_agrees_comes_back_with_a_code_and_the_state() {
    let shop = Shop::new().await;
    for (redirect_uri, start) in
        [(BACK, "https://shop.example/back?code="), (OTHER, "https://shop.example/other?from=kakao&code=")]
    {
        let form = [("who", "4000000001"), ("action", "agree")];
        let seen = shop.press(&link(&shop, redirect_uri), &form).await;
        let query = seen.location().strip_prefix(start).unwrap();
        let (code, state) = query.split_once('&').unwrap();
        assert_eq!((seen.status, state), (302, "state=s%268+f2"));
        assert_eq!(shop.kakao.by_code(code, redirect_uri).await.unwrap().id, id(MINA));
    }
}

#[tokio::test]
async fn somebody_new_may_choose_name_address_and_number() {
    let shop = Shop::new().await;
    let mut people = Vec::new();
    for form in [
        vec![("who", "4000000003")],
        vec![("who", "new"), ("nickname", "새싹"), ("email", "new@example.com"), ("id", "9007199254740993")],
        vec![("who", "new"), ("nickname", ""), ("email", ""), ("id", "")],
    ] {
        let form = [form, vec![("action", "agree")]].concat();
        let seen = shop.press(&link(&shop, BACK), &form).await;
        let code = seen.location().split(['=', '&']).nth(1).unwrap().to_owned();
        let person = shop.by_code(&code).await.unwrap();
        let email = person.email.map(|email| email.as_str().to_owned());
        people.push((person.id.to_string(), person.nickname, email));
    }
    let told = |text: &str| Some(text.to_owned());
    assert_eq!(people[0], ("4000000003".to_owned(), told("박서연"), None));
    assert_eq!(people[1], ("9007199254740993".to_owned(), told("새싹"), told("new@example.com")));
    assert_eq!(people[2], ("9007199254740994".to_owned(), None, None));
}

#[tokio::test]
async fn who_refuses_comes_back_with_the_reason() {
    let shop = Shop::new().await;
    let seen = shop.press(&link(&shop, BACK), &[("action", "refuse")]).await;
    let place =
        "https://shop.example/back?error=access_denied&error_description=User+denied+access&state=s%268+f2";
    assert_eq!((seen.status, seen.location()), (302, place));
    assert!(shop.fake.seen_tokens().is_empty());
}

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_is_not_registered() {
    let shop = Shop::new().await;
    let evil = link(&shop, "https://evil.example/");
    let stranger = link(&shop, BACK).replace(APP, "another-app");
    let no_code = link(&shop, BACK).replace("response_type=code", "response_type=token");
    for (link, code) in [(evil, "KOE006"), (stranger, "KOE101"), (no_code, "KOE001")] {
        for seen in [shop.open(&link).await, shop.press(&link, &[("action", "refuse")]).await] {
            assert!(seen.status == 400 && seen.text.contains(code), "{}", seen.text);
            assert!(!seen.headers.contains_key(header::LOCATION));
        }
    }
    for form in [
        vec![("action", "agree")],
        vec![("action", "agree"), ("who", "12345")],
        vec![("action", "agree"), ("who", "new"), ("id", "-1")],
        vec![("action", "agree"), ("who", "new"), ("id", "x")],
        vec![("who", "4000000001")],
    ] {
        assert_eq!(shop.press(&link(&shop, BACK), &form).await.status, 400, "{form:?}");
    }
}

#[tokio::test]
async fn a_code_or_token_can_be_had_by_call() {
    let shop = Shop::new().await;
    let body = r#"{"id":"4000000009","nickname":"최하늘","email":"sky@example.com"}"#;
    let (status, told) = shop.local("/local/kakao/code", body).await;
    assert_eq!(status, 201);
    let person = shop.by_code(told["code"].as_str().unwrap()).await.unwrap();
    assert_eq!((person.nickname.as_deref(), person.email.is_some()), (Some("최하늘"), true));
    let (status, told) = shop.local("/local/kakao/id-token", r#"{"id":4000000009,"nonce":"n71c"}"#).await;
    assert_eq!(status, 201);
    let person = shop.by_token(told["id_token"].as_str().unwrap()).await.unwrap();
    assert_eq!(person.nickname.as_deref(), Some("최하늘"), "what was left out stays");
    let other = format!(r#"{{"id":7,"redirect_uri":"{OTHER}"}}"#);
    let (_, told) = shop.local("/local/kakao/code", &other).await;
    assert!(shop.kakao.by_code(told["code"].as_str().unwrap(), OTHER).await.is_ok());
    for wrong in
        ["", "{}", r#"{"id":0}"#, r#"{"id":"x"}"#, r#"{"id":7,"redirect_uri":"https://evil.example/"}"#]
    {
        assert_eq!(shop.local("/local/kakao/code", wrong).await.0, 400, "{wrong}");
    }
}
