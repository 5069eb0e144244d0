//! The Lambda `forgot-password`.

use std::process::ExitCode;

use maru_accounts::{House, Keys};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&forgot_password::FUNCTION, &forgot_password::grants(), |start| async move {
        let keys = start.vault().supply(|secrets| Keys::derive(&secrets.master()));
        let house = House::default();
        maru_web::serve(start.front(forgot_password::api(start.db.clone(), keys, house))).await
    })
    .await
}
