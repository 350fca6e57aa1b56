//! Counts the slab allocator's events: one pass over the events, everything found by index.

mod fate;
mod rows;
mod tally;
#[cfg(test)]
mod tests;

pub(crate) use tally::Tally;

use crate::ledger::Counter;
use crate::query::{Accept, Context, Truth};
use crate::report::SlabReport;

/// How wide sizes are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sizes {
    /// As they are.
    Whole,
    /// Cut to a signed 32-bit number, as perf's `int bytes_req` does.
    AsPerf,
}

impl Sizes {
    pub(crate) fn by(truth: Truth) -> Sizes {
        match truth {
            Truth::Perf => Sizes::AsPerf,
            Truth::Right => Sizes::Whole,
        }
    }

    fn of(self, requested: u64, allocated: u64) -> (u64, u64) {
        let cut = |bytes: u64| i64::from(bytes as i32) as u64;
        match self {
            Sizes::Whole => (requested, allocated),
            Sizes::AsPerf => (cut(requested), cut(allocated)),
        }
    }
}

/// Counts the slab events that `accept` lets through.
pub(crate) fn analyse(context: &Context<'_>, accept: &Accept<'_>, sizes: Sizes) -> (SlabReport, Counter) {
    let mut tally = Tally::new(sizes);
    tally.count(context, accept);
    (tally.report(context), tally.into_ledger())
}
