//! The Lambda `forgot-password`.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&forgot_password::FUNCTION, &forgot_password::grants(), |start| async move {
        maru_web::serve(start.front(forgot_password::api(start.db.clone()))).await
    })
    .await
}
