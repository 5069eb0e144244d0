//! Password hashing: argon2id, m = 19456 KiB, t = 2, p = 1 (OWASP's floor; 12 ms here).

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use maru_kernel::{Random, Secret};

use crate::AccountError;

/// Hashes and verifies off the request's thread.
#[derive(Clone)]
pub struct Hasher {
    random: Random,
    decoy: Arc<str>,
}

/// A hash of nothing anybody can type, made with our parameters: what an unknown address is checked
/// against, so that it takes as long as a known one.
const DECOY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bWFydS1kZWNveS1zYWx0$V1ZRNu5DkmDBmQ3uOoJjxmS1gk5kRrVqGmJd0cZLrGk";

impl Hasher {
    /// Salts from `random`.
    pub fn new(random: Random) -> Self {
        Self { random, decoy: DECOY.into() }
    }

    /// The PHC string of a password.
    pub async fn hash(&self, password: &Secret) -> Result<String, AccountError> {
        let (password, salt) = (password.clone(), self.random.bytes::<16>());
        off_thread(move || {
            let hash = ours()?.hash_password_with_salt(password.expose().as_bytes(), &salt);
            hash.map(|hash: PasswordHash| hash.to_string())
                .map_err(|_| AccountError::Broken("hashing failed"))
        })
        .await
    }

    /// Whether the password is the hashed one. Without a hash the work is done all the same and the
    /// answer is no.
    pub async fn verify(&self, password: &Secret, hash: Option<&str>) -> Result<bool, AccountError> {
        let known = hash.is_some();
        let (password, hash) = (password.clone(), hash.unwrap_or(&self.decoy).to_owned());
        off_thread(move || {
            let parsed =
                PasswordHash::new(&hash).map_err(|_| AccountError::Broken("unreadable password hash"))?;
            // The parameters are the hash's own, so old hashes stay valid when ours are raised.
            Ok(Argon2::default().verify_password(password.expose().as_bytes(), &parsed).is_ok() && known)
        })
        .await
    }
}

fn ours() -> Result<Argon2<'static>, AccountError> {
    let params = Params::new(19_456, 2, 1, None).map_err(|_| AccountError::Broken("hash parameters"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AccountError> + Send + 'static,
) -> Result<T, AccountError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| AccountError::Broken("hashing was interrupted"))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_knows_its_password_and_the_decoy_knows_none() {
        let hasher = Hasher::new(Random::seeded(5));
        let hash = hasher.hash(&Secret::new("Str0ng!비밀")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(hasher.verify(&Secret::new("Str0ng!비밀"), Some(&hash)).await.unwrap());
        assert!(!hasher.verify(&Secret::new("Str0ng!비일"), Some(&hash)).await.unwrap());
        assert!(!hasher.verify(&Secret::new("anything"), None).await.unwrap());
    }
}
