//! Each way Kakao may fail, and that it never turns into somebody.

use super::*;

const UNREADABLE_200: &str = "unreadable answer with status 200";

#[tokio::test]
async fn a_failing_exchange_is_an_outage_and_spends_no_code() {
    let shop = Shop::new().await;
    let code = shop.fake.code(MINA, BACK);
    for (behaviour, expected) in [
        (Behaviour::Error500, "KOE003"),
        (Behaviour::Html, "unreadable answer with status 502"),
        (Behaviour::Silent, "no answer in time"),
        (Behaviour::Malformed, UNREADABLE_200),
        (Behaviour::TooManyRequests, "KOE237"),
    ] {
        let kakao = shop.ordering([behaviour]);
        let before = shop.fake.calls("/oauth/token");
        assert_eq!(cause(kakao.by_code(&code, BACK).await), expected, "{behaviour:?}");
        assert_eq!(shop.fake.calls("/oauth/token"), before + 1, "one try, {behaviour:?}");
    }
    assert!(shop.by_code(&code).await.is_ok());
}

#[tokio::test]
async fn a_failing_question_is_an_outage() {
    let shop = Shop::new().await;
    for (behaviour, expected) in [
        (Behaviour::Error500, "unreadable answer with status 500"),
        (Behaviour::Html, "unreadable answer with status 502"),
        (Behaviour::Silent, "no answer in time"),
        (Behaviour::Malformed, UNREADABLE_200),
        (Behaviour::TooManyRequests, "-10"),
    ] {
        let kakao = shop.ordering([Behaviour::Usual, behaviour]);
        let code = shop.fake.code(MINA, BACK);
        assert_eq!(cause(kakao.by_code(&code, BACK).await), expected, "{behaviour:?}");
    }
}

#[tokio::test]
async fn an_answer_about_somebody_else_is_nobody() {
    let shop = Shop::new().await;
    shop.fake.next([Behaviour::WrongId]);
    let told = shop.by_code(&shop.fake.code(MINA, BACK)).await;
    assert_eq!(cause(told), "answers about two people");
}

#[tokio::test]
async fn people_kakao_refuses_are_told_apart() {
    let shop = Shop::new().await;
    for (behaviour, expected) in
        [(Behaviour::Underage, "-406"), (Behaviour::Dormant, "-103"), (Behaviour::NotATester, "KOE005")]
    {
        shop.fake.next([behaviour]);
        let told = shop.by_code(&shop.fake.code(MINA, BACK)).await;
        assert!(matches!(told, Err(KakaoError::Refused(code)) if code == expected), "{behaviour:?}");
    }
}

#[tokio::test]
async fn without_keys_no_token_counts_and_nobody_is_blamed() {
    let shop = Shop::new().await;
    let token = shop.fake.id_token(MINA, APP, NONCE);
    for behaviour in [
        Behaviour::Error500,
        Behaviour::Html,
        Behaviour::Silent,
        Behaviour::Malformed,
        Behaviour::TooManyRequests,
    ] {
        let kakao = shop.ordering([behaviour]);
        let told = kakao.by_id_token(&token, NONCE, shop.now()).await;
        assert_eq!(cause(told), "no keys", "{behaviour:?}");
    }
    assert!(shop.by_token(&token).await.is_ok());
}

#[tokio::test]
async fn old_keys_serve_while_new_ones_cannot_be_fetched() {
    let shop = Shop::new().await;
    assert!(shop.by_token(&shop.fake.id_token(MINA, APP, NONCE)).await.is_ok());
    shop.wait(6 * 60 * 60);
    shop.fake.next([Behaviour::Html]);
    let token = shop.fake.id_token(MINA, APP, NONCE);
    assert!(shop.by_token(&token).await.is_ok());
    assert!(shop.by_token(&token).await.is_ok());
    assert_eq!(shop.fake.calls("/.well-known/jwks.json"), 2);
}

#[tokio::test]
async fn a_kakao_that_is_not_there_is_an_outage() {
    let shop = Shop::new().await;
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let nowhere = format!("http://{nobody}");
    let settings = KakaoSettings { auth_url: nowhere.clone(), api_url: nowhere, ..shop.settings.clone() };
    let kakao = client(settings);
    let code = shop.fake.code(MINA, BACK);
    assert_eq!(cause(kakao.by_code(&code, BACK).await), "could not connect");
    assert_eq!(cause(kakao.unlink(id(MINA)).await), "could not connect");
}

#[tokio::test]
async fn misbehaviour_is_ordered_by_name_all_or_nothing() {
    let shop = Shop::new().await;
    let path = "/local/kakao/behaviour";
    let (status, body) = shop.local(path, r#"{"next":["usual","html"]}"#).await;
    assert_eq!((status, body), (200, serde_json::json!({ "next": ["usual", "html"] })));
    assert_eq!(shop.local(path, r#"{"next":["html","explode"]}"#).await.0, 400);
    assert_eq!(shop.local(path, "{").await.0, 400);
    let told = shop.by_code(&shop.fake.code(MINA, BACK)).await;
    assert_eq!(cause(told), "unreadable answer with status 502");
}
