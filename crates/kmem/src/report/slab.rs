//! The slab allocator's tables.

use alloc::vec::Vec;

use crate::ids::{Address, CacheId, CallSiteId, PtrId, ThreadId};
use crate::report::Told;

/// All that is counted of the slab allocator.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SlabReport {
    /// Totals.
    pub summary: SlabSummary,
    /// A row for each call site that allocated, by ascending address.
    pub call_sites: Vec<CallSiteRow>,
    /// A row for each ptr that was allocated, by ascending address.
    pub allocations: Vec<AllocationRow>,
    /// A row for each kmalloc size class and each kmem_cache, caches last, by ascending size.
    pub buckets: Vec<BucketRow>,
    /// A row for each thread that allocated.
    pub threads: Vec<ThreadRow>,
}

/// What is counted of any group of allocations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Allocations.
    pub hits: u64,
    /// Bytes asked for.
    pub requested: u64,
    /// Bytes the allocator set aside.
    pub allocated: u64,
}

impl Counts {
    /// Bytes lost to rounding up: allocated − requested.
    #[must_use]
    pub fn waste(&self) -> u64 {
        self.allocated.saturating_sub(self.requested)
    }

    /// Per cent of the allocated bytes that were not asked for, computed as perf does: 100 − 100·requested/allocated.
    #[must_use]
    pub fn fragmentation(&self) -> f64 {
        fragmentation(self.requested, self.allocated)
    }

    /// Bytes allocated per hit, rounded down.
    #[must_use]
    pub fn allocated_per_hit(&self) -> u64 {
        self.allocated.checked_div(self.hits).unwrap_or(0)
    }

    /// Bytes requested per hit, rounded down.
    #[must_use]
    pub fn requested_per_hit(&self) -> u64 {
        self.requested.checked_div(self.hits).unwrap_or(0)
    }

    pub(crate) fn merge(&mut self, other: &Counts) {
        self.hits += other.hits;
        self.requested = self.requested.wrapping_add(other.requested);
        self.allocated = self.allocated.wrapping_add(other.allocated);
    }

    #[inline]
    pub(crate) fn add(&mut self, requested: u64, allocated: u64) {
        self.hits += 1;
        self.requested = self.requested.wrapping_add(requested);
        self.allocated = self.allocated.wrapping_add(allocated);
    }
}

/// Per cent of `allocated` that was not `requested`, with perf's order of operations in a double.
#[must_use]
pub fn fragmentation(requested: u64, allocated: u64) -> f64 {
    if allocated == 0 { 0.0 } else { 100.0 - (100.0 * requested as f64 / allocated as f64) }
}

/// Totals of the slab allocator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SlabSummary {
    /// Allocations and their bytes.
    pub counts: Counts,
    /// Bytes freed. perf adds a ptr's last size at every free, so also at a repeated one; the right number counts each
    /// allocation once.
    pub freed: Told<u64>,
    /// Frees that ended an allocation of this report.
    pub frees: u64,
    /// Frees that changed CPU. perf also counts a free of what was free already.
    pub pingpong: Told<u64>,
    /// Allocations on a CPU of one node that asked for another ("Cross CPU allocations" in perf's text). perf before
    /// 6.1 looks only at the `*_node` events and takes "any node" for another one.
    pub cross_node: Told<u64>,
    /// What is still allocated at the end.
    pub live: Counts,
}

impl SlabSummary {
    /// Bytes allocated and not freed, if positive, from perf's count of freed bytes; perf prints this line only then.
    #[must_use]
    pub fn net_as_perf(&self) -> Option<u64> {
        (self.counts.allocated > self.freed.perf).then(|| self.counts.allocated - self.freed.perf)
    }
}

/// A call site's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallSiteRow {
    /// Which call site.
    pub id: CallSiteId,
    /// Its address.
    pub call_site: Address,
    /// Its allocations.
    pub counts: Counts,
    /// Frees on another CPU than that of the allocation.
    pub pingpong: Told<u64>,
    /// Allocations that asked for another node than the CPU's own.
    pub cross_node: u64,
    /// Frees of its allocations.
    pub frees: u64,
    /// What of it is still allocated at the end.
    pub live: Counts,
    /// Sum of the times from allocation to free, nanoseconds.
    pub lifetime: u64,
    /// The kmem_cache that it allocates from, where one is known and only one.
    pub cache: Option<CacheId>,
}

/// A ptr's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllocationRow {
    /// Which ptr.
    pub id: PtrId,
    /// Its address.
    pub ptr: Address,
    /// The call site of its latest allocation.
    pub call_site: Address,
    /// The same, as an index.
    pub call_site_id: CallSiteId,
    /// Its allocations.
    pub counts: Counts,
    /// Frees on another CPU than that of the allocation.
    pub pingpong: Told<u32>,
    /// Whether it is still allocated at the end, and then since when, nanoseconds.
    pub live_since: Option<u64>,
}

/// What a [`BucketRow`] groups by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bucket {
    /// kmalloc objects of this many bytes.
    Kmalloc(u64),
    /// Objects of a kmem_cache that the trace does not name, by their size in bytes.
    Objects(u64),
    /// Objects of a kmem_cache.
    Cache(CacheId),
}

/// Allocations of one size class or cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BucketRow {
    /// Which.
    pub bucket: Bucket,
    /// Bytes of an object: the size class, or the largest object seen of a cache.
    pub object_size: u64,
    /// Its allocations.
    pub counts: Counts,
    /// What of it is still allocated at the end.
    pub live: Counts,
}

/// What a thread allocated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadRow {
    /// Which thread, under which name.
    pub thread: ThreadId,
    /// Its allocations.
    pub counts: Counts,
    /// What of it is still allocated at the end.
    pub live: Counts,
}

#[cfg(test)]
mod tests {
    use super::{Counts, fragmentation};

    #[test]
    fn no_bytes_are_not_fragmented() {
        assert_eq!(fragmentation(0, 0), 0.0);
        assert_eq!(fragmentation(3, 4), 25.0);
        assert_eq!(fragmentation(8, 4), -100.0);
        assert_eq!(Counts::default().allocated_per_hit(), 0);
    }
}
