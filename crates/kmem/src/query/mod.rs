//! Questions to a trace. A query is a pure function of the trace, its context and itself; it never reads the file again.

mod accept;
mod filter;
mod running;

pub use filter::{CallSiteFilter, Filter, ThreadFilter, TimeRange};
pub use running::Running;

pub(crate) use running::slab as slab_report;

pub(crate) use accept::{Accept, Verdict};

use crate::report::Report;
use crate::slab::Sizes;
use crate::symbols::{Resolver, Symbols};
use crate::topology::Topology;
use crate::trace::Trace;

/// What a question is answered from.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The trace.
    pub trace: &'a Trace,
    /// Names of kernel functions.
    pub symbols: Option<&'a Symbols>,
    /// Which CPU belongs to which node; `None` takes what the file itself says. [`Topology::none`] means that no node is
    /// known, as on a machine without nodes in /sys.
    pub topology: Option<&'a Topology>,
}

impl<'a> Context<'a> {
    /// The topology in force: the one given, else the file's own.
    #[must_use]
    pub fn topology(&self) -> Option<&'a Topology> {
        self.topology.or(self.trace.facts.topology.as_ref())
    }

    /// Whether any node is known; without one, nobody can tell which allocations cross nodes.
    #[must_use]
    pub fn knows_nodes(&self) -> bool {
        self.topology().is_some_and(|topology| !topology.is_empty())
    }

    /// Whether perf cuts any allocation's size.
    pub(crate) fn has_large_sizes(&self) -> bool {
        let is_large = |size: u64| size > i32::MAX as u64;
        self.trace.origins().iter().any(|origin| is_large(origin.requested | origin.allocated))
    }

    /// Names for the trace's addresses.
    #[must_use]
    pub fn resolver(&self) -> Resolver<'a> {
        Resolver::new(self.symbols, &self.trace.facts)
    }
}

/// Which of two truths the rows that cannot carry both are made by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Truth {
    /// As `perf kmem stat` of the recording's version does it.
    Perf,
    /// As it is right.
    #[default]
    Right,
}

/// A question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Which allocations count.
    pub filter: Filter,
    /// Whether the page tables show only what is still allocated (perf's `--live`).
    pub live_pages: bool,
    /// Whose call sites and pairing the page tables have. Slab rows carry both truths side by side.
    pub truth: Truth,
}

impl Query {
    /// Answers it.
    #[must_use]
    pub fn run(&self, context: &Context<'_>) -> Report {
        self.answer(context, None)
    }

    /// Answers it, and takes what `running` has counted for counted, if that is what is asked for.
    #[must_use]
    pub fn run_after(&self, context: &Context<'_>, running: &mut Running) -> Report {
        self.answer(context, Some(running))
    }

    fn answer(&self, context: &Context<'_>, running: Option<&mut Running>) -> Report {
        let resolver = context.resolver();
        let accept = Accept::new(&self.filter, context, &resolver);
        let (slab, mut ledger) = slab_report(running, context, &accept, Sizes::Whole);
        let page =
            crate::page::analyse(context, &resolver, &accept, self.live_pages, self.truth, &mut ledger);
        let mut corrections = crate::report::corrections(context, &slab, &page);
        if context.has_large_sizes() {
            let (cut, _) = crate::slab::analyse(context, &accept, Sizes::AsPerf);
            corrections.extend(crate::report::large_sizes(&cut, &slab));
        }
        Report {
            slab,
            page,
            ledger: crate::ledger::Ledger {
                groups: ledger.into_groups(),
                observations: context.trace.observations.clone(),
            },
            corrections,
        }
    }
}
