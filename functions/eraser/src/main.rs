//! The Lambda `eraser`.

use std::process::ExitCode;

use maru_accounts::Eraser;
use maru_dial::Dial;
use maru_kakao::{Kakao, KakaoSettings};
use maru_settings::Var;
use maru_web::TickEvent;
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&eraser::FUNCTION, &eraser::grants(), |start| async move {
        let dial = Dial::new().ok_or("TLS cannot be set up")?;
        let var = |var| start.settings.get(var).to_owned();
        let settings = KakaoSettings {
            rest_api_key: var(Var::KakaoRestApiKey),
            auth_url: var(Var::KakaoAuthUrl),
            api_url: var(Var::KakaoApiUrl),
            ..KakaoSettings::default()
        };
        let kakao = start.vault().supply(move |secrets| {
            let admin_key = Some(secrets.kakao_admin_key.clone());
            Kakao::new(dial.clone(), KakaoSettings { admin_key, ..settings.clone() })
        });
        let eraser = Eraser::new(start.db, kakao);
        maru_web::serve_events(move |event: TickEvent| {
            let eraser = eraser.clone();
            async move {
                // An operator's own event, after the tables were restored.
                let again = event.get("reapply").and_then(serde_json::Value::as_bool).unwrap_or(false);
                let done = if again { eraser.reapply().await? } else { eraser.run().await? };
                Ok::<_, maru_table::StoreError>(json!(done))
            }
        })
        .await
    })
    .await
}
