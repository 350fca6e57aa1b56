//! The recorded traces: real `perf.data` files with what the real `perf kmem stat` printed of each.
//!
//! A root folder holds one folder a trace, in the layout that `tests/data/README.md` describes.

mod folder;
pub mod kallsyms;
pub mod pack;
mod threads;

use std::path::PathBuf;

pub use folder::{Case, Folder, folders};
pub use threads::Threads;

/// The traces that are checked in.
pub fn checked_in() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/data"))
}
