//! What goes through mailed links.

use maru_kernel::{Fields, Secret};
use maru_web::{Answer, Api, Body, Doc, Mounted, Problem, Public, Raw, State, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Told, address, new_password, shown_password};
use crate::Accounts;
use crate::service::Verified;

const TOO_MANY: &str = "메일을 너무 많이 요청함 · too many mails asked for";

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
        .refuses(429, TOO_MANY)
    };
    Api::new()
        .post("/auth/forgot-password", doc("forgotPassword"), forgot)
        .post("/auth/forgotpassword", doc("forgotPasswordAlias"), forgot)
        .with_state(accounts)
}

/// The routes of `reset-password`: passwords set by a mailed link.
pub fn reset_password_api(accounts: Accounts) -> Mounted {
    let reset_doc = Doc::new(
        "resetPassword",
        "비밀번호 재설정",
        "Sets a new password by a mailed link, once; ends every session.",
    )
    .body::<NewPassword>()
    .plain::<Told>(200, "변경되었습니다 · changed")
    .refuses(409, "동시에 변경됨 · changed meanwhile");
    let accept_doc = Doc::new(
        "acceptInvitation",
        "직원 초대 수락",
        "Invited staff set their first password by the mailed link, once.",
    )
    .body::<Accepted>()
    .plain::<Joined>(200, "수락되었습니다 · accepted")
    .refuses(409, "동시에 변경됨, 또는 이미 가입된 주소 · changed meanwhile, or the address is taken");
    Api::new()
        .post("/auth/reset-password", reset_doc, reset)
        .post("/auth/accept-invitation", accept_doc, accept)
        .with_state(accounts)
}

/// The routes of `verify-email`.
pub fn verify_email_api(accounts: Accounts) -> Mounted {
    let verify_doc = Doc::new(
        "verifyEmail",
        "이메일 확인",
        "Proves an address by the mailed link, once. A sign-up's link with the sign-up's password makes the person; without it the person has no password yet and sets one by `reset_token`. A link of a change of address makes it when both addresses have agreed.",
    )
    .body::<ByLink>()
    .plain::<Proved>(200, "확인되었습니다 · verified")
    .refuses(401, "가입할 때의 비밀번호가 아님 · not the sign-up's password")
    .refuses(409, "동시에 변경됨 · changed meanwhile")
    .refuses(429, "너무 많이 시도함 · too many tries");
    let resend_doc = Doc::new(
        "resendVerification",
        "확인 메일 다시 받기",
        "Mails the sign-up link again. Always the same answer.",
    )
    .body::<ForAddress>()
    .plain::<Told>(200, "받았습니다 · taken")
    .refuses(429, TOO_MANY);
    Api::new()
        .post("/auth/verify-email", verify_doc, verify)
        .post("/auth/resend-verification", resend_doc, resend)
        .with_state(accounts)
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

/// A first password, by invitation.
#[derive(Deserialize, ToSchema)]
struct Accepted {
    /// The token of the mailed link.
    #[schema(value_type = String)]
    token: Raw<Secret>,
    #[schema(value_type = String, min_length = 8, max_length = 256)]
    password: Raw<Secret>,
}

/// A mailed link.
#[derive(Deserialize, ToSchema)]
struct ByLink {
    /// The token of the mailed link.
    #[schema(value_type = String)]
    token: Raw<Secret>,
    /// The password given at sign-up.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    password: Raw<Secret>,
}

/// Invited staff who accepted.
#[derive(Serialize, ToSchema)]
struct Joined {
    success: bool,
    message: &'static str,
    user_id: String,
    name: String,
    role: &'static str,
}

/// An address was proved.
#[derive(Serialize, ToSchema)]
struct Proved {
    success: bool,
    message: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Whether they can sign in by password now.
    password_set: bool,
    /// Sets the password by `POST /auth/reset-password`, for half an hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    reset_token: Option<String>,
}

async fn verify(by: Public, State(accounts): State<Accounts>, body: Body<ByLink>) -> Result<Answer, Problem> {
    let mut fields = Fields::new();
    let token = fields.take(body.value.token.required("/token"));
    let password = fields.take(shown_password(body.value.password));
    let (token, password) = fields.finish(token.zip(password))?;
    let verified = accounts.verify(&by.actor, token.expose(), password.as_ref()).await?;
    let (message, user, password_set, reset_token) = match verified {
        Verified::Person { user, set_password: None } => {
            ("이메일이 확인되었습니다. 이제 로그인할 수 있습니다.", Some(user), true, None)
        }
        Verified::Person { user, set_password: Some(token) } => {
            let token = token.expose().to_owned();
            ("이메일이 확인되었습니다. 비밀번호를 정해 주세요.", Some(user), false, Some(token))
        }
        Verified::Moved(user) => ("로그인 주소가 변경되었습니다.", Some(user), true, None),
        Verified::HalfMoved => ("확인되었습니다. 다른 주소의 확인을 기다립니다.", None, true, None),
    };
    let (user_id, email, name) = user.map_or((None, None, None), |user| {
        let email = user.email.as_ref().map(|email| email.as_str().to_owned());
        (Some(user.user_id.to_string()), email, Some(user.name))
    });
    let body = Proved { success: true, message, user_id, email, name, password_set, reset_token };
    Ok(Answer::plain(StatusCode::OK, &body))
}

async fn resend(
    by: Public,
    State(accounts): State<Accounts>,
    body: Body<ForAddress>,
) -> Result<Answer, Problem> {
    let email = address(body.value.email, "/email")?;
    accounts.ask_again(&by.actor, email).await?;
    Ok(Told::say("가입이 진행 중인 주소라면 확인 메일을 다시 보냈습니다."))
}

async fn forgot(
    by: Public,
    State(accounts): State<Accounts>,
    body: Body<ForAddress>,
) -> Result<Answer, Problem> {
    let email = address(body.value.email, "/email")?;
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
    let password = new_password(accounts.house.passwords, &mut fields, typed, "/new_password");
    let (token, password) = fields.finish(token.zip(password))?;
    accounts.reset(&by.actor, token.expose(), &password).await?;
    Ok(Told::say("비밀번호가 변경되었습니다. 새 비밀번호로 로그인해 주세요."))
}

async fn accept(
    by: Public,
    State(accounts): State<Accounts>,
    body: Body<Accepted>,
) -> Result<Answer, Problem> {
    let Accepted { token, password } = body.value;
    let mut fields = Fields::new();
    let token = fields.take(token.required("/token"));
    let password = new_password(accounts.house.passwords, &mut fields, password, "/password");
    let (token, password) = fields.finish(token.zip(password))?;
    let user = accounts.accept(&by.actor, token.expose(), &password).await?;
    let message = "초대를 수락했습니다. 이제 로그인할 수 있습니다.";
    let (user_id, role) = (user.user_id.to_string(), user.role.as_str());
    Ok(Answer::plain(StatusCode::OK, &Joined { success: true, message, user_id, name: user.name, role }))
}
