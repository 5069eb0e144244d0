//! What makes an `id_token` count: the signature, and who it is from, for and about.

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use maru_kernel::crypto;
use serde::Deserialize;

use crate::person;
use crate::{KakaoId, KakaoPerson};

/// Kakao's name for itself, wherever it is reached.
const ISSUER: &str = "https://kauth.kakao.com";
/// The longest text looked at.
const LONGEST: usize = 8 * 1024;
/// How far Kakao's clock and ours may be apart.
const SKEW_SECONDS: i64 = 60;
/// Real tokens live for hours. One that claims more was not made as we think.
const LONGEST_LIFE_SECONDS: i64 = 24 * 60 * 60;

/// A claim given twice is refused by the parser, and so is a list of audiences.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: KakaoId,
    iat: i64,
    exp: i64,
    nonce: String,
    #[serde(default)]
    nickname: Option<String>,
}

/// The id of the key a text says it is signed with, if it can be an `id_token` at all.
pub fn named_key(text: &str) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let header = jsonwebtoken::decode_header(text).ok()?;
    // Kakao signs its event notices with a type of their own: they are no sign-ins. The library does not
    // look at `crit`, so a header that insists on being understood is refused.
    let plain = header.typ.is_none_or(|kind| kind.eq_ignore_ascii_case("JWT")) && header.crit.is_none();
    header.kid.filter(|kid| plain && header.alg == Algorithm::RS256 && !kid.is_empty())
}

/// The person, if `key` signed the text for one of `audiences` and one sign-in, and it is valid now.
pub fn person(
    text: &str,
    key: &DecodingKey,
    audiences: &[String],
    nonce: &str,
    now: Timestamp,
) -> Option<KakaoPerson> {
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_issuer(&[ISSUER]);
    rules.set_audience(audiences);
    rules.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    // The library would ask the machine's clock; ours is handed in.
    rules.validate_exp = false;
    rules.validate_nbf = false;
    let claims = jsonwebtoken::decode::<Claims>(text, key, &rules).ok()?.claims;
    let Claims { iss, aud, sub, iat, exp, nonce: said, nickname } = claims;
    let ours = iss == ISSUER && audiences.contains(&aud);
    // Without a nonce of ours a token stolen elsewhere could be played back here.
    let asked = !nonce.is_empty() && crypto::same(said.as_bytes(), nonce.as_bytes());
    (ours && asked && lives(iat, exp, now.as_second())).then(|| KakaoPerson {
        id: sub,
        nickname: person::nickname(nickname),
        email: None,
    })
}

fn lives(iat: i64, exp: i64, second: i64) -> bool {
    let life = exp.saturating_sub(iat);
    iat >= 0
        && iat <= second.saturating_add(SKEW_SECONDS)
        && second < exp.saturating_add(SKEW_SECONDS)
        && (1..=LONGEST_LIFE_SECONDS).contains(&life)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_lives_between_its_two_times_give_or_take_a_minute() {
        let life = 6 * 60 * 60;
        assert!(lives(1_000, 1_000 + life, 1_000) && lives(1_000, 1_000 + life, 940));
        assert!(lives(1_000, 1_000 + life, 1_059 + life));
        assert!(!lives(1_000, 1_000 + life, 939), "from the future");
        assert!(!lives(1_000, 1_000 + life, 1_060 + life), "over");
        assert!(!lives(1_000, 1_000, 1_000) && !lives(1_000, 900, 950), "never lived");
        assert!(!lives(0, LONGEST_LIFE_SECONDS + 1, 10), "immortal");
        assert!(!lives(i64::MIN, i64::MAX, 10) && !lives(i64::MAX, i64::MAX, 10));
    }

    #[test]
    fn a_claim_said_twice_is_not_chosen_from() {
        let once = r#""iss":"i","aud":"a","sub":"7","iat":1,"exp":2,"nonce":"n""#;
        assert!(serde_json::from_str::<Claims>(&format!("{{{once}}}")).is_ok());
        for again in [r#""sub":"8""#, r#""aud":"b""#, r#""nonce":"n""#, r#""exp":3"#] {
            assert!(serde_json::from_str::<Claims>(&format!("{{{once},{again}}}")).is_err(), "{again}");
        }
    }

    #[test]
    fn a_header_must_name_a_key_and_the_one_algorithm() {
        let token = |header: &str| format!("{}.e30.AA", crypto::to_base64url(header.as_bytes()));
        let named = |header: &str| named_key(&token(header));
        assert_eq!(named(r#"{"alg":"RS256","kid":"k","typ":"JWT"}"#).as_deref(), Some("k"));
        assert_eq!(named(r#"{"alg":"RS256","kid":"k"}"#).as_deref(), Some("k"));
        for header in [
            r#"{"alg":"none","kid":"k"}"#,
            r#"{"alg":"HS256","kid":"k"}"#,
            r#"{"alg":"RS512","kid":"k"}"#,
            r#"{"alg":"PS256","kid":"k"}"#,
            r#"{"alg":"RS256"}"#,
            r#"{"alg":"RS256","kid":""}"#,
            r#"{"alg":"RS256","kid":"k","kid":"l"}"#,
            r#"{"alg":"RS256","kid":"k","typ":"secevent+jwt"}"#,
            r#"{"alg":"RS256","kid":"k","crit":["b64"]}"#,
        ] {
            assert_eq!(named(header), None, "{header}");
        }
        let padded = format!(r#"{{"alg":"RS256","kid":"{}"}}"#, "k".repeat(LONGEST));
        assert_eq!(named(&padded), None);
    }
}
