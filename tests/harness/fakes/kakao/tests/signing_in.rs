//! By code: who comes out, and which codes do not count.

use maru_kakao::KakaoSettings;
use maru_kernel::Secret;

use super::*;

#[tokio::test]
async fn a_code_tells_who_somebody_is() {
    let shop = Shop::new().await;
    let person = shop.by_code(&shop.fake.code(MINA, BACK)).await.unwrap();
    assert_eq!((person.id, person.nickname.as_deref()), (id(MINA), Some("김민아")));
    assert_eq!(person.email.unwrap().as_str(), "mina@example.com");
    assert_eq!((shop.fake.calls("/oauth/token"), shop.fake.calls("/v2/user/me")), (1, 1));
    let code = shop.fake.code(MINA, OTHER);
    assert_eq!(shop.kakao.by_code(&code, OTHER).await.unwrap().id, id(MINA));
}

#[tokio::test]
async fn an_address_nobody_proved_is_not_told() {
    let shop = Shop::new().await;
    shop.fake.person(7, None, Some(("stolen@example.com", false)));
    for number in [7, 8] {
        let person = shop.by_code(&shop.fake.code(number, BACK)).await.unwrap();
        assert!(person.id == id(number) && person.email.is_none() && person.nickname.is_none());
    }
}

#[tokio::test]
async fn a_code_counts_once() {
    let shop = Shop::new().await;
    let code = shop.fake.code(MINA, BACK);
    assert!(shop.by_code(&code).await.is_ok());
    assert!(is_bad(&shop.by_code(&code).await));
    assert!(is_bad(&shop.by_code("made-up").await));
    assert_eq!(shop.fake.calls("/v2/user/me"), 1);
}

#[tokio::test]
async fn a_code_is_over_after_ten_minutes() {
    let shop = Shop::new().await;
    let code = shop.fake.code(MINA, BACK);
    shop.wait(600);
    assert!(is_bad(&shop.by_code(&code).await));
}

#[tokio::test]
async fn a_code_counts_for_the_address_it_was_brought_to() {
    let shop = Shop::new().await;
    let code = shop.fake.code(MINA, BACK);
    assert!(is_bad(&shop.kakao.by_code(&code, OTHER).await));
    assert_eq!(cause(shop.kakao.by_code(&code, "https://evil.example/").await), "KOE006");
}

#[tokio::test]
async fn wrong_settings_are_our_fault_and_not_the_persons() {
    let shop = Shop::new().await;
    let of = |settings: KakaoSettings| client(settings);
    let base = &shop.settings;
    for (kakao, code) in [
        (of(KakaoSettings { client_secret: Some(Secret::new("wrong")), ..base.clone() }), "KOE010"),
        (of(KakaoSettings { client_secret: None, ..base.clone() }), "KOE010"),
        (of(KakaoSettings { rest_api_key: "wrong".into(), ..base.clone() }), "KOE101"),
    ] {
        assert_eq!(cause(kakao.by_code(&shop.fake.code(MINA, BACK), BACK).await), code);
    }
}

#[tokio::test]
async fn nothing_handed_out_comes_out_of_our_client() {
    let shop = Shop::new().await;
    let code = shop.fake.code(MINA, BACK);
    let told = [shop.by_code(&code).await, shop.by_code(&code).await, shop.by_code("made-up").await];
    let printed = format!("{told:?} {:?}", shop.kakao);
    let seen = shop.fake.seen_tokens();
    assert_eq!(seen.len(), 4, "a code, access, refresh and id token");
    assert!(seen.contains(&code));
    for token in seen.iter().map(String::as_str).chain([SECRET, ADMIN, "made-up"]) {
        assert!(!printed.contains(token), "{token}");
    }
}

#[tokio::test]
async fn an_access_token_tells_whose_it_is_and_refresh_renews_it() {
    let shop = Shop::new().await;
    let form = |pairs: &[(&str, &str)]| {
        let all = [&[("client_id", APP), ("client_secret", SECRET)], pairs].concat();
        Request::post("/oauth/token")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded;charset=utf-8")
            .body(Body::from(maru_dial::query(&all)))
            .unwrap()
    };
    let code = shop.fake.code(MINA, BACK);
    let pairs = [("grant_type", "authorization_code"), ("redirect_uri", BACK), ("code", &code)];
    let first = send(shop.fake.auth(), form(&pairs)).await;
    let first: Value = serde_json::from_str(&first.text).unwrap();
    shop.wait(21_599);
    let refresh = first["refresh_token"].as_str().unwrap();
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let second = send(shop.fake.auth(), form(&pairs)).await;
    let second: Value = serde_json::from_str(&second.text).unwrap();
    for (tokens, status, told) in [(&first, 401, "code"), (&second, 200, "app_id")] {
        let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
        let request = Request::get("/v1/user/access_token_info").header("authorization", bearer);
        let seen = send(shop.fake.api(), request.body(Body::empty()).unwrap()).await;
        assert!(seen.status == status && seen.text.contains(told), "{}", seen.text);
    }
    assert!(second.get("refresh_token").is_none());
    let wrong = [("grant_type", "refresh_token"), ("refresh_token", "made-up")];
    assert!(send(shop.fake.auth(), form(&wrong)).await.text.contains("KOE322"));
    assert!(send(shop.fake.auth(), form(&[("grant_type", "password")])).await.text.contains("KOE310"));
}

#[tokio::test]
async fn a_restart_remembers_people_and_codes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kakao/book.json");
    let shop = Shop::with(Some(file.clone())).await;
    shop.fake.person(7, Some("이준호"), None);
    let code = shop.fake.code(7, BACK);
    let again = Shop::with(Some(file)).await;
    assert_eq!(again.by_code(&code).await.unwrap().nickname.as_deref(), Some("이준호"));
}
