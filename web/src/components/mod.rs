//! The parts that every view is framed by.

mod bars;
mod copy;
mod detail;
mod empty;
mod header;
mod keys;
mod problems;

pub use bars::{FilterBar, ReadingBar, StatusLine, Tabs};
pub use copy::{CopyButton, save};
pub use detail::Detail;
pub use empty::Empty;
pub use header::Header;
pub use keys::Keys;
pub use problems::Problems;
