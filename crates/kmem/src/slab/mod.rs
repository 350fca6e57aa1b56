//! Counts the slab allocator's events: one pass over the columns, everything found by index.

mod rows;
#[cfg(test)]
mod tests;

use alloc::vec;
use alloc::vec::Vec;

use crate::ids::Node;
use crate::ledger::{Anomaly, AnomalyEntry, Counter};
use crate::query::{Accept, Context};
use crate::report::{Counts, SlabReport, Told};
use crate::trace::{Class, Event, NO_CPU, Trace};

/// How wide sizes are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sizes {
    /// As they are.
    Whole,
    /// Cut to a signed 32-bit number, as perf's `int bytes_req` does.
    AsPerf,
}

/// What is known of a ptr while events go by: less than a cache line, as every event fetches one.
#[derive(Clone, Copy, Debug, Default)]
struct PtrState {
    requested: u64,
    allocated: u64,
    /// Size of its latest allocation.
    last_allocated: u64,
    /// Time of its latest allocation.
    since: u64,
    hits: u32,
    /// Index of its latest allocation in the columns.
    event: u32,
    call_site: u32,
    pingpong_perf: u32,
    pingpong_right: u32,
    /// CPU of its latest allocation; −1 after a free (perf's `alloc_cpu`).
    cpu: i16,
    /// Whether any allocation of it was seen, counted or not.
    seen: bool,
    /// Whether its latest allocation has passed the filter.
    counted: bool,
    /// Whether it was allocated and not freed since.
    live: bool,
}

/// What is counted of a call site.
#[derive(Clone, Copy, Debug, Default)]
struct SiteState {
    counts: Counts,
    live: Counts,
    pingpong_perf: u64,
    pingpong_right: u64,
    freed: Told<u64>,
    cross_node: Told<u64>,
    frees: u64,
    lifetime: u64,
}

/// What is counted of any other group.
#[derive(Clone, Copy, Debug, Default)]
struct GroupState {
    counts: Counts,
    live: Counts,
}

struct Analysis<'a> {
    trace: &'a Trace,
    sizes: Sizes,
    ptrs: Vec<PtrState>,
    sites: Vec<SiteState>,
    threads: Vec<GroupState>,
    buckets: rows::Buckets,
    nodes: Vec<i32>,
    has_topology: bool,
    /// perf before 6.1: only `*_node` events can be cross-node, and "any node" is.
    legacy_cross: bool,
    /// The id of ptr 0, which failed allocations and kfree(NULL) have.
    null: Option<u32>,
}

/// Counts the slab events that `accept` lets through.
pub(crate) fn analyse(
    context: &Context<'_>,
    accept: &Accept<'_>,
    sizes: Sizes,
    ledger: &mut Counter,
) -> SlabReport {
    let trace = context.trace;
    let topology = context.topology();
    let nodes = (0..=u32::from(u16::MAX))
        .map(|cpu| topology.and_then(|topology| topology.node_of(cpu)).map_or(-1, |Node(node)| node))
        .collect();
    let mut analysis = Analysis {
        trace,
        sizes,
        ptrs: vec![PtrState::default(); trace.ptrs().len()],
        sites: vec![SiteState::default(); trace.call_sites().len()],
        threads: vec![GroupState::default(); trace.threads().len()],
        buckets: rows::Buckets::new(trace.caches().len()),
        nodes,
        has_topology: topology.is_some_and(|topology| !topology.is_empty()),
        legacy_cross: trace.facts().perf_older_than(6, 1),
        null: trace.ptrs.get(0),
    };
    let classes = trace.classes();
    trace.columns.iter(accept.range()).for_each(|(index, event)| {
        let Some(class) = classes.get(event.class.index()) else { return };
        if !accept.in_time(&event) {
            return;
        }
        if class.kind.is_slab_alloc() {
            analysis.alloc(index, &event, class, accept, ledger);
        } else if class.kind.is_slab_free() {
            analysis.free(&event, ledger);
        }
    });
    analysis.finish()
}

impl Analysis<'_> {
    #[inline]
    fn alloc(
        &mut self,
        index: usize,
        event: &Event,
        class: &Class,
        accept: &Accept<'_>,
        ledger: &mut Counter,
    ) {
        let (requested, allocated) = self.trace.columns.sizes(event);
        let counted = accept.slab(event, class, allocated);
        let (requested, allocated) = self.sizes.of(requested, allocated);
        let Some(ptr) = self.ptrs.get_mut(event.ptr().index()) else { return };
        let failed = self.null == Some(event.target);
        if counted && (failed || ptr.live) {
            let anomaly = if failed { Anomaly::FailedAllocation } else { Anomaly::AllocationOfLive };
            ledger.note(anomaly, || entry(self.trace, event));
        }
        ptr.seen = true;
        ptr.counted = counted;
        ptr.live = !failed;
        ptr.call_site = event.call_site.0;
        ptr.cpu = event.cpu as i16;
        ptr.last_allocated = allocated;
        ptr.since = event.time;
        ptr.event = index as u32;
        if !counted {
            return;
        }
        ptr.hits += 1;
        ptr.requested = ptr.requested.wrapping_add(requested);
        ptr.allocated = ptr.allocated.wrapping_add(allocated);
        let bucket = self.buckets.find(self.trace, event, class, allocated);
        self.buckets.at(bucket).counts.add(requested, allocated);
        if let Some(thread) = self.threads.get_mut(event.thread.index()) {
            thread.counts.add(requested, allocated);
        }
        let Some(site) = self.sites.get_mut(event.call_site.index()) else { return };
        site.counts.add(requested, allocated);
        if let Some(Node(asked)) = class.node {
            let cpu_node = self.nodes.get(usize::from(event.cpu)).copied().unwrap_or(-1);
            let other = asked != cpu_node;
            let perf =
                if self.legacy_cross { class.kind.is_legacy_node() && other } else { asked != -1 && other };
            let right = asked != -1 && cpu_node != -1 && other && self.has_topology;
            site.cross_node.perf += u64::from(perf);
            site.cross_node.right += u64::from(right);
        }
    }

    #[inline]
    fn free(&mut self, event: &Event, ledger: &mut Counter) {
        let Some(ptr) = self.ptrs.get_mut(event.ptr().index()) else { return };
        if !ptr.live {
            let anomaly = if self.null == Some(event.target) {
                Anomaly::FreeOfNull
            } else if ptr.seen {
                Anomaly::FreedAgain
            } else {
                Anomaly::FreeWithoutAllocation
            };
            ledger.note(anomaly, || entry(self.trace, event));
        }
        let was_live = core::mem::replace(&mut ptr.live, false);
        if !ptr.counted {
            return;
        }
        let Some(site) = self.sites.get_mut(ptr.call_site as usize) else { return };
        let moved = event.cpu as i16 != ptr.cpu;
        ptr.pingpong_perf += u32::from(moved);
        site.pingpong_perf += u64::from(moved);
        site.freed.perf = site.freed.perf.wrapping_add(ptr.last_allocated);
        ptr.cpu = -1;
        if was_live {
            let moved = moved && event.cpu != NO_CPU;
            ptr.pingpong_right += u32::from(moved);
            site.pingpong_right += u64::from(moved);
            site.freed.right = site.freed.right.wrapping_add(ptr.last_allocated);
            site.frees += 1;
            site.lifetime = site.lifetime.saturating_add(event.time.saturating_sub(ptr.since));
        }
    }
}

impl Sizes {
    #[inline]
    fn of(self, requested: u64, allocated: u64) -> (u64, u64) {
        let cut = |bytes: u64| i64::from(bytes as i32) as u64;
        match self {
            Sizes::Whole => (requested, allocated),
            Sizes::AsPerf => (cut(requested), cut(allocated)),
        }
    }
}

fn entry(trace: &Trace, event: &Event) -> AnomalyEntry {
    AnomalyEntry {
        time: event.time,
        cpu: event.cpu,
        target: trace.ptr(event.ptr()),
        call_site: Some(event.call_site),
    }
}
