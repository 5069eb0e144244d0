//! Hashes, codes and seals, all by one library.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{constant_time, digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::{Random, SealKey, Secret};

/// SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    array(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// SHA-256 as lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    sha256(bytes).iter().fold(String::with_capacity(64), |mut out, byte| {
        // Writing to a String cannot fail.
        let _infallible = write!(out, "{byte:02x}");
        out
    })
}

/// HMAC-SHA256 over the parts, each preceded by its length so that no two lists of parts collide.
pub fn hmac_sha256(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    array(context.sign().as_ref())
}

/// A key for one purpose, derived from the stack's master secret. Purposes never share key bytes.
pub fn derive(master: &Secret, purpose: &str) -> [u8; 32] {
    hmac_sha256(&sha256(master.expose().as_bytes()), &[b"maru", purpose.as_bytes()])
}

/// Whether two byte strings are equal, in time that does not depend on where they differ.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

/// URL-safe base64 without padding.
pub fn to_base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads URL-safe base64 without padding.
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Standard base64 with padding (HTTP Basic).
pub fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Seals `plain` under a person's key (AES-256-GCM); `about` is bound to it but not kept.
/// The answer is nonce and ciphertext. `None` only if the library refuses.
pub fn seal(key: &SealKey, random: &Random, about: &str, plain: &[u8]) -> Option<Vec<u8>> {
    let nonce: [u8; 12] = random.bytes();
    let aead = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.expose()).ok()?);
    let mut sealed = plain.to_vec();
    aead.seal_in_place_append_tag(
        Nonce::assume_unique_for_key(nonce),
        Aad::from(about.as_bytes()),
        &mut sealed,
    )
    .ok()?;
    Some([nonce.as_slice(), &sealed].concat())
}

/// Opens what [`seal`] made. `None` for another key, another `about` or a changed byte.
pub fn open(key: &SealKey, about: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, body) = sealed.split_at_checked(12)?;
    let aead = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.expose()).ok()?);
    let mut body = body.to_vec();
    let nonce = Nonce::assume_unique_for_key(array(nonce));
    let plain = aead.open_in_place(nonce, Aad::from(about.as_bytes()), &mut body).ok()?;
    Some(plain.to_vec())
}

/// The first `N` bytes; zero-filled if there are fewer (callers pass digests of the right length).
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    for (to, from) in out.iter_mut().zip(bytes) {
        *to = *from;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_opens_only_with_its_key_and_subject() {
        let random = Random::seeded(1);
        let (key, other) = (SealKey::new([1; 32]), SealKey::new([2; 32]));
        let sealed = seal(&key, &random, "user/1", "김철수".as_bytes()).unwrap();
        assert_eq!(open(&key, "user/1", &sealed).unwrap(), "김철수".as_bytes());
        assert_eq!(open(&other, "user/1", &sealed), None);
        assert_eq!(open(&key, "user/2", &sealed), None);
        let mut changed = sealed.clone();
        changed[14] ^= 1;
        assert_eq!(open(&key, "user/1", &changed), None);
        assert_eq!(open(&key, "user/1", &[]), None);
    }

    #[test]
    fn parts_cannot_be_shifted_between_each_other() {
        let key = [7; 32];
        assert_ne!(hmac_sha256(&key, &[b"ab", b"c"]), hmac_sha256(&key, &[b"a", b"bc"]));
    }

    #[test]
    fn purposes_have_their_own_keys() {
        let master = Secret::new("m");
        assert_ne!(derive(&master, "mail"), derive(&master, "refresh"));
    }
}
