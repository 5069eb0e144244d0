//! Files in one private S3 bucket. Clients read and write through links signed for minutes, so file
//! bytes never pass a function.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{RequestChecksumCalculation, ResponseChecksumValidation};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::head_object::HeadObjectError;
use aws_sdk_s3::presigning::PresigningConfig;

/// The longest a link may live: the promise is one hour.
pub const LONGEST_LINK: Duration = Duration::from_secs(3600);

/// Why a file could not be reached.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// S3 refused or did not answer.
    #[error("S3: {0}")]
    Unavailable(String),
}

/// What is known of a stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stat {
    /// Bytes.
    pub size: i64,
    /// MIME type it was stored with.
    pub content_type: String,
}

/// The bucket. Its client is made when it is first asked for: the function that only tells whether files
/// can be reached starts without.
#[derive(Debug, Clone)]
pub struct Blobs {
    sdk: SdkConfig,
    bucket: String,
    path_style: bool,
    client: Arc<OnceLock<Client>>,
}

impl Blobs {
    /// The bucket of this name.
    pub fn new(sdk: &SdkConfig, bucket: &str, path_style: bool) -> Self {
        Self { sdk: sdk.clone(), bucket: bucket.to_owned(), path_style, client: Arc::default() }
    }

    fn client(&self) -> &Client {
        self.client.get_or_init(|| {
            let timeouts = TimeoutConfig::builder()
                .connect_timeout(Duration::from_secs(1))
                .operation_attempt_timeout(Duration::from_secs(3));
            // The SDK's default CRC32 would be signed into presigned PUTs, which no client then sends.
            let config = aws_sdk_s3::config::Builder::from(&self.sdk)
                .force_path_style(self.path_style)
                .retry_config(RetryConfig::standard().with_max_attempts(2))
                .timeout_config(timeouts.build())
                .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
                .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
                .build();
            Client::from_conf(config)
        })
    }

    /// Whether the bucket answers.
    pub async fn reachable(&self) -> Result<(), BlobError> {
        self.client().head_bucket().bucket(&self.bucket).send().await.map(drop).map_err(told)
    }

    /// A link by which anyone may store exactly this file for `life` (at most an hour).
    pub async fn put_link(
        &self,
        key: &str,
        content_type: &str,
        size: i64,
        life: Duration,
    ) -> Result<String, BlobError> {
        let call = self
            .client()
            .put_object()
            .bucket(&self.bucket)
            .key(key)
            .content_type(content_type)
            .content_length(size);
        call.presigned(lasting(life)?).await.map(|signed| signed.uri().to_owned()).map_err(told)
    }

    /// A link by which anyone may read the file for `life` (at most an hour).
    pub async fn get_link(&self, key: &str, life: Duration) -> Result<String, BlobError> {
        let call = self.client().get_object().bucket(&self.bucket).key(key);
        call.presigned(lasting(life)?).await.map(|signed| signed.uri().to_owned()).map_err(told)
    }

    /// What is stored under the key; `None` if nothing is.
    pub async fn stat(&self, key: &str) -> Result<Option<Stat>, BlobError> {
        match self.client().head_object().bucket(&self.bucket).key(key).send().await {
            Ok(head) => Ok(Some(Stat {
                size: head.content_length().unwrap_or(0),
                content_type: head.content_type().unwrap_or("application/octet-stream").to_owned(),
            })),
            Err(error) if error.as_service_error().is_some_and(HeadObjectError::is_not_found) => Ok(None),
            Err(error) => Err(told(error)),
        }
    }
}

fn lasting(life: Duration) -> Result<PresigningConfig, BlobError> {
    PresigningConfig::expires_in(life.min(LONGEST_LINK))
        .map_err(|error| BlobError::Unavailable(error.to_string()))
}

fn told<E: ProvideErrorMetadata, R>(error: SdkError<E, R>) -> BlobError {
    BlobError::Unavailable(error.code().unwrap_or("no answer").to_owned())
}
