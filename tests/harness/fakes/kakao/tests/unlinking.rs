//! Ending a link, and knowing Kakao when it calls.

use super::*;

#[tokio::test]
async fn a_person_is_unlinked_once_and_twice_is_no_error() {
    let shop = Shop::new().await;
    assert!(shop.by_code(&shop.fake.code(MINA, BACK)).await.is_ok());
    assert!(shop.kakao.unlink(id(MINA)).await.is_ok());
    assert!(shop.kakao.unlink(id(MINA)).await.is_ok());
    assert!(shop.kakao.unlink(id(7)).await.is_ok(), "a stranger is not linked either");
    assert_eq!((shop.fake.unlinked(), shop.fake.calls("/v1/user/unlink")), (vec![MINA], 3));
    assert!(shop.by_code(&shop.fake.code(MINA, BACK)).await.is_ok(), "they may come back");
    assert!(shop.kakao.unlink(id(MINA)).await.is_ok());
    assert_eq!(shop.fake.unlinked(), [MINA, MINA]);
}

#[tokio::test]
async fn a_code_of_before_the_unlinking_links_nobody() {
    let shop = Shop::new().await;
    let code = shop.fake.code(MINA, BACK);
    assert!(shop.kakao.unlink(id(MINA)).await.is_ok());
    assert!(is_bad(&shop.by_code(&code).await));
}

#[tokio::test]
async fn what_went_wrong_is_told_so_that_it_can_be_tried_again() {
    let shop = Shop::new().await;
    let _code = shop.fake.code(MINA, BACK);
    for (behaviour, expected) in [
        (Behaviour::Error500, "unreadable answer with status 500"),
        (Behaviour::Html, "unreadable answer with status 502"),
        (Behaviour::Silent, "no answer in time"),
        (Behaviour::Malformed, "unreadable answer with status 200"),
        (Behaviour::TooManyRequests, "-10"),
    ] {
        let kakao = shop.ordering([behaviour]);
        assert_eq!(cause(kakao.unlink(id(MINA)).await), expected, "{behaviour:?}");
        assert!(shop.fake.unlinked().is_empty());
    }
    shop.fake.next([Behaviour::WrongId]);
    assert_eq!(cause(shop.kakao.unlink(id(MINA)).await), "unreadable answer with status 200");
}

#[tokio::test]
async fn unlinking_needs_the_admin_key() {
    let shop = Shop::new().await;
    let _code = shop.fake.code(MINA, BACK);
    let with = |admin_key| client(KakaoSettings { admin_key, ..shop.settings.clone() });
    assert_eq!(cause(with(None).unlink(id(MINA)).await), "no admin key");
    assert_eq!(cause(with(Some(Secret::new(""))).unlink(id(MINA)).await), "no admin key");
    assert_eq!(cause(with(Some(Secret::new("wrong"))).unlink(id(MINA)).await), "-401");
    assert!(shop.fake.unlinked().is_empty());
}

#[tokio::test]
async fn a_webhook_is_kakaos_only_with_the_whole_key() {
    let shop = Shop::new().await;
    assert!(shop.kakao.is_from_kakao(Some(&format!("KakaoAK {ADMIN}"))));
    for shown in [None, Some(""), Some("KakaoAK "), Some(ADMIN), Some("Bearer admin-key")] {
        assert!(!shop.kakao.is_from_kakao(shown), "{shown:?}");
    }
}
