//! The Lambda `sessions`.

use std::process::ExitCode;

use maru_accounts::{House, Keys};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&sessions::FUNCTION, &sessions::grants(), |start| async move {
        let keys = start.vault().supply(|secrets| Keys::derive(&secrets.master()));
        let house = House::default();
        maru_web::serve(start.front(sessions::api(start.db.clone(), keys, house))).await
    })
    .await
}
