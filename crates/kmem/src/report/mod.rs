//! What a query answers: rows already aggregated, from which tables, texts and exports are made.

mod corrections;
mod page;
mod slab;

pub(crate) use corrections::{corrections, large_sizes};
pub use page::{
    MigrateType, OrderCounts, PageCallSiteRow, PageCounts, PageReport, PageRow, PageSummary, PerfAborts,
};
pub use slab::{
    AllocationRow, Bucket, BucketRow, CallSiteRow, Counts, SlabReport, SlabSummary, ThreadRow, fragmentation,
};

use alloc::string::String;
use alloc::vec::Vec;

use crate::ledger::Ledger;

/// A number as perf prints it, and as it is right. Where perf is not wrong they are equal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told<T> {
    /// What `perf kmem stat` prints.
    pub perf: T,
    /// What is right.
    pub right: T,
}

impl<T: PartialEq> Told<T> {
    /// Whether perf prints something else than what is right.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.perf != self.right
    }
}

/// A place where perf prints something else than what is right, with the reason, for a note beside the number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// What the number is, in perf's words.
    pub what: &'static str,
    /// What perf prints.
    pub perf_value: String,
    /// What is right.
    pub right_value: String,
    /// Why perf prints something else, in one sentence.
    pub why: &'static str,
}

/// The answer to a query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The slab allocator.
    pub slab: SlabReport,
    /// The page allocator.
    pub page: PageReport,
    /// What was odd.
    pub ledger: Ledger,
    /// Where perf's numbers for this query are not the right ones.
    pub corrections: Vec<Correction>,
}
