//! Counts the slab allocator's events: one pass over the events, everything found by index.

mod rows;
#[cfg(test)]
mod tests;

use alloc::vec;
use alloc::vec::Vec;

use crate::ids::{Node, ThreadId};
use crate::ledger::{Anomaly, AnomalyEntry, Counter};
use crate::query::{Accept, Context};
use crate::report::{Counts, SlabReport, Told};
use crate::trace::{Actor, Event, NO_CPU, Origin, Trace};

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
    /// Time of its latest allocation.
    since: u64,
    hits: u32,
    /// Origin and actor of its latest allocation.
    origin: u32,
    actor: u32,
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

/// What an event of an origin does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Effect {
    #[default]
    None,
    Allocates,
    Frees,
}

/// What is counted of an origin's events. Each of its allocations has the same sizes, so that sums are products.
#[derive(Clone, Copy, Debug, Default)]
struct OriginState {
    effect: Effect,
    /// The node asked for and how perf judges it, where it can be another than the CPU's.
    asked: Option<Asked>,
    requested: u64,
    allocated: u64,
    hits: u64,
    live: u64,
    pingpong: Told<u64>,
    /// Frees by which perf, and the truth, count its bytes as freed.
    freed: Told<u64>,
    cross_node: Told<u64>,
    lifetime: u64,
}

/// A node that allocations ask for.
#[derive(Clone, Copy, Debug)]
struct Asked {
    node: i32,
    perf_judges: bool,
}

/// What is counted of a thread on a CPU.
#[derive(Clone, Copy, Debug)]
struct ActorState {
    cpu: u16,
    /// The node of the CPU; −1 where it is unknown.
    node: i32,
    thread: ThreadId,
    group: GroupState,
}

/// What is counted of any group of allocations.
#[derive(Clone, Copy, Debug, Default)]
struct GroupState {
    counts: Counts,
    live: Counts,
}

struct Analysis<'a> {
    trace: &'a Trace,
    ptrs: Vec<PtrState>,
    origins: Vec<OriginState>,
    actors: Vec<ActorState>,
    has_topology: bool,
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
    let mut analysis = Analysis {
        trace,
        ptrs: vec![PtrState::default(); trace.ptrs().len()],
        origins: origins(trace, sizes),
        actors: actors(context),
        has_topology: context.topology().is_some_and(|topology| !topology.is_empty()),
        null: trace.ptrs.get(0),
    };
    trace.rows.iter_without_stacks(accept.range()).for_each(|event| {
        let effect = analysis.origins.get(event.origin.index()).map(|origin| origin.effect);
        match effect {
            _ if !accept.in_time(&event) => {}
            Some(Effect::Allocates) => analysis.alloc(&event, accept.slab(&event), ledger),
            Some(Effect::Frees) => analysis.free(&event, ledger),
            _ => {}
        }
    });
    analysis.finish()
}

fn origins(trace: &Trace, sizes: Sizes) -> Vec<OriginState> {
    // perf before 6.1: only `*_node` events can be cross-node, and "any node" is.
    let legacy = trace.facts().perf_older_than(6, 1);
    let state = |origin: &Origin| {
        let class = trace.class(origin.class);
        let (requested, allocated) = sizes.of(origin.requested, origin.allocated);
        let asked = class.node.map(|Node(node)| Asked {
            node,
            perf_judges: if legacy { class.kind.is_legacy_node() } else { node != -1 },
        });
        OriginState {
            effect: match class.kind {
                kind if kind.is_slab_alloc() => Effect::Allocates,
                kind if kind.is_slab_free() => Effect::Frees,
                _ => Effect::None,
            },
            asked: asked.filter(|asked| asked.perf_judges || asked.node != -1),
            requested,
            allocated,
            ..OriginState::default()
        }
    };
    trace.origins().iter().map(state).collect()
}

fn actors(context: &Context<'_>) -> Vec<ActorState> {
    let topology = context.topology();
    let state = |actor: &Actor| {
        let node = topology.and_then(|topology| topology.node_of(u32::from(actor.cpu)));
        ActorState {
            cpu: actor.cpu,
            node: node.map_or(-1, |Node(node)| node),
            thread: actor.thread,
            group: GroupState::default(),
        }
    };
    context.trace.actors().iter().map(state).collect()
}

impl Analysis<'_> {
    #[inline(always)]
    fn alloc(&mut self, event: &Event, counted: bool, ledger: &mut Counter) {
        let Some(actor) = self.actors.get_mut(event.actor.index()) else { return };
        let Some(ptr) = self.ptrs.get_mut(event.ptr().index()) else { return };
        let failed = self.null == Some(event.target);
        if counted && (failed || ptr.live) {
            let anomaly = if failed { Anomaly::FailedAllocation } else { Anomaly::AllocationOfLive };
            ledger.note(anomaly, || entry(self.trace, event));
        }
        ptr.seen = true;
        ptr.counted = counted;
        ptr.live = !failed;
        ptr.origin = event.origin.0;
        ptr.actor = event.actor.0;
        ptr.cpu = actor.cpu as i16;
        ptr.since = event.time;
        if !counted {
            return;
        }
        let Some(origin) = self.origins.get_mut(event.origin.index()) else { return };
        ptr.hits += 1;
        ptr.requested = ptr.requested.wrapping_add(origin.requested);
        ptr.allocated = ptr.allocated.wrapping_add(origin.allocated);
        actor.group.counts.add(origin.requested, origin.allocated);
        origin.hits += 1;
        if let Some(asked) = origin.asked {
            let other = asked.node != actor.node;
            let is_known = asked.node != -1 && actor.node != -1 && self.has_topology;
            origin.cross_node.perf += u64::from(asked.perf_judges && other);
            origin.cross_node.right += u64::from(is_known && other);
        }
    }

    #[inline(always)]
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
        let Some(origin) = self.origins.get_mut(ptr.origin as usize) else { return };
        let Some(actor) = self.actors.get(event.actor.index()) else { return };
        let moved = actor.cpu as i16 != ptr.cpu;
        ptr.pingpong_perf += u32::from(moved);
        origin.pingpong.perf += u64::from(moved);
        origin.freed.perf += 1;
        ptr.cpu = -1;
        if was_live {
            let moved = moved && actor.cpu != NO_CPU;
            ptr.pingpong_right += u32::from(moved);
            origin.pingpong.right += u64::from(moved);
            origin.freed.right += 1;
            origin.lifetime = origin.lifetime.saturating_add(event.time.saturating_sub(ptr.since));
        }
    }
}

impl Sizes {
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
        cpu: trace.actor_of(event).map_or(NO_CPU, |actor| actor.cpu),
        target: trace.ptr(event.ptr()),
        call_site: trace.origin_of(event).map(|origin| origin.call_site),
    }
}
