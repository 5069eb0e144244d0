//! The template as data, for the contract tests: resources, their properties, references resolved by
//! name.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde_norway::Value;

/// The parsed template.
pub struct Template {
    document: Value,
}

impl Template {
    /// Reads the template.
    pub fn read(text: &str) -> Result<Self> {
        Ok(Self { document: serde_norway::from_str(text)? })
    }

    /// A top-level section.
    pub fn section(&self, name: &str) -> BTreeMap<String, &Value> {
        entries(self.document.get(name))
    }

    /// Resources of a type: logical id → properties.
    pub fn of_type(&self, kind: &str) -> BTreeMap<String, &Value> {
        let of_kind = |value: &&Value| value.get("Type").and_then(Value::as_str) == Some(kind);
        let resources = self.section("Resources").into_iter().filter(|(_, value)| of_kind(value));
        resources.filter_map(|(id, value)| Some((id, value.get("Properties")?))).collect()
    }

    /// A function's properties by its package's name.
    pub fn function(&self, name: &str) -> Result<&Value> {
        let code = format!("target/lambda/{name}/");
        let functions = self.of_type("AWS::Serverless::Function");
        let found =
            functions.into_values().find(|p| p.get("CodeUri").and_then(Value::as_str) == Some(code.as_str()));
        found.with_context(|| format!("the template has no function with CodeUri {code}"))
    }

    /// The names of a function's environment variables.
    pub fn variables(&self, name: &str) -> Result<BTreeSet<String>> {
        let variables = self.function(name)?.get("Environment").and_then(|e| e.get("Variables"));
        Ok(entries(variables).into_keys().collect())
    }

    /// A function's allowed (action, resource) pairs; resources as the logical id they name, with
    /// `/index` behind where an index is meant.
    pub fn allowed(&self, name: &str) -> Result<BTreeSet<(String, String)>> {
        let policies = self.function(name)?.get("Policies").and_then(Value::as_sequence);
        let mut allowed = BTreeSet::new();
        for statement in policies
            .into_iter()
            .flatten()
            .filter_map(|p| p.get("Statement"))
            .filter_map(Value::as_sequence)
            .flatten()
        {
            for action in many(statement.get("Action")) {
                for resource in many(statement.get("Resource")) {
                    allowed.insert((text(action), named(resource)));
                }
            }
        }
        Ok(allowed)
    }

    /// Every name that is referred to by Ref, `GetAtt` or Sub and is neither a parameter, a resource nor a
    /// pseudo parameter.
    pub fn dangling(&self) -> BTreeSet<String> {
        let known: BTreeSet<String> =
            self.section("Parameters").into_keys().chain(self.section("Resources").into_keys()).collect();
        let conditions: BTreeSet<String> = self.section("Conditions").into_keys().collect();
        let mut dangling = BTreeSet::new();
        visit(&self.document, &mut |tag: &str, value: &Value| {
            let names: Vec<String> = match tag {
                "!Ref" => vec![text(value)],
                "!GetAtt" => vec![text(value).split('.').next().unwrap_or_default().to_owned()],
                "!Sub" => text(value)
                    .split("${")
                    .skip(1)
                    .filter_map(|rest| rest.split('}').next())
                    .map(|n| n.split('.').next().unwrap_or(n).to_owned())
                    .collect(),
                "!If" => {
                    let condition = value.as_sequence().and_then(|s| s.first()).map(text).unwrap_or_default();
                    if !conditions.contains(&condition) {
                        dangling.insert(format!("condition {condition}"));
                    }
                    Vec::new()
                }
                _ => Vec::new(),
            };
            dangling
                .extend(names.into_iter().filter(|name| !known.contains(name) && !name.starts_with("AWS::")));
        });
        dangling
    }
}

/// The entries of a mapping.
pub fn entries(value: Option<&Value>) -> BTreeMap<String, &Value> {
    let mapping = value.and_then(Value::as_mapping);
    mapping.into_iter().flatten().filter_map(|(key, value)| Some((key.as_str()?.to_owned(), value))).collect()
}

/// A scalar's text, through a tag if there is one.
pub fn text(value: &Value) -> String {
    match value {
        Value::Tagged(tagged) => text(&tagged.value),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) => String::new(),
    }
}

fn many(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Sequence(all)) => all.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    }
}

/// `!GetAtt UsersTable.Arn` → `UsersTable`; `!Sub '${RoomsTable.Arn}/index/x'` → `RoomsTable/index/x`.
fn named(resource: &Value) -> String {
    text(resource).replace("${", "").replace('}', "").replace(".Arn", "")
}

fn visit(value: &Value, found: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Tagged(tagged) => {
            found(&tagged.tag.to_string(), &tagged.value);
            visit(&tagged.value, found);
        }
        Value::Sequence(all) => all.iter().for_each(|value| visit(value, found)),
        Value::Mapping(mapping) => mapping.iter().for_each(|(_, value)| visit(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
