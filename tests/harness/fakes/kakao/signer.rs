//! The keys tokens are signed with. They are made when first needed and die with the process.

use std::sync::LazyLock;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use maru_kernel::crypto;
use serde_json::{Value, json};

/// Making a pair costs up to a second, so all fakes of a process share two: enough to take turns.
static PAIRS: [LazyLock<KeyPair>; 2] = [LazyLock::new(pair), LazyLock::new(pair)];
/// RFC 8017 writes a public key as two integers. Of a 2048-bit key this part is the modulus.
const MODULUS: std::ops::Range<usize> = 9..265;
/// 65537.
const EXPONENT: [u8; 3] = [1, 0, 1];

#[expect(clippy::expect_used, reason = "a machine that cannot make a key cannot play Kakao")]
fn pair() -> KeyPair {
    KeyPair::generate(KeySize::Rsa2048).expect("an RSA key pair")
}

/// Whose turn it is. Ids never repeat, though the pairs do.
fn pair_of(turn: usize) -> &'static KeyPair {
    let [first, second] = &PAIRS;
    if turn.is_multiple_of(2) { first } else { second }
}

/// The modulus of a public key.
fn modulus(pair: &KeyPair) -> &[u8] {
    pair.public_key().as_ref().get(MODULUS).unwrap_or_default()
}

/// The id of the key that signs now. Another process has other keys, so it has other ids.
pub(super) fn kid(turn: usize) -> String {
    let print: String = crypto::sha256_hex(modulus(pair_of(turn))).chars().take(16).collect();
    format!("{print}{turn:04}")
}

/// The public key as it is published.
pub(super) fn public_key(turn: usize) -> Value {
    json!({
        "kid": kid(turn),
        "kty": "RSA",
        "alg": "RS256",
        "use": "sig",
        "n": crypto::to_base64url(modulus(pair_of(turn))),
        "e": crypto::to_base64url(&EXPONENT),
    })
}

/// Header and claims with a signature of the kind the header names.
pub(super) fn sign(turn: usize, header: &Value, claims: &Value) -> String {
    let part = |value: &Value| crypto::to_base64url(value.to_string().as_bytes());
    let message = format!("{}.{}", part(header), part(claims));
    let pair = pair_of(turn);
    let signature = match header.get("alg").and_then(Value::as_str) {
        Some("none") => Vec::new(),
        Some("HS256") => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, modulus(pair));
            hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
        }
        Some(_) | None => by_key(pair, message.as_bytes()),
    };
    format!("{message}.{}", crypto::to_base64url(&signature))
}

fn by_key(pair: &KeyPair, message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; pair.public_modulus_len()];
    match pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature) {
        Ok(()) => signature,
        // An empty signature is refused by everybody, which is what a broken signer deserves.
        Err(aws_lc_rs::error::Unspecified) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_key_is_the_one_that_signs() {
        for turn in [0, 1, 2] {
            let der = pair_of(turn).public_key().as_ref();
            assert_eq!((der.len(), &der[..9]), (270, [48, 130, 1, 10, 2, 130, 1, 1, 0].as_slice()));
            assert_eq!(&der[265..], [2, 3, 1, 0, 1]);
            assert_eq!(public_key(turn)["n"].as_str().unwrap().len(), 342);
        }
        assert_ne!(public_key(0)["n"], public_key(1)["n"]);
        assert_eq!((public_key(0)["n"] == public_key(2)["n"], kid(0) == kid(2)), (true, false));
    }
}
