//! From counters to the report's rows.

use alloc::vec;
use alloc::vec::Vec;

use hashbrown::HashMap;

use super::{Analysis, GroupState, PtrState, SiteState};
use crate::ids::{CacheId, CallSiteId, PtrId, ThreadId};
use crate::report::{
    AllocationRow, Bucket, BucketRow, CallSiteRow, Counts, SlabReport, SlabSummary, ThreadRow, Told,
};
use crate::sort::sorted_by_key;
use crate::trace::{Class, Event, SiteCache, Trace};

/// Size classes and caches that were met. Caches have the first places, by their id.
#[derive(Clone, Debug)]
pub(super) struct Buckets {
    caches: u32,
    index: HashMap<Bucket, u32>,
    keys: Vec<Bucket>,
    sizes: Vec<u64>,
    states: Vec<GroupState>,
    recent: [Option<(Bucket, u32)>; RECENT],
    none: GroupState,
}

/// Sizes that are found without hashing; a kernel has about forty size classes.
const RECENT: usize = 64;

impl Buckets {
    pub(super) fn new(caches: usize) -> Buckets {
        Buckets {
            caches: caches as u32,
            index: HashMap::new(),
            keys: (0..caches as u32).map(|cache| Bucket::Cache(CacheId(cache))).collect(),
            sizes: vec![0; caches],
            states: vec![GroupState::default(); caches],
            recent: [None; RECENT],
            none: GroupState::default(),
        }
    }

    /// The place of the bucket that an allocation belongs to.
    #[inline]
    pub(super) fn find(&mut self, trace: &Trace, event: &Event, class: &Class, size: u64) -> u32 {
        let key = if class.kind.is_kmalloc() {
            Bucket::Kmalloc(size)
        } else if let Some(cache) = trace.cache_of(class, event.call_site)
            && cache.0 < self.caches
        {
            if let Some(known) = self.sizes.get_mut(cache.index()) {
                *known = size.max(*known);
            }
            return cache.0;
        } else {
            Bucket::Objects(size)
        };
        let slot = ((size >> 3) ^ (size >> 9) ^ (size >> 15)) as usize & (RECENT - 1);
        if let Some(Some((known, index))) = self.recent.get(slot)
            && *known == key
        {
            return *index;
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
        index
    }

    #[inline]
    pub(super) fn at(&mut self, index: u32) -> &mut GroupState {
        self.states.get_mut(index as usize).unwrap_or(&mut self.none)
    }

    fn into_rows(self) -> Vec<BucketRow> {
        let rows: Vec<BucketRow> = self
            .keys
            .into_iter()
            .zip(self.sizes)
            .zip(self.states)
            .filter(|(_, state)| state.counts.hits > 0)
            .map(|((bucket, object_size), state)| BucketRow {
                bucket,
                object_size,
                counts: state.counts,
                live: state.live,
            })
            .collect();
        sorted_by_key(&rows, |row| (matches!(row.bucket, Bucket::Cache(_)), row.object_size, row.bucket))
    }
}

impl Analysis<'_> {
    pub(super) fn finish(mut self) -> SlabReport {
        self.count_live();
        let trace = self.trace;
        let mut summary = SlabSummary::default();
        let mut call_sites: Vec<CallSiteRow> = Vec::new();
        for (index, state) in self.sites.iter().enumerate().filter(|(_, state)| state.counts.hits > 0) {
            summary.add(state);
            let id = CallSiteId(index as u32);
            call_sites.push(CallSiteRow {
                id,
                call_site: trace.call_site(id),
                counts: state.counts,
                pingpong: Told { perf: state.pingpong_perf, right: state.pingpong_right },
                cross_node: state.cross_node.right,
                frees: state.frees,
                live: state.live,
                lifetime: state.lifetime,
                cache: site_cache(trace, id),
            });
        }
        let call_sites = sorted_by_key(&call_sites, |row| row.call_site);
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
        let allocations = self.allocations();
        SlabReport { summary, call_sites, allocations, buckets: self.buckets.into_rows(), threads }
    }

    /// What is still allocated at the end, for every group.
    fn count_live(&mut self) {
        let classes = self.trace.classes();
        for ptr in self.ptrs.iter().filter(|ptr| ptr.live && ptr.counted) {
            let Some(event) = self.trace.columns.get(ptr.event as usize) else { continue };
            let Some(class) = classes.get(event.class.index()) else { continue };
            let (requested, allocated) = self.trace.columns.sizes(&event);
            let (requested, allocated) = self.sizes.of(requested, allocated);
            let bucket = self.buckets.find(self.trace, &event, class, allocated);
            self.buckets.at(bucket).live.add(requested, allocated);
            if let Some(site) = self.sites.get_mut(event.call_site.index()) {
                site.live.add(requested, allocated);
            }
            if let Some(thread) = self.threads.get_mut(event.thread.index()) {
                thread.live.add(requested, allocated);
            }
        }
    }

    fn allocations(&self) -> Vec<AllocationRow> {
        let trace = self.trace;
        let row = |index: usize, state: &PtrState| {
            let id = PtrId(index as u32);
            let call_site_id = CallSiteId(state.call_site);
            AllocationRow {
                id,
                ptr: trace.ptr(id),
                call_site: trace.call_site(call_site_id),
                call_site_id,
                counts: Counts {
                    hits: u64::from(state.hits),
                    requested: state.requested,
                    allocated: state.allocated,
                },
                pingpong: Told { perf: state.pingpong_perf, right: state.pingpong_right },
                live_since: (state.live && state.counted).then_some(state.since),
            }
        };
        let states = self.ptrs.iter().enumerate().filter(|(_, state)| state.hits > 0);
        match trace.ptr_order() {
            Some(order) => order
                .iter()
                .filter_map(|&index| Some((index as usize, self.ptrs.get(index as usize)?)))
                .filter(|(_, state)| state.hits > 0)
                .map(|(index, state)| row(index, state))
                .collect(),
            None => {
                let rows: Vec<AllocationRow> = states.map(|(index, state)| row(index, state)).collect();
                sorted_by_key(&rows, |row| row.ptr)
            }
        }
    }
}

impl SlabSummary {
    fn add(&mut self, site: &SiteState) {
        let plus = |told: &mut Told<u64>, perf: u64, right: u64| {
            told.perf = told.perf.wrapping_add(perf);
            told.right = told.right.wrapping_add(right);
        };
        self.counts.merge(&site.counts);
        self.live.merge(&site.live);
        self.frees += site.frees;
        plus(&mut self.freed, site.freed.perf, site.freed.right);
        plus(&mut self.pingpong, site.pingpong_perf, site.pingpong_right);
        plus(&mut self.cross_node, site.cross_node.perf, site.cross_node.right);
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
    use alloc::vec::Vec;

    use super::Buckets;
    use crate::ids::{CacheId, CallSiteId, ClassId, ThreadId};
    use crate::report::Bucket;
    use crate::trace::{Class, Event, EventKind, Trace};

    #[test]
    fn buckets_are_found_again() {
        let event = Event {
            time: 0,
            target: 0,
            call_site: CallSiteId(0),
            requested: 0,
            allocated: 0,
            thread: ThreadId(0),
            class: ClassId(0),
            stack: None,
            cpu: 0,
        };
        let trace = Trace::default();
        let mut buckets = Buckets::new(4);
        let named = Class { cache: Some(CacheId(3)), ..Class::of(EventKind::KmemCacheAlloc) };
        for _ in 0..2 {
            for size in [8, 16, 96, 192, 1 << 20] {
                let index = buckets.find(&trace, &event, &Class::of(EventKind::Kmalloc), size);
                buckets.at(index).counts.add(size - 1, size);
            }
            let index = buckets.find(&trace, &event, &Class::of(EventKind::KmemCacheAlloc), 64);
            buckets.at(index).counts.add(60, 64);
            let index = buckets.find(&trace, &event, &named, 64);
            buckets.at(index).counts.add(60, 64);
        }
        let rows = buckets.into_rows();
        let keys: Vec<_> = rows.iter().map(|row| row.bucket).collect();
        assert_eq!(
            keys,
            [
                Bucket::Kmalloc(8),
                Bucket::Kmalloc(16),
                Bucket::Objects(64),
                Bucket::Kmalloc(96),
                Bucket::Kmalloc(192),
                Bucket::Kmalloc(1 << 20),
                Bucket::Cache(CacheId(3)),
            ]
        );
        assert!(rows.iter().all(|row| row.counts.hits == 2));
    }
}
