//! The Lambda `rooms`.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&rooms::FUNCTION, &rooms::grants(), |start| async move {
        maru_web::serve(start.front(rooms::api(start.db.clone()))).await
    })
    .await
}
