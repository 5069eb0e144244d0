//! Access tokens: Ed25519, an hour at most, bound to a session.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use jsonwebtoken::{Algorithm, EncodingKey, Header, Validation};
use maru_kernel::{SessionId, Timestamp, UserId, crypto};
use serde::{Deserialize, Serialize};

use crate::ring::PublicKey;

/// How long an access token lives.
pub const ACCESS_SECONDS: i64 = 3600;
/// The longest text looked at as a token; ours have about 400 bytes.
const LONGEST: usize = 2048;
/// RFC 9068's type: another JWT of ours could never pass as an access token.
const TYPE: &str = "at+jwt";
const ISSUER: &str = "maru";
const AUDIENCE: &str = "maru-api";
/// Clocks of the signing and the verifying sandbox may differ by this much.
const SKEW_SECONDS: i64 = 5;

/// What a token says. Who may do what is never in it: the records decide.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    aud: String,
    /// The person.
    pub sub: UserId,
    /// The session.
    pub sid: SessionId,
    iat: i64,
    exp: i64,
    /// Ours have none; one that has it must be due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
}

/// Signs access tokens.
pub struct Signer {
    kid: String,
    public: PublicKey,
    key: EncodingKey,
}

impl Signer {
    /// The signer of this generation, with the key of these 32 seed bytes. `None` only if the library
    /// refuses the seed.
    pub fn from_seed(seed: &[u8; 32], generation: u32) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        let public = PublicKey::ed25519(pair.public_key().as_ref(), generation);
        let der = pair.to_pkcs8v1().ok()?;
        Some(Self { kid: public.kid.clone(), public, key: EncodingKey::from_ed_der(der.as_ref()) })
    }

    /// The public half, to be published before the first token is used.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// A token for `user` in `session`, valid from now for [`ACCESS_SECONDS`].
    pub fn sign(&self, user: UserId, session: SessionId, now: Timestamp) -> Option<String> {
        let header =
            Header { typ: Some(TYPE.into()), kid: Some(self.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        let iat = now.as_second();
        let claims = Claims {
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            sub: user,
            sid: session,
            iat,
            exp: iat + ACCESS_SECONDS,
            nbf: None,
        };
        jsonwebtoken::encode(&header, &claims, &self.key).ok()
    }
}

/// The key id a text names, if it could be a token of ours at all.
pub(crate) fn named_key(token: &str) -> Option<String> {
    if token.len() > LONGEST {
        return None;
    }
    let header = jsonwebtoken::decode_header(token).ok()?;
    // What a header says must be understood, we do not understand (RFC 7515, 4.1.11).
    header.kid.filter(|_| header.typ.as_deref() == Some(TYPE) && header.crit.is_none())
}

/// The claims, if `key` signed them for us and they are valid now. The algorithm is the key's.
pub(crate) fn verify(token: &str, key: &PublicKey, now: Timestamp) -> Option<Claims> {
    let decoding = key.decoding()?;
    // Refuses a header that names another algorithm than the key's.
    let mut rules = Validation::new(key.algorithm()?);
    rules.set_issuer(&[ISSUER]);
    rules.set_audience(&[AUDIENCE]);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // The library would ask the machine's clock; ours is handed in.
    rules.validate_exp = false;
    rules.validate_nbf = false;
    let claims = jsonwebtoken::decode::<Claims>(token, &decoding, &rules).ok()?.claims;
    let second = now.as_second();
    let lives = claims.iat <= second + SKEW_SECONDS
        && second < claims.exp
        && claims.nbf.is_none_or(|from| (0..=second).contains(&from))
        && claims.exp.saturating_sub(claims.iat) <= ACCESS_SECONDS;
    lives.then_some(claims)
}

/// The key id of a public key: the first 16 hex digits of its SHA-256.
pub(crate) fn kid_of(public: &[u8]) -> String {
    crypto::sha256_hex(public).chars().take(16).collect()
}
