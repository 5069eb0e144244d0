use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);
const NEXT: &str = "GET /2018-06-01/runtime/invocation/next";
const FIRST: &str = "00000000-0000-4000-8000-000000000000";

/// One request on a connection of its own; what comes back, head and body.
async fn call(api: &RuntimeApi, request: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(api.address).await.unwrap();
    let length = body.len();
    let request = format!(
        "{request} HTTP/1.1\r\nhost: api\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n\
         {body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    reply
}

fn post(id: &str, end: &str) -> String {
    format!("POST /2018-06-01/runtime/invocation/{id}/{end}")
}

/// Waits for the end of the conversation while asking for work that will not come.
async fn finish(api: &RuntimeApi) -> anyhow::Result<Conversation> {
    tokio::select! {
        conversation = api.finished(PATIENCE) => conversation,
        reply = call(api, NEXT, "") => panic!("there was more work: {reply}"),
    }
}

#[tokio::test]
async fn a_function_gets_the_event_until_it_has_answered_often_enough() {
    let api = RuntimeApi::start(&json!({ "path": "/api/rooms" }), 2).await.unwrap();
    for turn in ["0", "1"] {
        let reply = call(&api, NEXT, "").await;
        let id = format!("00000000-0000-4000-8000-00000000000{turn}");
        assert!(reply.contains(&format!("lambda-runtime-aws-request-id: {id}")), "{reply}");
        assert!(reply.ends_with(r#"{"path":"/api/rooms"}"#), "{reply}");
        let reply = call(&api, &post(&id, "response"), r#"{"statusCode":200}"#).await;
        assert!(reply.starts_with("HTTP/1.1 202"), "{reply}");
    }
    let conversation = finish(&api).await.unwrap();
    assert_eq!(conversation.answers.len(), 2);
    assert_eq!(conversation.statuses, BTreeSet::from([200]));
}

#[tokio::test]
async fn an_answer_to_nothing_is_refused_and_not_counted() {
    let api = RuntimeApi::start(&Value::Null, 1).await.unwrap();
    let reply = call(&api, &post(FIRST, "response"), "{}").await;
    assert!(reply.starts_with("HTTP/1.1 400"), "{reply}");
    call(&api, NEXT, "").await;
    let reply = call(&api, &post("another", "response"), "{}").await;
    assert!(reply.starts_with("HTTP/1.1 400"), "{reply}");
    call(&api, &post(FIRST, "response"), "{}").await;
    assert_eq!(finish(&api).await.unwrap().answers.len(), 1);
}

#[tokio::test]
async fn a_failed_invocation_ends_the_measurement() {
    let api = RuntimeApi::start(&Value::Null, 5).await.unwrap();
    call(&api, NEXT, "").await;
    call(&api, &post(FIRST, "error"), "no such table").await;
    let failure = finish(&api).await.unwrap_err();
    assert_eq!(failure.to_string(), format!("invocation {FIRST} failed: no such table"));
}

#[tokio::test]
async fn a_server_error_ends_the_measurement() {
    let api = RuntimeApi::start(&Value::Null, 5).await.unwrap();
    call(&api, NEXT, "").await;
    call(&api, &post(FIRST, "response"), r#"{"statusCode":500}"#).await;
    assert!(finish(&api).await.unwrap_err().to_string().contains("a server error"));
}

#[tokio::test]
async fn a_failed_start_and_an_unknown_path_are_told() {
    let api = RuntimeApi::start(&Value::Null, 1).await.unwrap();
    call(&api, "POST /2018-06-01/runtime/init/error", "no settings").await;
    assert_eq!(api.finished(PATIENCE).await.unwrap_err().to_string(), "it could not start: no settings");
    let api = RuntimeApi::start(&Value::Null, 1).await.unwrap();
    let reply = call(&api, "GET /2018-06-01/runtime/restore/next", "").await;
    assert!(reply.starts_with("HTTP/1.1 404"), "{reply}");
    assert!(api.finished(PATIENCE).await.unwrap_err().to_string().contains("restore/next"));
}

#[tokio::test]
async fn a_mute_function_is_given_up() {
    let api = RuntimeApi::start(&Value::Null, 1).await.unwrap();
    let failure = api.finished(Duration::from_millis(1)).await.unwrap_err();
    assert_eq!(failure.to_string(), "it did not ask for work within 1ms");
}

#[tokio::test]
async fn a_function_that_stops_answering_is_given_up() {
    let api = RuntimeApi::start(&Value::Null, 1).await.unwrap();
    call(&api, NEXT, "").await;
    let failure = api.finished(Duration::from_millis(1)).await.unwrap_err();
    assert_eq!(failure.to_string(), "it did not answer invocation 1 within 1ms");
}
