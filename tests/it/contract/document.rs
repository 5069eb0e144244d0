//! The OpenAPI document is what is mounted.

use anyhow::Result;
use harness::app::App;
use serde_json::Value;

use super::template::root;

/// `BLESS=1 cargo contract` writes the document anew.
#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "a switch for the developer, read by no product code")]
async fn the_checked_in_document_is_what_is_mounted() -> Result<()> {
    let app = App::start().await?;
    let operations: Vec<_> = app.stack().fronts().flat_map(|front| front.operations().to_vec()).collect();
    let text = serde_json::to_string_pretty(&maru_web::document(&operations))? + "\n";
    let file = root().join("docs/openapi.json");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, &text)?;
    }
    assert!(
        std::fs::read_to_string(file)? == text,
        "docs/openapi.json is old: BLESS=1 cargo contract writes it anew"
    );
    Ok(())
}

#[tokio::test]
async fn operation_ids_are_unique_and_every_reference_is_defined() -> Result<()> {
    let document: Value = serde_json::from_slice(&std::fs::read(root().join("docs/openapi.json"))?)?;
    let mut ids = Vec::new();
    for operations in document["paths"].as_object().unwrap().values() {
        ids.extend(
            operations.as_object().unwrap().values().map(|o| o["operationId"].as_str().unwrap().to_owned()),
        );
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count);
    let text = document.to_string();
    for reference in text.split("#/components/schemas/").skip(1) {
        let name: String = reference.chars().take_while(char::is_ascii_alphanumeric).collect();
        assert!(document["components"]["schemas"].get(&name).is_some(), "{name}");
    }
    Ok(())
}

/// The access table: what each operation demands. A change of it is a change of this text.
#[tokio::test]
async fn who_may_call_what_is_written_down() -> Result<()> {
    let document: Value = serde_json::from_slice(&std::fs::read(root().join("docs/openapi.json"))?)?;
    let mut lines = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            lines.push(format!(
                "{} {path} {}",
                method.to_uppercase(),
                operation["x-guard"].as_str().unwrap()
            ));
        }
    }
    lines.sort();
    let expected = include_str!("access.txt").lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(lines, expected);
    Ok(())
}
