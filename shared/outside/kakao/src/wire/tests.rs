//! Each kind of answer, and what it means for the person.

use maru_kernel::crypto;

use super::*;

/// The meaning in short: a bad credential, unavailable with a cause, refused with a code.
fn meaning<T>(told: Result<T, KakaoError>) -> (char, String) {
    match told {
        Ok(_) => ('+', String::new()),
        Err(KakaoError::BadCredential) => ('b', String::new()),
        Err(KakaoError::Unavailable(cause)) => ('u', cause),
        Err(KakaoError::Refused(code)) => ('r', code),
    }
}

fn exchange(status: u16, code: &str) -> (char, String) {
    let body = format!(r#"{{"error":"x","error_description":"y","error_code":"{code}"}}"#);
    meaning(tokens(status, body.as_bytes()))
}

fn api(code: i64) -> String {
    format!(r#"{{"msg":"m","code":{code}}}"#)
}

#[test]
fn a_refused_exchange_means_what_its_code_says() {
    for code in ["KOE303", "KOE320", "KOE322"] {
        assert_eq!(exchange(400, code).0, 'b', "{code}");
    }
    assert_eq!(exchange(400, "KOE005"), ('r', "KOE005".into()));
    for code in ["KOE003", "KOE237", "KOE010", "KOE101", "KOE006", "KOE008", "KOE310", "KOE999"] {
        assert_eq!(exchange(401, code), ('u', code.into()), "{code}");
    }
    assert_eq!(exchange(503, "KOE320"), ('u', "KOE320".into()), "a broken server judges nobody");
}

#[test]
fn an_answer_that_is_no_answer_proves_nothing() {
    for (status, body) in [
        (200, "<html></html>"),
        (200, "{}"),
        (200, r#"{"access_token":""}"#),
        (200, r#"{"access_token":"a","access_token":"b"}"#),
        (200, r#"{"access_token":"a","id_token":"no token"}"#),
        (302, r#"{"error_code":"KOE320"}"#),
        (400, r#"{"error":"invalid_grant"}"#),
        (400, r#"{"error_code":"the code abc-secret is unknown"}"#),
        (502, "<html>bad gateway</html>"),
    ] {
        let expected = format!("unreadable answer with status {status}");
        assert_eq!(meaning(tokens(status, body.as_bytes())), ('u', expected), "{body}");
    }
    for (status, body) in
        [(200, "[]"), (200, r#"{"id":0}"#), (200, r#"{"id":"7"}"#), (404, "gone"), (500, "")]
    {
        assert_eq!(meaning(person(status, body.as_bytes())).0, 'u', "{body}");
    }
}

#[test]
fn the_subject_of_a_token_answer_is_read() {
    let claims = crypto::to_base64url(br#"{"sub":"4000000001"}"#);
    let body =
        format!(r#"{{"token_type":"bearer","access_token":"aT","id_token":"e30.{claims}.AA","scope":"x"}}"#);
    let told = tokens(200, body.as_bytes()).ok().unwrap();
    assert_eq!((told.access.expose(), told.subject), ("aT", KakaoId::new(4_000_000_001)));
    let told = tokens(200, br#"{"access_token":"aT","id_token":null}"#).ok().unwrap();
    assert_eq!(told.subject, None);
}

#[test]
fn a_refused_question_means_what_its_code_says() {
    let ask = |status, code| meaning(person(status, api(code).as_bytes()));
    assert_eq!(ask(401, -401).0, 'b');
    assert_eq!(ask(400, -101).0, 'b');
    assert_eq!(ask(401, -406), ('r', "-406".into()));
    assert_eq!(ask(400, -103), ('r', "-103".into()));
    for code in [-1, -7, -603, -2, -3, -5, -8, -10, -402, -12345] {
        assert_eq!(ask(400, code), ('u', code.to_string()));
    }
    assert_eq!(ask(503, -9798).0, 'u');
    assert_eq!(ask(500, -401).0, 'u');
}

#[test]
fn an_address_counts_only_when_it_is_valid_and_proved() {
    let told = |valid: &str, verified: &str| {
        let body = format!(
            r#"{{"id":7,"connected_at":"2026-11-20T01:02:03Z","brand_new":{{}},"kakao_account":{{"profile":
            {{"nickname":" 미나\u0007 "}},"is_email_valid":{valid},"is_email_verified":{verified},
            "email":"Mina@Example.com"}}}}"#
        );
        person(200, body.as_bytes()).unwrap()
    };
    let proved = told("true", "true");
    assert_eq!(proved.email.unwrap().as_str(), "mina@example.com");
    assert_eq!((proved.id, proved.nickname.as_deref()), (KakaoId::new(7).unwrap(), Some("미나")));
    for (valid, verified) in [("true", "false"), ("false", "true"), ("true", "null"), ("null", "null")] {
        assert!(told(valid, verified).email.is_none(), "{valid} {verified}");
    }
}

#[test]
fn whoever_told_kakao_little_is_a_person_all_the_same() {
    for body in [
        r#"{"id":7}"#,
        r#"{"id":7,"kakao_account":null}"#,
        r#"{"id":7,"kakao_account":{"profile":null,"email":null}}"#,
        r#"{"id":7,"kakao_account":{"is_email_valid":true,"is_email_verified":true,"email":"no address"}}"#,
    ] {
        let told = person(200, body.as_bytes()).unwrap();
        assert!(told.nickname.is_none() && told.email.is_none(), "{body}");
    }
}

#[test]
fn unlinking_is_done_when_nobody_is_linked_and_never_a_sign_in() {
    let id = KakaoId::new(7).unwrap();
    let undo = |status, body: &str| meaning(unlinked(status, body.as_bytes(), id));
    assert_eq!(undo(200, r#"{"id":7}"#).0, '+');
    assert_eq!(undo(400, &api(-101)).0, '+');
    assert_eq!(undo(200, r#"{"id":8}"#).0, 'u', "somebody else was unlinked");
    assert_eq!(undo(401, &api(-401)), ('u', "-401".into()), "our key, nobody's token");
    assert_eq!(undo(500, &api(-101)).0, 'u');
    assert_eq!(undo(200, "<html>").0, 'u');
}

#[test]
fn a_set_keeps_the_keys_we_can_use() {
    let body = r#"{"keys":[
        {"kid":"a","kty":"RSA","alg":"RS256","use":"sig","n":"AQAB","e":"AQAB"},
        {"kid":"b","kty":"RSA","n":"AQAB","e":"AQAB"},
        {"kid":"c","kty":"RSA","alg":"RS512","use":"sig","n":"AQAB","e":"AQAB"},
        {"kid":"d","kty":"RSA","alg":"RS256","use":"enc","n":"AQAB","e":"AQAB"},
        {"kid":"e","kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB"},
        {"kid":"f","kty":"oct","k":"AQAB"},
        {"kid":"g","kty":"RSA","n":"!","e":"AQAB"},
        {"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#;
    let kids: Vec<_> = keys(200, body.as_bytes()).ok().unwrap().into_iter().map(|named| named.kid).collect();
    assert_eq!(kids, ["a", "b"]);
    for (status, body) in [(200, r#"{"keys":[]}"#), (200, "<html>"), (429, body), (500, "")] {
        assert_eq!(meaning(keys(status, body.as_bytes())).0, 'u');
    }
}
