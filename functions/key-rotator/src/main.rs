//! The Lambda `key-rotator`.

use std::process::ExitCode;

use maru_accounts::{Keys, Rotator};
use maru_web::TickEvent;
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&key_rotator::FUNCTION, &key_rotator::grants(), |start| async move {
        let keys = start.vault().supply(|secrets| Keys::derive(&secrets.master()));
        let rotator = Rotator::new(start.db, keys);
        maru_web::serve_events(move |event: TickEvent| {
            let rotator = rotator.clone();
            async move {
                let ring = rotator.run(&event).await?;
                let ids: Vec<&str> = ring.keys.iter().map(|key| key.kid.as_str()).collect();
                Ok::<_, maru_accounts::AccountError>(json!({"keys": ids}))
            }
        })
        .await
    })
    .await
}
