//! Turning the ring of keys.

use maru_identity::{Ring, Turn, turn};
use maru_kernel::Supply;
use maru_table::Db;
use serde::Deserialize;

use crate::AccountError;
use crate::keys::Keys;

/// Announces the next key when the present one is old, and retires those whose tokens are over.
#[derive(Clone)]
pub struct Rotator {
    db: Db,
    keys: Supply<Keys>,
}

/// What an operator can ask for beside the hourly look.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
struct Wish {
    #[serde(default)]
    rotate: bool,
    #[serde(default)]
    forget_others: bool,
}

impl Rotator {
    /// Over `db`.
    pub fn new(db: Db, keys: Supply<Keys>) -> Self {
        Self { db, keys }
    }

    /// Looks at the ring. `{"rotate": true}` announces the next key now, `{"forget_others": true}` ends
    /// every token of another master secret; a scheduler's tick asks for neither.
    pub async fn run(&self, event: &serde_json::Value) -> Result<Ring, AccountError> {
        let Wish { rotate, forget_others } = Wish::deserialize(event).unwrap_or_default();
        let keys = Keys::now(&self.keys).await?;
        let now = self.db.clock().now();
        let wish = Turn { rotate, forget_others };
        let make = |generation| keys.public(generation);
        Ok(turn(&self.db, |ring| ring.turned(now, wish, make, &keys.shared)).await?)
    }
}
