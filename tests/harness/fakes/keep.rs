//! How an outsider's book outlives its process: one JSON file.

use std::path::Path;
use std::{fs, io};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The book kept at `file`, or an empty one. A file that cannot be read is set aside, not overwritten.
pub(super) fn load<T: Default + DeserializeOwned>(file: &Path) -> T {
    let Ok(text) = fs::read_to_string(file) else {
        return T::default();
    };
    serde_json::from_str(&text).unwrap_or_else(|_| {
        // Losing it would be worse than failing to keep it: there is nobody to report to yet.
        let _ = fs::rename(file, file.with_added_extension("unreadable"));
        T::default()
    })
}

/// Written beside and renamed, so that a killed process leaves the old book or the new one.
pub(super) fn save<T: Serialize>(book: &T, file: &Path) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let fresh = file.with_added_extension("new");
    fs::write(&fresh, serde_json::to_vec_pretty(book)?)?;
    fs::rename(fresh, file)
}
