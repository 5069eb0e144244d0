//! Accounts: how a person comes to be one, signs in, and gets back in.
//!
//! A sign-up is a *mail link*: nothing about the person exists until the link in the mail is followed,
//! so nobody can squat an address and an outsider cannot tell a known one from an unknown one. The link
//! is a request id and a code over it; neither the code nor anything it could be guessed from is stored.
//! Only the newest link of a kind for an address works, and it works once.
//!
//! The password's hash lives in the item that also makes the address unique, so a log-in needs few
//! reads. Opening a session checks in its transaction that this hash is still the one that was verified.
//!
//! | who | may |
//! | --- | --- |
//! | anyone | sign up, verify, sign in, ask for a reset |
//! | whoever has a session's refresh token | refresh it |
//! | a signed-in person | end their session |

mod error;
mod http;
mod jobs;
mod letters;
mod model;
mod password;
mod rules;
mod service;
mod store;

pub use error::AccountError;
pub use http::{
    forgot_password_api, login_api, register_api, reset_password_api, sessions_api, verify_email_api,
};
pub use jobs::Letters;
pub use letters::escape;
pub use model::{Credential, User, Verification};
pub use password::Hasher;
pub use service::{Accounts, Keys, seed};
pub use store::{
    CREDENTIALS, FORGOT_GRANTS, LETTER_GRANTS, LOGIN_GRANTS, MAIL_LINKS, REGISTER_GRANTS, RESET_GRANTS,
    SEED_GRANTS, SESSION_GRANTS, VERIFY_GRANTS, person,
};
