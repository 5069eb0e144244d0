//! Access tokens that must not count, each for one reason.

use jsonwebtoken::{Algorithm, EncodingKey};

use super::*;

const SEED: [u8; 32] = [7; 32];

/// The private key of these seed bytes, as PKCS#8 writes an Ed25519 key.
pub(super) fn private_key(seed: [u8; 32]) -> EncodingKey {
    let head = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    EncodingKey::from_ed_der(&[head.as_slice(), &seed].concat())
}

/// A signed token of exactly these texts.
pub(super) fn signed(header: &str, claims: &str, key: &EncodingKey, algorithm: Algorithm) -> String {
    let message = format!("{}.{}", to_base64url(header.as_bytes()), to_base64url(claims.as_bytes()));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm).unwrap();
    format!("{message}.{signature}")
}

/// Signed with the forge's key over exactly these claims.
pub(super) fn raw(header: &Value, claims: &str) -> String {
    signed(&header.to_string(), claims, &private_key(SEED), Algorithm::EdDSA)
}

/// The same, of claims that are JSON.
pub(super) fn proper(header: &Value, claims: &Value) -> String {
    raw(header, &claims.to_string())
}

/// Makes tokens of any shape with a key that counts, so that only their shape can be what is refused.
pub(super) struct Forge {
    pub(super) kid: String,
    pub(super) public: String,
    pub(super) claims: Value,
}

impl Forge {
    /// With the claims of this person's own token. The key is announced before anybody has asked.
    pub(super) async fn announced(app: &App) -> Result<Self> {
        let signer = Signer::from_seed(&SEED, 900).context("the seed")?;
        announce(app, signer.public()).await?;
        let public = signer.public().clone();
        Ok(Self { kid: public.kid, public: public.x, claims: Value::Null })
    }

    pub(super) fn header(&self) -> Value {
        json!({"typ": "at+jwt", "alg": "EdDSA", "kid": self.kid})
    }

    /// A proper token but for this claim; null takes it away.
    pub(super) fn claiming(&self, name: &str, value: &Value) -> String {
        proper(&self.header(), &but(&self.claims, name, value))
    }

    /// A proper token but for this member of its header; null takes it away.
    pub(super) fn headed(&self, name: &str, value: &Value) -> String {
        proper(&but(&self.header(), name, value), &self.claims)
    }

    /// A token of another algorithm over our claims.
    pub(super) fn coded(&self, algorithm: Algorithm, secret: &[u8]) -> String {
        let header = json!({"typ": "at+jwt", "alg": format!("{algorithm:?}"), "kid": self.kid});
        signed(&header.to_string(), &self.claims.to_string(), &EncodingKey::from_secret(secret), algorithm)
    }
}

/// Tokens that must not count, each for one reason, named.
#[allow(clippy::too_many_lines, reason = "a line or two an attack")]
pub(super) fn attacks(forge: &Forge, real: &str, another: &str) -> Vec<(&'static str, String)> {
    let now = forge.claims["iat"].as_i64().unwrap();
    let claims = forge.claims.to_string();
    let none = |alg: &str| {
        to_base64url(json!({"typ": "at+jwt", "alg": alg, "kid": forge.kid}).to_string().as_bytes())
    };
    let doubled = |extra: &str| raw(&forge.header(), &format!("{},{extra}}}", &claims[..claims.len() - 1]));
    let parts: Vec<&str> = real.split('.').collect();
    let their = part(another, 1);
    let mut mixed = forge.claims.clone();
    mixed["sub"] = their["sub"].clone();
    let der = [
        &[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0][..],
        &from_base64url(&forge.public).unwrap(),
    ]
    .concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", standard(&der));
    let raw_header = |text: &str| {
        let header = text.replace("KID", &forge.kid);
        signed(&header, &claims, &private_key(SEED), Algorithm::EdDSA)
    };
    let real_kid = part(real, 0)["kid"].clone();
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "mine", "x": forge.public});
    let stranger = private_key([9; 32]);
    let outside = |name: &str, key: Value| {
        signed(&but(&forge.header(), name, &key).to_string(), &claims, &stranger, Algorithm::EdDSA)
    };
    vec![
        ("alg none, no signature", format!("{}.{}.", none("none"), to_base64url(claims.as_bytes()))),
        ("alg none, the real signature", format!("{}.{}.{}", none("none"), parts[1], parts[2])),
        ("alg NONE", format!("{}.{}.AA", none("NONE"), to_base64url(claims.as_bytes()))),
        ("HS256 with the public key's text", forge.coded(Algorithm::HS256, forge.public.as_bytes())),
        (
            "HS256 with the public key's bytes",
            forge.coded(Algorithm::HS256, &from_base64url(&forge.public).unwrap()),
        ),
        ("HS256 with the public key's DER", forge.coded(Algorithm::HS256, &der)),
        (
            "HS512 with the public key's bytes",
            forge.coded(Algorithm::HS512, &from_base64url(&forge.public).unwrap()),
        ),
        ("an alg of another family over our signature", forge.headed("alg", &json!("RS256"))),
        ("an alg that is a list", forge.headed("alg", &json!(["EdDSA"]))),
        ("typ JWT", forge.headed("typ", &json!("JWT"))),
        ("no typ", forge.headed("typ", &Value::Null)),
        ("an unknown kid", forge.headed("kid", &json!("0123456789abcdef"))),
        ("no kid", forge.headed("kid", &Value::Null)),
        ("a kid that is a path", forge.headed("kid", &json!("../../dev/null"))),
        ("another announced key's kid", forge.headed("kid", &real_kid)),
        ("the sender's own key in the header", {
            let mut header = forge.header();
            header["jwk"] = jwk.clone();
            header["kid"] = json!("mine");
            proper(&header, &forge.claims)
        }),
        (
            "a stranger's key under our kid",
            signed(&forge.header().to_string(), &claims, &stranger, Algorithm::EdDSA),
        ),
        ("another issuer", forge.claiming("iss", &json!("maru2"))),
        ("no issuer", forge.claiming("iss", &Value::Null)),
        ("another audience", forge.claiming("aud", &json!("maru-admin"))),
        ("no audience", forge.claiming("aud", &Value::Null)),
        ("exp as text", forge.claiming("exp", &json!((now + 3600).to_string()))),
        (
            "exp with a fraction",
            raw(&forge.header(), &claims.replace(&(now + 3600).to_string(), &format!("{}.5", now + 3600))),
        ),
        ("exp in exponents", forge.claiming("exp", &json!(1e300))),
        ("the hugest exp", forge.claiming("exp", &json!(i64::MAX))),
        ("exp beyond an hour", forge.claiming("exp", &json!(now + 3601))),
        ("exp in the past", forge.claiming("exp", &json!(now))),
        ("a negative exp", forge.claiming("exp", &json!(-1))),
        ("exp null", raw(&forge.header(), &claims.replace(&(now + 3600).to_string(), "null"))),
        ("no exp", forge.claiming("exp", &Value::Null)),
        ("iat to come", forge.claiming("iat", &json!(now + 60))),
        ("sub twice", doubled(&format!("\"sub\":{}", their["sub"]))),
        ("exp twice", doubled(&format!("\"exp\":{}", now + 3600))),
        ("iss twice", doubled("\"iss\":\"maru\"")),
        ("somebody else's sub in my session", proper(&forge.header(), &mixed)),
        ("nobody's sub", forge.claiming("sub", &json!("01900000-0000-7000-8000-00000000dead"))),
        ("a sub that is no id", forge.claiming("sub", &json!("admin"))),
        ("nobody's session", forge.claiming("sid", &json!("01900000-0000-7000-8000-00000000dead"))),
        ("no session", forge.claiming("sid", &Value::Null)),
        ("claims that are a list", raw(&forge.header(), "[]")),
        ("claims that are no JSON", raw(&forge.header(), "sub=me")),
        ("a truncated signature", real[..real.len() - 1].to_owned()),
        ("no signature", format!("{}.{}", parts[0], parts[1])),
        ("an empty signature", format!("{}.{}.", parts[0], parts[1])),
        ("a fourth part", format!("{real}.{}", parts[2])),
        (
            "another's claims under my signature",
            format!("{}.{}.{}", parts[0], another.split('.').nth(1).unwrap(), parts[2]),
        ),
        ("padding behind", format!("{real}==")),
        ("nbf as text", forge.claiming("nbf", &json!((now - 60).to_string()))),
        ("nbf with a fraction", forge.claiming("nbf", &json!(0.5))),
        ("a negative nbf", forge.claiming("nbf", &json!(-1))),
        ("the smallest nbf", forge.claiming("nbf", &json!(i64::MIN))),
        ("the hugest nbf", forge.claiming("nbf", &json!(u64::MAX))),
        ("nbf to come", forge.claiming("nbf", &json!(now + 60))),
        ("nbf twice", doubled(&format!("\"nbf\":{now},\"nbf\":{now}"))),
        ("iat as text", forge.claiming("iat", &json!(now.to_string()))),
        ("iat with a fraction", forge.claiming("iat", &json!(0.5))),
        ("iat null", raw(&forge.header(), &claims.replace(&format!("\"iat\":{now}"), "\"iat\":null"))),
        ("no iat", forge.claiming("iat", &Value::Null)),
        ("iat twice", doubled(&format!("\"iat\":{now}"))),
        ("an older iat, so a longer life", forge.claiming("iat", &json!(now - 1))),
        ("exp as a list", forge.claiming("exp", &json!([now + 3600]))),
        ("exp true", forge.claiming("exp", &json!(true))),
        (
            "exp beyond 64 bits",
            raw(&forge.header(), &claims.replace(&(now + 3600).to_string(), "99999999999999999999")),
        ),
        ("aud twice", doubled("\"aud\":\"maru-api\"")),
        ("sid twice", doubled(&format!("\"sid\":{}", their["sid"]))),
        ("sub null", raw(&forge.header(), &claims.replace(&forge.claims["sub"].to_string(), "null"))),
        ("sub as an object", forge.claiming("sub", &json!({"$ne": null}))),
        (
            "a sub with a NUL",
            forge.claiming("sub", &json!(format!("{}\0", forge.claims["sub"].as_str().unwrap()))),
        ),
        ("somebody else's session under my name", forge.claiming("sid", &their["sid"])),
        ("iss in capitals", forge.claiming("iss", &json!("MARU"))),
        ("iss as a number", forge.claiming("iss", &json!(1))),
        ("aud of others", forge.claiming("aud", &json!(["maru-admin", "x"]))),
        ("typ in capitals", forge.headed("typ", &json!("AT+JWT"))),
        ("typ in title case", forge.headed("typ", &json!("At+Jwt"))),
        ("the media type for typ", forge.headed("typ", &json!("application/at+jwt"))),
        ("typ with a blank", forge.headed("typ", &json!("at+jwt "))),
        ("typ as a list", forge.headed("typ", &json!(["at+jwt"]))),
        ("alg in small letters", forge.headed("alg", &json!("eddsa"))),
        ("alg Ed448", forge.headed("alg", &json!("Ed448"))),
        ("no alg", forge.headed("alg", &Value::Null)),
        ("alg null", raw_header(r#"{"typ":"at+jwt","alg":null,"kid":"KID"}"#)),
        (
            "alg twice, the second none",
            raw_header(r#"{"typ":"at+jwt","alg":"EdDSA","alg":"none","kid":"KID"}"#),
        ),
        ("kid twice", raw_header(r#"{"typ":"at+jwt","alg":"EdDSA","kid":"x","kid":"KID"}"#)),
        ("a kid with a NUL", forge.headed("kid", &json!(format!("{}\0", forge.kid)))),
        ("a kid with a blank", forge.headed("kid", &json!(format!(" {}", forge.kid)))),
        ("a kid in capitals", forge.headed("kid", &json!(forge.kid.to_uppercase()))),
        ("a kid that is SQL", forge.headed("kid", &json!("x' UNION SELECT 'key';--"))),
        ("a kid that is a URL", forge.headed("kid", &json!("https://evil.example/key"))),
        ("a kid that is a list", forge.headed("kid", &json!([forge.kid]))),
        ("a kid that is a number", forge.headed("kid", &json!(1))),
        ("a kid of nothing", forge.headed("kid", &json!(""))),
        ("a very long kid", forge.headed("kid", &json!("a".repeat(1500)))),
        ("a stranger's key behind jku", outside("jku", json!("https://evil.example/jwks.json"))),
        ("a stranger's key behind x5u", outside("x5u", json!("https://evil.example/cert.pem"))),
        ("a stranger's certificate", outside("x5c", json!(["MIIB"]))),
        ("a stranger's key embedded under our kid", outside("jwk", jwk.clone())),
        ("a header that must be understood", forge.headed("crit", &json!(["maru"]))),
        ("a payload that is not encoded", {
            let header =
                but(&but(&forge.header(), "b64", &json!(false)), "crit", &json!(["b64"])).to_string();
            let message = format!("{}.{claims}", to_base64url(header.as_bytes()));
            let signature =
                jsonwebtoken::crypto::sign(message.as_bytes(), &private_key(SEED), Algorithm::EdDSA);
            format!("{message}.{}", signature.unwrap())
        }),
        (
            "five parts, as if encrypted",
            format!("{}.{}.{}.{}.{}", parts[0], parts[1], parts[2], parts[1], parts[2]),
        ),
        ("an encrypted token's header", {
            let header = json!({"typ": "at+jwt", "alg": "dir", "enc": "A256GCM", "kid": forge.kid});
            format!("{}..{}.{}.{}", to_base64url(header.to_string().as_bytes()), parts[1], parts[1], parts[2])
        }),
        ("a token in a token", {
            let header = but(&forge.header(), "cty", &json!("JWT"));
            raw(&header, &json!(real).to_string())
        }),
        ("the token as JSON", json!({"token": real}).to_string()),
        ("quotes around it", format!("\"{real}\"")),
        ("a blank within", format!("{} .{}.{}", parts[0], parts[1], parts[2])),
        ("a tab within", format!("{}.\t{}.{}", parts[0], parts[1], parts[2])),
        ("two tokens", format!("{real} {real}")),
        ("two tokens and a comma", format!("{real},{real}")),
        ("the scheme twice", format!("Bearer {real}")),
        ("wide letters", real.replace('e', "\u{ff45}")),
        ("a wide dot", real.replace('.', "\u{ff0e}")),
        ("a joiner behind", format!("{real}\u{200d}")),
        (
            "the other base64",
            format!("{}.{}.{}", parts[0], parts[1], parts[2].replace('-', "+").replace('_', "/")) + "+",
        ),
        ("the last bit of the signature", last_bit(real)),
        ("HS256 with the public key's PEM", forge.coded(Algorithm::HS256, pem.as_bytes())),
        (
            "HS256 with the public key's PEM without its last line break",
            forge.coded(Algorithm::HS256, pem.trim_end().as_bytes()),
        ),
        ("HS256 with the kid", forge.coded(Algorithm::HS256, forge.kid.as_bytes())),
        ("HS256 with nothing", forge.coded(Algorithm::HS256, b"")),
        (
            "HS384 with the public key's bytes",
            forge.coded(Algorithm::HS384, &from_base64url(&forge.public).unwrap()),
        ),
        ("dots", "..".into()),
        ("one dot", ".".into()),
        ("a long tail", format!("{real}{}", "A".repeat(100_000))),
        ("a long header", forge.headed("x", &json!("y".repeat(50_000)))),
    ]
}

/// The base64 of certificates and PEM.
fn standard(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// The token with another bit in the letter of the signature that is half padding: one signature, two
/// texts.
fn last_bit(token: &str) -> String {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = token.split_at(token.len() - 1);
    let at = alphabet.find(last).unwrap();
    format!("{rest}{}", &alphabet[at ^ 1..=at ^ 1])
}
