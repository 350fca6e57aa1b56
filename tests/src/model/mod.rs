//! What `perf kmem stat` computes, written a second time: slow, obvious, one perf rule a line, no shared code.
//!
//! The rules are those of `tools/perf/builtin-kmem.c`, found by reading and by experiment
//! (docs/perf-kmem-parity.md); the models are compared with the real analysis on random recordings.

pub mod node;
pub mod order;
pub mod page;
pub mod slab;
pub mod told;
