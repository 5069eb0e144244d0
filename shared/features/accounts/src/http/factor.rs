//! The second factor.

use maru_kernel::{Fields, Secret};
use maru_web::{
    Answer, Api, Body, Doc, MaybeBody, Mounted, Oneself, Problem, Public, Raw, State, StatusCode,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ByPassword, LoggedIn, Told, Transport, shown_password};
use crate::Accounts;

/// The routes of `mfa`.
pub fn mfa_api(accounts: Accounts) -> Mounted {
    let wrong = "코드가 올바르지 않음 · a wrong code";
    let many = "너무 많이 시도함 · too many tries";
    let state = "그런 상태가 아님 · not in that state";
    let enrol_doc = Doc::new(
        "enrolTotp",
        "인증 앱 등록 시작",
        "Begins to set up an authenticator app; answers its secret, once.",
    )
    .maybe_body::<ByPassword>()
    .plain::<Begun>(200, "앱에 넣을 비밀 · the secret for the app")
    .refuses(401, "비밀번호가 다름 · the wrong password")
    .refuses(409, state)
    .refuses(429, many);
    let confirm_doc = Doc::new(
        "confirmTotp",
        "인증 앱 등록 확인",
        "Proves that the app works; from here on it is asked for. Answers recovery codes, once.",
    )
    .body::<ByCode>()
    .plain::<Fresh>(200, "복구 코드 · recovery codes")
    .refuses(401, wrong)
    .refuses(409, state)
    .refuses(429, many);
    let disable_doc =
        Doc::new("disableTotp", "2단계 인증 끄기", "Takes the second factor away, by a code of it.")
            .body::<ByCode>()
            .plain::<Told>(200, "껐습니다 · switched off")
            .refuses(401, wrong)
            .refuses(409, state)
            .refuses(429, many);
    let renew_doc = Doc::new(
        "renewRecoveryCodes",
        "복구 코드 새로 받기",
        "Replaces the recovery codes, by a code of the app.",
    )
    .body::<ByCode>()
    .plain::<Fresh>(200, "복구 코드 · recovery codes")
    .refuses(401, wrong)
    .refuses(409, state)
    .refuses(429, many);
    let verify_doc = Doc::new(
        "verifyMfa",
        "2단계 인증",
        "The second half of a sign-in: the token of the first and a code of the app, or a recovery code.",
    )
    .body::<Second>()
    .plain::<LoggedIn>(200, "로그인되었습니다 · signed in")
    .refuses(401, wrong)
    .refuses(409, "동시에 변경됨 · changed meanwhile")
    .refuses(429, many);
    Api::new()
        .post("/auth/mfa/totp", enrol_doc, enrol)
        .post("/auth/mfa/totp/confirm", confirm_doc, confirm)
        .post("/auth/mfa/totp/disable", disable_doc, disable)
        .post("/auth/mfa/recovery-codes", renew_doc, renew)
        .post("/auth/mfa/verify", verify_doc, verify)
        .with_state(accounts)
}

/// What an authenticator app is set up with.
#[derive(Serialize, ToSchema)]
struct Begun {
    success: bool,
    /// To be typed in.
    secret: String,
    /// To be shown as a QR code.
    otpauth_uri: String,
}

/// A code.
#[derive(Deserialize, ToSchema)]
struct ByCode {
    /// Six digits of the app, or a recovery code.
    #[schema(value_type = String, example = "123456")]
    code: Raw<String>,
}

/// The second half of a sign-in.
#[derive(Deserialize, ToSchema)]
struct Second {
    /// The token the first half answered.
    #[schema(value_type = String)]
    mfa_token: Raw<Secret>,
    /// Six digits of the app, or a recovery code.
    #[schema(value_type = String, example = "123456")]
    code: Raw<String>,
    /// `body` (default), or `cookie` for panels.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    transport: Raw<String>,
}

/// Recovery codes, each good once.
#[derive(Serialize, ToSchema)]
struct Fresh {
    success: bool,
    message: &'static str,
    recovery_codes: Vec<String>,
}

impl Fresh {
    fn show(message: &'static str, codes: &[Secret]) -> Answer {
        let recovery_codes = codes.iter().map(|code| code.expose().to_owned()).collect();
        Answer::plain(StatusCode::OK, &Self { success: true, message, recovery_codes })
    }
}

async fn enrol(
    by: Oneself,
    State(accounts): State<Accounts>,
    body: MaybeBody<ByPassword>,
) -> Result<Answer, Problem> {
    let password = shown_password(body.0.password)?;
    let begun = accounts.enrol(&by.0, password.as_ref()).await?;
    let (secret, otpauth_uri) = (begun.secret.expose().to_owned(), begun.uri.expose().to_owned());
    Ok(Answer::plain(StatusCode::OK, &Begun { success: true, secret, otpauth_uri }))
}

async fn confirm(
    by: Oneself,
    State(accounts): State<Accounts>,
    body: Body<ByCode>,
) -> Result<Answer, Problem> {
    let codes = accounts.confirm_factor(&by.0, &code(body)?).await?;
    Ok(Fresh::show("2단계 인증을 켰습니다. 복구 코드를 안전한 곳에 보관해 주세요.", &codes))
}

async fn disable(
    by: Oneself,
    State(accounts): State<Accounts>,
    body: Body<ByCode>,
) -> Result<Answer, Problem> {
    accounts.disable_factor(&by.0, &code(body)?).await?;
    Ok(Told::say("2단계 인증을 껐습니다."))
}

async fn renew(by: Oneself, State(accounts): State<Accounts>, body: Body<ByCode>) -> Result<Answer, Problem> {
    let codes = accounts.renew_codes(&by.0, &code(body)?).await?;
    Ok(Fresh::show("새 복구 코드입니다. 전의 코드는 더 쓸 수 없습니다.", &codes))
}

async fn verify(by: Public, State(accounts): State<Accounts>, body: Body<Second>) -> Result<Answer, Problem> {
    let Second { mfa_token, code, transport } = body.value;
    let mut fields = Fields::new();
    let token = fields.take(mfa_token.required("/mfa_token"));
    let code = fields.take(code.required("/code"));
    let transport = fields.take(Transport::read(transport));
    let ((token, code), transport) = fields.finish(token.zip(code).zip(transport))?;
    let signed_in = accounts.complete(&by.actor, token.expose(), &code).await?;
    Ok(transport.logged_in(&signed_in, "로그인되었습니다."))
}

fn code(body: Body<ByCode>) -> Result<String, Problem> {
    Ok(body.value.code.required("/code")?)
}
