//! The Lambda `payments`.

use std::process::ExitCode;

use maru_dial::Dial;
use maru_payments::{Checkout, Grades, Tickets};
use maru_settings::Var;
use maru_toss::Toss;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&payments::FUNCTION, &payments::grants(), |start| async move {
        let dial = Dial::new().ok_or("TLS cannot be set up")?;
        let base = start.settings.get(Var::TossBaseUrl).to_owned();
        let vault = start.vault();
        let tickets = vault.clone().supply(|secrets| Some(Tickets::derive(&secrets.master())));
        let checkout = Checkout::new(start.settings.get(Var::CheckoutUrl), tickets);
        let toss = vault.supply(move |secrets| Toss::with_key(&dial, &base, &secrets.toss_secret_key));
        let grades = Grades::read(start.settings.get(Var::MembershipPrices));
        maru_web::serve(start.front(payments::api(start.db.clone(), grades, toss, checkout))).await
    })
    .await
}
