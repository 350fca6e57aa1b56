//! From counters to the report's rows.

use alloc::vec::Vec;

use hashbrown::HashMap;

use super::{Analysis, GroupState};
use crate::ids::{CacheId, CallSiteId, PtrId, ThreadId};
use crate::report::{AllocationRow, Bucket, BucketRow, CallSiteRow, SlabReport, ThreadRow, Told};
use crate::trace::{SiteCache, Trace};

/// Size classes and caches that were met, found through small tables: kmalloc sizes by their number of bits and the
/// bits below the top one, caches by id.
#[derive(Clone, Debug, Default)]
pub(super) struct Buckets {
    index: HashMap<Bucket, u32>,
    keys: Vec<Bucket>,
    sizes: Vec<u64>,
    states: Vec<GroupState>,
    recent: [Option<(Bucket, u32)>; 16],
    none: GroupState,
}

impl Buckets {
    pub(super) fn find(&mut self, is_kmalloc: bool, cache: Option<CacheId>, size: u64) -> u32 {
        let key = match cache {
            _ if is_kmalloc => Bucket::Kmalloc(size),
            Some(cache) => Bucket::Cache(cache),
            None => Bucket::Objects(size),
        };
        let slot = match key {
            Bucket::Kmalloc(size) => size.trailing_zeros() as usize,
            Bucket::Objects(size) => (size >> 3) as usize,
            Bucket::Cache(cache) => cache.index(),
        } & 15;
        if let Some(Some((known, index))) = self.recent.get(slot)
            && *known == key
        {
            let index = *index;
            self.widen(index, size);
            return index;
        }
        let index = match self.index.get(&key) {
            Some(&index) => index,
            None => {
                let index = self.keys.len() as u32;
                self.index.insert(key, index);
                self.keys.push(key);
                self.sizes.push(size);
                self.states.push(GroupState::default());
                index
            }
        };
        if let Some(recent) = self.recent.get_mut(slot) {
            *recent = Some((key, index));
        }
        self.widen(index, size);
        index
    }

    fn widen(&mut self, index: u32, size: u64) {
        if let Some(known) = self.sizes.get_mut(index as usize) {
            *known = size.max(*known);
        }
    }

    pub(super) fn at(&mut self, index: u32) -> &mut GroupState {
        self.states.get_mut(index as usize).unwrap_or(&mut self.none)
    }

    fn into_rows(self) -> Vec<BucketRow> {
        let mut rows: Vec<BucketRow> = self
            .keys
            .into_iter()
            .zip(self.sizes)
            .zip(self.states)
            .map(|((bucket, object_size), state)| BucketRow {
                bucket,
                object_size,
                counts: state.counts,
                live: state.live,
            })
            .collect();
        rows.sort_by_key(|row| (matches!(row.bucket, Bucket::Cache(_)), row.object_size, row.bucket));
        rows
    }
}

impl Analysis<'_> {
    pub(super) fn finish(self) -> SlabReport {
        let trace = self.trace;
        let mut call_sites: Vec<CallSiteRow> = self
            .sites
            .iter()
            .enumerate()
            .filter(|(_, state)| state.counts.hits > 0)
            .map(|(index, state)| {
                let id = CallSiteId(index as u32);
                CallSiteRow {
                    id,
                    call_site: trace.call_site(id),
                    counts: state.counts,
                    pingpong: Told { perf: state.pingpong_perf, right: state.pingpong_right },
                    cross_node: state.cross_node,
                    frees: state.frees,
                    live: state.live,
                    lifetime: state.lifetime,
                    cache: site_cache(trace, id),
                }
            })
            .collect();
        call_sites.sort_unstable_by_key(|row| row.call_site);
        let mut allocations: Vec<AllocationRow> = Vec::new();
        let mut push = |index: usize| {
            let Some(state) = self.ptrs.get(index).filter(|state| state.counts.hits > 0) else { return };
            let id = PtrId(index as u32);
            allocations.push(AllocationRow {
                id,
                ptr: trace.ptr(id),
                call_site: trace.call_site(state.call_site),
                call_site_id: state.call_site,
                counts: state.counts,
                pingpong: Told { perf: state.pingpong_perf, right: state.pingpong_right },
                live_since: (state.live && state.counted).then_some(state.since),
            });
        };
        match trace.ptr_order() {
            Some(order) => order.iter().for_each(|&index| push(index as usize)),
            None => (0..self.ptrs.len()).for_each(push),
        }
        if trace.ptr_order().is_none() {
            allocations.sort_unstable_by_key(|row| row.ptr);
        }
        let threads = self
            .threads
            .iter()
            .enumerate()
            .filter(|(_, state)| state.counts.hits > 0)
            .map(|(index, state)| ThreadRow {
                thread: ThreadId(index as u32),
                counts: state.counts,
                live: state.live,
            })
            .collect();
        SlabReport {
            summary: self.summary,
            call_sites,
            allocations,
            buckets: self.buckets.into_rows(),
            threads,
        }
    }
}

fn site_cache(trace: &Trace, id: CallSiteId) -> Option<CacheId> {
    match trace.site_caches.get(id.index()) {
        Some(SiteCache::One(cache)) => Some(*cache),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Buckets;
    use crate::ids::CacheId;
    use crate::report::Bucket;
    use alloc::vec::Vec;

    #[test]
    fn buckets_are_found_again() {
        let mut buckets = Buckets::default();
        for _ in 0..2 {
            for size in [8, 16, 96, 192, 1 << 20] {
                let index = buckets.find(true, None, size);
                buckets.at(index).counts.add(size - 1, size);
            }
            let index = buckets.find(false, Some(CacheId(3)), 64);
            buckets.at(index).counts.add(60, 64);
        }
        let rows = buckets.into_rows();
        let keys: Vec<_> = rows.iter().map(|row| row.bucket).collect();
        assert_eq!(
            keys,
            [
                Bucket::Kmalloc(8),
                Bucket::Kmalloc(16),
                Bucket::Kmalloc(96),
                Bucket::Kmalloc(192),
                Bucket::Kmalloc(1 << 20),
                Bucket::Cache(CacheId(3)),
            ]
        );
        assert!(rows.iter().all(|row| row.counts.hits == 2));
    }
}
