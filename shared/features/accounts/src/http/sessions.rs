//! Staying signed in, seeing where, and signing out.

use maru_identity::Means;
use maru_kernel::{FieldError, Said, Secret, SessionId};
use maru_table::Cursor;
use maru_web::{
    Answer, Api, Doc, MaybeBody, Mounted, Oneself, Pagination, Problem, Raw, Refresh, Segment, State,
    StatusCode, Texts,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{Tokens, Told, Transport};
use crate::{AccountError, Accounts};

/// Devices a page shows.
const PAGE: u16 = 50;

/// The routes of `sessions`.
pub fn sessions_api(accounts: Accounts) -> Mounted {
    let contended = "동시에 변경됨 · changed meanwhile";
    let refresh_doc = Doc::new("refresh", "토큰 갱신", "Gives new tokens for a refresh token, in the body or in the panel's cookie with its header. A lost answer can be asked for again; a reused old token ends the session.")
        .maybe_body::<ByRefreshToken>()
        .plain::<Refreshed>(200, "갱신되었습니다 · refreshed")
        .refuses(403, "쿠키에 X-CSRF-Token이 없음 · the cookie's header is missing")
        .refuses(409, contended);
    let logout_doc = Doc::new("logout", "로그아웃", "Ends the session of the refresh token (body or cookie) or of the access token; the next request with its tokens is refused.")
        .maybe_body::<ByRefreshToken>()
        .plain::<Told>(200, "로그아웃되었습니다 · signed out")
        .refuses(403, "쿠키에 X-CSRF-Token이 없음 · the cookie's header is missing")
        .refuses(409, contended);
    let list_doc = Doc::new("listSessions", "로그인한 기기", "Where the caller is signed in, newest first.")
        .query("next", "앞 목록이 준 자리 · where the page before ended", || json!({"type": "string"}))
        .list::<Device>("기기 · devices");
    let end_doc = Doc::new("endSession", "기기 하나 로그아웃", "Ends one of the caller's sessions.")
        .plain::<Told>(200, "로그아웃되었습니다 · signed out")
        .refuses(409, contended);
    let all_doc =
        Doc::new("endSessions", "모든 기기 로그아웃", "Ends all of the caller's sessions, this one too.")
            .plain::<Told>(200, "로그아웃되었습니다 · signed out")
            .refuses(409, contended);
    Api::new()
        .post("/auth/refresh", refresh_doc, refresh)
        .post("/auth/logout", logout_doc, logout)
        .get("/auth/sessions", list_doc, list)
        .delete("/auth/sessions", all_doc, end_all)
        .delete("/auth/sessions/{id}", end_doc, end)
        .with_state(accounts)
}

/// A refresh token, unless the cookie holds it.
#[derive(Default, Deserialize, ToSchema)]
struct ByRefreshToken {
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    refresh_token: Raw<Secret>,
}

/// Fresh tokens.
#[derive(Serialize, ToSchema)]
struct Refreshed {
    success: bool,
    #[serde(flatten)]
    tokens: Tokens,
}

/// A signed-in device.
#[derive(Serialize, ToSchema)]
struct Device {
    id: String,
    /// The program, as it called itself.
    user_agent: Option<String>,
    created_at: String,
    /// When it last refreshed its tokens.
    last_seen_at: String,
    /// When it is over whatever it does.
    expires_at: String,
    /// Whether it is the one asking.
    current: bool,
}

async fn refresh(
    by: Refresh,
    State(accounts): State<Accounts>,
    body: MaybeBody<ByRefreshToken>,
) -> Result<Answer, Problem> {
    let (shown, transport) = shown(&by, &accounts, body.0.refresh_token).await?.ok_or_else(missing)?;
    let signed_in = accounts.refresh(&by.actor, shown.expose()).await?;
    let answer =
        Answer::plain(StatusCode::OK, &Refreshed { success: true, tokens: transport.tokens(&signed_in) });
    Ok(transport.carry(answer, &signed_in))
}

/// The refresh token of the body, or else of the cookie.
async fn shown(
    by: &Refresh,
    accounts: &Accounts,
    body: Raw<Secret>,
) -> Result<Option<(Secret, Transport)>, Problem> {
    if let Some(token) = body.optional("/refresh_token")? {
        return Ok(Some((token, Transport::Body)));
    }
    match &by.cookie {
        Some(cookie) => Ok(Some((accounts.cookie_token(cookie).await?, Transport::Cookie))),
        None => Ok(None),
    }
}

fn missing() -> Problem {
    let said = Said::new("필수 항목입니다.", "This field is required.");
    FieldError::new("/refresh_token", "required", said).into()
}

async fn logout(
    by: Refresh,
    State(accounts): State<Accounts>,
    body: MaybeBody<ByRefreshToken>,
) -> Result<Answer, Problem> {
    let body = body.0.refresh_token.optional("/refresh_token")?;
    let token = match (body, &by.cookie) {
        (Some(token), _) => Some(token),
        (None, None) => None,
        (None, Some(cookie)) => match accounts.cookie_token(cookie).await {
            // A cookie of yesterday keeps nobody in who shows another proof.
            Err(AccountError::BadRefreshToken) if by.caller.is_some() => None,
            shown => Some(shown?),
        },
    };
    if token.is_none() && by.caller.is_none() {
        return Err(Problem::unauthorized());
    }
    if let Some(token) = token {
        accounts.sign_out_by_token(&by.actor, token.expose()).await?;
    }
    // Whatever the token was, whoever asks is out.
    if let Some(caller) = &by.caller {
        accounts.sign_out(caller).await?;
    }
    Ok(Told::say("로그아웃되었습니다.").cookie(None, 0))
}

async fn list(by: Oneself, State(accounts): State<Accounts>, query: Texts) -> Result<Answer, Problem> {
    let after = query.get("next").and_then(Cursor::decode);
    let page = accounts.sessions(&by.0, after, PAGE).await?;
    let devices: Vec<Device> = page
        .items
        .into_iter()
        .map(|session| Device {
            current: by.0.means == Means::Session(session.session_id),
            id: session.session_id.to_string(),
            user_agent: session.user_agent,
            created_at: session.created_at.to_string(),
            last_seen_at: session.rotated_at.to_string(),
            expires_at: maru_kernel::Timestamp::from_second(session.expires_at)
                .unwrap_or_default()
                .to_string(),
        })
        .collect();
    let next = page.next.map(|next| next.encode());
    let pagination = Pagination { page_size: PAGE, has_next: next.is_some(), next };
    Ok(Answer::list(&devices, &pagination))
}

async fn end(
    by: Oneself,
    State(accounts): State<Accounts>,
    Segment(id): Segment<SessionId>,
) -> Result<Answer, Problem> {
    accounts.end_session(&by.0, id).await?;
    Ok(Told::say("로그아웃되었습니다."))
}

async fn end_all(by: Oneself, State(accounts): State<Accounts>) -> Result<Answer, Problem> {
    accounts.end_all_sessions(&by.0).await?;
    Ok(Told::say("모든 기기에서 로그아웃되었습니다.").cookie(None, 0))
}
