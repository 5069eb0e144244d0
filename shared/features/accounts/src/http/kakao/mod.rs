//! Signing in by Kakao.

mod views;

use std::time::Duration;

use maru_identity::permit;
use maru_kakao::{Kakao, KakaoId};
use maru_kernel::{FieldError, Fields, LineRule, Said, Supply, line};
use maru_web::{
    Answer, Api, Body, Doc, Form, FromRef, HeaderMap, MaybeBody, Mounted, Oneself, Problem, Public, Staff,
    State, StatusCode, Texts, Verifier, Webhook,
};
use serde_json::{Value, json};

use super::{ByPassword, Told, half_way, member_status, shown_password};
use crate::Accounts;
use crate::service::{Entered, KakaoProof, KakaoSignedIn};
use views::{
    AdminByKakao, AdminProof, ByKakao, KakaoAdmin, KakaoTokens, KakaoUser, Known, LinkProof, Linked, Looked,
    Proof, Start, Unlinked,
};

/// Kakao waits three seconds for its notice to be taken, and sends it again where it was not.
const HOOK_DEADLINE: Duration = Duration::from_millis(2500);

/// The routes of `kakao-login`.
pub fn kakao_api(accounts: Accounts) -> Mounted {
    let away = "카카오에 연결할 수 없음 · Kakao is away";
    let contended = "동시에 변경됨 · changed meanwhile";
    let refused = "정지되었거나 카카오가 거절함 · suspended, or refused by Kakao";
    let login_doc = Doc::new("kakaoLogin", "카카오 로그인", "Signs in by a code a browser brought back, or by the id_token and nonce of a phone's library. The first time makes the person; POST /submit completes them.")
        .body::<Proof>()
        .plain::<ByKakao>(200, "로그인되었습니다 · signed in")
        .refuses(401, "코드가 올바르지 않음 · the code does not count")
        .refuses(403, refused)
        .refuses(409, contended)
        .refuses(429, "너무 많이 시도함 · too many tries")
        .refuses(503, away);
    let start_doc = Doc::new(
        "startAdminKakaoLogin",
        "관리자 카카오 로그인 시작",
        "Where to send an administrator's browser, and the state it must bring back.",
    )
    .query("redirect_uri", "등록된 주소 · a registered address", || json!({"type": "string"}))
    .plain::<Start>(200, "카카오 주소 · Kakao's address")
    .refuses(422, "등록되지 않은 redirect_uri · not registered");
    let admin_doc = Doc::new(
        "adminKakaoLogin",
        "관리자 카카오 로그인",
        "Signs in staff by a Kakao account that was put on the list.",
    )
    .body::<AdminProof>()
    .plain::<AdminByKakao>(200, "로그인되었습니다 · signed in")
    .refuses(401, "코드나 state가 올바르지 않음 · code or state does not count")
    .refuses(403, "허용되지 않은 계정 · not on the list")
    .refuses(409, contended)
    .refuses(429, "너무 많이 시도함 · too many tries")
    .refuses(503, away);
    let hook_doc = Doc::new("kakaoUnlinked", "카카오 연결 해제 알림", "Kakao tells that somebody cut the link there. Answered within three seconds, also for people nobody knows.")
        .form::<Unlinked>()
        .plain::<Told>(200, "받았습니다 · taken")
        .refuses(409, contended);
    let link_doc = Doc::new(
        "linkKakao",
        "카카오 연결",
        "Links the caller's account to a Kakao account. Needs a fresh sign-in, or the password.",
    )
    .body::<LinkProof>()
    .plain::<Linked>(200, "연결되었습니다 · linked")
    .refuses(409, "이미 연결됨 · linked already")
    .refuses(429, "너무 많이 시도함 · too many tries")
    .refuses(503, away);
    let unlink_doc = Doc::new(
        "unlinkKakao",
        "카카오 연결 끊기",
        "Cuts the link, unless it is the only way in. Needs a fresh sign-in, or the password.",
    )
    .maybe_body::<ByPassword>()
    .plain::<Linked>(200, "끊었습니다 · unlinked")
    .refuses(404, "연결되어 있지 않음 · not linked")
    .refuses(409, "유일한 로그인 수단 · the only way in")
    .refuses(429, "너무 많이 시도함 · too many tries");
    let known_doc = Doc::new(
        "loginOrRegister",
        "회원 확인 또는 등록",
        "For staff and machines: the person of a Kakao account, made if there is none.",
    )
    .body::<Known>()
    .plain::<Looked>(200, "있거나 만들었습니다 · there, or made")
    .refuses(409, contended);
    Api::new()
        .post("/login/kakao", login_doc, login)
        .get("/admin/login/kakao", start_doc, start)
        .post("/admin/login/kakao", admin_doc, admin_login)
        .post("/webhooks/kakao/unlink", hook_doc, unlinked)
        .post("/me/kakao", link_doc, link)
        .delete("/me/kakao", unlink_doc, unlink)
        .post("/users/login-or-register", known_doc, known)
        .with_state(accounts)
}

/// Kakao, as its webhooks show it.
#[derive(Clone)]
pub struct KakaoHook(Supply<Kakao>);

impl FromRef<Accounts> for KakaoHook {
    fn from_ref(accounts: &Accounts) -> Self {
        Self(accounts.kakao_supply())
    }
}

impl Verifier for KakaoHook {
    const NAME: &'static str = "kakao";

    async fn knows(&self, headers: &HeaderMap) -> Option<bool> {
        let kakao = self.0.get().await?;
        Some(kakao.is_from_kakao(headers.get("authorization").and_then(|value| value.to_str().ok())))
    }
}

impl Proof {
    /// A code, or else a token with its nonce; `None` where `fields` has been told why not.
    fn read(self, fields: &mut Fields) -> Option<KakaoProof> {
        let Self { code, redirect_uri, id_token, nonce } = self;
        let (no_code, no_token) = (code.is_missing(), id_token.is_missing());
        let redirect_uri = fields.take(redirect_uri.optional("/redirect_uri"));
        if no_code && !no_token {
            let token = fields.take(id_token.required("/id_token"));
            let nonce = fields.take(nonce.required("/nonce"));
            return token.zip(nonce).map(|(token, nonce)| KakaoProof::IdToken { token, nonce });
        }
        let unused = fields.take(id_token.optional("/id_token")).zip(fields.take(nonce.optional("/nonce")));
        let code = fields.take(code.required("/code"));
        let proof = code.zip(redirect_uri).zip(unused);
        proof.map(|((code, redirect_uri), _)| KakaoProof::Code { code, redirect_uri })
    }
}

fn person(signed_in: &KakaoSignedIn, user_id: String) -> KakaoUser {
    KakaoUser {
        kakao_id: signed_in.kakao_id.to_string(),
        nickname: signed_in.nickname.clone(),
        member_status: member_status(signed_in.completed),
        user_id,
    }
}

async fn login(by: Public, State(accounts): State<Accounts>, body: Body<Proof>) -> Result<Answer, Problem> {
    let mut fields = Fields::new();
    let proof = body.value.read(&mut fields);
    let signed_in = accounts.sign_in_kakao(&by.actor, &fields.finish(proof)?).await?;
    Ok(match &signed_in.entered {
        Entered::Factor(ticket) => half_way(ticket),
        Entered::In(session) => Answer::plain(
            StatusCode::OK,
            &ByKakao {
                success: true,
                tokens: KakaoTokens::of(session),
                user: person(&signed_in, session.user.user_id.to_string()),
            },
        ),
    })
}

async fn start(_: Public, State(accounts): State<Accounts>, query: Texts) -> Result<Answer, Problem> {
    let (authorize_url, state) = accounts.start_admin(query.get("redirect_uri")).await?;
    Ok(Answer::plain(StatusCode::OK, &Start { success: true, authorize_url, state }))
}

async fn admin_login(
    by: Public,
    State(accounts): State<Accounts>,
    body: Body<AdminProof>,
) -> Result<Answer, Problem> {
    let AdminProof { code, redirect_uri, state } = body.value;
    let mut fields = Fields::new();
    let code = fields.take(code.required("/code"));
    let redirect_uri = fields.take(redirect_uri.optional("/redirect_uri"));
    let state = fields.take(state.optional("/state"));
    let ((code, redirect_uri), state) = fields.finish(code.zip(redirect_uri).zip(state))?;
    let signed_in = accounts.sign_in_admin(&by.actor, code, redirect_uri, state.as_deref()).await?;
    Ok(match &signed_in.entered {
        Entered::Factor(ticket) => half_way(ticket),
        Entered::In(session) => Answer::plain(
            StatusCode::OK,
            &AdminByKakao {
                success: true,
                tokens: KakaoTokens::of(session),
                mfa_enrolment_required: session.limited,
                admin: KakaoAdmin {
                    kakao_id: signed_in.kakao_id.to_string(),
                    nickname: signed_in.nickname.clone(),
                    role: signed_in.role.as_str(),
                },
            },
        ),
    })
}

async fn unlinked(
    by: Webhook<KakaoHook>,
    State(accounts): State<Accounts>,
    Form(told): Form<Unlinked>,
) -> Result<Answer, Problem> {
    // An id that is none names nobody, and Kakao wants to hear that it was taken.
    if let Ok(id) = told.user_id.parse() {
        tracing::info!(reason = told.referrer_type, "kakao unlinked");
        let done = tokio::time::timeout(HOOK_DEADLINE, accounts.unlinked_there(&by.actor, id)).await;
        done.map_err(|_| Problem::unavailable())??;
    }
    Ok(Told::say("받았습니다."))
}

async fn link(
    by: Oneself,
    State(accounts): State<Accounts>,
    body: Body<LinkProof>,
) -> Result<Answer, Problem> {
    let LinkProof { proof, password } = body.value;
    let mut fields = Fields::new();
    let proof = proof.read(&mut fields);
    let password = fields.take(shown_password(password));
    let (proof, password) = fields.finish(proof.zip(password))?;
    let user = accounts.link_kakao(&by.0, &proof, password.as_ref()).await?;
    let message = "카카오 계정을 연결했습니다.";
    Ok(Answer::plain(StatusCode::OK, &Linked { success: true, message, kakao_id: user.kakao_id }))
}

async fn unlink(
    by: Oneself,
    State(accounts): State<Accounts>,
    body: MaybeBody<ByPassword>,
) -> Result<Answer, Problem> {
    let password = shown_password(body.0.password)?;
    let user = accounts.unlink_kakao(&by.0, password.as_ref()).await?;
    let message = "카카오 계정의 연결을 끊었습니다.";
    Ok(Answer::plain(StatusCode::OK, &Linked { success: true, message, kakao_id: user.kakao_id }))
}

async fn known(
    by: Staff<permit::PeopleWrite>,
    State(accounts): State<Accounts>,
    body: Body<Known>,
) -> Result<Answer, Problem> {
    let Known { kakao_id, name } = body.value;
    let mut fields = Fields::new();
    let id = fields.take(kakao_id.required("/kakao_id").and_then(|typed| kakao_id_of(&typed)));
    let rule = LineRule { pointer: "/name", min: 1, max: 50, multiline: false };
    let name = fields.take(name.optional("/name").and_then(|name| name.map(|n| line(&n, rule)).transpose()));
    let (id, name) = fields.finish(id.zip(name))?;
    let (user, is_new) = accounts.look_up_or_make(&by.0, id, name).await?;
    let user = KakaoUser {
        kakao_id: id.to_string(),
        nickname: user.name.clone(),
        member_status: member_status(user.completed_at.is_some()),
        user_id: user.user_id.to_string(),
    };
    Ok(Answer::plain(StatusCode::OK, &Looked { success: true, is_new, user }))
}

/// Kakao's id as text or number.
pub(super) fn kakao_id_of(typed: &Value) -> Result<KakaoId, FieldError> {
    let text = match typed {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            let said = Said::new("형식이 올바르지 않습니다.", "Wrong type.");
            return Err(FieldError::new("/kakao_id", "type", said));
        }
    };
    let said = Said::new("카카오 회원번호가 아닙니다.", "Not a Kakao id.");
    text.parse().map_err(|_| FieldError::new("/kakao_id", "value", said))
}
