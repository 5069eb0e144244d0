//! The Lambda `reset-password`.

use std::process::ExitCode;

use maru_accounts::Keys;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&reset_password::FUNCTION, &reset_password::grants(), |start| async move {
        let keys = start.vault().supply(|secrets| Keys::derive(&secrets.master));
        maru_web::serve(start.front(reset_password::api(start.db.clone(), keys))).await
    })
    .await
}
