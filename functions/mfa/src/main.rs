//! The Lambda `mfa`.

use std::process::ExitCode;

use maru_accounts::{House, Keys};
use maru_settings::Var;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&mfa::FUNCTION, &mfa::grants(), |start| async move {
        let keys = start.vault().supply(|secrets| Keys::derive(&secrets.master()));
        let house = House { staff_mfa: start.settings.is(Var::StaffMfa, "required"), ..House::default() };
        maru_web::serve(start.front(mfa::api(start.db.clone(), keys, house))).await
    })
    .await
}
