//! From counters to the report's rows.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::{Analysis, GroupState, OriginState, PtrState};
use crate::ids::{CacheId, CallSiteId, PtrId, ThreadId};
use crate::report::{
    AllocationRow, Bucket, BucketRow, CallSiteRow, Counts, SlabReport, SlabSummary, ThreadRow, Told,
};
use crate::sort::sorted_by_key;
use crate::trace::{Origin, SiteCache, Trace};

/// What is counted of a call site.
#[derive(Clone, Copy, Debug, Default)]
struct SiteState {
    counts: Counts,
    live: Counts,
    pingpong: Told<u64>,
    freed: Told<u64>,
    frees: u64,
    cross_node: Told<u64>,
    lifetime: u64,
}

/// What is counted of a size class or a cache.
#[derive(Clone, Copy, Debug, Default)]
struct BucketState {
    object_size: u64,
    group: GroupState,
}

impl Analysis<'_> {
    pub(super) fn finish(mut self) -> SlabReport {
        self.count_live();
        let sites = self.sites();
        let mut summary = SlabSummary::default();
        let mut call_sites: Vec<CallSiteRow> = Vec::new();
        for (index, state) in sites.iter().enumerate().filter(|(_, state)| state.counts.hits > 0) {
            summary.add(state);
            let id = CallSiteId(index as u32);
            call_sites.push(CallSiteRow {
                id,
                call_site: self.trace.call_site(id),
                counts: state.counts,
                pingpong: state.pingpong,
                cross_node: state.cross_node.right,
                frees: state.frees,
                live: state.live,
                lifetime: state.lifetime,
                cache: site_cache(self.trace, id),
            });
        }
        SlabReport {
            summary,
            call_sites: sorted_by_key(&call_sites, |row| row.call_site),
            allocations: self.allocations(),
            buckets: self.buckets(),
            threads: self.threads(),
        }
    }

    /// What is still allocated at the end, for every group.
    fn count_live(&mut self) {
        for ptr in self.ptrs.iter().filter(|ptr| ptr.live && ptr.counted) {
            let Some(origin) = self.origins.get_mut(ptr.origin as usize) else { continue };
            origin.live += 1;
            if let Some(actor) = self.actors.get_mut(ptr.actor as usize) {
                actor.group.live.add(origin.requested, origin.allocated);
            }
        }
    }

    fn counted_origins(&self) -> impl Iterator<Item = (&Origin, &OriginState)> {
        let origins = self.trace.origins().iter().zip(&self.origins);
        origins.filter(|(_, state)| state.hits > 0)
    }

    fn sites(&self) -> Vec<SiteState> {
        let mut sites = vec![SiteState::default(); self.trace.call_sites().len()];
        for (origin, state) in self.counted_origins() {
            let Some(site) = sites.get_mut(origin.call_site.index()) else { continue };
            let group = state.group();
            site.counts.merge(&group.counts);
            site.live.merge(&group.live);
            site.pingpong.perf += state.pingpong.perf;
            site.pingpong.right += state.pingpong.right;
            site.freed.perf = site.freed.perf.wrapping_add(state.freed.perf.wrapping_mul(state.allocated));
            site.freed.right = site.freed.right.wrapping_add(state.freed.right.wrapping_mul(state.allocated));
            site.frees += state.freed.right;
            site.cross_node.perf += state.cross_node.perf;
            site.cross_node.right += state.cross_node.right;
            site.lifetime = site.lifetime.saturating_add(state.lifetime);
        }
        sites
    }

    fn buckets(&self) -> Vec<BucketRow> {
        let mut buckets: BTreeMap<Bucket, BucketState> = BTreeMap::new();
        for (origin, state) in self.counted_origins() {
            let class = self.trace.class(origin.class);
            let bucket = if class.kind.is_kmalloc() {
                Bucket::Kmalloc(state.allocated)
            } else {
                match self.trace.cache_of(&class, origin.call_site) {
                    Some(cache) => Bucket::Cache(cache),
                    None => Bucket::Objects(state.allocated),
                }
            };
            let found = buckets.entry(bucket).or_default();
            let group = state.group();
            found.object_size = found.object_size.max(state.allocated);
            found.group.counts.merge(&group.counts);
            found.group.live.merge(&group.live);
        }
        let row = |(bucket, BucketState { object_size, group }): (Bucket, BucketState)| BucketRow {
            bucket,
            object_size,
            counts: group.counts,
            live: group.live,
        };
        let rows: Vec<BucketRow> = buckets.into_iter().map(row).collect();
        sorted_by_key(&rows, |row| (matches!(row.bucket, Bucket::Cache(_)), row.object_size, row.bucket))
    }

    fn threads(&self) -> Vec<ThreadRow> {
        let mut threads = vec![GroupState::default(); self.trace.threads().len()];
        for actor in
            self.actors.iter().filter(|actor| actor.group.counts.hits > 0 || actor.group.live.hits > 0)
        {
            if let Some(thread) = threads.get_mut(actor.thread.index()) {
                thread.counts.merge(&actor.group.counts);
                thread.live.merge(&actor.group.live);
            }
        }
        let counted = threads.iter().zip(0..).filter(|(state, _)| state.counts.hits > 0);
        counted
            .map(|(state, index)| ThreadRow {
                thread: ThreadId(index),
                counts: state.counts,
                live: state.live,
            })
            .collect()
    }

    fn allocations(&self) -> Vec<AllocationRow> {
        let trace = self.trace;
        let row = |index: usize, state: &PtrState| {
            let id = PtrId(index as u32);
            let origin = trace.origins().get(state.origin as usize);
            let call_site_id = origin.map_or(CallSiteId(u32::MAX), |origin| origin.call_site);
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

impl OriginState {
    fn group(&self) -> GroupState {
        let counts = |hits: u64| Counts {
            hits,
            requested: hits.wrapping_mul(self.requested),
            allocated: hits.wrapping_mul(self.allocated),
        };
        GroupState { counts: counts(self.hits), live: counts(self.live) }
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
        plus(&mut self.pingpong, site.pingpong.perf, site.pingpong.right);
        plus(&mut self.cross_node, site.cross_node.perf, site.cross_node.right);
    }
}

fn site_cache(trace: &Trace, id: CallSiteId) -> Option<CacheId> {
    match trace.site_caches.get(id.index()) {
        Some(SiteCache::One(cache)) => Some(*cache),
        _ => None,
    }
}
