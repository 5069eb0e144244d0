//! The words: people, what they sign in with, links mailed to them, what they agreed to.

mod credential;
mod erasure;
mod factor;
mod link;
mod profile;
mod roster;
mod user;

pub use credential::{Credential, SocialLink};
pub use erasure::{Due, Erasure};
pub use factor::SecondFactor;
pub use link::{MailLink, Newest, Proofs, Purpose};
pub use profile::{Calendar, Gender, Profile};
pub use roster::Roster;
pub use user::{Consent, Standing, User, Verification};
