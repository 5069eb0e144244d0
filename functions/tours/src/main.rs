//! The Lambda `tours`.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&tours::FUNCTION, &tours::grants(), |start| async move {
        maru_web::serve(start.front(tours::api(start.db.clone()))).await
    })
    .await
}
