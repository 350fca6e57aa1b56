//! What a file is, by its content and never by its name; but for the data files of a directory, which have nothing else.

pub mod directory;
mod formats;
mod recognise;

pub use formats::event_formats;
pub use recognise::{Other, Packing, Recognised, recognise};
