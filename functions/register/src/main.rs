//! The Lambda `register`.

use std::process::ExitCode;

use maru_accounts::Verification;
use maru_settings::Var;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&register::FUNCTION, &register::grants(), |start| async move {
        let verification = match start.settings.get(Var::EmailVerification) {
            "optional" => Verification::Optional,
            _ => Verification::Required,
        };
        maru_web::serve(start.front(register::api(start.db.clone(), verification))).await
    })
    .await
}
