//! Each cause as a problem.

use maru_web::{Problem, StatusCode};
use serde_json::json;

use crate::AccountError;

impl From<AccountError> for Problem {
    #[allow(clippy::too_many_lines, reason = "one arm a cause")]
    fn from(error: AccountError) -> Self {
        let unauthorized =
            |code, ko: &'static str, en: &'static str| Self::new(StatusCode::UNAUTHORIZED, code, ko, en);
        let forbidden =
            |code, ko: &'static str, en: &'static str| Self::new(StatusCode::FORBIDDEN, code, ko, en);
        match error {
            AccountError::BadCredentials => unauthorized(
                "bad_credentials",
                "이메일 또는 비밀번호가 올바르지 않습니다.",
                "The e-mail or the password is wrong.",
            ),
            AccountError::WrongPassword => {
                unauthorized("wrong_password", "비밀번호가 올바르지 않습니다.", "The password is wrong.")
            }
            AccountError::TooMany(seconds) => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_tries",
                "너무 많이 시도했습니다. 잠시 후 다시 시도해 주세요.",
                "Too many tries. Please wait before the next one.",
            )
            .retry_after(seconds),
            AccountError::EmailTaken => {
                Self::conflict("email_taken", "이미 가입된 이메일입니다.", "This e-mail has an account.")
            }
            AccountError::BadLink => Self::unreadable(
                "bad_link",
                "링크가 올바르지 않거나 만료되었습니다. 다시 요청해 주세요.",
                "The link is wrong or has expired. Please ask again.",
            ),
            AccountError::BadRefreshToken => {
                unauthorized("bad_refresh_token", "다시 로그인해 주세요.", "Please sign in again.")
            }
            AccountError::NoCsrf => forbidden(
                "csrf",
                "X-CSRF-Token 헤더가 필요합니다.",
                "The cookie needs its X-CSRF-Token header.",
            ),
            AccountError::BadCode => {
                unauthorized("bad_code", "코드가 올바르지 않습니다.", "The code is wrong.")
            }
            AccountError::BadTicket => unauthorized(
                "bad_mfa_token",
                "처음부터 다시 로그인해 주세요.",
                "Please sign in from the start.",
            ),
            AccountError::FactorState => Self::conflict(
                "mfa_state",
                "2단계 인증이 그런 상태가 아닙니다.",
                "Two-step sign-in is not in that state.",
            ),
            AccountError::FactorRequired => Self::conflict(
                "mfa_required",
                "직원은 2단계 인증을 끌 수 없습니다.",
                "Staff may not switch two-step sign-in off.",
            ),
            AccountError::NotRecent => forbidden(
                "sign_in_again",
                "다시 로그인하거나 비밀번호를 함께 보내 주세요.",
                "Sign in again, or send your password along.",
            ),
            AccountError::BadKakao => unauthorized(
                "bad_kakao",
                "카카오 로그인을 확인할 수 없습니다. 다시 시도해 주세요.",
                "Kakao does not vouch for this sign-in. Please try again.",
            ),
            AccountError::KakaoRefuses(code) => forbidden(
                "kakao_refuses",
                "카카오에서 이 계정의 로그인을 허용하지 않습니다.",
                "Kakao does not let this account sign in.",
            )
            .with("kakao_code", json!(code)),
            AccountError::KakaoAway(why) => {
                tracing::warn!(why, "kakao");
                Self::unavailable()
            }
            AccountError::BadRedirect => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "bad_redirect_uri",
                "등록되지 않은 redirect_uri입니다.",
                "This redirect_uri is not registered.",
            ),
            AccountError::KakaoTaken => Self::conflict(
                "kakao_taken",
                "이미 연결된 카카오 계정이 있습니다.",
                "A Kakao account is linked already.",
            ),
            AccountError::Unproved => Self::conflict(
                "email_unproved",
                "먼저 비밀번호 찾기 메일로 이메일 주소를 확인해 주세요.",
                "Prove your address first, by the mail that resets the password.",
            ),
            AccountError::LastWayIn => Self::conflict(
                "last_way_in",
                "유일한 로그인 수단은 끊을 수 없습니다.",
                "The only way to sign in cannot be taken away.",
            ),
            AccountError::NotAllowed => forbidden(
                "not_staff",
                "관리자로 허용된 계정이 아닙니다.",
                "This account is not on the list of administrators.",
            ),
            AccountError::Suspended => {
                forbidden("suspended", "이용이 정지된 계정입니다.", "This account is suspended.")
            }
            AccountError::Missing => Self::not_found(),
            AccountError::BeyondRole => Self::forbidden(),
            AccountError::LastOwner => Self::conflict(
                "last_owner",
                "마지막 소유자는 바꾸거나 나갈 수 없습니다.",
                "The last owner must stay.",
            ),
            AccountError::AlreadyAPerson(user) => Self::conflict(
                "already_a_person",
                "이미 가입한 사람입니다. 역할을 바꿔 주세요.",
                "They have an account: change their role instead.",
            )
            .with("user_id", json!(user)),
            AccountError::WrongStanding => Self::conflict(
                "wrong_standing",
                "현재 상태에서는 할 수 없습니다.",
                "Not possible in their present standing.",
            ),
            AccountError::Stale => Self::conflict(
                "conflict_version",
                "그 사이에 다른 사람이 바꾸었습니다. 다시 읽고 시도해 주세요.",
                "Somebody changed it meanwhile. Read it again and retry.",
            ),
            AccountError::Contended => Self::conflict(
                "changed_meanwhile",
                "동시에 변경되었습니다. 다시 시도해 주세요.",
                "It was changed meanwhile. Please try again.",
            ),
            AccountError::Wrong(fields) => Self::fields(fields),
            AccountError::Store(error) => error.into(),
            AccountError::Broken(why) => {
                tracing::error!(why, "accounts");
                Self::unavailable()
            }
        }
    }
}
