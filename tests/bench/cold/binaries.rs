//! The functions as files: building, finding and weighing them.

use std::{
    env, fmt, fs,
    io::{Cursor, Write as _},
    path::PathBuf,
};

use anyhow::{Context, bail, ensure};
use clap::ValueEnum;
use serde_json::Value;
use tokio::process::Command;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

/// A build profile of the workspace.
#[derive(Clone, Copy, ValueEnum)]
pub enum Profile {
    /// What is uploaded.
    Deploy,
    /// Quicker to build, bigger and slower.
    Ci,
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deploy => "deploy",
            Self::Ci => "ci",
        })
    }
}

/// What a function weighs, in bytes.
#[derive(Clone, Copy)]
pub struct Size {
    /// The binary as the profile leaves it.
    pub binary: usize,
    /// The archive that would be uploaded.
    pub zip: usize,
}

/// Where a workspace's binaries of one profile lie.
pub struct Binaries {
    target: PathBuf,
    profile: Profile,
}

impl Binaries {
    /// Asks cargo, which knows every way a target folder can be set.
    pub async fn of_workspace(profile: Profile) -> anyhow::Result<Self> {
        let output = cargo()
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .output()
            .await
            .context("cargo could not be run")?;
        let complaint = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "cargo metadata failed: {}", complaint.trim());
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let target = metadata
            .get("target_directory")
            .and_then(Value::as_str)
            .context("cargo metadata names no target directory")?;
        Ok(Self { target: target.into(), profile })
    }

    /// Builds these in one go. Together, their dependencies get the sum of the features each asks
    /// for, so what must stay lean is built apart.
    pub async fn build(&self, names: &[&str]) -> anyhow::Result<()> {
        if names.is_empty() {
            return Ok(());
        }
        let mut command = cargo();
        command.args(["build", "--profile", &self.profile.to_string()]);
        for name in names {
            command.args(["-p", name, "--bin", name]);
        }
        let status = command.status().await.context("cargo could not be run")?;
        ensure!(status.success(), "cargo could not build {}", names.join(", "));
        Ok(())
    }

    /// Where the unpacked binary is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// Where what the function prints is kept until its next start.
    pub fn log(&self, name: &str) -> PathBuf {
        self.folder().join(format!("{name}.log"))
    }

    fn folder(&self) -> PathBuf {
        self.target.join("bench-cold")
    }

    /// Weighs the binary and its archive, and copies it to where it is started. The linker leaves its own
    /// file in the page cache in single pages, which are dearer to map than those of a file written in
    /// one go, like one out of an archive; so a start would depend on who wrote the file last.
    pub fn unpack(&self, name: &str) -> anyhow::Result<Size> {
        let path = self.target.join(self.profile.to_string()).join(name);
        if !path.is_file() {
            bail!(
                "{} is missing; leave out --no-build, or run \
                 `cargo build --profile {} -p {name} --bin {name}`",
                path.display(),
                self.profile
            );
        }
        fs::create_dir_all(self.folder())?;
        let copy = self.path(name);
        fs::copy(&path, &copy).with_context(|| format!("{} cannot be written", copy.display()))?;
        weigh(&fs::read(copy)?)
    }
}

fn weigh(binary: &[u8]) -> anyhow::Result<Size> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .unix_permissions(0o755);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("bootstrap", options)?;
    archive.write_all(binary)?;
    let zip = archive.finish()?.into_inner();
    Ok(Size { binary: binary.len(), zip: zip.len() })
}

/// `cargo run` tells us who we are; build scripts of others would take it for a change of theirs
/// and rebuild everything that depends on them.
fn cargo() -> Command {
    let mut command = Command::new("cargo");
    for (name, _) in env::vars_os() {
        let about_us = name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"));
        if about_us {
            command.env_remove(name);
        }
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_binary_is_named_with_the_way_to_build_it() {
        let binaries = Binaries { target: "nowhere".into(), profile: Profile::Ci };
        let refusal = binaries.unpack("rooms").err().unwrap().to_string();
        assert!(refusal.starts_with("nowhere/ci/rooms is missing"), "{refusal}");
        assert!(refusal.contains("cargo build --profile ci -p rooms --bin rooms"), "{refusal}");
    }

    #[test]
    fn an_archive_is_packed_and_a_binary_is_weighed_whole() {
        let size = weigh(&vec![7; 100_000]).unwrap();
        assert_eq!(size.binary, 100_000);
        assert!((100..1_000).contains(&size.zip), "{}", size.zip);
    }
}
