//! The Lambda `hold-sweeper`.

use std::process::ExitCode;

use maru_bookings::Sweeper;
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&hold_sweeper::FUNCTION, &hold_sweeper::grants(), |start| async move {
        let sweeper = Sweeper::new(start.db);
        maru_web::serve_ticks(move || {
            let sweeper = sweeper.clone();
            async move { sweeper.run().await.map(|swept| json!(swept)) }
        })
        .await
    })
    .await
}
