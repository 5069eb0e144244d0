//! Erases people who left, when their time has come; and again after a restore.

use maru_accounts::ERASER_GRANTS;
use maru_settings::{Function, Var};
use maru_table::Grant;

/// What it reads from its environment.
pub const FUNCTION: Function = Function {
    name: "eraser",
    vars: &[Var::SecretArn, Var::KakaoApiUrl, Var::KakaoAuthUrl, Var::KakaoRestApiKey],
};

/// What it may do to which table.
pub fn grants() -> Vec<Grant> {
    ERASER_GRANTS.to_vec()
}
