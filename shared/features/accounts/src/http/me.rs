//! A person's own page.

use std::pin::Pin;
use std::sync::Arc;

use maru_identity::Caller;
use maru_kernel::{Fields, Secret};
use maru_web::{
    Answer, Api, Body, Doc, FromRef, IfMatch, MaybeBody, Mounted, Oneself, Problem, Raw, State, StatusCode,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Told, address, named, new_password, shown_password, typed_password};
use crate::model::{Calendar, Gender};
use crate::rules::ProfileInput;
use crate::service::Me;
use crate::{AccountError, Accounts};

/// A part of an export that another area of the business keeps.
pub type ExportPart =
    Arc<dyn Fn(Caller) -> Pin<Box<dyn Future<Output = Result<Value, Problem>> + Send>> + Send + Sync>;

/// The parts of an export beside the account, by name.
#[derive(Clone, Default)]
pub struct Exports(pub Vec<(&'static str, ExportPart)>);

#[derive(Clone)]
struct MeState {
    accounts: Accounts,
    exports: Exports,
}

impl FromRef<MeState> for Accounts {
    fn from_ref(state: &MeState) -> Self {
        state.accounts.clone()
    }
}

impl FromRef<MeState> for Exports {
    fn from_ref(state: &MeState) -> Self {
        state.exports.clone()
    }
}

impl FromRef<MeState> for maru_identity::Identity {
    fn from_ref(state: &MeState) -> Self {
        state.accounts.identity().clone()
    }
}

/// The routes of `me`.
pub fn me_api(accounts: Accounts, exports: Exports) -> Mounted {
    let many = "너무 많이 시도함 · too many tries";
    let wrong = "로그인 필요, 또는 비밀번호가 다름 · not signed in, or the wrong password";
    let contended = "동시에 변경됨 · changed meanwhile";
    let show_doc = Doc::new("me", "내 정보", "The caller.").one::<Mine>(200, "내 정보 · the caller");
    let change_doc = Doc::new("changeMe", "내 정보 변경", "Changes what the caller is called.")
        .body::<Renamed>()
        .one::<Mine>(200, "변경되었습니다 · changed")
        .versioned();
    let leave_doc = Doc::new("withdraw", "회원 탈퇴", "The caller leaves: every session ends, the person is erased after the retention period. Needs a fresh sign-in, or the password.")
        .plain::<Told>(200, "탈퇴했습니다 · left")
        .refuses(401, wrong)
        .refuses(409, "마지막 소유자, 또는 동시에 변경됨 · the last owner, or changed meanwhile")
        .refuses(415, "JSON이 아님 · not JSON")
        .refuses(422, "잘못된 값 · wrong fields")
        .refuses(429, many);
    let password_doc = Doc::new(
        "changePassword",
        "비밀번호 변경",
        "Changes the password by the present one; every other session ends.",
    )
    .body::<Passwords>()
    .plain::<Told>(200, "변경되었습니다 · changed")
    .refuses(401, wrong)
    .refuses(409, contended)
    .refuses(429, many);
    let email_doc = Doc::new("changeEmail", "이메일 변경", "Asks both addresses to agree to another one; POST /auth/verify-email follows their links. Needs a fresh sign-in, or the password.")
        .body::<Moved>()
        .plain::<Told>(202, "메일을 보냈습니다 · mails are on their way")
        .refuses(401, wrong)
        .refuses(429, many);
    let export_doc = Doc::new("exportMe", "내 정보 내려받기", "Everything that is kept about the caller.")
        .object(200, "내 정보 · everything");
    let consents_doc =
        Doc::new("consents", "동의 내역", "The documents there are, and what the caller decided.")
            .all::<Decision>("동의 내역 · decisions");
    let decide_doc = Doc::new(
        "decide",
        "동의 또는 철회",
        "Keeps the caller's decision about the present version of a document.",
    )
    .body::<Decided>()
    .plain::<Told>(200, "저장되었습니다 · kept")
    .refuses(404, "그런 문서가 없음 · no such document")
    .refuses(409, contended);
    let submit_doc = Doc::new(
        "submit",
        "회원가입 정보 제출",
        "Completes a Kakao sign-up by what the caller tells about themselves.",
    )
    .body::<Submitted>()
    .plain::<Taken>(200, "가입되었습니다 · complete")
    .refuses(409, contended);
    Api::new()
        .get("/me", show_doc, show)
        .patch("/me", change_doc, change)
        .delete("/me", leave_doc, leave)
        .post("/me/password", password_doc, password)
        .post("/me/email", email_doc, email)
        .get("/me/export", export_doc, export)
        .get("/me/consents", consents_doc, consents)
        .post("/me/consents", decide_doc, decide)
        .post("/submit", submit_doc, submit)
        .with_state(MeState { accounts, exports })
}

/// The caller.
#[derive(Serialize, ToSchema)]
struct Mine {
    user_id: String,
    email: Option<String>,
    name: String,
    role: &'static str,
    /// Whether signing in takes a second factor.
    mfa: bool,
    has_password: bool,
    kakao_id: Option<String>,
    /// `회원` once they told the rest, `비회원` before.
    member_status: &'static str,
    profile: Option<MyProfile>,
    created_at: String,
    last_login: Option<String>,
    lock_version: u64,
}

/// What the caller told about themselves.
#[derive(Serialize, ToSchema)]
struct MyProfile {
    birth_date: String,
    birth_time: Option<String>,
    calendar: Calendar,
    phone: String,
    gender: Gender,
}

/// What is to be changed.
#[derive(Deserialize, ToSchema)]
struct Renamed {
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    name: Raw<String>,
    /// The version that is changed, where `If-Match` is not sent.
    #[schema(value_type = Option<u64>)]
    #[serde(default)]
    lock_version: Raw<u64>,
}

/// Who leaves.
#[derive(Default, Deserialize, ToSchema)]
struct Leaving {
    /// The present password, where the sign-in is not fresh.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    password: Raw<Secret>,
}

/// Two passwords.
#[derive(Deserialize, ToSchema)]
struct Passwords {
    #[schema(value_type = String)]
    current_password: Raw<Secret>,
    #[schema(value_type = String, min_length = 8, max_length = 256)]
    new_password: Raw<Secret>,
}

/// Another address.
#[derive(Deserialize, ToSchema)]
struct Moved {
    #[schema(value_type = String, format = "email", example = "new@example.kr")]
    email: Raw<String>,
    /// The present password, where the sign-in is not fresh.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    password: Raw<Secret>,
}

/// A document and the caller's decision.
#[derive(Serialize, ToSchema)]
struct Decision {
    kind: String,
    /// The present version.
    version: String,
    /// Whether the service needs it.
    required: bool,
    /// Whether they agreed to the present version.
    accepted: bool,
    /// The version they decided about.
    decided_version: Option<String>,
    decided_at: Option<String>,
}

/// A decision.
#[derive(Deserialize, ToSchema)]
struct Decided {
    #[schema(value_type = String, example = "marketing")]
    kind: Raw<String>,
    #[schema(value_type = bool)]
    accepted: Raw<bool>,
}

/// What a new member tells.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Submitted {
    #[schema(value_type = String, min_length = 1, max_length = 50)]
    username: Raw<String>,
    /// `1990-02-14` or `19900214`.
    #[schema(value_type = String)]
    birth_date: Raw<String>,
    /// `14:30` or `1430`.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    birth_time: Raw<String>,
    /// `solar` (default) or `lunar`.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    calendar: Raw<String>,
    /// `am`, `pm`, 오전 or 오후, where the hour is one of twelve.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    ampm: Raw<String>,
    #[schema(value_type = String, example = "010-1234-5678")]
    #[serde(rename = "userphonenumber")]
    userphonenumber: Raw<String>,
    /// 남 or 여.
    #[schema(value_type = String)]
    gender: Raw<String>,
}

/// A completed member.
#[derive(Serialize, ToSchema)]
struct Taken {
    success: bool,
    /// `success`
    status: &'static str,
    user: Mine,
}

impl Mine {
    fn of(me: Me) -> Self {
        let Me { user, profile, has_password } = me;
        Self {
            user_id: user.user_id.to_string(),
            email: user.email.as_ref().map(|email| email.as_str().to_owned()),
            role: user.role.as_str(),
            mfa: user.mfa,
            has_password,
            member_status: if user.completed_at.is_some() { "회원" } else { "비회원" },
            profile: profile.map(|profile| MyProfile {
                birth_date: profile.birth_date,
                birth_time: profile.birth_time,
                calendar: profile.calendar,
                phone: profile.phone.as_str().to_owned(),
                gender: profile.gender,
            }),
            created_at: user.created_at.to_string(),
            last_login: user.last_login.map(|at| at.to_string()),
            lock_version: user.lock_version,
            name: user.name,
            kakao_id: user.kakao_id,
        }
    }
}

async fn show(by: Oneself, State(accounts): State<Accounts>) -> Result<Answer, Problem> {
    let me = accounts.me(&by.0).await?;
    let version = me.user.lock_version;
    Ok(Answer::one(&Mine::of(me)).version(version))
}

async fn change(
    by: Oneself,
    State(accounts): State<Accounts>,
    if_match: IfMatch,
    body: Body<Renamed>,
) -> Result<Answer, Problem> {
    let Renamed { name, lock_version } = body.value;
    let name = named(name, "/name").map_err(|error| vec![error])?;
    let seen = if_match.or(lock_version)?;
    match accounts.rename(&by.0, seen.version(), name).await {
        Ok(_) => show(by, State(accounts)).await,
        Err(AccountError::Stale) => Err(seen.stale()),
        Err(error) => Err(error.into()),
    }
}

async fn leave(
    by: Oneself,
    State(accounts): State<Accounts>,
    body: MaybeBody<Leaving>,
) -> Result<Answer, Problem> {
    let password = shown_password(body.0.password).map_err(|error| vec![error])?;
    accounts.withdraw(&by.0, password.as_ref()).await?;
    Ok(Told::say("탈퇴했습니다. 이용해 주셔서 감사합니다.").cookie(None, 0))
}

async fn password(
    by: Oneself,
    State(accounts): State<Accounts>,
    body: Body<Passwords>,
) -> Result<Answer, Problem> {
    let Passwords { current_password, new_password: next } = body.value;
    let mut fields = Fields::new();
    let present = fields.take(current_password.required("/current_password"));
    let next = new_password(accounts.house.passwords, &mut fields, next, "/new_password");
    let (present, next) = fields.finish(present.zip(next))?;
    accounts.change_password(&by.0, &typed_password(present), &next).await?;
    Ok(Told::say("비밀번호가 변경되었습니다. 다른 기기에서는 로그아웃되었습니다."))
}

async fn email(by: Oneself, State(accounts): State<Accounts>, body: Body<Moved>) -> Result<Answer, Problem> {
    let Moved { email, password } = body.value;
    let mut fields = Fields::new();
    let email = fields.take(address(email, "/email"));
    let password = fields.take(shown_password(password));
    let (email, password) = fields.finish(email.zip(password))?;
    accounts.ask_move(&by.0, email, password.as_ref()).await?;
    let message = "메일을 보냈습니다. 새 주소와 쓰던 주소에서 모두 확인하면 변경됩니다.";
    Ok(Answer::plain(StatusCode::ACCEPTED, &Told { success: true, message }))
}

async fn export(
    by: Oneself,
    State(accounts): State<Accounts>,
    State(exports): State<Exports>,
) -> Result<Answer, Problem> {
    let mut whole = accounts.export(&by.0).await?;
    for (name, part) in &exports.0 {
        whole.insert((*name).into(), part(by.0.clone()).await?);
    }
    let data = Value::Object(whole);
    Ok(Answer::plain(StatusCode::OK, &json!({"success": true, "data": data})))
}

async fn consents(by: Oneself, State(accounts): State<Accounts>) -> Result<Answer, Problem> {
    let decisions: Vec<Decision> = accounts
        .consents(&by.0)
        .await?
        .into_iter()
        .map(|(document, decided)| Decision {
            accepted: decided.as_ref().is_some_and(|d| d.accepted && d.version == document.version),
            decided_version: decided.as_ref().map(|d| d.version.clone()),
            decided_at: decided.map(|d| d.at.to_string()),
            kind: document.kind,
            version: document.version,
            required: document.required,
        })
        .collect();
    Ok(Answer::one(&decisions))
}

async fn decide(
    by: Oneself,
    State(accounts): State<Accounts>,
    body: Body<Decided>,
) -> Result<Answer, Problem> {
    let Decided { kind, accepted } = body.value;
    let mut fields = Fields::new();
    let kind = fields.take(kind.required("/kind"));
    let accepted = fields.take(accepted.required("/accepted"));
    let (kind, accepted) = fields.finish(kind.zip(accepted))?;
    accounts.decide(&by.0, &kind, accepted).await?;
    Ok(Told::say("저장되었습니다."))
}

async fn submit(
    by: Oneself,
    State(accounts): State<Accounts>,
    body: Body<Submitted>,
) -> Result<Answer, Problem> {
    let told = body.value;
    let told = ProfileInput {
        name: told.username.required("/username"),
        birth_date: told.birth_date.required("/birthDate"),
        birth_time: told.birth_time.optional("/birthTime"),
        ampm: told.ampm.optional("/ampm"),
        calendar: told.calendar.optional("/calendar"),
        phone: told.userphonenumber.required("/userphonenumber"),
        gender: told.gender.required("/gender"),
    };
    let me = accounts.submit(&by.0, told).await??;
    Ok(Answer::plain(StatusCode::OK, &Taken { success: true, status: "success", user: Mine::of(me) }))
}
