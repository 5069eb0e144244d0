//! Health, build, keys, API document.
