//! The Lambda `register`.

use std::process::ExitCode;

use maru_accounts::{House, Keys, Policy, Verification, documents};
use maru_settings::Var;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&register::FUNCTION, &register::grants(), |start| async move {
        let keys = start.vault().supply(|secrets| Keys::derive(&secrets.master()));
        let house = House {
            verification: Verification::named(start.settings.get(Var::EmailVerification)),
            passwords: Policy::named(start.settings.get(Var::PasswordPolicy)),
            documents: documents(start.settings.get(Var::Consents)),
            ..House::default()
        };
        maru_web::serve(start.front(register::api(start.db.clone(), keys, house))).await
    })
    .await
}
