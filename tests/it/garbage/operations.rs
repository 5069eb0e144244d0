//! The operations that take a JSON body, as the document tells them, and what it cannot tell.

use std::fmt;

use super::*;

/// What an empty object is answered where no single field is demanded. Nobody is banned, nothing is booked,
/// the owner's sign-in is not fresh, and who shows no token signs nobody out.
const EMPTY: [(&str, u16, &str); 19] = [
    ("DELETE /api/bookings/{id}", 404, "not_found"),
    ("DELETE /me", 403, "sign_in_again"),
    ("DELETE /me/kakao", 403, "sign_in_again"),
    ("DELETE /rooms/{id}", 428, "version_required"),
    ("DELETE /tours/{id}", 428, "version_required"),
    ("PATCH /api/bookings/{id}", 404, "not_found"),
    ("PATCH /rooms/{id}", 428, "version_required"),
    ("PATCH /staff/{id}", 428, "version_required"),
    ("PATCH /tours/{id}", 428, "version_required"),
    ("POST /admin/users/{user_id}/ban", 404, "not_found"),
    ("POST /admin/users/{user_id}/unban", 404, "not_found"),
    ("POST /api/bookings/{id}/approve", 404, "not_found"),
    ("POST /api/bookings/{id}/no-show", 404, "not_found"),
    ("POST /api/bookings/{id}/reject", 404, "not_found"),
    ("POST /api/bookings/{id}/reschedule", 404, "not_found"),
    // The only one that is done: a calendar of one's own needs no name.
    ("POST /api/feeds", 201, ""),
    ("POST /auth/logout", 401, "unauthorized"),
    ("POST /auth/mfa/totp", 403, "sign_in_again"),
    ("POST /payments/{payment_key}/cancel", 404, "not_found"),
];

/// Of these one is enough; without any, the first is missed. (A refresh token may come in a cookie.)
const EITHER: [(&str, &[&str]); 6] = [
    ("POST /payments/manual", &["booking_id", "membership_type", "donation"]),
    ("POST /payments/ready", &["booking_id", "membership_type", "donation"]),
    ("POST /auth/refresh", &["refresh_token"]),
    ("POST /login/kakao", &["code", "id_token"]),
    ("POST /me/kakao", &["code", "id_token"]),
    ("POST /staff", &["email", "kakao_id"]),
];

/// What is demanded though the document cannot say so, because another field changes it: the fields that are
/// missed without that field, that field, and those that are missed with it.
type Depends = (&'static str, &'static [&'static str], &'static str, &'static [&'static str]);

const ROOM: &[&str] = &["room_id", "start_time", "end_time", "title"];
const DEPENDS: [Depends; 6] = [
    ("POST /api/bookings", ROOM, "tour_id", &["usage_date", "usage_time"]),
    ("POST /api/reservations/create", ROOM, "tour_id", &["usage_date", "usage_time"]),
    ("POST /api/waitlist", ROOM, "tour_id", &["usage_date", "usage_time"]),
    (
        "POST /api/series",
        &["room_id", "start_time", "end_time", "title", "repeat"],
        "times",
        &["room_id", "title"],
    ),
    ("POST /rooms/{id}/blackouts", &["start_time", "end_time"], "date", &[]),
    ("PUT /tours/{id}/departures", &[], "seats", &["time"]),
];

/// Goes with another field; alone, that one is missed.
const TOGETHER: (&str, &str) = ("id_token", "nonce");

/// Takes a number beside the documented text.
const OR_NUMBER: &str = "kakao_id";

/// A device may have kept anything; what does not count must not keep its person out.
const NOT_JUDGED: &str = "device_token";

/// An operation with a JSON body.
pub(super) struct Operation {
    pub(super) method: Method,
    /// With an id of nothing where one is asked for.
    pub(super) path: String,
    pub(super) guard: String,
    pub(super) statuses: Vec<u16>,
    /// Its method and path as documented.
    name: String,
    /// Whether a body must be sent.
    pub(super) needs_body: bool,
    pub(super) fields: Map<String, Value>,
    required: Vec<String>,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Operation {
    /// Those that take a body and judge it our way: a hint of the provider is heard whatever it says, and its
    /// sample front ends are refused in its own words.
    pub(super) fn all(app: &App) -> Vec<Self> {
        let document = mounted(app);
        let paths = document["paths"].as_object().into_iter().flatten();
        let all = paths.flat_map(|(path, operations)| {
            operations.as_object().into_iter().flatten().map(move |(method, one)| (path, method, one))
        });
        let judging = all.filter(|(path, ..)| *path != "/webhooks/toss" && !path.starts_with("/confirm/"));
        judging.filter_map(|(path, method, one)| Self::read(&document, path, method, one)).collect()
    }

    fn read(document: &Value, path: &str, method: &str, operation: &Value) -> Option<Self> {
        let body = operation.get("requestBody")?;
        let reference = body.pointer("/content/application~1json/schema/$ref")?.as_str()?;
        let statuses = operation["responses"].as_object().into_iter().flatten();
        let method = method.to_uppercase();
        let mut new = Self {
            path: path.replace("{id}", NOBODY).replace("{user_id}", NOBODY).replace("{payment_key}", NOBODY),
            guard: operation["x-guard"].as_str()?.to_owned(),
            statuses: statuses.filter_map(|(status, _)| status.parse().ok()).collect(),
            name: format!("{method} {path}"),
            method: Method::from_bytes(method.as_bytes()).ok()?,
            needs_body: body["required"] == true,
            fields: Map::new(),
            required: Vec::new(),
        };
        new.take_schema(document, reference);
        Some(new)
    }

    fn take_schema(&mut self, document: &Value, reference: &str) {
        let name = reference.rsplit('/').next().unwrap_or_default();
        let schema = &document["components"]["schemas"][name];
        let parts = schema["allOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
        for part in parts {
            if let Some(reference) = part["$ref"].as_str() {
                self.take_schema(document, reference);
            }
            let required = part["required"].as_array().into_iter().flatten();
            self.required.extend(required.filter_map(|name| Some(name.as_str()?.to_owned())));
            for (name, schema) in part["properties"].as_object().into_iter().flatten() {
                self.fields.insert(name.clone(), json!({"type": kinds(document, schema)}));
            }
        }
    }

    /// The fields the document gives this type.
    fn taking<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a String> {
        let is_of =
            move |schema: &Value| schema["type"].as_array().into_iter().flatten().any(|known| known == kind);
        self.fields.iter().filter(move |(_, schema)| is_of(schema)).map(|(name, _)| name)
    }

    /// The fields that are texts and nothing else.
    pub(super) fn texts(&self) -> Vec<&String> {
        self.taking("string").filter(|name| ![OR_NUMBER, NOT_JUDGED].contains(&name.as_str())).collect()
    }

    /// The fields whose type is another than this list's, object's or boolean's.
    pub(super) fn not_taking(&self, value: &Value) -> Vec<&String> {
        let kind = if value.is_array() {
            "array"
        } else if value.is_object() {
            "object"
        } else {
            "boolean"
        };
        let taking: Vec<_> = self.taking(kind).collect();
        self.judged().filter(|name| !taking.contains(name)).collect()
    }

    /// The fields of which a wrong type is told.
    pub(super) fn judged(&self) -> impl Iterator<Item = &String> {
        self.fields.keys().filter(|name| name.as_str() != NOT_JUDGED)
    }

    /// What is missed where only `sent` is sent.
    pub(super) fn missing_beside(&self, sent: Option<&str>) -> Vec<String> {
        let is_sent = |name: &str| sent == Some(name);
        let either = EITHER.iter().find(|(operation, _)| *operation == self.name);
        let first = either.filter(|(_, names)| !names.iter().any(|name| is_sent(name)));
        let beside = (is_sent(TOGETHER.0) && self.fields.contains_key(TOGETHER.1)).then_some(TOGETHER.1);
        let alone = first.and_then(|(_, names)| names.first().copied()).into_iter().chain(beside);
        let depends = DEPENDS.iter().find(|(operation, ..)| *operation == self.name);
        let depending = depends.map(|(_, without, on, with)| if is_sent(on) { *with } else { *without });
        let demanded = depending.unwrap_or_default().iter().copied();
        let required = self.required.iter().map(String::as_str).chain(demanded);
        required.filter(|name| !is_sent(name)).chain(alone).map(str::to_owned).collect()
    }

    /// What an empty object is answered.
    pub(super) fn empty(&self) -> (u16, &'static str) {
        let known = EMPTY.into_iter().find(|(operation, ..)| *operation == self.name);
        known.map_or((422, "invalid_input"), |(_, status, code)| (status, code))
    }

    /// A body with the same value in each of these fields.
    pub(super) fn filled<'a>(names: impl IntoIterator<Item = &'a String>, value: &Value) -> Value {
        names.into_iter().map(|name| (name.clone(), value.clone())).collect::<Map<_, _>>().into()
    }
}

/// The types a schema allows, by name: its own, and those of the schemas it refers to.
fn kinds(document: &Value, schema: &Value) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        return kinds(document, &document["components"]["schemas"][name]);
    }
    let own = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
    let own = own.iter().filter_map(|kind| Some(kind.as_str()?.to_owned()));
    let parts = ["oneOf", "anyOf", "allOf"].into_iter().filter_map(|of| schema[of].as_array()).flatten();
    sorted(own.chain(parts.flat_map(|part| kinds(document, part))).collect())
}
