//! The Lambda `mail-feedback`.

use std::process::ExitCode;

use maru_accounts::{AccountError, Keys, Suppressions};
use maru_web::NoticeEvent;
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&mail_feedback::FUNCTION, &mail_feedback::grants(), |start| async move {
        let keys = start.vault().supply(|secrets| Keys::derive(&secrets.master()));
        let suppressions = Suppressions::new(start.db, keys);
        maru_web::serve_events(move |event: NoticeEvent| {
            let suppressions = suppressions.clone();
            async move {
                let mut silenced = 0;
                for record in event.records {
                    silenced += suppressions.take(&record.sns.message).await?;
                }
                Ok::<_, AccountError>(json!({"silenced": silenced}))
            }
        })
        .await
    })
    .await
}
