//! How AWS is reached: configuration from the environment alone, and Amazon's roots alone.
//!
//! Loading a machine's whole CA bundle is the largest part of a bare cold start, and profile files do
//! not exist in Lambda; so neither is looked at.

use aws_config::identity::IdentityCache;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// The five roots that sign the certificates of AWS endpoints (Amazon Trust Services repository).
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon-roots.pem");

/// An AWS that is not AWS: an engine on this machine.
#[derive(Debug, Clone)]
pub struct LocalAws {
    /// `http://127.0.0.1:port`
    pub endpoint: String,
}

/// The configuration for an engine on this machine. `http` replaces the connector, for fault injection.
pub fn sdk_for(local: &LocalAws, http: Option<SharedHttpClient>) -> SdkConfig {
    let credentials = Credentials::from_keys("local", "local", None);
    let client = http.unwrap_or_else(|| Builder::new().build_http());
    base("ap-northeast-2".into(), credentials, client, Some(local.endpoint.clone()))
}

/// The configuration from the variables Lambda sets, and `AWS_ENDPOINT_URL` for emulators.
pub(crate) fn from_environment(region: String, present: impl Fn(&str) -> Option<String>) -> SdkConfig {
    let key = present("AWS_ACCESS_KEY_ID").unwrap_or_default();
    let secret = present("AWS_SECRET_ACCESS_KEY").unwrap_or_default();
    let credentials = Credentials::from_keys(key, secret, present("AWS_SESSION_TOKEN"));
    let endpoint = present("AWS_ENDPOINT_URL");
    let client = match &endpoint {
        Some(url) if url.starts_with("http://") => Builder::new().build_http(),
        _ => https(),
    };
    base(region, credentials, client, endpoint)
}

fn base(
    region: String,
    credentials: Credentials,
    client: SharedHttpClient,
    endpoint: Option<String>,
) -> SdkConfig {
    let mut builder = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .identity_cache(IdentityCache::no_cache())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .http_client(client);
    builder.set_endpoint_url(endpoint);
    builder.build()
}

fn https() -> SharedHttpClient {
    let roots = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
    let builder = Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    match TlsContext::builder().with_trust_store(roots).build() {
        Ok(context) => builder.tls_context(context).build_https(),
        Err(_) => builder.build_https(),
    }
}
