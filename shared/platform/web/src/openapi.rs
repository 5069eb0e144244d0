//! The OpenAPI 3.1 document, made from what is mounted.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::api::Operation;
use crate::doc::{Sends, reference};
use crate::{Doc, Security};

/// The document of these operations. Same operations, same bytes.
pub fn document<'a>(operations: impl IntoIterator<Item = &'a Operation>) -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    let mut schemas: BTreeMap<String, Value> = BTreeMap::new();
    for operation in operations {
        let method = operation.method.as_str().to_lowercase();
        paths.entry(operation.path).or_default().insert(method, described(operation, &mut schemas));
    }
    schemas.insert("Problem".into(), problem());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Maru 마루",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "예약과 결제를 받는 작은 사업자를 위한 백엔드. The back end of a small business that takes bookings.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "__Host-maru_refresh"},
                "shared": {"type": "apiKey", "in": "header", "name": "Authorization"},
            },
        },
    })
}

fn described(operation: &Operation, schemas: &mut BTreeMap<String, Value>) -> Value {
    let Operation { method: _, path, security, doc } = operation;
    let Doc { id, summary, details, query, body, answers, refusals, idempotent, versioned } = doc;
    let mut parameters: Vec<Value> = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string", "minLength": 1}}))
        .collect();
    parameters.extend(query.iter().map(|(name, meaning, schema)| {
        json!({"name": name, "in": "query", "required": false, "description": meaning, "schema": schema()})
    }));
    if *idempotent {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "같은 키의 같은 요청은 한 번만 처리됩니다. The same request under the same key is done once.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        }));
    }
    if *versioned {
        parameters.push(json!({
            "name": "If-Match", "in": "header", "required": false,
            "description": "바꾸려는 버전의 ETag, 또는 본문의 lock_version. The ETag that is being changed, or `lock_version` in the body.",
            "schema": {"type": "string"},
        }));
    }
    let mut responses: BTreeMap<String, Value> = BTreeMap::new();
    for (status, meaning, shape) in answers {
        // One status may be answered in more than one form.
        let response = responses
            .entry(status.to_string())
            .or_insert_with(|| json!({"description": meaning, "content": {}}));
        let content = response.get_mut("content").and_then(Value::as_object_mut);
        if let Some((content, media)) = content.zip(shape.media()) {
            content.insert(media.into(), json!({"schema": shape.schema(schemas)}));
        }
    }
    let pages: Vec<u16> =
        answers.iter().filter(|(.., shape)| shape.is_page()).map(|(status, ..)| *status).collect();
    let usual = common(*security, body.is_some(), path.contains('{'));
    let stale: &[(u16, &str)] = if *versioned { &VERSIONED } else { &[] };
    // What a page says is not said as a problem, too.
    let told = usual.iter().chain(stale).chain(refusals).filter(|(status, _)| !pages.contains(status));
    for (status, why) in told {
        let content =
            json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}});
        responses.insert(status.to_string(), json!({"description": why, "content": content}));
    }
    let mut out = json!({
        "operationId": id, "summary": summary, "description": details,
        "responses": responses, "security": secured(*security), "x-guard": guard_name(*security),
    });
    if let Some(object) = out.as_object_mut() {
        if !parameters.is_empty() {
            object.insert("parameters".into(), Value::Array(parameters));
        }
        if let Some((schema, sends)) = *body {
            let schema = reference(schema, schemas);
            let kind = match sends {
                Sends::Json | Sends::MaybeJson => "application/json",
                Sends::Form => "application/x-www-form-urlencoded",
            };
            let required = sends != Sends::MaybeJson;
            object.insert(
                "requestBody".into(),
                json!({"required": required, "content": {kind: {"schema": schema}}}),
            );
        }
    }
    out
}

/// What a change of a version may answer.
const VERSIONED: [(u16, &str); 3] = [
    (409, "버전이 다름 · lock_version is not the latest"),
    (412, "버전이 다름 · If-Match is not the latest"),
    (428, "버전이 필요함 · neither If-Match nor lock_version"),
];

/// What any operation of this kind may answer besides its own refusals.
fn common(security: Security, body: bool, segment: bool) -> Vec<(u16, &'static str)> {
    let mut all = vec![
        (400, "읽을 수 없는 요청 · unreadable"),
        (413, "1MB 초과 · too large"),
        (500, "서버 오류 · our bug"),
        (503, "잠시 후 다시 · try again later"),
    ];
    if body {
        all.extend([(415, "JSON이 아님 · not JSON"), (422, "잘못된 값 · wrong fields")]);
    }
    if segment {
        all.push((404, "없음 · not found"));
    }
    match security {
        Security::Public => {}
        Security::SignedIn | Security::SelfOrStaff(_) | Security::Refresh | Security::Webhook => {
            all.push((401, "로그인 필요 · not signed in"));
        }
        Security::Staff(_) | Security::Oneself => {
            all.extend([(401, "로그인 필요 · not signed in"), (403, "권한 없음 · not allowed")])
        }
    }
    all
}

fn secured(security: Security) -> Value {
    match security {
        Security::Public => json!([]),
        Security::SignedIn | Security::Staff(_) | Security::SelfOrStaff(_) => {
            json!([{"token": []}, {"key": []}])
        }
        Security::Oneself => json!([{"token": []}]),
        // Empty: the refresh token may come in the body.
        Security::Refresh => json!([{}, {"cookie": []}, {"token": []}]),
        Security::Webhook => json!([{"shared": []}]),
    }
}

fn guard_name(security: Security) -> String {
    let name = |permission| {
        serde_json::to_value(permission).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
    };
    match security {
        Security::Public => "public".into(),
        Security::SignedIn => "member".into(),
        Security::Staff(permission) => format!("staff:{}", name(permission)),
        Security::SelfOrStaff(permission) => format!("self|staff:{}", name(permission)),
        Security::Oneself => "self".into(),
        Security::Refresh => "refresh".into(),
        Security::Webhook => "webhook".into(),
    }
}

fn problem() -> Value {
    let text = json!({"type": "string"});
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail", "instance", "code", "success", "error", "message", "error_code"],
        "properties": {
            "type": text, "title": text, "status": {"type": "integer"}, "detail": text, "instance": text,
            "code": text, "request_id": text, "success": {"type": "boolean", "const": false},
            "error": text, "message": text, "error_code": text,
            "errors": {"type": "array", "items": {
                "type": "object", "required": ["pointer", "code", "detail"],
                "properties": {"pointer": text, "code": text, "detail": text},
            }},
        },
    })
}
