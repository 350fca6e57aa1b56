//! The parts that every view is framed by. Those with a state of their own are components; the others are functions, as
//! every component weighs two kilobytes more in the page.

mod bars;
mod copy;
mod detail;
mod empty;
mod header;
mod keys;
mod problems;

pub use bars::{FilterBar, ReadingBarProps, StatusLineProps, TabsProps, reading_bar, status_line, tabs};
pub use copy::{CopyButton, copy, save};
pub use detail::Detail;
pub use empty::Empty;
pub use header::Header;
pub use keys::{KeysProps, keys, open_keys};
pub use problems::{ProblemsProps, problems};
