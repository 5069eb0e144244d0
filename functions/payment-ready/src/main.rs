//! The Lambda `payment-ready`.

use std::process::ExitCode;

use maru_payments::{Grades, Window};
use maru_settings::Var;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&payment_ready::FUNCTION, &payment_ready::grants(), |start| async move {
        let client_key = start.settings.get(Var::TossClientKey).to_owned();
        let window = Window { client_key, checkout_url: start.settings.get(Var::CheckoutUrl).to_owned() };
        let grades = Grades::read(start.settings.get(Var::MembershipPrices));
        maru_web::serve(start.front(payment_ready::api(start.db.clone(), grades, window))).await
    })
    .await
}
