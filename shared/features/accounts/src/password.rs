//! Password hashing: argon2id, m = 19456 KiB, t = 2, p = 1 (OWASP's floor; 12 ms here), with a pepper
//! where the operator has set one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use maru_kernel::{Random, Secret, crypto};

use crate::AccountError;
use crate::keys::Keys;

/// KiB of memory, passes, lanes.
const COST: (u32, u32, u32) = (19_456, 2, 1);

/// Hashes and verifies off the request's thread.
#[derive(Clone)]
pub struct Hasher {
    random: Random,
    decoy: Arc<str>,
    /// Shared by clones.
    made: Arc<AtomicU64>,
}

/// A hash of nothing anybody can type, made with our parameters: what an unknown address is checked
/// against, so that it takes as long as a known one.
const DECOY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bWFydS1kZWNveS1zYWx0$V1ZRNu5DkmDBmQ3uOoJjxmS1gk5kRrVqGmJd0cZLrGk";

/// What a check of a password came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// It is another one.
    Wrong,
    /// It is the one.
    Right,
    /// It is the one, and its hash is of yesterday: cheaper parameters or another pepper than new hashes.
    RightButOld,
}

impl Hasher {
    /// Salts from `random`.
    pub fn new(random: Random) -> Self {
        Self { random, decoy: DECOY.into(), made: Arc::default() }
    }

    /// Hashes computed so far, to keep one or to check one: what guessing costs us.
    pub fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }

    /// What is stored of a password: a PHC string, behind `pepper id:` where there is a pepper.
    pub async fn hash(&self, keys: &Keys, password: &Secret) -> Result<String, AccountError> {
        let salt = self.random.bytes::<16>();
        let (prefix, text) = match keys.peppers.first() {
            Some(pepper) => (format!("{}:", pepper.id), peppered(&pepper.key, password)),
            None => (String::new(), password.clone()),
        };
        self.off_thread(move || {
            let hash = ours()?.hash_password_with_salt(text.expose().as_bytes(), &salt);
            let hash: PasswordHash = hash.map_err(|_| AccountError::Broken("hashing failed"))?;
            Ok(format!("{prefix}{hash}"))
        })
        .await
    }

    /// Whether the password is the hashed one. Without a hash the work is done all the same and the
    /// answer is no.
    pub async fn verify(
        &self,
        keys: &Keys,
        password: &Secret,
        hash: Option<&str>,
    ) -> Result<Check, AccountError> {
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.decoy);
        let (pepper, phc) = hash.split_once(':').map_or(("", hash), |(id, phc)| (id, phc));
        let of_today = pepper == keys.peppers.first().map_or("", |newest| newest.id.as_str());
        let text = match pepper {
            "" => password.clone(),
            id => {
                let pepper = keys.peppers.iter().find(|pepper| pepper.id == id);
                peppered(&pepper.ok_or(AccountError::Broken("a pepper in use is missing"))?.key, password)
            }
        };
        let phc = phc.to_owned();
        self.off_thread(move || {
            let parsed =
                PasswordHash::new(&phc).map_err(|_| AccountError::Broken("unreadable password hash"))?;
            // The parameters are the hash's own, so old hashes stay valid when ours are raised.
            let right = Argon2::default().verify_password(text.expose().as_bytes(), &parsed).is_ok();
            let same_cost =
                Params::try_from(&parsed).is_ok_and(|p| (p.m_cost(), p.t_cost(), p.p_cost()) == COST);
            let current = of_today && same_cost && parsed.algorithm == Algorithm::Argon2id.ident();
            Ok(match (right && known, current) {
                (false, _) => Check::Wrong,
                (true, true) => Check::Right,
                (true, false) => Check::RightButOld,
            })
        })
        .await
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AccountError> + Send + 'static,
    ) -> Result<T, AccountError> {
        self.made.fetch_add(1, Ordering::Relaxed);
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| AccountError::Broken("hashing was interrupted"))?
    }
}

fn peppered(key: &[u8; 32], password: &Secret) -> Secret {
    Secret::new(crypto::to_base64url(&crypto::hmac_sha256(key, &[password.expose().as_bytes()])))
}

fn ours() -> Result<Argon2<'static>, AccountError> {
    let (memory, passes, lanes) = COST;
    let params =
        Params::new(memory, passes, lanes, None).map_err(|_| AccountError::Broken("hash parameters"))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;
    use maru_kernel::Master;

    fn keys(peppers: &[&str]) -> Keys {
        let peppers = peppers.iter().map(|pepper| Secret::new(*pepper)).collect();
        Keys::derive(&Master { peppers, ..Master::plain(Secret::new("m")) }).unwrap()
    }

    #[tokio::test]
    async fn a_hash_knows_its_password_and_the_decoy_knows_none() {
        let (hasher, keys) = (Hasher::new(Random::seeded(5)), keys(&[]));
        let hash = hasher.hash(&keys, &Secret::new("Str0ng!비밀")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let check = async |text: &str, hash| hasher.verify(&keys, &Secret::new(text), hash).await.unwrap();
        assert_eq!(check("Str0ng!비밀", Some(hash.as_str())).await, Check::Right);
        assert_eq!(check("Str0ng!비일", Some(hash.as_str())).await, Check::Wrong);
        assert_eq!(check("anything", None).await, Check::Wrong);
    }

    #[tokio::test]
    async fn a_pepper_can_be_added_and_changed_and_old_hashes_ask_to_be_renewed() {
        let (hasher, password) = (Hasher::new(Random::seeded(5)), Secret::new("Str0ng!비밀"));
        let (none, first, second) = (keys(&[]), keys(&["one"]), keys(&["two", "one"]));
        let plain = hasher.hash(&none, &password).await.unwrap();
        let peppered = hasher.hash(&first, &password).await.unwrap();
        assert!(!peppered.starts_with('$'));
        for (keys, hash, expected) in [
            (&first, &plain, Check::RightButOld),
            (&first, &peppered, Check::Right),
            (&second, &peppered, Check::RightButOld),
        ] {
            assert_eq!(hasher.verify(keys, &password, Some(hash)).await.unwrap(), expected);
            assert_eq!(hasher.verify(keys, &Secret::new("x"), Some(hash)).await.unwrap(), Check::Wrong);
        }
        assert!(hasher.verify(&keys(&["two"]), &password, Some(&peppered)).await.is_err());
    }

    #[tokio::test]
    async fn a_cheaper_hash_is_right_but_old() {
        let (hasher, keys) = (Hasher::new(Random::seeded(5)), keys(&[]));
        let cheap = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).unwrap());
        let hash: PasswordHash = cheap.hash_password_with_salt(b"Str0ng!", &[1; 16]).unwrap();
        let check = hasher.verify(&keys, &Secret::new("Str0ng!"), Some(&hash.to_string())).await.unwrap();
        assert_eq!(check, Check::RightButOld);
    }
}
