//! Who works here, their keys, and who is shut out.

mod views;

use maru_identity::{Permission, Role, permit};
use maru_kernel::{FieldError, Fields, LineRule, Said, UserId, line};
use maru_table::Cursor;
use maru_web::{
    Answer, Api, Body, Doc, IfMatch, MaybeBody, Mounted, Pagination, Problem, Raw, Segment, Staff, State,
    StatusCode, Texts,
};
use serde_json::json;

use super::kakao::kakao_id_of;
use super::{Told, address, named};
use crate::service::{Appointment, Invitation, ListedKey, NewKey};
use crate::{AccountError, Accounts, rules};
use views::{Admin, Changed, Checked, Invited, KeyView, Made, NewKeyView, Reason, Somebody};

/// Keys a page shows.
const PAGE: u16 = 25;

/// The routes of `staff`.
pub fn staff_api(accounts: Accounts) -> Mounted {
    let verify_doc = Doc::new("adminVerify", "관리자 토큰 확인", "Whether the caller is signed in as staff.")
        .plain::<Checked>(200, "직원입니다 · staff");
    let list_doc = Doc::new("listStaff", "직원 목록", "Everybody on staff, and everybody invited.")
        .all::<Somebody>("직원 · staff");
    let invite_doc = Doc::new(
        "inviteStaff",
        "직원 초대",
        "Invites by mail (`email`), or lets a Kakao account in (`kakao_id`).",
    )
    .body::<Invited>()
    .one::<Somebody>(201, "초대했습니다 · invited")
    .refuses(409, "이미 가입한 사람, 또는 동시에 변경됨 · a person already, or changed meanwhile");
    let one_doc =
        Doc::new("getStaff", "한 사람", "Anybody who can be taken on or changed, with their version.")
            .one::<Somebody>(200, "사람 · the person");
    let change_doc = Doc::new(
        "changeStaff",
        "직원 변경",
        "Changes role or standing. Nobody changes their own; an owner must remain.",
    )
    .body::<Changed>()
    .one::<Somebody>(200, "변경되었습니다 · changed")
    .versioned();
    let dismiss_doc = Doc::new(
        "dismissStaff",
        "직원 해제",
        "Takes somebody off the staff; they stay a customer. An invitation is taken back.",
    )
    .plain::<Told>(200, "해제했습니다 · dismissed")
    .refuses(409, "마지막 소유자, 또는 동시에 변경됨 · the last owner, or changed meanwhile");
    let ban = |id, ko, en| {
        Doc::new(id, ko, en)
            .maybe_body::<Reason>()
            .one::<Somebody>(200, "변경되었습니다 · changed")
            .refuses(409, "현재 상태에서는 할 수 없음 · not in their present standing")
    };
    let factor_doc = Doc::new(
        "resetUserMfa",
        "2단계 인증 초기화",
        "Takes away the second factor of somebody who lost it; they are signed out everywhere and told.",
    )
    .one::<Somebody>(200, "초기화했습니다 · reset")
    .refuses(409, "2단계 인증이 없음, 또는 동시에 변경됨 · none, or changed meanwhile");
    let keys_doc = Doc::new("listKeys", "API 키 목록", "All keys, newest first; never their text.")
        .query("next", "앞 목록이 준 자리 · where the page before ended", || json!({"type": "string"}))
        .list::<KeyView>("API 키 · keys");
    let make_doc = Doc::new(
        "makeKey",
        "API 키 만들기",
        "Makes a key of the caller's. Its text is shown here and never again.",
    )
    .body::<Made>()
    .one::<NewKeyView>(201, "만들었습니다 · made");
    let revoke_doc = Doc::new("revokeKey", "API 키 폐기", "Revokes a key; the next call with it is refused.")
        .plain::<Told>(200, "폐기했습니다 · revoked")
        .refuses(409, "동시에 변경됨 · changed meanwhile");
    Api::new()
        .get("/admin/verify", verify_doc, verify)
        .get("/staff", list_doc, list)
        .post("/staff", invite_doc, invite)
        .get("/staff/{id}", one_doc, one)
        .patch("/staff/{id}", change_doc, change)
        .delete("/staff/{id}", dismiss_doc, dismiss)
        .post(
            "/admin/users/{user_id}/ban",
            ban("banUser", "회원 정지", "Shuts a customer out; told by mail."),
            shut_out,
        )
        .post(
            "/admin/users/{user_id}/unban",
            ban("unbanUser", "회원 정지 해제", "Lets a customer in again."),
            let_in,
        )
        .post("/admin/users/{user_id}/reset-mfa", factor_doc, reset_factor)
        .get("/api/keys", keys_doc, keys)
        .post("/api/keys", make_doc, make_key)
        .delete("/api/keys/{id}", revoke_doc, revoke)
        .with_state(accounts)
}

fn role_of(typed: &str) -> Result<Role, FieldError> {
    let said = Said::new("그런 역할은 없습니다.", "There is no such role.");
    serde_json::from_value(json!(typed)).map_err(|_| FieldError::new("/role", "value", said))
}

fn scope_of(typed: &str) -> Result<Permission, FieldError> {
    let said = Said::new("그런 권한은 없습니다.", "There is no such permission.");
    serde_json::from_value(json!(typed)).map_err(|_| FieldError::new("/scopes", "value", said))
}

fn reason_of(typed: Raw<String>) -> Result<Option<String>, FieldError> {
    let rule = LineRule { pointer: "/reason", min: 0, max: 500, multiline: true };
    let reason = typed.optional("/reason")?.map(|reason| line(&reason, rule)).transpose()?;
    Ok(reason.filter(|reason| !reason.is_empty()))
}

async fn verify(by: Staff<permit::StaffRead>, State(accounts): State<Accounts>) -> Result<Answer, Problem> {
    let user = accounts.whoever(&by.0).await?;
    let admin = Admin {
        user_id: user.user_id.to_string(),
        kakao_id: user.kakao_id,
        nickname: user.name,
        role: user.role.as_str(),
    };
    Ok(Answer::plain(StatusCode::OK, &Checked { valid: true, admin }))
}

async fn list(_: Staff<permit::StaffManage>, State(accounts): State<Accounts>) -> Result<Answer, Problem> {
    let staff: Vec<Somebody> = accounts.staff().await?.into_iter().map(Somebody::from).collect();
    Ok(Answer::one(&staff))
}

async fn one(
    by: Staff<permit::StaffManage>,
    State(accounts): State<Accounts>,
    Segment(id): Segment<UserId>,
) -> Result<Answer, Problem> {
    let user = accounts.somebody(&by.0, id).await?;
    let version = user.lock_version;
    Ok(Answer::one(&Somebody::from(user)).version(version))
}

async fn invite(
    by: Staff<permit::StaffManage>,
    State(accounts): State<Accounts>,
    body: Body<Invited>,
) -> Result<Answer, Problem> {
    let Invited { email, kakao_id, name, role } = body.value;
    let mut fields = Fields::new();
    let invitation = match kakao_id.optional("/kakao_id") {
        Ok(Some(id)) => {
            // Not where the invitation goes, but a wrong one is told beside the others.
            let _unused = fields.take(email.optional("/email"));
            kakao_id_of(&id).map(Invitation::ByKakao)
        }
        Ok(None) => address(email, "/email").map(Invitation::ByMail),
        Err(error) => Err(error),
    };
    let invitation = fields.take(invitation);
    let name = fields.take(named(name, "/name"));
    let by_kakao = matches!(invitation, Some(Invitation::ByKakao(_)));
    let role = role.required("/role").and_then(|role| role_of(&role));
    // The service asks the rule, too; here it is named beside what else is wrong.
    let role = fields.take(role.and_then(|role| rules::invited_as(role, by_kakao)));
    let ((invitation, name), role) = fields.finish(invitation.zip(name).zip(role))?;
    let user = accounts.invite(&by.0, invitation, name, role).await?;
    let path = format!("/staff/{}", user.user_id);
    Ok(Answer::created("초대했습니다.", &Somebody::from(user)).at(&path))
}

async fn change(
    by: Staff<permit::StaffManage>,
    State(accounts): State<Accounts>,
    Segment(id): Segment<UserId>,
    if_match: IfMatch,
    body: Body<Changed>,
) -> Result<Answer, Problem> {
    let Changed { role, is_active, reason, lock_version } = body.value;
    let mut fields = Fields::new();
    let role = role.optional("/role").and_then(|role| role.map(|role| role_of(&role)).transpose());
    let role = fields.take(role);
    let is_active = fields.take(is_active.optional("/is_active"));
    let reason = fields.take(reason_of(reason));
    let lock_version = fields.take(lock_version.optional("/lock_version"));
    let ((role, is_active), (reason, lock_version)) =
        fields.finish(role.zip(is_active).zip(reason.zip(lock_version)))?;
    let seen = if_match.or(lock_version)?;
    let wish = Appointment { seen: seen.version(), role, is_active, reason };
    match accounts.appoint(&by.0, id, wish).await {
        Ok(user) => {
            let version = user.lock_version;
            Ok(Answer::one(&Somebody::from(user)).version(version))
        }
        Err(AccountError::Stale) => Err(seen.stale()),
        Err(error) => Err(error.into()),
    }
}

async fn dismiss(
    by: Staff<permit::StaffManage>,
    State(accounts): State<Accounts>,
    Segment(id): Segment<UserId>,
) -> Result<Answer, Problem> {
    accounts.dismiss(&by.0, id).await?;
    Ok(Told::say("직원에서 해제했습니다."))
}

async fn shut_out(
    by: Staff<permit::PeopleSuspend>,
    State(accounts): State<Accounts>,
    Segment(id): Segment<UserId>,
    body: MaybeBody<Reason>,
) -> Result<Answer, Problem> {
    let reason = reason_of(body.0.reason)?;
    Ok(Answer::one(&Somebody::from(accounts.suspend(&by.0, id, true, reason).await?)))
}

async fn let_in(
    by: Staff<permit::PeopleSuspend>,
    State(accounts): State<Accounts>,
    Segment(id): Segment<UserId>,
    body: MaybeBody<Reason>,
) -> Result<Answer, Problem> {
    let reason = reason_of(body.0.reason)?;
    Ok(Answer::one(&Somebody::from(accounts.suspend(&by.0, id, false, reason).await?)))
}

async fn reset_factor(
    by: Staff<permit::StaffManage>,
    State(accounts): State<Accounts>,
    Segment(id): Segment<UserId>,
) -> Result<Answer, Problem> {
    Ok(Answer::one(&Somebody::from(accounts.reset_factor(&by.0, id).await?)))
}

async fn keys(
    _: Staff<permit::StaffManage>,
    State(accounts): State<Accounts>,
    query: Texts,
) -> Result<Answer, Problem> {
    let after = query.get("next").and_then(Cursor::decode);
    let page = accounts.api_keys(after, PAGE).await?;
    let keys: Vec<KeyView> = page.items.into_iter().map(KeyView::from).collect();
    let next = page.next.as_ref().map(Cursor::encode);
    Ok(Answer::list(&keys, &Pagination { page_size: PAGE, has_next: next.is_some(), next }))
}

async fn make_key(
    by: Staff<permit::StaffManage>,
    State(accounts): State<Accounts>,
    body: Body<Made>,
) -> Result<Answer, Problem> {
    let Made { name, scopes, expires_at } = body.value;
    let mut fields = Fields::new();
    let name = fields.take(named(name, "/name"));
    let scopes = fields.take(scopes.required("/scopes").and_then(|scopes| {
        let said = Said::new("하나 이상 정해 주세요.", "At least one, please.");
        if scopes.is_empty() {
            return Err(FieldError::new("/scopes", "length", said));
        }
        scopes.iter().map(|scope| scope_of(scope)).collect()
    }));
    let now = accounts.db.clock().now();
    let expires_at = expires_at.optional("/expires_at").and_then(|end| rules::key_until(end, now));
    let expires_at = fields.take(expires_at);
    let ((name, scopes), expires_at) = fields.finish(name.zip(scopes).zip(expires_at))?;
    let (record, text) = accounts.make_key(&by.0, NewKey { name, scopes, expires_at }).await?;
    let view = KeyView::from(ListedKey { key: record, last_used_at: None });
    let made = NewKeyView { key: text.expose().to_owned(), view };
    Ok(Answer::created("키는 지금만 볼 수 있습니다. 안전한 곳에 보관해 주세요.", &made))
}

async fn revoke(
    by: Staff<permit::StaffManage>,
    State(accounts): State<Accounts>,
    Segment(id): Segment<String>,
) -> Result<Answer, Problem> {
    accounts.revoke_key(&by.0, &id).await?;
    Ok(Told::say("키를 폐기했습니다."))
}
