//! Charts: areas, bars and columns over plain numbers. They know nothing of what the numbers are about.

mod bars;
mod picture;
mod scale;
mod size;
mod squarify;
mod timeline;
mod treemap;

pub use bars::{Bar, Bars};
pub use scale::{STEPS, colour, legend, paint, step};
pub use size::use_size;
pub use squarify::{Place, layout};
pub use timeline::Timeline;
pub use treemap::{Area, Treemap, TreemapProps};
