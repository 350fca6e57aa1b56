//! What a file is, by its content and never by its name.

mod recognise;

pub use recognise::{Other, Packing, Recognised, recognise};
