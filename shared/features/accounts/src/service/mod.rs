//! What a person can do about their account.

mod api_keys;
mod consents;
mod doors;
mod email;
mod factor;
mod kakao;
mod links;
mod me;
mod passwords;
mod people;
mod sessions;
mod staff;
mod tokens;
mod withdrawal;

use std::sync::{Arc, Mutex};

use maru_identity::Identity;
use maru_kakao::Kakao;
use maru_kernel::{Email, Supply};
use maru_table::{CommitError, Db};

use crate::keys::Keys;
use crate::{AccountError, Hasher, Verification, rules};

pub use api_keys::{ListedKey, NewKey};
pub use consents::{Document, documents};
pub use kakao::{KakaoProof, KakaoSignedIn};
pub use links::{SignUp, SignedUp, Verified};
pub use me::Me;
pub use people::{Seeded, seed};
pub use sessions::{Entered, SignIn};
pub use staff::{Appointment, Invitation};
pub use tokens::SignedIn;

/// What the operator decided for this business.
#[derive(Debug, Clone)]
pub struct House {
    /// Whether an address must be proved.
    pub verification: Verification,
    /// What passwords must be.
    pub passwords: rules::Policy,
    /// Whether staff need a second factor.
    pub staff_mfa: bool,
    /// Days between a withdrawal and the erasure.
    pub retention_days: u16,
    /// What people agree to.
    pub documents: Vec<Document>,
    /// Who verifies this address becomes the owner: the deployer named it, the link proves it.
    pub owner: Option<Email>,
}

impl Default for House {
    fn default() -> Self {
        Self {
            verification: Verification::Required,
            passwords: rules::Policy::Strong,
            staff_mfa: false,
            retention_days: 30,
            documents: Vec::new(),
            owner: None,
        }
    }
}

/// Accounts, over one function's store.
#[derive(Clone)]
pub struct Accounts {
    pub(crate) db: Db,
    pub(crate) hasher: Hasher,
    keys: Supply<Keys>,
    pub(crate) house: Arc<House>,
    kakao: Supply<Kakao>,
    /// The signer this sandbox uses, and when it looked for it.
    signer: Arc<Mutex<Option<tokens::Current>>>,
    identity: Identity,
}

/// How a change of an account can be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The address has a credential.
    Taken,
    /// The Kakao account is linked.
    KakaoTaken,
    /// The link is not the newest any more.
    LinkSpent,
    /// They may not come back.
    Banned,
    /// A record changed meanwhile.
    Stale,
}

impl Accounts {
    /// Over `db`; the keys are asked for when a route needs them.
    pub fn new(db: Db, keys: Supply<Keys>, house: House) -> Self {
        let hasher = Hasher::new(db.random().clone());
        let identity = Identity::new(db.clone());
        let kakao = Supply::new(|| async { None });
        Self { db, hasher, keys, house: Arc::new(house), kakao, signer: Arc::default(), identity }
    }

    /// With Kakao.
    #[must_use]
    pub fn with_kakao(self, kakao: Supply<Kakao>) -> Self {
        Self { kakao, ..self }
    }

    /// Password hashes computed so far, by this and its clones.
    pub fn hashes(&self) -> u64 {
        self.hasher.made()
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(crate) async fn keys(&self) -> Result<Arc<Keys>, AccountError> {
        Keys::now(&self.keys).await
    }

    pub(crate) fn kakao_supply(&self) -> Supply<Kakao> {
        self.kakao.clone()
    }

    pub(crate) async fn kakao(&self) -> Result<Arc<Kakao>, AccountError> {
        self.kakao.get().await.ok_or_else(|| AccountError::KakaoAway("not set up".into()))
    }
}

impl From<CommitError<Refusal>> for AccountError {
    fn from(error: CommitError<Refusal>) -> Self {
        match error {
            CommitError::Refused(Refusal::Taken, _) => Self::EmailTaken,
            CommitError::Refused(Refusal::KakaoTaken, _) => Self::KakaoTaken,
            CommitError::Refused(Refusal::LinkSpent | Refusal::Banned, _) => Self::BadLink,
            CommitError::Refused(Refusal::Stale, _) => Self::Contended,
            CommitError::Store(error) => Self::Store(error),
        }
    }
}
