//! The API document, as it was generated, and as a page without scripts.

use serde_json::Value;

/// The generated document. A test compares it with what is mounted.
pub const JSON: &str = include_str!("../../../docs/openapi.json");

/// The document as a page.
pub fn page() -> String {
    let document: Value = serde_json::from_str(JSON).unwrap_or_default();
    let title = text(&document, "/info/title");
    let mut body = format!(
        "<h1>{title}</h1><p>{}</p><p><a href=\"openapi.json\">openapi.json</a></p>",
        text(&document, "/info/description")
    );
    let paths = document.get("paths").and_then(Value::as_object);
    for (path, operations) in paths.into_iter().flatten() {
        for (method, operation) in operations.as_object().into_iter().flatten() {
            body.push_str(&described(path, method, operation));
        }
    }
    let style = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
        summary{cursor:pointer;padding:.3rem 0}code{font-weight:600}small{color:#555}td,th{text-align:left;padding:.1rem 1rem .1rem 0;vertical-align:top}";
    format!(
        "<!doctype html><html lang=\"ko\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{style}</style>{body}</html>"
    )
}

fn described(path: &str, method: &str, operation: &Value) -> String {
    let guard = text(operation, "/x-guard");
    let mut rows = String::new();
    for parameter in operation.pointer("/parameters").and_then(Value::as_array).into_iter().flatten() {
        rows.push_str(&row(
            &text(parameter, "/name"),
            &text(parameter, "/in"),
            &text(parameter, "/description"),
        ));
    }
    let body =
        operation.pointer("/requestBody/content/application~1json/schema/$ref").and_then(Value::as_str);
    if let Some(schema) = body {
        rows.push_str(&row("body", "application/json", schema.rsplit('/').next().unwrap_or_default()));
    }
    for (status, answer) in operation.get("responses").and_then(Value::as_object).into_iter().flatten() {
        rows.push_str(&row(status, "", &text(answer, "/description")));
    }
    format!(
        "<details><summary><code>{} {}</code> {} <small>{guard}</small></summary><p>{}</p><table>{rows}</table></details>",
        method.to_uppercase(),
        escape(path),
        text(operation, "/summary"),
        text(operation, "/description"),
    )
}

fn row(name: &str, kind: &str, meaning: &str) -> String {
    format!("<tr><th>{name}</th><td>{kind}</td><td>{meaning}</td></tr>")
}

fn text(value: &Value, pointer: &str) -> String {
    escape(value.pointer(pointer).and_then(Value::as_str).unwrap_or_default())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
