//! Signing in by Kakao, linking and unlinking.

use maru_accounts::{Accounts, House, KAKAO_GRANTS, Keys, kakao_api};
use maru_kakao::Kakao;
use maru_kernel::Supply;
use maru_settings::{Function, Var};
use maru_table::{Db, Grant};
use maru_web::Mounted;

/// What it reads from its environment.
pub const FUNCTION: Function = Function {
    name: "kakao-login",
    vars: &[
        Var::AllowedOrigins,
        Var::Stage,
        Var::SecretArn,
        Var::RetentionDays,
        Var::StaffMfa,
        Var::KakaoApiUrl,
        Var::KakaoAudiences,
        Var::KakaoAuthUrl,
        Var::KakaoRedirectUris,
        Var::KakaoRestApiKey,
    ],
};

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    [maru_identity::GRANTS.as_slice(), &KAKAO_GRANTS].concat()
}

/// What it serves.
pub fn api(db: Db, keys: Supply<Keys>, house: House, kakao: Supply<Kakao>) -> Mounted {
    kakao_api(Accounts::new(db, keys, house).with_kakao(kakao))
}
