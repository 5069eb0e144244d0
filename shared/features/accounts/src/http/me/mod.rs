//! A person's own page.

mod views;

use std::pin::Pin;
use std::sync::Arc;

use maru_identity::Caller;
use maru_kernel::Fields;
use maru_web::{
    Answer, Api, Body, Doc, FromRef, IfMatch, MaybeBody, Mounted, Oneself, Problem, State, StatusCode,
};
use serde_json::{Map, Value, json};

use super::{ByPassword, Told, address, named, new_password, shown_password, typed_password};
use crate::rules::ProfileInput;
use crate::service::Verified;
use crate::{AccountError, Accounts};
use views::{Confirmed, Decided, Decision, Mine, Moved, Passwords, Renamed, Submitted, Taken};

/// What other areas of the business keep about somebody, by name.
type Kept = Pin<Box<dyn Future<Output = Result<Map<String, Value>, Problem>> + Send>>;

/// What an export holds beside the account.
#[derive(Clone)]
pub struct Exports(Arc<dyn Fn(Caller) -> Kept + Send + Sync>);

impl Exports {
    /// What `export` tells about the caller.
    pub fn new<F>(export: impl Fn(Caller) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Map<String, Value>, Problem>> + Send + 'static,
    {
        Self(Arc::new(move |caller| Box::pin(export(caller))))
    }
}

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
        .maybe_body::<ByPassword>()
        .plain::<Told>(200, "탈퇴했습니다 · left")
        .refuses(401, wrong)
        .refuses(409, "마지막 소유자, 또는 동시에 변경됨 · the last owner, or changed meanwhile")
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
    let confirm_doc = Doc::new(
        "confirmEmail",
        "새 이메일 확인",
        "Shows the token mailed to the new address; the address moves once the old one has agreed, too.",
    )
    .body::<Confirmed>()
    .plain::<Told>(200, "확인되었습니다 · confirmed")
    .refuses(409, contended);
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
        .post("/me/email/confirm", confirm_doc, confirm)
        .get("/me/export", export_doc, export)
        .get("/me/consents", consents_doc, consents)
        .post("/me/consents", decide_doc, decide)
        .post("/submit", submit_doc, submit)
        .with_state(MeState { accounts, exports })
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
    let mut fields = Fields::new();
    let name = fields.take(named(name, "/name"));
    let lock_version = fields.take(lock_version.optional("/lock_version"));
    let (name, lock_version) = fields.finish(name.zip(lock_version))?;
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
    body: MaybeBody<ByPassword>,
) -> Result<Answer, Problem> {
    let password = shown_password(body.0.password)?;
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

async fn confirm(
    by: Oneself,
    State(accounts): State<Accounts>,
    body: Body<Confirmed>,
) -> Result<Answer, Problem> {
    let token = body.value.token.required("/token")?;
    Ok(match accounts.confirm_move(&by.0, token.expose()).await? {
        Verified::HalfMoved => Told::say("확인되었습니다. 쓰던 주소의 확인을 기다립니다."),
        Verified::Moved(_) | Verified::Person { .. } => Told::say("로그인 주소가 변경되었습니다."),
    })
}

async fn export(
    by: Oneself,
    State(accounts): State<Accounts>,
    State(exports): State<Exports>,
) -> Result<Answer, Problem> {
    let mut whole = accounts.export(&by.0).await?;
    whole.extend((exports.0)(by.0.clone()).await?);
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
    let me = accounts.submit(&by.0, told).await?;
    Ok(Answer::plain(StatusCode::OK, &Taken { success: true, status: "success", user: Mine::of(me) }))
}
