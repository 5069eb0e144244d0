//! The Lambda `payment-checker`.

use std::process::ExitCode;

use maru_dial::Dial;
use maru_payments::{Checker, Desk};
use maru_settings::Var;
use maru_toss::Toss;
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&payment_checker::FUNCTION, &payment_checker::grants(), |start| async move {
        let dial = Dial::new().ok_or("TLS cannot be set up")?;
        let base = start.settings.get(Var::TossBaseUrl).to_owned();
        let toss =
            start.vault().supply(move |secrets| Toss::with_key(&dial, &base, &secrets.toss_secret_key));
        let checker = Checker::new(Desk::new(start.db, toss));
        maru_web::serve_ticks(move || {
            let checker = checker.clone();
            async move { checker.run().await.map(|checked| json!(checked)) }
        })
        .await
    })
    .await
}
