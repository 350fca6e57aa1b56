//! The text of `perf kmem stat`.

mod options;

pub use options::{Mode, Options, OptionsError};
