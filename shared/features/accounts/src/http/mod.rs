//! The routes of accounts: inputs, views, and each cause as a problem.

mod door;
mod factor;
mod kakao;
mod links;
mod me;
mod problem;
mod sessions;
mod staff;

pub use door::{login_api, register_api};
pub use factor::mfa_api;
pub use kakao::kakao_api;
pub use links::{forgot_password_api, reset_password_api, verify_email_api};
pub use me::{Exports, me_api};
pub use sessions::sessions_api;
pub use staff::staff_api;

use maru_identity::Identity;
use maru_kernel::{Email, FieldError, Fields, LineRule, Said, Secret, line};
use maru_web::{Answer, FromRef, Raw, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Accounts;
use crate::rules::{Policy, SESSION_SECONDS};
use crate::service::SignedIn;

impl FromRef<Accounts> for Identity {
    fn from_ref(accounts: &Accounts) -> Self {
        accounts.identity().clone()
    }
}

/// A sentence.
#[derive(Serialize, ToSchema)]
struct Told {
    success: bool,
    message: &'static str,
}

impl Told {
    fn say(message: &'static str) -> Answer {
        Answer::plain(StatusCode::OK, &Self { success: true, message })
    }
}

/// Signed in, or half-way there.
#[derive(Serialize, ToSchema)]
struct LoggedIn {
    success: bool,
    message: &'static str,
    #[serde(flatten)]
    person: Option<Whom>,
    #[serde(flatten)]
    tokens: Option<Tokens>,
    /// What this device shows at its next sign-in, so that others' wrong passwords do not hold it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_token: Option<String>,
    /// A code of the second factor is asked for.
    mfa_required: bool,
    /// Shown together with the code; five minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    mfa_token: Option<String>,
    /// Staff rights wait until a second factor is set up.
    mfa_enrolment_required: bool,
}

/// Who signed in.
#[derive(Serialize, ToSchema)]
struct Whom {
    user_id: String,
    email: Option<String>,
    name: String,
    role: &'static str,
}

/// Tokens.
#[derive(Serialize, ToSchema)]
struct Tokens {
    /// The access token.
    token: String,
    /// Not there where the cookie holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// What a panel sends as `X-CSRF-Token` beside its cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf_token: Option<String>,
    /// Seconds the access token lives.
    expires_in: i64,
    token_type: &'static str,
}

/// How the refresh token travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transport {
    /// In bodies.
    Body,
    /// In a cookie no script can read.
    Cookie,
}

impl Transport {
    fn read(typed: Raw<String>) -> Result<Self, FieldError> {
        match typed.optional("/transport")?.as_deref() {
            None | Some("body") => Ok(Self::Body),
            Some("cookie") => Ok(Self::Cookie),
            Some(_) => {
                let said = Said::new("body 또는 cookie여야 합니다.", "Must be body or cookie.");
                Err(FieldError::new("/transport", "value", said))
            }
        }
    }

    fn tokens(self, signed_in: &SignedIn) -> Tokens {
        let (refresh_token, csrf_token) = match self {
            Self::Body => (Some(signed_in.refresh_token.expose().to_owned()), None),
            Self::Cookie => (None, Some(signed_in.csrf_token.expose().to_owned())),
        };
        let token = signed_in.token.expose().to_owned();
        Tokens { token, refresh_token, csrf_token, expires_in: signed_in.expires_in, token_type: "Bearer" }
    }

    fn carry(self, answer: Answer, signed_in: &SignedIn) -> Answer {
        match self {
            Self::Body => answer,
            Self::Cookie => answer.cookie(Some(&signed_in.refresh_token), SESSION_SECONDS),
        }
    }

    /// The answer to a sign-in.
    fn logged_in(self, signed_in: &SignedIn, message: &'static str) -> Answer {
        let body = LoggedIn {
            success: true,
            message,
            person: Some(Whom::of(signed_in)),
            tokens: Some(self.tokens(signed_in)),
            device_token: signed_in.device_token.as_ref().map(|token| token.expose().to_owned()),
            mfa_required: false,
            mfa_token: None,
            mfa_enrolment_required: signed_in.limited,
        };
        self.carry(Answer::plain(StatusCode::OK, &body), signed_in)
    }
}

impl Whom {
    fn of(signed_in: &SignedIn) -> Self {
        let user = &signed_in.user;
        Self {
            user_id: user.user_id.to_string(),
            email: user.email.as_ref().map(|email| email.as_str().to_owned()),
            name: user.name.clone(),
            role: user.role.as_str(),
        }
    }
}

/// The answer to the first half of a sign-in in two steps.
fn half_way(ticket: &Secret) -> Answer {
    let body = LoggedIn {
        success: true,
        message: "인증 앱의 코드를 입력해 주세요.",
        person: None,
        tokens: None,
        device_token: None,
        mfa_required: true,
        mfa_token: Some(ticket.expose().to_owned()),
        mfa_enrolment_required: false,
    };
    Answer::plain(StatusCode::OK, &body)
}

fn address(typed: Raw<String>, pointer: &'static str) -> Result<Email, FieldError> {
    let wrong =
        || FieldError::new(pointer, "email", Said::new("이메일 주소가 아닙니다.", "Not an e-mail address."));
    Email::parse(&typed.required(pointer)?).ok_or_else(wrong)
}

fn new_password(
    policy: Policy,
    fields: &mut Fields,
    typed: Raw<Secret>,
    pointer: &'static str,
) -> Option<Secret> {
    let typed = fields.take(typed.required(pointer))?;
    match policy.check(typed.expose(), pointer) {
        Ok(password) => Some(Secret::new(password)),
        Err(unmet) => {
            unmet.into_iter().for_each(|error| fields.refuse(error));
            None
        }
    }
}

/// `회원` once somebody told the rest about themselves, `비회원` before.
fn member_status(completed: bool) -> &'static str {
    if completed { "회원" } else { "비회원" }
}

/// A password as it was typed, in the form passwords are compared in.
fn typed_password(typed: Secret) -> Secret {
    Secret::new(crate::rules::composed(typed.expose()))
}

/// Who does something delicate.
#[derive(Default, Deserialize, ToSchema)]
struct ByPassword {
    /// The present password, where the sign-in is not fresh.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    password: Raw<Secret>,
}

/// The present password, where one is shown.
fn shown_password(typed: Raw<Secret>) -> Result<Option<Secret>, FieldError> {
    Ok(typed.optional("/password")?.map(typed_password))
}

fn named(typed: Raw<String>, pointer: &'static str) -> Result<String, FieldError> {
    let rule = LineRule { pointer, min: 1, max: 100, multiline: false };
    typed.required(pointer).and_then(|name| line(&name, rule))
}
