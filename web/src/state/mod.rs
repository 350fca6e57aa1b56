//! What the page remembers: what the user chose, which lives in the address, and what the worker told.

mod model;
mod url;

pub use model::{Action, Model};
pub use url::{Choice, Tab};
