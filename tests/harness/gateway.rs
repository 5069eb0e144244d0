//! The gateway, from the template: which function answers which path. Routing locally is routing in
//! the cloud, because the routes come from the same file.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_norway::Value;

/// The template.
pub const TEMPLATE: &str = include_str!("../../template.yaml");

/// A part of a path in the template.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Fixed(String),
    /// `{id}`
    One,
    /// `{proxy+}`
    Rest,
}

/// The routes of the template.
#[derive(Debug, Clone, Default)]
pub struct Gateway {
    /// (path, parts, function), most specific first.
    routes: Vec<(String, Vec<Part>, String)>,
}

impl Gateway {
    /// Reads the routes of the template.
    pub fn from_template(template: &str) -> Result<Self> {
        let document: Value = serde_norway::from_str(template).context("template.yaml is not YAML")?;
        let resources = document
            .get("Resources")
            .and_then(Value::as_mapping)
            .context("template.yaml has no Resources")?;
        let mut routes = BTreeMap::new();
        for (_, resource) in resources {
            if resource.get("Type").and_then(Value::as_str) != Some("AWS::Serverless::Function") {
                continue;
            }
            let properties = resource.get("Properties").context("a function without Properties")?;
            let code =
                properties.get("CodeUri").and_then(Value::as_str).context("a function without CodeUri")?;
            let function = code.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
            for (_, event) in properties.get("Events").and_then(Value::as_mapping).into_iter().flatten() {
                if event.get("Type").and_then(Value::as_str) == Some("Api") {
                    let path = event.get("Properties").and_then(|p| p.get("Path")).and_then(Value::as_str);
                    routes.insert(path.context("an Api event without Path")?.to_owned(), function.clone());
                }
            }
        }
        let mut routes: Vec<_> =
            routes.into_iter().map(|(path, function)| (path.clone(), parts(&path), function)).collect();
        // API Gateway prefers the more specific path: fixed parts before variables before greedy ones.
        routes.sort_by(|a, b| a.1.cmp(&b.1));
        Ok(Self { routes })
    }

    /// The function that answers `path`.
    pub fn function(&self, path: &str) -> Option<&str> {
        let asked: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        self.routes
            .iter()
            .find(|(_, parts, _)| matches(parts, &asked))
            .map(|(_, _, function)| function.as_str())
    }

    /// Every (path, function) of the template.
    pub fn routes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.routes.iter().map(|(path, _, function)| (path.as_str(), function.as_str()))
    }
}

fn parts(path: &str) -> Vec<Part> {
    path.split('/')
        .filter(|part| !part.is_empty())
        .map(|part| match part {
            part if part.starts_with('{') && part.ends_with("+}") => Part::Rest,
            part if part.starts_with('{') => Part::One,
            part => Part::Fixed(part.to_owned()),
        })
        .collect()
}

fn matches(parts: &[Part], asked: &[&str]) -> bool {
    match (parts.split_first(), asked.split_first()) {
        (None, None) => true,
        (Some((Part::Rest, _)), Some(_)) => true,
        (Some((Part::Fixed(fixed), parts)), Some((first, asked))) => fixed == first && matches(parts, asked),
        (Some((Part::One, parts)), Some((_, asked))) => matches(parts, asked),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gateway(routes: &[(&str, &str)]) -> Gateway {
        let mut routes: Vec<_> =
            routes.iter().map(|(p, f)| ((*p).to_owned(), parts(p), (*f).to_owned())).collect();
        routes.sort_by(|a, b| a.1.cmp(&b.1));
        Gateway { routes }
    }

    #[test]
    fn the_most_specific_path_wins() {
        let gateway = gateway(&[
            ("/{proxy+}", "system"),
            ("/", "system"),
            ("/api/bookings", "bookings"),
            ("/api/bookings/{proxy+}", "bookings"),
            ("/api/bookings/parse", "intake"),
        ]);
        assert_eq!(gateway.function("/api/bookings"), Some("bookings"));
        assert_eq!(gateway.function("/api/bookings/1/audits"), Some("bookings"));
        assert_eq!(gateway.function("/api/bookings/parse"), Some("intake"));
        assert_eq!(gateway.function("/api/booking"), Some("system"));
        assert_eq!(gateway.function("/"), Some("system"));
    }
}
