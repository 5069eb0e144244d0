//! By `id_token`: one that counts, and everything that looks like one.

use serde_json::json;

use super::*;

const JWKS: &str = "/.well-known/jwks.json";

#[tokio::test]
async fn an_id_token_tells_who_somebody_is() {
    let shop = Shop::new().await;
    for audience in [APP, NATIVE] {
        let person = shop.by_token(&shop.fake.id_token(MINA, audience, NONCE)).await.unwrap();
        assert_eq!((person.id, person.nickname.as_deref()), (id(MINA), Some("김민아")));
        assert!(person.email.is_none(), "the token does not say whether it was proved");
    }
    assert_eq!(shop.fake.calls(JWKS), 1, "the keys are kept");
    let clone = shop.kakao.clone();
    let token = shop.fake.id_token(MINA, APP, NONCE);
    assert!(clone.by_id_token(&token, NONCE, shop.now()).await.is_ok());
    assert_eq!(shop.fake.calls(JWKS), 1, "and shared");
}

#[tokio::test]
async fn a_token_for_somebody_else_or_another_sign_in_does_not_count() {
    let shop = Shop::new().await;
    assert!(is_bad(&shop.by_token(&shop.fake.id_token(MINA, "another-app", NONCE)).await));
    assert!(is_bad(&shop.by_token(&shop.fake.id_token(MINA, APP, "other")).await));
    let blank = shop.fake.id_token(MINA, APP, "");
    assert!(is_bad(&shop.kakao.by_id_token(&blank, "", shop.now()).await));
}

#[tokio::test]
async fn a_token_is_over_when_it_says_so_give_or_take_a_minute() {
    let shop = Shop::new().await;
    let token = shop.fake.id_token(MINA, APP, NONCE);
    shop.wait(21_599 + 59);
    assert!(shop.by_token(&token).await.is_ok());
    shop.wait(1);
    assert!(is_bad(&shop.by_token(&token).await));
    let token = shop.fake.id_token(MINA, APP, NONCE);
    shop.wait(-60);
    assert!(shop.by_token(&token).await.is_ok());
    shop.wait(-1);
    assert!(is_bad(&shop.by_token(&token).await), "from the future");
}

#[tokio::test]
async fn a_token_signed_in_any_other_way_does_not_count() {
    let shop = Shop::new().await;
    let (honest, claims) = (shop.fake.header(), shop.fake.claims(MINA, APP, NONCE));
    let signed = |name: &str, value: Value| {
        let mut header = honest.clone();
        header[name] = value;
        shop.fake.sign(&header, &claims)
    };
    assert!(shop.by_token(&shop.fake.sign(&honest, &claims)).await.is_ok());
    for (name, value) in [
        ("alg", json!("none")),
        ("alg", json!("None")),
        ("alg", json!("HS256")),
        ("alg", json!("RS384")),
        ("alg", json!("PS256")),
        ("alg", json!(null)),
        ("kid", json!(null)),
        ("kid", json!("another")),
        ("typ", json!("secevent+jwt")),
        ("crit", json!(["exp"])),
    ] {
        assert!(is_bad(&shop.by_token(&signed(name, value.clone())).await), "{name} {value}");
    }
}

#[tokio::test]
async fn a_token_with_any_other_claims_does_not_count() {
    let shop = Shop::new().await;
    let honest = shop.fake.claims(MINA, APP, NONCE);
    let now = shop.now().as_second();
    for (name, value) in [
        ("iss", json!("https://kauth.kakao.com/")),
        ("iss", json!("https://evil.example")),
        ("iss", json!(["https://kauth.kakao.com"])),
        ("aud", json!([APP, "another-app"])),
        ("aud", json!([APP])),
        ("aud", json!("")),
        ("sub", json!(MINA)),
        ("sub", json!("-1")),
        ("sub", json!("mina")),
        ("nonce", json!(null)),
        ("nonce", json!([NONCE])),
        ("exp", json!(now - 60)),
        ("exp", json!("tomorrow")),
        ("exp", json!(now + 25 * 60 * 60)),
        ("iat", json!(now + 61)),
    ] {
        let mut claims = honest.clone();
        claims[name] = value.clone();
        let told = shop.by_token(&shop.fake.sign(&shop.fake.header(), &claims)).await;
        assert!(is_bad(&told), "{name} {value}");
        claims.as_object_mut().unwrap().remove(name);
        let told = shop.by_token(&shop.fake.sign(&shop.fake.header(), &claims)).await;
        assert!(is_bad(&told), "without {name}");
    }
    assert_eq!(shop.fake.calls(JWKS), 1);
}

#[tokio::test]
async fn a_token_somebody_touched_does_not_count() {
    let shop = Shop::new().await;
    let token = shop.fake.id_token(MINA, APP, NONCE);
    let other = shop.fake.id_token(7, APP, NONCE);
    let part = |token: &str, at: usize| token.split('.').nth(at).unwrap().to_owned();
    let mixed = format!("{}.{}.{}", part(&token, 0), part(&other, 1), part(&token, 2));
    let (body, _) = token.rsplit_once('.').unwrap();
    let huge = shop.fake.claims(MINA, APP, NONCE);
    let padded = {
        let mut claims = huge.clone();
        claims["padding"] = json!("x".repeat(8 * 1024));
        shop.fake.sign(&shop.fake.header(), &claims)
    };
    for wrong in [mixed, body.to_owned(), format!("{body}."), format!("{token}.x"), padded] {
        assert!(is_bad(&shop.by_token(&wrong).await), "{wrong}");
    }
}

#[tokio::test]
async fn new_keys_are_found_and_old_ones_forgotten() {
    let shop = Shop::new().await;
    let old = shop.fake.id_token(MINA, APP, NONCE);
    assert!(shop.by_token(&old).await.is_ok());
    shop.fake.rotate_keys();
    let new = shop.fake.id_token(MINA, APP, NONCE);
    assert!(shop.by_token(&new).await.is_ok());
    assert!(is_bad(&shop.by_token(&old).await));
    assert_eq!(shop.fake.calls(JWKS), 2);
}

#[tokio::test]
async fn made_up_keys_do_not_make_us_ask_all_the_time() {
    let shop = Shop::new().await;
    assert!(shop.by_token(&shop.fake.id_token(MINA, APP, NONCE)).await.is_ok());
    let claims = shop.fake.claims(MINA, APP, NONCE);
    for at in 0..20 {
        let header = json!({ "alg": "RS256", "kid": format!("made-up-{at}") });
        assert!(is_bad(&shop.by_token(&shop.fake.sign(&header, &claims)).await));
    }
    assert_eq!(shop.fake.calls(JWKS), 2);
    shop.wait(300);
    let header = json!({ "alg": "RS256", "kid": "made-up" });
    assert!(is_bad(&shop.by_token(&shop.fake.sign(&header, &claims)).await));
    assert_eq!(shop.fake.calls(JWKS), 3);
}

#[tokio::test]
async fn a_crowd_fetches_the_keys_once() {
    let shop = Shop::new().await;
    let token = shop.fake.id_token(MINA, APP, NONCE);
    let told = futures::future::join_all((0..20).map(|_| shop.by_token(&token))).await;
    assert!(told.iter().all(Result::is_ok));
    assert_eq!(shop.fake.calls(JWKS), 1);
}
