//! The Lambda `mailer`.

use std::process::ExitCode;

use mailer::Mailer;
use maru_accounts::Keys;
use maru_mail::Mail;
use maru_settings::Var;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&mailer::FUNCTION, &mailer::grants(), |start| async move {
        let keys = start.vault().supply(|secrets| Keys::derive(&secrets.master()));
        let sender = start.settings.get(Var::SenderEmail);
        let mail = Mail::new(start.settings.sdk(), start.settings.ses_endpoint(), sender)
            .reporting_by(start.settings.get(Var::MailConfigurationSet));
        let (app, business) = (start.settings.get(Var::AppBaseUrl), start.settings.get(Var::BusinessInfo));
        let mailer = Mailer::new(&start.db, keys, mail, app, business);
        maru_web::serve_stream(move |record| {
            let mailer = mailer.clone();
            async move { mailer.handle(record).await }
        })
        .await
    })
    .await
}
