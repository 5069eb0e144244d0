//! The Lambda `staff`.

use std::process::ExitCode;

use maru_accounts::{House, Keys};
use maru_settings::Var;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&staff::FUNCTION, &staff::grants(), |start| async move {
        let keys = start.vault().supply(|secrets| Keys::derive(&secrets.master()));
        let house = House { retention_days: start.settings.days(Var::RetentionDays), ..House::default() };
        maru_web::serve(start.front(staff::api(start.db.clone(), keys, house))).await
    })
    .await
}
