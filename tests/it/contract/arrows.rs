//! Who may use whom: functions → features → outside → kernel, features → web → identity → table.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, MetadataCommand};

use super::template::root;

/// Lower may not use higher. A feature uses only features before it.
const ORDER: [&[&str]; 13] = [
    &["maru-kernel"],
    &["maru-settings", "maru-table", "maru-dial"],
    &["maru-identity"],
    &["maru-web"],
    &["maru-toss", "maru-kakao", "maru-mail", "maru-blobs"],
    &["maru-audit"],
    &["maru-accounts"],
    &["maru-rooms"],
    &["maru-tours"],
    &["maru-bookings"],
    &["maru-payments"],
    &["FUNCTIONS"],
    &["maru-tests", "bench-hello"],
];

/// Who alone may use a library directly, beside tests.
const ROOMS: [(&str, &[&str]); 11] = [
    ("aws-sdk-dynamodb", &["maru-table"]),
    ("aws-sdk-ses", &["maru-mail"]),
    ("aws-sdk-s3", &["maru-blobs"]),
    ("aws-sdk-secretsmanager", &["maru-settings"]),
    ("axum", &["maru-web"]),
    ("lambda_http", &["maru-web", "bench-hello"]),
    ("lambda_runtime", &["maru-web"]),
    ("reqwest", &["maru-dial"]),
    ("jsonwebtoken", &["maru-identity", "maru-kakao"]),
    ("argon2", &["maru-accounts"]),
    ("aws-lc-rs", &["maru-kernel", "maru-identity"]),
];

type Uses = BTreeMap<String, Vec<String>>;

fn uses() -> Result<Uses> {
    let metadata = MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec()?;
    let packages = metadata.packages.iter().map(|package| {
        let normal = package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal);
        (package.name.to_string(), normal.map(|d| d.name.clone()).collect())
    });
    Ok(packages.collect())
}

fn rank(name: &str, uses: &Uses) -> Option<usize> {
    let place = ORDER.iter().position(|row| row.contains(&name));
    let function = uses.contains_key(name) && !name.starts_with("maru-");
    place.or_else(|| function.then(|| ORDER.iter().position(|row| row.contains(&"FUNCTIONS")).unwrap_or(0)))
}

#[test]
fn nothing_calls_back_up() -> Result<()> {
    let uses = uses()?;
    for (package, dependencies) in &uses {
        let own = rank(package, &uses).with_context(|| format!("{package} has no place in the order"))?;
        for dependency in dependencies.iter().filter(|d| uses.contains_key(*d)) {
            let theirs =
                rank(dependency, &uses).with_context(|| format!("{dependency} has no place in the order"))?;
            let tests = package == "maru-tests";
            assert!(theirs < own || tests, "{package} uses {dependency}");
        }
        let outsider = ["maru-toss", "maru-kakao", "maru-mail", "maru-blobs"].contains(&package.as_str());
        let only = |d: &&String| !["maru-kernel", "maru-dial"].contains(&d.as_str());
        let others: Vec<_> = dependencies.iter().filter(|d| uses.contains_key(*d)).filter(only).collect();
        assert!(!outsider || others.is_empty(), "{package} is a door, it knows {others:?}");
        let settings_user =
            package == "maru-web" || package == "maru-tests" || rank(package, &uses) == Some(11);
        assert!(
            settings_user || !dependencies.contains(&"maru-settings".to_owned()),
            "{package} reads settings"
        );
    }
    Ok(())
}

#[test]
fn each_library_has_its_room() -> Result<()> {
    for (package, dependencies) in uses()?.iter().filter(|(name, _)| *name != "maru-tests") {
        for (library, allowed) in ROOMS {
            assert!(
                !dependencies.contains(&library.to_owned()) || allowed.contains(&package.as_str()),
                "{package} uses {library}"
            );
        }
    }
    Ok(())
}

#[test]
fn no_file_grows_beyond_four_hundred_lines() -> Result<()> {
    let mut folders = vec![root().join("functions"), root().join("shared"), root().join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let lines = std::fs::read_to_string(&path)?.lines().count();
                assert!(lines <= 400, "{} has {lines} lines: a folder of the same name?", path.display());
            }
        }
    }
    Ok(())
}
