//! The Lambda `payments`.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&payments::FUNCTION, &payments::grants(), |start| async move {
        maru_web::serve(start.front(payments::api(start.db.clone()))).await
    })
    .await
}
