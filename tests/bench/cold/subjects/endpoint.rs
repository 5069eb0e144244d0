//! One loopback endpoint for the store and for Secrets Manager. A connection is spliced to whichever
//! its first request asks for; clients of different services keep connections apart, because their
//! connect time-outs differ. No request is read beyond that, so the detour stays short.

use std::{io, net::SocketAddr};

use axum::{Router, http::header::CONTENT_TYPE};
use serde_json::json;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};

/// What requests to Secrets Manager begin their `X-Amz-Target` with.
const SECRETS: &[u8] = b"secretsmanager.";

/// Starts it before `store`; answers its URL. Every secret asked for is `secret`.
pub async fn start(store: SocketAddr, secret: &str) -> anyhow::Result<String> {
    let vault = TcpListener::bind("127.0.0.1:0").await?;
    let vault_address = vault.local_addr()?;
    let answer = json!({
        "ARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:maru-bench",
        "Name": "maru-bench",
        "SecretString": secret,
    })
    .to_string();
    let router =
        Router::new().fallback(|| async { ([(CONTENT_TYPE, "application/x-amz-json-1.1")], answer) });
    tokio::spawn(async move { drop(axum::serve(vault, router).await) });

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A connection that breaks is its client's business.
            tokio::spawn(async move { drop(splice(stream, store, vault_address).await) });
        }
    });
    Ok(url)
}

async fn splice(mut client: TcpStream, store: SocketAddr, vault: SocketAddr) -> io::Result<()> {
    let mut head = [0; 4_096];
    let seen = client.peek(&mut head).await?;
    let head = head.get(..seen).unwrap_or_default();
    let asks_the_vault = head.windows(SECRETS.len()).any(|bytes| bytes == SECRETS);
    let mut server = TcpStream::connect(if asks_the_vault { vault } else { store }).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}
