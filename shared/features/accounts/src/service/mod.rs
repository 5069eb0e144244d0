//! What a person can do about their account.

mod links;
mod people;
mod sessions;

use std::sync::{Arc, Mutex};

use maru_identity::{Identity, Signer};
use maru_kernel::{Email, Secret, Supply, crypto};
use maru_table::{CommitError, Db};

use crate::{AccountError, Hasher, Verification};

pub use links::{SignUp, SignedUp};
pub use people::seed;
pub use sessions::SignedIn;

/// The keys accounts work with, all derived from the stack's master key.
pub struct Keys {
    /// Codes mailed links.
    pub mail: [u8; 32],
    /// Codes refresh tokens.
    pub refresh: [u8; 32],
    /// Signs access tokens.
    pub signer: Signer,
}

impl Keys {
    /// The keys of this master key. `None` only if the library refuses the seed.
    pub fn derive(master: &Secret) -> Option<Self> {
        let signer = Signer::from_seed(&crypto::derive(master, "access-token:ed25519:1"))?;
        Some(Self {
            mail: crypto::derive(master, "mail-link"),
            refresh: crypto::derive(master, "refresh-token"),
            signer,
        })
    }
}

/// Accounts, over one function's store.
#[derive(Clone)]
pub struct Accounts {
    pub(crate) db: Db,
    hasher: Hasher,
    keys: Supply<Keys>,
    pub(crate) verification: Verification,
    owner: Option<Email>,
    /// The key this sandbox has announced; another one is announced anew.
    published: Arc<Mutex<Option<String>>>,
    identity: Identity,
}

/// How a change of an account can be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The address has a credential.
    Taken,
    /// The link is not the newest any more.
    LinkSpent,
    /// A record changed meanwhile.
    Stale,
}

impl Accounts {
    /// Over `db`; the keys are asked for when a route needs them.
    pub fn new(db: Db, keys: Supply<Keys>, verification: Verification) -> Self {
        let hasher = Hasher::new(db.random().clone());
        let identity = Identity::new(db.clone());
        Self { db, hasher, keys, verification, owner: None, published: Arc::default(), identity }
    }

    /// Who verifies this address becomes the owner: the deployer named it, the link proves it.
    #[must_use]
    pub fn with_owner(self, owner: Option<Email>) -> Self {
        Self { owner, ..self }
    }

    /// Accounts of a function that needs no key.
    pub fn keyless(db: Db, verification: Verification) -> Self {
        Self::new(db, Supply::new(|| async { None }), verification)
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(crate) async fn keys(&self) -> Result<Arc<Keys>, AccountError> {
        self.keys.get().await.ok_or(AccountError::Broken("the secret cannot be read"))
    }
}

impl From<CommitError<Refusal>> for AccountError {
    fn from(error: CommitError<Refusal>) -> Self {
        match error {
            CommitError::Refused(Refusal::Taken, _) => Self::EmailTaken,
            CommitError::Refused(Refusal::LinkSpent, _) => Self::BadLink,
            CommitError::Refused(Refusal::Stale, _) => Self::Contended,
            CommitError::Store(error) => Self::Store(error),
        }
    }
}
