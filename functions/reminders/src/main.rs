//! The Lambda `reminders`.

use std::process::ExitCode;

use maru_bookings::Reminders;
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&reminders::FUNCTION, &reminders::grants(), |start| async move {
        let reminders = Reminders::new(start.db);
        maru_web::serve_ticks(move || {
            let reminders = reminders.clone();
            async move { reminders.run().await.map(|reminded| json!({"reminded": reminded})) }
        })
        .await
    })
    .await
}
