//! The routes of accounts: inputs, views, and each cause as a problem.

use maru_identity::Identity;
use maru_kernel::{Email, FieldError, Fields, LineRule, Said, Secret, line};
use maru_web::{Answer, Api, Body, Doc, FromRef, Member, Mounted, Problem, Public, Raw, State, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::service::{SignUp, SignedIn, SignedUp};
use crate::{AccountError, Accounts, rules};

impl FromRef<Accounts> for Identity {
    fn from_ref(accounts: &Accounts) -> Self {
        accounts.identity().clone()
    }
}

/// The routes of `register`.
pub fn register_api(accounts: Accounts) -> Mounted {
    let doc = Doc::new(
        "register",
        "회원 가입",
        "Takes a sign-up. The same answer for a known address while verification is required.",
    )
    .body::<NewAccount>()
    .plain::<Registered>(201, "받았습니다 · taken")
    .refuses(409, "이미 가입된 주소 (확인이 선택인 경우) · taken, where verification is optional");
    Api::new().post("/auth/register", doc, register).with_state(accounts)
}

/// The routes of `login`.
pub fn login_api(accounts: Accounts) -> Mounted {
    let doc = Doc::new("login", "로그인", "Opens a session. 401 with one text for every cause.")
        .body::<NewSession>()
        .plain::<LoggedIn>(200, "로그인되었습니다 · signed in")
        .refuses(401, "주소나 비밀번호가 맞지 않음 · wrong credentials");
    Api::new().post("/auth/login", doc, login).with_state(accounts)
}

/// The routes of `forgot-password`, under both names clients know.
pub fn forgot_password_api(accounts: Accounts) -> Mounted {
    let doc = |id| {
        Doc::new(
            id,
            "비밀번호 찾기",
            "Mails a reset link if the address has an account. Always the same answer.",
        )
        .body::<ForAddress>()
        .plain::<Told>(200, "받았습니다 · taken")
    };
    Api::new()
        .post("/auth/forgot-password", doc("forgotPassword"), forgot)
        .post("/auth/forgotpassword", doc("forgotPasswordAlias"), forgot)
        .with_state(accounts)
}

/// The routes of `reset-password`.
pub fn reset_password_api(accounts: Accounts) -> Mounted {
    let doc = Doc::new(
        "resetPassword",
        "비밀번호 재설정",
        "Sets a new password by a mailed link, once; ends every session.",
    )
    .body::<NewPassword>()
    .plain::<Told>(200, "변경되었습니다 · changed")
    .refuses(409, "동시에 변경됨 · changed meanwhile");
    Api::new().post("/auth/reset-password", doc, reset).with_state(accounts)
}

/// The routes of `verify-email`.
pub fn verify_email_api(accounts: Accounts) -> Mounted {
    let verify_doc =
        Doc::new("verifyEmail", "이메일 확인", "Turns a sign-up into a person by the mailed link, once.")
            .body::<ByLink>()
            .plain::<Registered>(200, "확인되었습니다 · verified");
    let resend_doc = Doc::new(
        "resendVerification",
        "확인 메일 다시 받기",
        "Mails the sign-up link again. Always the same answer.",
    )
    .body::<ForAddress>()
    .plain::<Told>(200, "받았습니다 · taken");
    Api::new()
        .post("/auth/verify-email", verify_doc, verify)
        .post("/auth/resend-verification", resend_doc, resend)
        .with_state(accounts)
}

/// The routes of `sessions`.
pub fn sessions_api(accounts: Accounts) -> Mounted {
    let refresh_doc = Doc::new("refresh", "토큰 갱신", "Gives new tokens for a refresh token. A lost answer can be asked for again; a reused old token ends the session.")
        .body::<ByRefreshToken>()
        .plain::<Tokens>(200, "갱신되었습니다 · refreshed")
        .refuses(401, "쓸 수 없는 토큰 · the token does not count")
        .refuses(409, "동시에 변경됨 · changed meanwhile");
    let logout_doc =
        Doc::new("logout", "로그아웃", "Ends the session; the next request with its tokens is refused.")
            .plain::<Told>(200, "로그아웃되었습니다 · signed out")
            .refuses(409, "동시에 변경됨 · changed meanwhile");
    Api::new()
        .post("/auth/refresh", refresh_doc, refresh)
        .post("/auth/logout", logout_doc, logout)
        .with_state(accounts)
}

/// A sign-up.
#[derive(Deserialize, ToSchema)]
struct NewAccount {
    /// The address, which is also the name to sign in with.
    #[schema(value_type = String, format = "email", example = "kim@example.kr")]
    email: Raw<String>,
    /// 8 to 256 characters with upper and lower case, a digit and a symbol.
    #[schema(value_type = String, min_length = 8, max_length = 256)]
    password: Raw<Secret>,
    /// 1 to 100 characters.
    #[schema(value_type = String, min_length = 1, max_length = 100, example = "김철수")]
    name: Raw<String>,
}

/// A sign-in.
#[derive(Deserialize, ToSchema)]
struct NewSession {
    #[schema(value_type = String, example = "kim@example.kr")]
    email: Raw<String>,
    #[schema(value_type = String)]
    password: Raw<Secret>,
}

/// An address.
#[derive(Deserialize, ToSchema)]
struct ForAddress {
    #[schema(value_type = String, format = "email", example = "kim@example.kr")]
    email: Raw<String>,
}

/// A new password, by link.
#[derive(Deserialize, ToSchema)]
struct NewPassword {
    /// The token of the mailed link.
    #[schema(value_type = String)]
    token: Raw<Secret>,
    #[schema(value_type = String, min_length = 8, max_length = 256)]
    new_password: Raw<Secret>,
}

/// A mailed link.
#[derive(Deserialize, ToSchema)]
struct ByLink {
    /// The token of the mailed link.
    #[schema(value_type = String)]
    token: Raw<Secret>,
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
struct ByRefreshToken {
    #[schema(value_type = String)]
    refresh_token: Raw<Secret>,
}

/// A sign-up was taken, or completed.
#[derive(Serialize, ToSchema)]
struct Registered {
    success: bool,
    message: &'static str,
    /// The person's id; before the address is proved, the request's.
    user_id: String,
    email: String,
    name: String,
}

/// Tokens and whose they are.
#[derive(Serialize, ToSchema)]
struct LoggedIn {
    success: bool,
    message: &'static str,
    user_id: String,
    email: String,
    name: String,
    role: &'static str,
    /// The access token.
    token: String,
    refresh_token: String,
    /// Seconds the access token lives.
    expires_in: i64,
    token_type: &'static str,
}

/// Tokens.
#[derive(Serialize, ToSchema)]
struct Tokens {
    success: bool,
    /// The access token.
    token: String,
    refresh_token: String,
    /// Seconds the access token lives.
    expires_in: i64,
    token_type: &'static str,
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

fn address(typed: Raw<String>) -> Result<Email, FieldError> {
    let wrong =
        || FieldError::new("/email", "email", Said::new("이메일 주소가 아닙니다.", "Not an e-mail address."));
    Email::parse(&typed.required("/email")?).ok_or_else(wrong)
}

fn new_password(fields: &mut Fields, typed: Raw<Secret>, pointer: &'static str) -> Option<Secret> {
    let typed = fields.take(typed.required(pointer))?;
    match rules::password(typed.expose(), pointer) {
        Ok(password) => Some(Secret::new(password)),
        Err(unmet) => {
            unmet.into_iter().for_each(|error| fields.refuse(error));
            None
        }
    }
}

async fn register(
    by: Public,
    State(accounts): State<Accounts>,
    body: Body<NewAccount>,
) -> Result<Answer, Problem> {
    let NewAccount { email, password, name } = body.value;
    let mut fields = Fields::new();
    let email = fields.take(address(email));
    let password = new_password(&mut fields, password, "/password");
    let rule = LineRule { pointer: "/name", min: 1, max: 100, multiline: false };
    let name = fields.take(name.required("/name").and_then(|name| line(&name, rule)));
    let new = email.zip(password).zip(name).map(|((email, password), name)| SignUp { email, name, password });
    let new = fields.finish(new)?;
    let (email, name) = (new.email.as_str().to_owned(), new.name.clone());
    let (user_id, message) = match accounts.sign_up(&by.actor, new).await? {
        SignedUp::Asked(id) => {
            (id.to_string(), "확인 메일을 보냈습니다. 메일의 링크를 눌러 가입을 완료해 주세요.")
        }
        SignedUp::Made(user) => (user.user_id.to_string(), "가입되었습니다."),
    };
    Ok(Answer::plain(StatusCode::CREATED, &Registered { success: true, message, user_id, email, name }))
}

async fn verify(by: Public, State(accounts): State<Accounts>, body: Body<ByLink>) -> Result<Answer, Problem> {
    let token = one("/token", body.value.token)?;
    let user = accounts.verify(&by.actor, token.expose()).await?;
    let (user_id, email) = (user.user_id.to_string(), user.email.as_str().to_owned());
    let message = "이메일이 확인되었습니다. 이제 로그인할 수 있습니다.";
    Ok(Answer::plain(StatusCode::OK, &Registered { success: true, message, user_id, email, name: user.name }))
}

async fn resend(
    by: Public,
    State(accounts): State<Accounts>,
    body: Body<ForAddress>,
) -> Result<Answer, Problem> {
    let email = address(body.value.email).map_err(|error| vec![error])?;
    accounts.ask_again(&by.actor, email).await?;
    Ok(Told::say("가입이 진행 중인 주소라면 확인 메일을 다시 보냈습니다."))
}

async fn login(
    by: Public,
    State(accounts): State<Accounts>,
    body: Body<NewSession>,
) -> Result<Answer, Problem> {
    let NewSession { email, password } = body.value;
    let mut fields = Fields::new();
    let email = fields.take(email.required("/email"));
    let password = fields.take(password.required("/password"));
    let (email, password) = fields.finish(email.zip(password))?;
    // Typed as at sign-up: composed. A password too long to be one is not worth hashing.
    let typed: String = unicode_normalization::UnicodeNormalization::nfc(password.expose()).collect();
    if typed.chars().count() > 256 {
        return Err(AccountError::BadCredentials.into());
    }
    let (user, signed_in) = accounts.sign_in(&by.actor, Email::parse(&email), &Secret::new(typed)).await?;
    let SignedIn { token, refresh_token, expires_in } = signed_in;
    Ok(Answer::plain(
        StatusCode::OK,
        &LoggedIn {
            success: true,
            message: "로그인되었습니다.",
            user_id: user.user_id.to_string(),
            email: user.email.as_str().to_owned(),
            name: user.name,
            role: user.role.as_str(),
            token: token.expose().to_owned(),
            refresh_token: refresh_token.expose().to_owned(),
            expires_in,
            token_type: "Bearer",
        },
    ))
}

async fn forgot(
    by: Public,
    State(accounts): State<Accounts>,
    body: Body<ForAddress>,
) -> Result<Answer, Problem> {
    let email = address(body.value.email).map_err(|error| vec![error])?;
    accounts.ask_reset(&by.actor, email).await?;
    Ok(Told::say("가입된 주소라면 비밀번호 재설정 메일을 보냈습니다."))
}

async fn reset(
    by: Public,
    State(accounts): State<Accounts>,
    body: Body<NewPassword>,
) -> Result<Answer, Problem> {
    let NewPassword { token, new_password: typed } = body.value;
    let mut fields = Fields::new();
    let token = fields.take(token.required("/token"));
    let password = new_password(&mut fields, typed, "/new_password");
    let (token, password) = fields.finish(token.zip(password))?;
    accounts.reset(&by.actor, token.expose(), &password).await?;
    Ok(Told::say("비밀번호가 변경되었습니다. 새 비밀번호로 로그인해 주세요."))
}

async fn refresh(
    by: Public,
    State(accounts): State<Accounts>,
    body: Body<ByRefreshToken>,
) -> Result<Answer, Problem> {
    let shown = one("/refresh_token", body.value.refresh_token)?;
    let SignedIn { token, refresh_token, expires_in } = accounts.refresh(&by.actor, shown.expose()).await?;
    let (token, refresh_token) = (token.expose().to_owned(), refresh_token.expose().to_owned());
    Ok(Answer::plain(
        StatusCode::OK,
        &Tokens { success: true, token, refresh_token, expires_in, token_type: "Bearer" },
    ))
}

async fn logout(caller: Member, State(accounts): State<Accounts>) -> Result<Answer, Problem> {
    accounts.sign_out(&caller.0).await?;
    Ok(Told::say("로그아웃되었습니다."))
}

fn one(pointer: &'static str, value: Raw<Secret>) -> Result<Secret, Vec<FieldError>> {
    value.required(pointer).map_err(|error| vec![error])
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::BadCredentials => {
                let said =
                    ("이메일 또는 비밀번호가 올바르지 않습니다.", "The e-mail or the password is wrong.");
                Self::new(StatusCode::UNAUTHORIZED, "bad_credentials", said.0, said.1)
            }
            AccountError::EmailTaken => {
                Self::conflict("email_taken", "이미 가입된 이메일입니다.", "This e-mail has an account.")
            }
            AccountError::BadLink => {
                let said = (
                    "링크가 올바르지 않거나 만료되었습니다. 다시 요청해 주세요.",
                    "The link is wrong or has expired. Please ask again.",
                );
                Self::unreadable("bad_link", said.0, said.1)
            }
            AccountError::BadRefreshToken => {
                let said = ("다시 로그인해 주세요.", "Please sign in again.");
                Self::new(StatusCode::UNAUTHORIZED, "bad_refresh_token", said.0, said.1)
            }
            AccountError::Contended => Self::conflict(
                "changed_meanwhile",
                "동시에 변경되었습니다. 다시 시도해 주세요.",
                "It was changed meanwhile. Please try again.",
            ),
            AccountError::Store(error) => error.into(),
            AccountError::Broken(why) => {
                tracing::error!(why, "accounts");
                Self::unavailable()
            }
        }
    }
}
