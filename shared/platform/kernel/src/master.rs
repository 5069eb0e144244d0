//! What every key of a stack is made from.

use crate::Secret;

/// The secrets a stack's keys are derived from. `Debug` hides them.
#[derive(Debug, Clone)]
pub struct Master {
    /// The master key. Another one makes every session, link and device unknown.
    pub secret: Secret,
    /// Peppers of password hashes, the one for new hashes first; none is fine.
    pub peppers: Vec<Secret>,
    /// A secret shared with another system, whose HS256 tokens count.
    pub shared: Option<Secret>,
}

impl Master {
    /// Without pepper or shared secret.
    pub fn plain(secret: Secret) -> Self {
        Self { secret, peppers: Vec::new(), shared: None }
    }
}
