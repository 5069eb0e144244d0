//! What a route's document says beyond what its mounting tells.

use serde_json::{Value, json};
use utoipa::ToSchema;

/// The document of one operation.
#[derive(Debug, Clone)]
pub struct Doc {
    pub(crate) id: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) details: &'static str,
    pub(crate) query: Vec<(&'static str, &'static str, Value)>,
    pub(crate) body: Option<Value>,
    pub(crate) answers: Vec<(u16, &'static str, Value)>,
    pub(crate) refusals: Vec<(u16, &'static str)>,
    pub(crate) idempotent: bool,
    pub(crate) schemas: Vec<(String, Value)>,
}

impl Doc {
    /// An operation: its id, what it does in Korean, and in English.
    pub fn new(id: &'static str, summary: &'static str, details: &'static str) -> Self {
        Self {
            id,
            summary,
            details,
            query: Vec::new(),
            body: None,
            answers: Vec::new(),
            refusals: Vec::new(),
            idempotent: false,
            schemas: Vec::new(),
        }
    }

    /// A text query parameter, with an example.
    #[must_use]
    pub fn query(mut self, name: &'static str, meaning: &'static str, schema: Value) -> Self {
        self.query.push((name, meaning, schema));
        self
    }

    /// The JSON body.
    #[must_use]
    pub fn body<T: ToSchema>(mut self) -> Self {
        self.body = Some(self.reference::<T>());
        self
    }

    /// Takes an `Idempotency-Key`.
    #[must_use]
    pub fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// Answers exactly this object.
    #[must_use]
    pub fn plain<T: ToSchema>(mut self, status: u16, meaning: &'static str) -> Self {
        let schema = self.reference::<T>();
        self.answers.push((status, meaning, schema));
        self
    }

    /// Answers any JSON object of another specification.
    #[must_use]
    pub fn object(mut self, status: u16, meaning: &'static str) -> Self {
        self.answers.push((status, meaning, json!({"type": "object"})));
        self
    }

    /// Answers one thing in the envelope; a made one (201) has a message too.
    #[must_use]
    pub fn one<T: ToSchema>(mut self, status: u16, meaning: &'static str) -> Self {
        let data = self.reference::<T>();
        let schema = json!({
            "type": "object",
            "required": ["success", "data"],
            "properties": {"success": {"type": "boolean", "const": true}, "message": {"type": "string"}, "data": data},
        });
        self.answers.push((status, meaning, schema));
        self
    }

    /// Answers a bounded list, without pages, in the envelope of one thing.
    #[must_use]
    pub fn all<T: ToSchema>(mut self, meaning: &'static str) -> Self {
        let item = self.reference::<T>();
        let schema = json!({
            "type": "object",
            "required": ["success", "data"],
            "properties": {"success": {"type": "boolean", "const": true}, "data": {"type": "array", "items": item}},
        });
        self.answers.push((200, meaning, schema));
        self
    }

    /// Answers a list in the envelope.
    #[must_use]
    pub fn list<T: ToSchema>(mut self, meaning: &'static str) -> Self {
        let item = self.reference::<T>();
        let pagination = json!({
            "type": "object",
            "required": ["page_size", "has_next", "next"],
            "properties": {
                "page_size": {"type": "integer"},
                "has_next": {"type": "boolean"},
                "next": {"type": ["string", "null"]},
            },
        });
        let schema = json!({
            "type": "object",
            "required": ["success", "data", "pagination"],
            "properties": {
                "success": {"type": "boolean", "const": true},
                "data": {"type": "array", "items": item},
                "pagination": pagination,
            },
        });
        self.answers.push((200, meaning, schema));
        self
    }

    /// Can be refused with this status, for this reason.
    #[must_use]
    pub fn refuses(mut self, status: u16, why: &'static str) -> Self {
        self.refusals.push((status, why));
        self
    }

    fn reference<T: ToSchema>(&mut self) -> Value {
        let mut nested = Vec::new();
        T::schemas(&mut nested);
        nested.push((T::name().into_owned(), T::schema()));
        for (name, schema) in nested {
            self.schemas.push((name, serde_json::to_value(schema).unwrap_or_default()));
        }
        json!({"$ref": format!("#/components/schemas/{}", T::name())})
    }
}
