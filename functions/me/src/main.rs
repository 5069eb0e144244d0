//! The Lambda `me`.

use std::process::ExitCode;

use maru_accounts::{House, Keys, Policy, documents};
use maru_settings::Var;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&me::FUNCTION, &me::grants(), |start| async move {
        let keys = start.vault().supply(|secrets| Keys::derive(&secrets.master()));
        let house = House {
            passwords: Policy::named(start.settings.get(Var::PasswordPolicy)),
            documents: documents(start.settings.get(Var::Consents)),
            retention_days: start.settings.days(Var::RetentionDays),
            ..House::default()
        };
        maru_web::serve(start.front(me::api(start.db.clone(), keys, house))).await
    })
    .await
}
