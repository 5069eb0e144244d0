//! Files travel by signed links: exactly the file that was signed for, and only for a while.

#![allow(clippy::disallowed_methods, reason = "the tests' own client, which plays the customers' apps")]

use std::time::Duration;

use anyhow::Result;
use harness::engines::{BUCKET, Files};
use maru_blobs::{Blobs, Stat};
use maru_settings::{LocalAws, sdk_for};
use reqwest::Client;

async fn bucket() -> Result<(Files, Blobs, Client)> {
    let _set_once = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let files = Files::start(None).await?;
    let blobs = Blobs::new(&sdk_for(&LocalAws { endpoint: files.endpoint.clone() }, None), BUCKET, true);
    Ok((files, blobs, Client::builder().no_proxy().build()?))
}

#[tokio::test]
async fn what_was_signed_for_is_stored_and_read_by_link() -> Result<()> {
    let (_files, blobs, http) = bucket().await?;
    let minute = Duration::from_secs(60);
    assert_eq!(blobs.stat("documents/안내.pdf").await?, None);
    let link = blobs.put_link("documents/안내.pdf", "application/pdf", 5, minute).await?;
    let stored = http.put(&link).header("content-type", "application/pdf").body("%PDF-").send().await?;
    assert_eq!(stored.status(), 200);
    let stat = Stat { size: 5, content_type: "application/pdf".into() };
    assert_eq!(blobs.stat("documents/안내.pdf").await?, Some(stat));
    let read = http.get(blobs.get_link("documents/안내.pdf", minute).await?).send().await?;
    assert_eq!(read.text().await?, "%PDF-");
    Ok(())
}

#[tokio::test]
async fn another_type_another_length_or_another_key_than_signed_is_refused() -> Result<()> {
    let (_files, blobs, http) = bucket().await?;
    let link = blobs.put_link("profiles/a.png", "image/png", 4, Duration::from_secs(60)).await?;
    let attempts = [
        ("another type", http.put(&link).header("content-type", "text/html").body("abcd")),
        ("another length", http.put(&link).header("content-type", "image/png").body("abcde")),
        (
            "another key",
            http.put(link.replace("a.png", "b.png")).header("content-type", "image/png").body("abcd"),
        ),
    ];
    for (what, attempt) in attempts {
        assert_eq!(attempt.send().await?.status(), 403, "{what}");
    }
    assert_eq!((blobs.stat("profiles/a.png").await?, blobs.stat("profiles/b.png").await?), (None, None));
    Ok(())
}

#[tokio::test]
async fn a_missing_bucket_is_not_reachable() -> Result<()> {
    let (files, blobs, _) = bucket().await?;
    blobs.reachable().await?;
    let none =
        Blobs::new(&sdk_for(&LocalAws { endpoint: files.endpoint.clone() }, None), "no-such-bucket", true);
    assert!(none.reachable().await.is_err());
    Ok(())
}
