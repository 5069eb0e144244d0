//! Conditions and updates as values, rendered to DynamoDB's expression text with placeholders.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::change::Verb;

/// What must hold of an item for its write to happen.
#[derive(Debug, Clone)]
pub enum Condition {
    /// The attribute does not exist (on the partition key: the item does not exist).
    Absent(String),
    /// The attribute exists.
    Present(String),
    /// The attribute equals.
    Is(String, AttributeValue),
    /// The attribute is smaller or equal.
    AtMost(String, AttributeValue),
    /// Either holds.
    Either(Box<Condition>, Box<Condition>),
}

impl Condition {
    /// The attribute does not exist.
    pub fn absent(name: impl Into<String>) -> Self {
        Self::Absent(name.into())
    }

    /// The attribute exists.
    pub fn present(name: impl Into<String>) -> Self {
        Self::Present(name.into())
    }

    /// The attribute is this text.
    pub fn text(name: impl Into<String>, value: impl ToString) -> Self {
        Self::Is(name.into(), AttributeValue::S(value.to_string()))
    }

    /// The attribute is this number.
    pub fn number(name: impl Into<String>, value: impl Into<i128>) -> Self {
        Self::Is(name.into(), AttributeValue::N(value.into().to_string()))
    }

    /// The attribute is at most this number.
    pub fn at_most(name: impl Into<String>, value: impl Into<i128>) -> Self {
        Self::AtMost(name.into(), AttributeValue::N(value.into().to_string()))
    }

    /// This or `other`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::Either(Box::new(self), Box::new(other))
    }
}

/// Placeholder → what it stands for.
type Placeholders<T> = HashMap<String, T>;

/// Placeholders used so far.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub names: HashMap<String, String>,
    pub values: HashMap<String, AttributeValue>,
}

impl Names {
    pub fn name(&mut self, attribute: &str) -> String {
        if let Some((placeholder, _)) = self.names.iter().find(|(_, known)| *known == attribute) {
            return placeholder.clone();
        }
        let placeholder = format!("#n{}", self.names.len());
        self.names.insert(placeholder.clone(), attribute.to_owned());
        placeholder
    }

    pub fn value(&mut self, value: AttributeValue) -> String {
        if let Some((placeholder, _)) = self.values.iter().find(|(_, known)| **known == value) {
            return placeholder.clone();
        }
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }

    pub fn condition(&mut self, condition: &Condition) -> String {
        match condition {
            Condition::Absent(name) => format!("attribute_not_exists({})", self.name(name)),
            Condition::Present(name) => format!("attribute_exists({})", self.name(name)),
            Condition::Is(name, value) => format!("{} = {}", self.name(name), self.value(value.clone())),
            Condition::AtMost(name, value) => format!("{} <= {}", self.name(name), self.value(value.clone())),
            Condition::Either(a, b) => format!("({} OR {})", self.condition(a), self.condition(b)),
        }
    }

    /// All conditions joined by AND; `None` where there are none.
    pub fn all(&mut self, conditions: &[Condition]) -> Option<String> {
        let parts: Vec<String> = conditions.iter().map(|c| self.condition(c)).collect();
        (!parts.is_empty()).then(|| parts.join(" AND "))
    }

    /// The update expression of an update; empty for other verbs.
    pub fn update(&mut self, verb: &Verb) -> String {
        let Verb::Update { set, remove, add } = verb else { return String::new() };
        let sets: Vec<String> =
            set.iter().map(|(n, v)| format!("{} = {}", self.name(n), self.value(v.clone()))).collect();
        let removes: Vec<String> = remove.iter().map(|n| self.name(n)).collect();
        let adds: Vec<String> = add
            .iter()
            .map(|(n, by)| format!("{} {}", self.name(n), self.value(AttributeValue::N(by.to_string()))))
            .collect();
        let clause = |(word, parts): (&str, &[String])| {
            (!parts.is_empty()).then(|| format!("{word} {}", parts.join(", ")))
        };
        let clauses = [("SET", sets.as_slice()), ("REMOVE", &removes), ("ADD", &adds)];
        clauses.into_iter().filter_map(clause).collect::<Vec<_>>().join(" ")
    }

    /// `None` instead of an empty map, which DynamoDB refuses.
    pub fn into_parts(self) -> (Option<Placeholders<String>>, Option<Placeholders<AttributeValue>>) {
        ((!self.names.is_empty()).then_some(self.names), (!self.values.is_empty()).then_some(self.values))
    }
}
