//! From counters to the report's rows.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::fate::Fate;
use super::tally::{GroupState, OriginState, PtrState, Tally};
use crate::ids::{CacheId, CallSiteId, PtrId, ThreadId};
use crate::query::Context;
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

impl Tally {
    /// What is counted so far.
    pub(crate) fn report(&mut self, context: &Context<'_>) -> SlabReport {
        let trace = context.trace;
        self.count_live();
        let sites = self.sites(trace);
        let mut summary = SlabSummary::default();
        let mut call_sites: Vec<CallSiteRow> = Vec::new();
        for (index, state) in sites.iter().enumerate().filter(|(_, state)| state.counts.hits > 0) {
            summary.add(state);
            let id = CallSiteId(index as u32);
            call_sites.push(CallSiteRow {
                id,
                call_site: trace.call_site(id),
                counts: state.counts,
                pingpong: state.pingpong,
                cross_node: state.cross_node.right,
                frees: state.frees,
                live: state.live,
                lifetime: state.lifetime,
                cache: site_cache(trace, id),
            });
        }
        SlabReport {
            summary,
            call_sites: sorted_by_key(&call_sites, |row| row.call_site),
            allocations: self.allocations(trace),
            buckets: self.buckets(trace),
            threads: self.threads(trace),
        }
    }

    /// What is still allocated at the end, for every group.
    fn count_live(&mut self) {
        self.origins.iter_mut().for_each(|origin| origin.live = 0);
        self.actors.iter_mut().for_each(|actor| actor.group.live = Counts::default());
        let ptrs = self.ptrs.iter().zip(&self.fates);
        for (ptr, _) in ptrs.filter(|(_, fate)| **fate == Fate::Live) {
            let Some(origin) = self.origins.get_mut(ptr.origin as usize) else { continue };
            origin.live += 1;
            if let Some(actor) = self.actors.get_mut(ptr.actor as usize) {
                actor.group.live.add(origin.requested, origin.allocated);
            }
        }
    }

    fn counted_origins<'a>(
        &'a self,
        trace: &'a Trace,
    ) -> impl Iterator<Item = (&'a Origin, &'a OriginState)> {
        let origins = trace.origins().iter().zip(&self.origins);
        origins.filter(|(_, state)| state.hits > 0)
    }

    fn sites(&self, trace: &Trace) -> Vec<SiteState> {
        let mut sites = vec![SiteState::default(); trace.call_sites().len()];
        for (origin, state) in self.counted_origins(trace) {
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

    fn buckets(&self, trace: &Trace) -> Vec<BucketRow> {
        let mut buckets: BTreeMap<Bucket, BucketState> = BTreeMap::new();
        for (origin, state) in self.counted_origins(trace) {
            let class = trace.class(origin.class);
            let bucket = if class.kind.is_kmalloc() {
                Bucket::Kmalloc(state.allocated)
            } else {
                match trace.cache_of(&class, origin.call_site) {
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

    fn threads(&self, trace: &Trace) -> Vec<ThreadRow> {
        let mut threads = vec![GroupState::default(); trace.threads().len()];
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

    fn allocations(&self, trace: &Trace) -> Vec<AllocationRow> {
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
                live_since: (self.fates.get(index) == Some(&Fate::Live)).then_some(state.since),
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
