//! The Lambda `verify-email`.

use std::process::ExitCode;

use maru_accounts::{House, Keys, documents};
use maru_kernel::Email;
use maru_settings::Var;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&verify_email::FUNCTION, &verify_email::grants(), |start| async move {
        let keys = start.vault().supply(|secrets| Keys::derive(&secrets.master()));
        let house = House {
            owner: Email::parse(start.settings.get(Var::OwnerEmail)),
            documents: documents(start.settings.get(Var::Consents)),
            ..House::default()
        };
        maru_web::serve(start.front(verify_email::api(start.db.clone(), keys, house))).await
    })
    .await
}
