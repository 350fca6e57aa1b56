//! What a trace of `perf kmem record` says about where the kernel's memory goes.
//!
//! The way of a trace: [`TraceBuilder`] takes what `perfdata` reads, orders it by time and puts each event once into
//! narrow rows; the finished [`Trace`] never changes. A [`Query`] is a pure function of it and answers with a
//! [`Report`] of rows, from which tables, `perf kmem stat`'s text ([`stat`]) and exports are made.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;

pub mod ids;
pub mod input;
pub mod ledger;
pub mod page;
pub mod query;
pub mod report;
pub mod sort;
pub mod stat;
pub mod symbols;
pub mod topology;
pub mod trace;

mod events;
mod slab;

pub use ledger::Ledger;
pub use query::{Context, Filter, Query, Running, TimeRange, Truth};
pub use report::{Correction, Report, Told};
pub use symbols::Symbols;
pub use topology::Topology;
pub use trace::{EventKind, Facts, Trace, TraceBuilder};
