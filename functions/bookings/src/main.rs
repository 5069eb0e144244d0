//! The Lambda `bookings`.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&bookings::FUNCTION, &bookings::grants(), |start| async move {
        maru_web::serve(start.front(bookings::api(start.db.clone()))).await
    })
    .await
}
