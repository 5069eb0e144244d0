//! Signing up and in.

use maru_kernel::{FieldError, Fields, Said, Secret};
use maru_web::{Answer, Api, Body, Doc, Mounted, Problem, Public, Raw, State, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{LoggedIn, Transport, address, half_way, named, new_password, typed_password};
use crate::rules::LONGEST_PASSWORD;
use crate::service::{Entered, SignIn, SignUp, SignedUp};
use crate::{AccountError, Accounts};

/// The routes of `register`.
pub fn register_api(accounts: Accounts) -> Mounted {
    let doc = Doc::new(
        "register",
        "회원 가입",
        "Takes a sign-up. The same answer for a known address while verification is required.",
    )
    .body::<NewAccount>()
    .plain::<Registered>(201, "받았습니다 · taken")
    .refuses(409, "이미 가입된 주소 (확인이 선택인 경우) · taken, where verification is optional")
    .refuses(429, "메일을 너무 많이 요청함 · too many mails asked for");
    Api::new().post("/auth/register", doc, register).with_state(accounts)
}

/// The routes of `login`.
pub fn login_api(accounts: Accounts) -> Mounted {
    let doc = Doc::new("login", "로그인", "Opens a session. 401 with one text for every cause.")
        .body::<NewSession>()
        .plain::<LoggedIn>(
            200,
            "로그인되었습니다, 또는 2단계 인증이 필요합니다 · signed in, or a code is asked for",
        )
        .refuses(401, "주소나 비밀번호가 맞지 않음 · wrong credentials")
        .refuses(429, "너무 많이 시도함 · too many tries, see Retry-After");
    Api::new().post("/auth/login", doc, login).with_state(accounts)
}

/// A sign-up.
#[derive(Deserialize, ToSchema)]
struct NewAccount {
    /// The address, which is also the name to sign in with.
    #[schema(value_type = String, format = "email", example = "kim@example.kr")]
    email: Raw<String>,
    /// 8 to 256 characters; by the strong policy with upper and lower case, a digit and a symbol.
    #[schema(value_type = String, min_length = 8, max_length = 256)]
    password: Raw<Secret>,
    /// 1 to 100 characters.
    #[schema(value_type = String, min_length = 1, max_length = 100, example = "김철수")]
    name: Raw<String>,
    /// Kinds of the documents agreed to.
    #[schema(value_type = Option<Vec<String>>, example = json!(["terms", "privacy"]))]
    #[serde(default)]
    consents: Raw<Vec<String>>,
}

/// A sign-in.
#[derive(Deserialize, ToSchema)]
struct NewSession {
    #[schema(value_type = String, example = "kim@example.kr")]
    email: Raw<String>,
    #[schema(value_type = String)]
    password: Raw<Secret>,
    /// `body` (default), or `cookie` for panels.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    transport: Raw<String>,
    /// What this device was given when it signed in before. Of any other kind it is ignored.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    device_token: Value,
}

/// A sign-up was taken.
#[derive(Serialize, ToSchema)]
struct Registered {
    success: bool,
    message: &'static str,
    /// The person's id; before the address is proved, the request's.
    user_id: String,
    email: String,
    name: String,
}

async fn register(
    by: Public,
    State(accounts): State<Accounts>,
    body: Body<NewAccount>,
) -> Result<Answer, Problem> {
    let NewAccount { email, password, name, consents } = body.value;
    let mut fields = Fields::new();
    let email = fields.take(address(email, "/email"));
    let password = new_password(accounts.house.passwords, &mut fields, password, "/password");
    let name = fields.take(named(name, "/name"));
    let consents = fields.take(kinds(consents));
    let new = email.zip(password).zip(name.zip(consents));
    let new = new.map(|((email, password), (name, consents))| SignUp { email, name, password, consents });
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

fn kinds(typed: Raw<Vec<String>>) -> Result<Vec<String>, FieldError> {
    let kinds = typed.optional("/consents")?.unwrap_or_default();
    if kinds.len() <= 20 && kinds.iter().all(|kind| kind.len() <= 100) {
        return Ok(kinds);
    }
    let said = Said::new("20개까지 보낼 수 있습니다.", "At most 20 kinds of documents.");
    Err(FieldError::new("/consents", "length", said))
}

async fn login(
    by: Public,
    State(accounts): State<Accounts>,
    body: Body<NewSession>,
) -> Result<Answer, Problem> {
    let NewSession { email, password, transport, device_token } = body.value;
    let mut fields = Fields::new();
    let email = fields.take(email.required("/email"));
    let password = fields.take(password.required("/password"));
    let transport = fields.take(Transport::read(transport));
    let ((email, password), transport) = fields.finish(email.zip(password).zip(transport))?;
    let password = typed_password(password);
    // Too long to be anybody's, and not worth hashing.
    if password.expose().chars().count() > LONGEST_PASSWORD || email.len() > 1024 {
        return Err(AccountError::BadCredentials.into());
    }
    let device = device_token.as_str().map(Secret::new);
    let shown = SignIn { typed: &email, password: &password, device: device.as_ref() };
    Ok(match accounts.sign_in(&by.actor, &shown).await? {
        Entered::In(signed_in) => transport.logged_in(&signed_in, "로그인되었습니다."),
        Entered::Factor(ticket) => half_way(&ticket),
    })
}
