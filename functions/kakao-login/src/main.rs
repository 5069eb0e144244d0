//! The Lambda `kakao-login`.

use std::process::ExitCode;

use maru_accounts::{House, Keys};
use maru_dial::Dial;
use maru_kakao::{Kakao, KakaoSettings};
use maru_settings::{Settings, Var};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&kakao_login::FUNCTION, &kakao_login::grants(), |start| async move {
        let keys = start.vault().supply(|secrets| Keys::derive(&secrets.master()));
        let dial = Dial::new().ok_or("TLS cannot be set up")?;
        let settings = kakao_settings(&start.settings);
        let kakao = start.vault().supply(move |secrets| {
            Kakao::new(
                dial.clone(),
                KakaoSettings {
                    client_secret: Some(secrets.kakao_client_secret.clone()),
                    admin_key: Some(secrets.kakao_admin_key.clone()),
                    ..settings.clone()
                },
            )
        });
        let house = House {
            staff_mfa: start.settings.is(Var::StaffMfa, "required"),
            retention_days: start.settings.days(Var::RetentionDays),
            ..House::default()
        };
        maru_web::serve(start.front(kakao_login::api(start.db.clone(), keys, house, kakao))).await
    })
    .await
}

/// What the operator registered at Kakao; what is secret of it comes later.
fn kakao_settings(settings: &Settings) -> KakaoSettings {
    KakaoSettings {
        rest_api_key: settings.get(Var::KakaoRestApiKey).to_owned(),
        audiences: settings.list(Var::KakaoAudiences),
        redirect_uris: settings.list(Var::KakaoRedirectUris),
        auth_url: settings.get(Var::KakaoAuthUrl).to_owned(),
        api_url: settings.get(Var::KakaoApiUrl).to_owned(),
        ..KakaoSettings::default()
    }
}
