//! The Lambda `payment-ready`.

use std::process::ExitCode;

use maru_payments::{Checkout, Grades, Tickets, Window};
use maru_settings::Var;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&payment_ready::FUNCTION, &payment_ready::grants(), |start| async move {
        let client_key = start.settings.get(Var::TossClientKey).to_owned();
        let window = Window { client_key, ..Window::default() };
        let tickets = start.vault().supply(|secrets| Some(Tickets::derive(&secrets.master())));
        let checkout = Checkout::new(start.settings.get(Var::CheckoutUrl), tickets);
        let grades = Grades::read(start.settings.get(Var::MembershipPrices));
        maru_web::serve(start.front(payment_ready::api(start.db.clone(), grades, window, checkout))).await
    })
    .await
}
