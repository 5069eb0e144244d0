//! Inputs and views of the sign-in by Kakao.

use maru_kernel::Secret;
use maru_web::Raw;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::service::SignedIn;

/// What Kakao vouches with: a code, or an `id_token` with its nonce.
#[derive(Deserialize, ToSchema)]
pub(super) struct Proof {
    /// The code the browser brought back.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub(super) code: Raw<Secret>,
    /// Where the browser came back to; the first registered address if none is said.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub(super) redirect_uri: Raw<String>,
    /// The token of a phone's library.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub(super) id_token: Raw<Secret>,
    /// What the app gave that library.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub(super) nonce: Raw<String>,
}

/// The same, to be linked.
#[derive(Deserialize, ToSchema)]
pub(super) struct LinkProof {
    #[serde(flatten)]
    pub(super) proof: Proof,
    /// The present password, where the sign-in is not fresh.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub(super) password: Raw<Secret>,
}

/// An administrator's proof.
#[derive(Deserialize, ToSchema)]
pub(super) struct AdminProof {
    /// The code the browser brought back.
    #[schema(value_type = String)]
    pub(super) code: Raw<Secret>,
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub(super) redirect_uri: Raw<String>,
    /// What `GET /admin/login/kakao` gave; checked where it is sent.
    #[schema(value_type = Option<String>)]
    #[serde(default)]
    pub(super) state: Raw<String>,
}

/// Tokens, under the names the clients of Kakao's sign-in know.
#[derive(Serialize, ToSchema)]
pub(super) struct KakaoTokens {
    /// The access token.
    jwt: String,
    refresh_token: String,
    /// Seconds the access token lives.
    expires_in: i64,
    token_type: &'static str,
}

impl KakaoTokens {
    pub(super) fn of(session: &SignedIn) -> Self {
        Self {
            jwt: session.token.expose().to_owned(),
            refresh_token: session.refresh_token.expose().to_owned(),
            expires_in: session.expires_in,
            token_type: "Bearer",
        }
    }
}

/// Somebody signed in by Kakao.
#[derive(Serialize, ToSchema)]
pub(super) struct ByKakao {
    pub(super) success: bool,
    #[serde(flatten)]
    pub(super) tokens: KakaoTokens,
    pub(super) user: KakaoUser,
}

/// A person of Kakao's.
#[derive(Serialize, ToSchema)]
pub(super) struct KakaoUser {
    /// Kakao's id, as text: it is too long for JavaScript's numbers.
    pub(super) kakao_id: String,
    pub(super) nickname: String,
    /// `회원` once they told the rest, `비회원` before.
    pub(super) member_status: &'static str,
    pub(super) user_id: String,
}

/// An administrator signed in by Kakao.
#[derive(Serialize, ToSchema)]
pub(super) struct AdminByKakao {
    pub(super) success: bool,
    #[serde(flatten)]
    pub(super) tokens: KakaoTokens,
    /// Staff rights wait until a second factor is set up.
    pub(super) mfa_enrolment_required: bool,
    pub(super) admin: KakaoAdmin,
}

/// An administrator of Kakao's.
#[derive(Serialize, ToSchema)]
pub(super) struct KakaoAdmin {
    pub(super) kakao_id: String,
    pub(super) nickname: String,
    pub(super) role: &'static str,
}

/// Where an administrator's sign-in begins.
#[derive(Serialize, ToSchema)]
pub(super) struct Start {
    pub(super) success: bool,
    pub(super) authorize_url: String,
    /// Kept by the panel, and sent with the code.
    pub(super) state: String,
}

/// Kakao's notice.
#[derive(Deserialize, ToSchema)]
pub(super) struct Unlinked {
    #[serde(default)]
    #[schema(required)]
    pub(super) user_id: String,
    /// Why, in Kakao's words: `UNLINK_FROM_APPS`, `ACCOUNT_DELETE` and so on.
    pub(super) referrer_type: Option<String>,
}

/// Whether a Kakao account is linked.
#[derive(Serialize, ToSchema)]
pub(super) struct Linked {
    pub(super) success: bool,
    pub(super) message: &'static str,
    pub(super) kakao_id: Option<String>,
}

/// A Kakao account somebody asks about.
#[derive(Deserialize, ToSchema)]
pub(super) struct Known {
    /// Kakao's id, as text or number.
    #[schema(value_type = String, example = "4000000001")]
    pub(super) kakao_id: Raw<Value>,
    /// What they are called, if they are made.
    #[schema(value_type = Option<String>, max_length = 50)]
    #[serde(default, alias = "nickname")]
    pub(super) name: Raw<String>,
}

/// The person of a Kakao account.
#[derive(Serialize, ToSchema)]
pub(super) struct Looked {
    pub(super) success: bool,
    /// Whether they were made just now.
    pub(super) is_new: bool,
    pub(super) user: KakaoUser,
}
