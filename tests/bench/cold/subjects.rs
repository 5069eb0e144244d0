//! What is measured: each function with the environment and the event it is started with. The
//! hello is the baseline and needs neither.

use serde_json::{Value, json};

/// A function, and what it needs to answer one event well.
pub struct Subject {
    /// Package and binary, which share the name.
    pub name: String,
    /// Variables beside the ones Lambda sets itself.
    pub env: Vec<(String, String)>,
    /// Sent unchanged at every invocation, so it must stay answerable when repeated.
    pub event: Value,
}

/// All functions worth measuring.
#[allow(clippy::unused_async, reason = "the functions' store is started here, which waits")]
pub async fn subjects() -> Vec<Subject> {
    // The functions follow the hello here, each with an event from `events/`.
    vec![Subject { name: "bench-hello".to_owned(), env: Vec::new(), event: gateway_event("GET", "/") }]
}

/// The smallest REST API event that `lambda_http` reads.
fn gateway_event(method: &str, path: &str) -> Value {
    json!({
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": { "Host": "localhost" },
        "multiValueHeaders": { "Host": ["localhost"] },
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "bench",
            "httpMethod": method,
            "identity": { "sourceIp": "127.0.0.1" },
            "path": path,
            "protocol": "HTTP/1.1",
            "requestId": "00000000-0000-4000-8000-000000000000",
            "resourcePath": "/{proxy+}",
            "stage": "bench",
        },
        "body": null,
        "isBase64Encoded": false,
    })
}
