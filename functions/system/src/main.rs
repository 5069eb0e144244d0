//! The Lambda `system`.

use std::process::ExitCode;

use maru_blobs::Blobs;
use maru_settings::Var;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    maru_web::boot(&system::FUNCTION, &system::grants(), |start| async move {
        let files = Blobs::new(
            start.settings.sdk(),
            start.settings.get(Var::FilesBucket),
            start.settings.is_emulated(),
        );
        maru_web::serve(start.front(system::api(start.db.clone(), files))).await
    })
    .await
}
