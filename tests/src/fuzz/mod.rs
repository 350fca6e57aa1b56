//! What the fuzz targets of `fuzz/` do with their bytes, and a bounded, seeded run of the same on stable Rust.
//!
//! A target must return for any bytes: no panic, no endless loop, no memory out of proportion. Where there are two ways
//! to the same result, both are gone and must agree.

mod mutate;
pub mod seeds;
pub mod targets;

pub use mutate::{Mutator, Random};
pub use targets::{TARGETS, Target};
