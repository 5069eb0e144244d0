//! The Lambda `reset-password`.

use std::process::ExitCode;

use maru_accounts::{House, Keys, Policy};
use maru_settings::Var;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&reset_password::FUNCTION, &reset_password::grants(), |start| async move {
        let keys = start.vault().supply(|secrets| Keys::derive(&secrets.master()));
        let house =
            House { passwords: Policy::named(start.settings.get(Var::PasswordPolicy)), ..House::default() };
        maru_web::serve(start.front(reset_password::api(start.db.clone(), keys, house))).await
    })
    .await
}
