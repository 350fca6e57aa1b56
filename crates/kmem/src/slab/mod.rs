//! Counts the slab allocator's events: one pass over the columns, everything found by index.

mod rows;

use alloc::vec;
use alloc::vec::Vec;

use crate::ids::{Address, CallSiteId, Node};
use crate::ledger::{Anomaly, AnomalyEntry, Counter};
use crate::query::{Accept, Context};
use crate::report::{Counts, SlabReport, SlabSummary};
use crate::trace::{Class, Event, EventKind, NO_CPU, Trace};

/// How wide sizes are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sizes {
    /// As they are.
    Whole,
    /// Cut to a signed 32-bit number, as perf's `int bytes_req` does.
    AsPerf,
}

/// What is known of a ptr while events go by.
#[derive(Clone, Copy, Debug)]
struct PtrState {
    counts: Counts,
    /// Size of its latest allocation.
    last_requested: u64,
    last_allocated: u64,
    /// Time of its latest allocation.
    since: u64,
    /// Index into the bucket table of its latest allocation.
    bucket: u32,
    call_site: CallSiteId,
    thread: u32,
    pingpong_perf: u32,
    pingpong_right: u32,
    /// CPU of its latest allocation; −1 after a free (perf's `alloc_cpu`).
    cpu: i16,
    /// Whether the latest allocation has passed the filter, and is in `counts`.
    counted: bool,
    /// Whether it was allocated and not freed since.
    live: bool,
    /// Whether any allocation of it was seen, counted or not.
    seen: bool,
}

impl PtrState {
    const NEW: PtrState = PtrState {
        counts: Counts { hits: 0, requested: 0, allocated: 0 },
        last_requested: 0,
        last_allocated: 0,
        since: 0,
        bucket: 0,
        call_site: CallSiteId(0),
        thread: 0,
        pingpong_perf: 0,
        pingpong_right: 0,
        cpu: -1,
        counted: false,
        live: false,
        seen: false,
    };
}

/// What is counted of a call site.
#[derive(Clone, Copy, Debug, Default)]
struct SiteState {
    counts: Counts,
    live: Counts,
    pingpong_perf: u64,
    pingpong_right: u64,
    cross_node: u64,
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
    summary: SlabSummary,
    ptrs: Vec<PtrState>,
    sites: Vec<SiteState>,
    threads: Vec<GroupState>,
    buckets: rows::Buckets,
    nodes: Vec<i32>,
    has_topology: bool,
    /// perf before 6.1: only `*_node` events can be cross-node, and "any node" is.
    legacy_cross: bool,
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
        summary: SlabSummary::default(),
        ptrs: vec![PtrState::NEW; trace.ptrs().len()],
        sites: vec![SiteState::default(); trace.call_sites().len()],
        threads: vec![GroupState::default(); trace.threads().len()],
        buckets: rows::Buckets::default(),
        nodes,
        has_topology: topology.is_some_and(|topology| !topology.is_empty()),
        legacy_cross: trace.facts().perf_older_than(6, 1),
    };
    let classes = trace.classes();
    for (_, event) in trace.columns.iter(accept.range()) {
        let Some(class) = classes.get(event.class.index()) else { continue };
        if !accept.in_time(&event) {
            continue;
        }
        if class.kind.is_slab_alloc() {
            analysis.alloc(&event, class, accept, ledger);
        } else if class.kind.is_slab_free() {
            analysis.free(&event, ledger);
        }
    }
    analysis.finish()
}

impl Analysis<'_> {
    fn alloc(&mut self, event: &Event, class: &Class, accept: &Accept<'_>, ledger: &mut Counter) {
        let (requested, allocated) = self.trace.columns.sizes(event);
        let counted = accept.slab(event, class, allocated);
        let (requested, allocated) = match self.sizes {
            Sizes::Whole => (requested, allocated),
            Sizes::AsPerf => (as_perf(requested), as_perf(allocated)),
        };
        let Some(ptr) = self.ptrs.get_mut(event.ptr().index()) else { return };
        if ptr.live && ptr.counted {
            self.summary.live.remove(ptr);
            if let Some(site) = self.sites.get_mut(ptr.call_site.index()) {
                site.live.remove(ptr);
            }
            if let Some(thread) = self.threads.get_mut(ptr.thread as usize) {
                thread.live.remove(ptr);
            }
            self.buckets.at(ptr.bucket).live.remove(ptr);
        }
        let failed = self.trace.ptr(event.ptr()) == Address(0);
        if counted && (failed || ptr.live) {
            let anomaly = if failed { Anomaly::FailedAllocation } else { Anomaly::AllocationOfLive };
            ledger.note(anomaly, || entry(self.trace, event));
        }
        let bucket = if counted {
            let cache = self.trace.cache_of(class, event.call_site);
            let is_kmalloc = matches!(class.kind, EventKind::Kmalloc | EventKind::KmallocNode);
            self.buckets.find(is_kmalloc, cache, allocated)
        } else {
            0
        };
        ptr.seen = true;
        ptr.counted = counted;
        ptr.live = !failed;
        ptr.call_site = event.call_site;
        ptr.thread = event.thread.0;
        ptr.cpu = event.cpu as i16;
        ptr.last_requested = requested;
        ptr.last_allocated = allocated;
        ptr.since = event.time;
        ptr.bucket = bucket;
        if !counted {
            return;
        }
        ptr.counts.add(requested, allocated);
        self.summary.counts.add(requested, allocated);
        let state = self.buckets.at(bucket);
        state.counts.add(requested, allocated);
        if !failed {
            state.live.add(requested, allocated);
            self.summary.live.add(requested, allocated);
        }
        if let Some(thread) = self.threads.get_mut(event.thread.index()) {
            thread.counts.add(requested, allocated);
            if !failed {
                thread.live.add(requested, allocated);
            }
        }
        let cpu_node = self.nodes.get(usize::from(event.cpu)).copied().unwrap_or(-1);
        let mut cross = false;
        if let Some(Node(asked)) = class.node {
            let other = asked != cpu_node;
            let perf =
                if self.legacy_cross { class.kind.is_legacy_node() && other } else { asked != -1 && other };
            cross = asked != -1 && cpu_node != -1 && other && self.has_topology;
            self.summary.cross_node.perf += u64::from(perf);
            self.summary.cross_node.right += u64::from(cross);
        }
        if let Some(site) = self.sites.get_mut(event.call_site.index()) {
            site.counts.add(requested, allocated);
            site.cross_node += u64::from(cross);
            if !failed {
                site.live.add(requested, allocated);
            }
        }
    }

    fn free(&mut self, event: &Event, ledger: &mut Counter) {
        let Some(ptr) = self.ptrs.get_mut(event.ptr().index()) else { return };
        if !ptr.live {
            let anomaly = if self.trace.ptr(event.ptr()) == Address(0) {
                Anomaly::FreeOfNull
            } else if ptr.seen {
                Anomaly::FreedAgain
            } else {
                Anomaly::FreeWithoutAllocation
            };
            ledger.note(anomaly, || entry(self.trace, event));
        }
        if !ptr.seen || !ptr.counted {
            ptr.live = false;
            return;
        }
        let cpu = event.cpu as i16;
        self.summary.freed.perf = self.summary.freed.perf.wrapping_add(ptr.last_allocated);
        let site = self.sites.get_mut(ptr.call_site.index());
        if cpu != ptr.cpu {
            ptr.pingpong_perf += 1;
            self.summary.pingpong.perf += 1;
        }
        if let Some(site) = site {
            site.pingpong_perf += u64::from(cpu != ptr.cpu);
            if ptr.live {
                let moved = cpu != ptr.cpu && event.cpu != NO_CPU;
                ptr.pingpong_right += u32::from(moved);
                site.pingpong_right += u64::from(moved);
                self.summary.pingpong.right += u64::from(moved);
                self.summary.freed.right = self.summary.freed.right.wrapping_add(ptr.last_allocated);
                self.summary.frees += 1;
                site.frees += 1;
                site.lifetime = site.lifetime.saturating_add(event.time.saturating_sub(ptr.since));
                site.live.remove(ptr);
                self.summary.live.remove(ptr);
                if let Some(thread) = self.threads.get_mut(ptr.thread as usize) {
                    thread.live.remove(ptr);
                }
                self.buckets.at(ptr.bucket).live.remove(ptr);
            }
        }
        ptr.live = false;
        ptr.cpu = -1;
    }
}

impl Counts {
    fn remove(&mut self, ptr: &PtrState) {
        self.hits = self.hits.wrapping_sub(1);
        self.requested = self.requested.wrapping_sub(ptr.last_requested);
        self.allocated = self.allocated.wrapping_sub(ptr.last_allocated);
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

fn as_perf(bytes: u64) -> u64 {
    i64::from(bytes as i32) as u64
}
