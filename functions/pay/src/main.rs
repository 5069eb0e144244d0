//! The Lambda `pay`.

use std::process::ExitCode;

use maru_dial::Dial;
use maru_payments::{Checkout, Grades, Tickets, Window};
use maru_settings::Var;
use maru_toss::Toss;
use pay::Paying;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&pay::FUNCTION, &pay::grants(), |start| async move {
        let dial = Dial::new().ok_or("TLS cannot be set up")?;
        let (settings, vault) = (&start.settings, start.vault());
        let base = settings.get(Var::TossBaseUrl).to_owned();
        let tickets = vault.clone().supply(|secrets| Some(Tickets::derive(&secrets.master())));
        let paying = Paying {
            grades: Grades::read(settings.get(Var::MembershipPrices)),
            window: Window {
                client_key: settings.get(Var::TossClientKey).to_owned(),
                stand_in: settings.get(Var::PayWindowUrl).to_owned(),
            },
            checkout: Checkout::new(settings.get(Var::CheckoutUrl), tickets),
            toss: vault.supply(move |secrets| Toss::with_key(&dial, &base, &secrets.toss_secret_key)),
        };
        let api = pay::api(start.db.clone(), paying, settings.get(Var::BusinessInfo));
        maru_web::serve(start.front(api)).await
    })
    .await
}
