//! The Lambda `sessions`.

use std::process::ExitCode;

use maru_accounts::Keys;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&sessions::FUNCTION, &sessions::grants(), |start| async move {
        let keys = start.vault().supply(|secrets| Keys::derive(&secrets.master));
        maru_web::serve(start.front(sessions::api(start.db.clone(), keys))).await
    })
    .await
}
