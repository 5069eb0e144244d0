//! Why something about an account cannot be done.

use maru_kernel::FieldError;
use maru_table::StoreError;

/// Causes a caller can act on.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Wrong address or password, a suspended person: nobody is told which.
    #[error("the credentials do not count")]
    BadCredentials,
    /// The present password, or the one given at sign-up, is another.
    #[error("the password is another")]
    WrongPassword,
    /// Tried too often, or too many mails asked for; so many seconds to wait.
    #[error("too many tries")]
    TooMany(u32),
    /// The address has an account (told only where verification is optional, or to the person themselves).
    #[error("the address is taken")]
    EmailTaken,
    /// The mailed link is forged, used, replaced by a newer one, or too old.
    #[error("the link does not work")]
    BadLink,
    /// The refresh token does not count.
    #[error("the refresh token does not count")]
    BadRefreshToken,
    /// The panel's cookie came without its header.
    #[error("the header beside the cookie is missing")]
    NoCsrf,
    /// The one-time or recovery code does not count.
    #[error("the code does not count")]
    BadCode,
    /// What stood between password and second factor is forged or over.
    #[error("the ticket does not count")]
    BadTicket,
    /// There is a second factor already, or none.
    #[error("the second factor is not in that state")]
    FactorState,
    /// Staff may not be without a second factor here.
    #[error("the second factor is required")]
    FactorRequired,
    /// Signed in too long ago for something this delicate.
    #[error("sign in again")]
    NotRecent,
    /// Kakao does not vouch for them.
    #[error("Kakao does not know them")]
    BadKakao,
    /// Kakao refuses this person.
    #[error("Kakao refuses them: {0}")]
    KakaoRefuses(String),
    /// Kakao cannot be asked, or is not set up.
    #[error("Kakao is away: {0}")]
    KakaoAway(String),
    /// The redirect URI is not a registered one.
    #[error("not a registered redirect URI")]
    BadRedirect,
    /// The Kakao account belongs to somebody else, or they have one already.
    #[error("the Kakao account is linked")]
    KakaoTaken,
    /// Nobody has read mail at their address yet.
    #[error("the address is not proved")]
    Unproved,
    /// Their only way in would be gone.
    #[error("the last way in")]
    LastWayIn,
    /// May not sign in as staff.
    #[error("not on the list")]
    NotAllowed,
    /// Shut out.
    #[error("suspended")]
    Suspended,
    /// There is no such person, key or session, or none the caller may know of.
    #[error("no such thing")]
    Missing,
    /// The caller's role does not reach that far.
    #[error("beyond the caller's role")]
    BeyondRole,
    /// The business must have an owner.
    #[error("the last owner")]
    LastOwner,
    /// The address or Kakao account belongs to a person already.
    #[error("a person already")]
    AlreadyAPerson(maru_kernel::UserId),
    /// The standing does not allow it.
    #[error("not in that standing")]
    WrongStanding,
    /// Another version than the caller saw.
    #[error("an old version")]
    Stale,
    /// Somebody else changed the same thing; nothing was written.
    #[error("changed meanwhile")]
    Contended,
    /// What was said cannot be taken: each field with what is wrong with it.
    #[error("wrong fields")]
    Wrong(Vec<FieldError>),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The secret, the hash or the signer could not be had.
    #[error("{0}")]
    Broken(&'static str),
}

impl From<FieldError> for AccountError {
    fn from(error: FieldError) -> Self {
        Self::Wrong(vec![error])
    }
}

impl AccountError {
    /// `to` where this is of the kind of `of`: the same refusal of the store means something else to
    /// somebody else.
    #[must_use]
    pub(crate) fn instead(self, of: &Self, to: Self) -> Self {
        if std::mem::discriminant(&self) == std::mem::discriminant(of) { to } else { self }
    }
}
