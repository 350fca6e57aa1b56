//! What was odd in a trace: counted, and the first of each kind kept with time and place.

use alloc::string::String;
use alloc::vec::Vec;

use crate::ids::{Address, CallSiteId};

/// How many of each kind are kept; all are counted.
pub const KEPT: usize = 100;

/// What was odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Anomaly {
    /// A free of a ptr that the trace does not see allocated.
    FreeWithoutAllocation,
    /// A free of a ptr that was free already, as far as the trace sees.
    FreedAgain,
    /// An allocation of a ptr that was not freed, as far as the trace sees.
    AllocationOfLive,
    /// `kfree(NULL)`: harmless, and frequent.
    FreeOfNull,
    /// An allocation that returned NULL.
    FailedAllocation,
    /// A free of a page that the trace does not see allocated.
    PageFreeWithoutAllocation,
    /// A free of a part of a page block that was allocated whole.
    PartialPageFree,
    /// An allocation of a page that was not freed, as far as the trace sees.
    PageAllocationOfLive,
}

impl Anomaly {
    /// All of them.
    pub const ALL: [Anomaly; 8] = [
        Anomaly::FreeWithoutAllocation,
        Anomaly::FreedAgain,
        Anomaly::AllocationOfLive,
        Anomaly::FreeOfNull,
        Anomaly::FailedAllocation,
        Anomaly::PageFreeWithoutAllocation,
        Anomaly::PartialPageFree,
        Anomaly::PageAllocationOfLive,
    ];

    /// What it is, in a few words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Anomaly::FreeWithoutAllocation => "Free without an allocation",
            Anomaly::FreedAgain => "Freed again",
            Anomaly::AllocationOfLive => "Allocation of a live ptr",
            Anomaly::FreeOfNull => "kfree(NULL)",
            Anomaly::FailedAllocation => "Failed allocation",
            Anomaly::PageFreeWithoutAllocation => "Page freed without an allocation",
            Anomaly::PartialPageFree => "Part of a page block freed",
            Anomaly::PageAllocationOfLive => "Allocation of a live page",
        }
    }

    /// Why it happens and what it means, in a sentence or two.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Anomaly::FreeWithoutAllocation => {
                "The object was allocated before the recording began, through a bulk allocation that has no event, or \
                 its event was lost."
            }
            Anomaly::FreedAgain => {
                "The allocation between the two frees has no event (bulk allocation) or was lost; perf counts the \
                 bytes again. A true double free looks the same."
            }
            Anomaly::AllocationOfLive => {
                "The free between the two allocations has no event (bulk free) or was lost."
            }
            Anomaly::FreeOfNull => "Allowed and without effect; it is an event all the same.",
            Anomaly::FailedAllocation => {
                "The allocator returned NULL. perf counts it as an allocation of ptr 0, which later kfree(NULL) then \
                 seem to free."
            }
            Anomaly::PageFreeWithoutAllocation => {
                "The page was allocated before the recording began, or its event was lost."
            }
            Anomaly::PartialPageFree => {
                "The block was split and its pages are freed one by one (vfree on newer kernels); perf stops with \
                 error -12 here."
            }
            Anomaly::PageAllocationOfLive => "The free between the two allocations has no event or was lost.",
        }
    }
}

/// One anomaly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnomalyEntry {
    /// When, nanoseconds.
    pub time: u64,
    /// On which CPU.
    pub cpu: u16,
    /// The ptr or page number.
    pub target: Address,
    /// Where from; the freeing call site of a free.
    pub call_site: Option<CallSiteId>,
}

/// One kind of anomaly: how many, and the first [`KEPT`] of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnomalyGroup {
    /// Which kind.
    pub anomaly: Anomaly,
    /// How many.
    pub count: u64,
    /// The first of them.
    pub first: Vec<AnomalyEntry>,
}

/// Events that the kernel or perf says were lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LostEntry {
    /// When it was noticed, nanoseconds, if the record tells.
    pub time: Option<u64>,
    /// On which CPU, if the record tells.
    pub cpu: Option<u32>,
    /// How many events.
    pub events: u64,
    /// Byte offset of the record in the file.
    pub offset: u64,
}

/// What reading the file noticed, whatever the query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observations {
    /// Lost events, the first [`KEPT`] records.
    pub lost: Vec<LostEntry>,
    /// How many records told of lost events.
    pub lost_records: u64,
    /// How many events were lost in all.
    pub lost_events: u64,
    /// Events that came before one already delivered, and so are out of time order.
    pub out_of_order: u64,
    /// Records of types that perf's readers do not know, by type: how many.
    pub unknown_records: Vec<(u32, u64)>,
    /// Samples that could not be read as the kmem event they say they are: how many, and at which bytes the first were.
    pub unreadable_samples: u64,
    /// Byte offsets of the first unreadable samples.
    pub unreadable_offsets: Vec<u64>,
    /// Where reading had to stop early, if it did: a sentence.
    pub damage: Option<String>,
    /// What else the reader should know, a sentence each.
    pub notes: Vec<String>,
}

/// The anomalies of a query's events, and what reading the file noticed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Anomalies by kind; kinds that did not occur are left out.
    pub groups: Vec<AnomalyGroup>,
    /// What reading the file noticed.
    pub observations: Observations,
}

impl Ledger {
    /// How often an anomaly occurred.
    #[must_use]
    pub fn count(&self, anomaly: Anomaly) -> u64 {
        self.groups.iter().find(|group| group.anomaly == anomaly).map_or(0, |group| group.count)
    }
}

/// Counts anomalies during an analysis.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counter {
    counts: [u64; Anomaly::ALL.len()],
    first: [Vec<AnomalyEntry>; Anomaly::ALL.len()],
}

impl Counter {
    pub(crate) fn note(&mut self, anomaly: Anomaly, entry: impl FnOnce() -> AnomalyEntry) {
        let kind = anomaly as usize;
        if let Some(count) = self.counts.get_mut(kind) {
            *count += 1;
        }
        if let Some(first) = self.first.get_mut(kind)
            && first.len() < KEPT
        {
            first.push(entry());
        }
    }

    pub(crate) fn into_groups(self) -> Vec<AnomalyGroup> {
        Anomaly::ALL
            .into_iter()
            .zip(self.counts)
            .zip(self.first)
            .filter(|((_, count), _)| *count > 0)
            .map(|((anomaly, count), first)| AnomalyGroup { anomaly, count, first })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Anomaly, AnomalyEntry, Counter, KEPT};
    use crate::ids::Address;

    #[test]
    fn all_are_counted_and_the_first_kept() {
        let mut counter = Counter::default();
        for time in 0..KEPT as u64 + 5 {
            counter.note(Anomaly::FreedAgain, || AnomalyEntry {
                time,
                cpu: 0,
                target: Address(time),
                call_site: None,
            });
        }
        let groups = counter.into_groups();
        assert_eq!(groups.len(), 1);
        assert_eq!(groups[0].anomaly, Anomaly::FreedAgain);
        assert_eq!(groups[0].count, KEPT as u64 + 5);
        assert_eq!(groups[0].first.len(), KEPT);
    }
}
