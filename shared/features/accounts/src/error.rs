//! Why something about an account cannot be done.

use maru_table::StoreError;

/// Causes a caller can act on.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Wrong address or password, a suspended person: nobody is told which.
    #[error("the credentials do not count")]
    BadCredentials,
    /// The address has an account (told only where verification is optional).
    #[error("the address is taken")]
    EmailTaken,
    /// The mailed link is forged, used, replaced by a newer one, or too old.
    #[error("the link does not work")]
    BadLink,
    /// The refresh token does not count.
    #[error("the refresh token does not count")]
    BadRefreshToken,
    /// Somebody else changed the same thing; nothing was written.
    #[error("changed meanwhile")]
    Contended,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The secret, the hash or the signer could not be had.
    #[error("{0}")]
    Broken(&'static str),
}
