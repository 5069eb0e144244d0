//! The engines that stand for AWS: DynamoDB and S3, embedded, each on its own loopback port.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType, TimeToLiveSpecification,
};
use maru_table::{Attr, IndexSpec, Kind, TableSpec};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The name of the bucket of files.
pub const BUCKET: &str = "maru-files";

/// An embedded DynamoDB.
pub struct Dynamo {
    /// The engine itself, for its streams.
    pub database: dynoxide::Database,
    /// `http://127.0.0.1:port`
    pub endpoint: String,
    server: JoinHandle<()>,
}

impl Drop for Dynamo {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Dynamo {
    /// Starts it in memory, or on a file that survives.
    pub async fn start(file: Option<&Path>) -> Result<Self> {
        let database = match file {
            Some(path) => {
                dynoxide::Database::new(path.to_str().context("the data folder's path is not UTF-8")?)
            }
            None => dynoxide::Database::memory(),
        };
        let database = database.map_err(|error| anyhow!("the DynamoDB engine: {error}"))?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let served = database.clone();
        let server = tokio::spawn(async move {
            let forever = std::future::pending();
            if let Err(error) = dynoxide::server::serve_with_shutdown(listener, served, forever).await {
                tracing::error!(error, "the DynamoDB engine stopped");
            }
        });
        Ok(Self { database, endpoint, server })
    }
}

/// Makes the tables that are not there yet, as the template would. The physical name is the logical one.
pub async fn make_tables(sdk: &SdkConfig, tables: &[&'static TableSpec]) -> Result<()> {
    let client = Client::new(sdk);
    let known = client.list_tables().send().await.context("listing tables")?;
    for table in tables.iter().filter(|table| !known.table_names().contains(&table.name.to_owned())) {
        make_table(&client, table).await.with_context(|| format!("making the table {}", table.name))?;
    }
    Ok(())
}

async fn make_table(client: &Client, table: &TableSpec) -> Result<()> {
    let mut attributes: Vec<Attr> = std::iter::once(table.partition).chain(table.sort).collect();
    attributes.extend(table.indexes.iter().flat_map(|index| [index.partition, index.sort]));
    attributes.sort_by_key(|attr| attr.name);
    attributes.dedup_by_key(|attr| attr.name);
    let mut call = client.create_table().table_name(table.name).billing_mode(BillingMode::PayPerRequest);
    for attr in attributes {
        let kind = match attr.kind {
            Kind::S => ScalarAttributeType::S,
            Kind::N => ScalarAttributeType::N,
        };
        call = call.attribute_definitions(
            AttributeDefinition::builder().attribute_name(attr.name).attribute_type(kind).build()?,
        );
    }
    call = call.key_schema(key(table.partition, KeyType::Hash)?);
    if let Some(sort) = table.sort {
        call = call.key_schema(key(sort, KeyType::Range)?);
    }
    for index in table.indexes {
        call = call.global_secondary_indexes(index_of(index)?);
    }
    if table.stream {
        let stream = StreamSpecification::builder()
            .stream_enabled(true)
            .stream_view_type(StreamViewType::NewImage)
            .build()?;
        call = call.stream_specification(stream);
    }
    call.send().await?;
    if let Some(ttl) = table.ttl {
        let spec = TimeToLiveSpecification::builder().enabled(true).attribute_name(ttl).build()?;
        client.update_time_to_live().table_name(table.name).time_to_live_specification(spec).send().await?;
    }
    Ok(())
}

fn key(attr: Attr, kind: KeyType) -> Result<KeySchemaElement> {
    Ok(KeySchemaElement::builder().attribute_name(attr.name).key_type(kind).build()?)
}

fn index_of(index: &IndexSpec) -> Result<GlobalSecondaryIndex> {
    let projection = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
    let index = GlobalSecondaryIndex::builder()
        .index_name(index.name)
        .key_schema(key(index.partition, KeyType::Hash)?)
        .key_schema(key(index.sort, KeyType::Range)?)
        .projection(projection);
    Ok(index.build()?)
}

/// An embedded S3.
pub struct Files {
    /// `http://127.0.0.1:port`
    pub endpoint: String,
    server: JoinHandle<()>,
    _throw_away: Option<tempfile::TempDir>,
}

impl Drop for Files {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Files {
    /// Starts it on a folder, or on one that is thrown away.
    pub async fn start(folder: Option<&Path>) -> Result<Self> {
        let throw_away = match folder {
            Some(_) => None,
            None => Some(tempfile::tempdir()?),
        };
        let root = folder.or(throw_away.as_ref().map(tempfile::TempDir::path)).context("no folder")?;
        std::fs::create_dir_all(root.join(BUCKET))?;
        let engine = s3s_fs::FileSystem::new(root).map_err(|error| anyhow!("the S3 engine: {error:?}"))?;
        let service = {
            let mut builder = s3s::service::S3ServiceBuilder::new(engine);
            builder.set_auth(s3s::auth::SimpleAuth::from_single("local", "local"));
            builder.build()
        };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let server = tokio::spawn(async move {
            let http = hyper_util::server::conn::auto::Builder::new(hyper_util::rt::TokioExecutor::new());
            while let Ok((stream, _)) = listener.accept().await {
                let serving =
                    http.serve_connection(hyper_util::rt::TokioIo::new(stream), service.clone()).into_owned();
                tokio::spawn(async move {
                    // A connection that breaks is its client's business.
                    let _broken = serving.await;
                });
            }
        });
        Ok(Self { endpoint, server, _throw_away: throw_away })
    }
}
