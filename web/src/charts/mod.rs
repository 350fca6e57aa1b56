//! Charts: areas and bars over plain numbers. They know nothing of what the numbers are about.

mod bars;
mod scale;
mod timeline;
mod treemap;

pub use bars::{Bar, Bars};
pub use scale::{Legend, colour, ink};
pub use timeline::Timeline;
pub use treemap::{Area, Treemap, layout};
