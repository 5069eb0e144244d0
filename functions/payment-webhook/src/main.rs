//! The Lambda `payment-webhook`.

use std::process::ExitCode;

use maru_dial::Dial;
use maru_settings::Var;
use maru_toss::Toss;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&payment_webhook::FUNCTION, &payment_webhook::grants(), |start| async move {
        let dial = Dial::new().ok_or("TLS cannot be set up")?;
        let base = start.settings.get(Var::TossBaseUrl).to_owned();
        let toss =
            start.vault().supply(move |secrets| Toss::with_key(&dial, &base, &secrets.toss_secret_key));
        maru_web::serve(start.front(payment_webhook::api(start.db.clone(), toss))).await
    })
    .await
}
