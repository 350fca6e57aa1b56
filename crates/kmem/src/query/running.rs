//! Counting while a trace is still being read.

use crate::ledger::Counter;
use crate::query::{Accept, Context, Truth};
use crate::report::SlabReport;
use crate::slab::{self, Sizes, Tally};

/// The slab events of a trace that is being read, counted as they come and while they are still in the core's cache, for
/// questions without a filter: what it has counted need not be counted again for a view of what was read so far, nor at
/// the end.
#[derive(Clone, Debug)]
pub struct Running {
    tally: Tally,
}

impl Running {
    /// Nothing counted. By perf's truth, sizes are cut to 32 bits.
    #[must_use]
    pub fn new(truth: Truth) -> Running {
        Running { tally: Tally::new(Sizes::by(truth)) }
    }

    /// Counts the events that came since the last call. Where the context has another topology than then, or the trace
    /// turns out to be recorded by another perf, all events are counted anew.
    pub fn count(&mut self, context: &Context<'_>) {
        self.tally.count(context, &Accept::everything(context.trace));
    }

    /// How many events are counted.
    #[must_use]
    pub fn counted(&self) -> usize {
        self.tally.next()
    }
}

/// What `accept` lets through: from what `running` has counted if that is what is asked for, or else from the start.
pub(crate) fn slab(
    running: Option<&mut Running>,
    context: &Context<'_>,
    accept: &Accept<'_>,
    sizes: Sizes,
) -> (SlabReport, Counter) {
    let Some(Running { tally }) = running else { return slab::analyse(context, accept, sizes) };
    if !accept.is_whole() || tally.sizes() != sizes {
        return slab::analyse(context, accept, sizes);
    }
    tally.count(context, accept);
    (tally.report(context), tally.ledger().clone())
}
