//! What a route's document says beyond what its mounting tells.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::ToSchema;

/// A type's schema, made when the document is: a function that only serves has no use for it, and its
/// cold start should not pay for it.
pub(crate) type Schema = fn() -> Described;

/// A schema under its name, with those it refers to.
pub(crate) struct Described {
    pub name: String,
    pub all: Vec<(String, Value)>,
}

/// How an answer wraps its schema.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    Plain(Schema),
    One(Schema),
    All(Schema),
    List(Schema),
    Object,
    /// Text of this media type.
    Text(&'static str),
    /// No body.
    Nothing,
}

/// A query parameter: its name, what it means, its schema.
type Parameter = (&'static str, &'static str, fn() -> Value);

/// How a body is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sends {
    Json,
    /// JSON, or nothing.
    MaybeJson,
    Form,
}

/// The document of one operation.
#[derive(Debug, Clone)]
pub struct Doc {
    pub(crate) id: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) details: &'static str,
    pub(crate) query: Vec<Parameter>,
    pub(crate) body: Option<(Schema, Sends)>,
    pub(crate) answers: Vec<(u16, &'static str, Shape)>,
    pub(crate) refusals: Vec<(u16, &'static str)>,
    pub(crate) idempotent: bool,
    pub(crate) versioned: bool,
}

impl Doc {
    /// An operation: its id, what it does in Korean, and in English.
    pub fn new(id: &'static str, summary: &'static str, details: &'static str) -> Self {
        let (query, answers, refusals) = (Vec::new(), Vec::new(), Vec::new());
        let (idempotent, versioned) = (false, false);
        Self { id, summary, details, query, body: None, answers, refusals, idempotent, versioned }
    }

    /// A query parameter: its name, what it means, its schema.
    #[must_use]
    pub fn query(mut self, name: &'static str, meaning: &'static str, schema: fn() -> Value) -> Self {
        self.query.push((name, meaning, schema));
        self
    }

    /// The JSON body.
    #[must_use]
    pub fn body<T: ToSchema>(self) -> Self {
        Self { body: Some((described::<T>, Sends::Json)), ..self }
    }

    /// The JSON body, which may be left out.
    #[must_use]
    pub fn maybe_body<T: ToSchema>(self) -> Self {
        Self { body: Some((described::<T>, Sends::MaybeJson)), ..self }
    }

    /// Takes an `Idempotency-Key`.
    #[must_use]
    pub fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// The body as a form.
    #[must_use]
    pub fn form<T: ToSchema>(self) -> Self {
        Self { body: Some((described::<T>, Sends::Form)), ..self }
    }

    /// Changes a version: takes `If-Match` or `lock_version`.
    #[must_use]
    pub fn versioned(mut self) -> Self {
        self.versioned = true;
        self
    }

    /// Answers exactly this object.
    #[must_use]
    pub fn plain<T: ToSchema>(self, status: u16, meaning: &'static str) -> Self {
        self.answer(status, meaning, Shape::Plain(described::<T>))
    }

    /// Answers any JSON object of another specification.
    #[must_use]
    pub fn object(self, status: u16, meaning: &'static str) -> Self {
        self.answer(status, meaning, Shape::Object)
    }

    /// Answers text of this media type.
    #[must_use]
    pub fn text(self, media: &'static str, meaning: &'static str) -> Self {
        self.answer(200, meaning, Shape::Text(media))
    }

    /// Answers a page.
    #[must_use]
    pub fn page(self, status: u16, meaning: &'static str) -> Self {
        self.answer(status, meaning, Shape::Text("text/html"))
    }

    /// Sends the caller on (303).
    #[must_use]
    pub fn sends_on(self, meaning: &'static str) -> Self {
        self.answer(303, meaning, Shape::Nothing)
    }

    /// Answers one thing in the envelope; a made one (201) has a message too.
    #[must_use]
    pub fn one<T: ToSchema>(self, status: u16, meaning: &'static str) -> Self {
        self.answer(status, meaning, Shape::One(described::<T>))
    }

    /// Answers a bounded list, without pages, in the envelope of one thing.
    #[must_use]
    pub fn all<T: ToSchema>(self, meaning: &'static str) -> Self {
        self.answer(200, meaning, Shape::All(described::<T>))
    }

    /// Answers a list in the envelope.
    #[must_use]
    pub fn list<T: ToSchema>(self, meaning: &'static str) -> Self {
        self.answer(200, meaning, Shape::List(described::<T>))
    }

    /// Can be refused with this status, for this reason.
    #[must_use]
    pub fn refuses(mut self, status: u16, why: &'static str) -> Self {
        self.refusals.push((status, why));
        self
    }

    fn answer(mut self, status: u16, meaning: &'static str, shape: Shape) -> Self {
        self.answers.push((status, meaning, shape));
        self
    }
}

fn described<T: ToSchema>() -> Described {
    let mut nested = Vec::new();
    T::schemas(&mut nested);
    nested.push((T::name().into_owned(), T::schema()));
    let json = |(name, schema)| (name, serde_json::to_value(schema).unwrap_or_default());
    Described { name: T::name().into_owned(), all: nested.into_iter().map(json).collect() }
}

impl Shape {
    /// The media type it is sent as.
    pub(crate) fn media(self) -> Option<&'static str> {
        match self {
            Self::Plain(_) | Self::One(_) | Self::All(_) | Self::List(_) | Self::Object => {
                Some("application/json")
            }
            Self::Text(media) => Some(media),
            Self::Nothing => None,
        }
    }

    /// Whether people read it as it is.
    pub(crate) fn is_page(self) -> bool {
        matches!(self, Self::Text("text/html"))
    }

    /// The schema this stands for; the named ones it refers to go into `named`.
    pub(crate) fn schema(self, named: &mut BTreeMap<String, Value>) -> Value {
        match self {
            Self::Plain(schema) => reference(schema, named),
            Self::One(schema) => {
                enveloped(&json!({"message": {"type": "string"}}), &reference(schema, named))
            }
            Self::All(schema) => {
                enveloped(&json!({}), &json!({"type": "array", "items": reference(schema, named)}))
            }
            Self::List(schema) => {
                let items = json!({"type": "array", "items": reference(schema, named)});
                let mut list = enveloped(&json!({"pagination": pagination()}), &items);
                if let Some(required) = list.get_mut("required").and_then(Value::as_array_mut) {
                    required.push(json!("pagination"));
                }
                list
            }
            Self::Object => json!({"type": "object"}),
            Self::Text(_) | Self::Nothing => json!({"type": "string"}),
        }
    }
}

/// A reference to a named schema.
pub(crate) fn reference(schema: Schema, named: &mut BTreeMap<String, Value>) -> Value {
    let Described { name, all } = schema();
    named.extend(all);
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn enveloped(more: &Value, data: &Value) -> Value {
    let mut properties = json!({"success": {"type": "boolean", "const": true}, "data": data});
    if let (Some(properties), Some(more)) = (properties.as_object_mut(), more.as_object()) {
        properties.extend(more.clone());
    }
    json!({"type": "object", "required": ["success", "data"], "properties": properties})
}

fn pagination() -> Value {
    json!({
        "type": "object",
        "required": ["page_size", "has_next", "next"],
        "properties": {
            "page_size": {"type": "integer"},
            "has_next": {"type": "boolean"},
            "next": {"type": ["string", "null"]},
        },
    })
}
