//! What a file is, by its content and never by its name.

mod formats;
mod recognise;

pub use formats::event_formats;
pub use recognise::{Other, Packing, Recognised, recognise};
