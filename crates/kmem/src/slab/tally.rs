//! What is counted while slab events go by, and goes on being counted where more events follow.

use alloc::vec::Vec;

use super::Sizes;
use super::fate::{Act, Fate};
use crate::ids::{Node, OriginId, ThreadId};
use crate::ledger::{Anomaly, AnomalyEntry, Counter};
use crate::query::{Accept, Context, Verdict};
use crate::report::{Counts, Told};
use crate::topology::Topology;
use crate::trace::{Actor, Event, NO_CPU, Origin, Trace};

/// What is known of a ptr of which an allocation counts: less than a cache line, as every such event fetches one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PtrState {
    pub(super) requested: u64,
    pub(super) allocated: u64,
    /// Time of its latest allocation.
    pub(super) since: u64,
    pub(super) hits: u32,
    /// Origin and actor of its latest allocation.
    pub(super) origin: u32,
    pub(super) actor: u32,
    pub(super) pingpong_perf: u32,
    pub(super) pingpong_right: u32,
    /// CPU of its latest allocation; −1 after a free (perf's `alloc_cpu`).
    cpu: i16,
}

/// What an event of an origin does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Does {
    Always(Act),
    /// It allocates, and whether that counts depends on who did it.
    AllocByActor,
}

/// What is counted of an origin's events. Each of its allocations has the same sizes, so that sums are products.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OriginState {
    /// The node asked for and how perf judges it, where it can be another than the CPU's.
    asked: Option<Asked>,
    pub(super) requested: u64,
    pub(super) allocated: u64,
    pub(super) hits: u64,
    pub(super) live: u64,
    pub(super) pingpong: Told<u64>,
    /// Frees by which perf, and the truth, count its bytes as freed.
    pub(super) freed: Told<u64>,
    pub(super) cross_node: Told<u64>,
    pub(super) lifetime: u64,
}

/// A node that allocations ask for.
#[derive(Clone, Copy, Debug)]
struct Asked {
    node: i32,
    perf_judges: bool,
}

/// What is counted of a thread on a CPU.
#[derive(Clone, Copy, Debug)]
pub(super) struct ActorState {
    cpu: u16,
    /// The node of the CPU; −1 where it is unknown.
    node: i32,
    pub(super) thread: ThreadId,
    pub(super) group: GroupState,
}

/// What is counted of any group of allocations.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct GroupState {
    pub(super) counts: Counts,
    pub(super) live: Counts,
}

/// What the file or its reader says of the machine, by which events are judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Machine {
    /// perf before 6.1: only `*_node` events can be cross-node, and "any node" is.
    is_legacy: bool,
    topology: Option<Topology>,
}

impl Machine {
    fn is(&self, context: &Context<'_>) -> bool {
        self.is_legacy == context.trace.facts().perf_older_than(6, 1)
            && self.topology.as_ref() == context.topology()
    }

    fn of(context: &Context<'_>) -> Machine {
        Machine {
            is_legacy: context.trace.facts().perf_older_than(6, 1),
            topology: context.topology().cloned(),
        }
    }
}

/// Counts of the slab events up to some event.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    sizes: Sizes,
    machine: Machine,
    pub(super) ptrs: Vec<PtrState>,
    pub(super) fates: Vec<Fate>,
    pub(super) origins: Vec<OriginState>,
    pub(super) actors: Vec<ActorState>,
    ledger: Counter,
    /// What the events of each origin do.
    does: Vec<Does>,
    /// The position of the first event that is not counted yet.
    next: usize,
}

impl Tally {
    /// Nothing counted.
    pub(crate) fn new(sizes: Sizes) -> Tally {
        Tally {
            sizes,
            machine: Machine::default(),
            ptrs: Vec::new(),
            fates: Vec::new(),
            origins: Vec::new(),
            actors: Vec::new(),
            ledger: Counter::default(),
            does: Vec::new(),
            next: 0,
        }
    }

    /// How sizes are counted.
    pub(crate) fn sizes(&self) -> Sizes {
        self.sizes
    }

    /// The position of the first event that is not counted yet.
    pub(crate) fn next(&self) -> usize {
        self.next
    }

    /// What was odd.
    pub(crate) fn ledger(&self) -> &Counter {
        &self.ledger
    }

    /// What was odd.
    pub(crate) fn into_ledger(self) -> Counter {
        self.ledger
    }

    /// Counts the events that `accept` lets through and that are not counted yet; all anew where another machine is
    /// told of than before.
    pub(crate) fn count(&mut self, context: &Context<'_>, accept: &Accept<'_>) {
        if !self.machine.is(context) {
            *self = Tally { machine: Machine::of(context), ..Tally::new(self.sizes) };
        }
        self.grow(context, accept);
        let trace = context.trace;
        let range = accept.range();
        let start = range.start.max(self.next);
        self.next = range.end.max(start);
        let mut counting = Counting {
            trace,
            ptrs: &mut self.ptrs,
            fates: &mut self.fates,
            origins: &mut self.origins,
            actors: &mut self.actors,
            ledger: &mut self.ledger,
            knows_nodes: context.knows_nodes(),
        };
        let does = self.does.as_slice();
        trace.rows.iter_without_stacks(start..range.end).for_each(|event| {
            if !accept.in_time(&event) {
                return;
            }
            let act = match does.get(event.origin.index()) {
                Some(Does::Always(act)) => *act,
                Some(Does::AllocByActor) if accept.slab(&event) => Act::Alloc,
                Some(Does::AllocByActor) => Act::AllocUncounted,
                None => Act::None,
            };
            counting.take(&event, act);
        });
    }

    /// Makes place for what the trace has more than before.
    fn grow(&mut self, context: &Context<'_>, accept: &Accept<'_>) {
        let trace = context.trace;
        let ptrs = trace.ptrs().len();
        if self.ptrs.is_empty() {
            self.ptrs.reserve_exact(ptrs);
        }
        self.ptrs.resize(ptrs, PtrState::default());
        self.fates.resize(ptrs, Fate::default());
        // Once it is known it is never unseen again.
        if let Some(null) = trace.ptrs.get(0)
            && let Some(fate @ Fate::Unseen) = self.fates.get_mut(null as usize)
        {
            *fate = Fate::Null;
        }
        let (sizes, is_legacy) = (self.sizes, self.machine.is_legacy);
        let origins = trace.origins().get(self.origins.len()..).unwrap_or_default();
        self.origins.extend(origins.iter().map(|origin| origin_state(trace, origin, sizes, is_legacy)));
        let ids = (self.does.len()..trace.origins().len()).map(|id| OriginId(id as u32));
        self.does.extend(ids.zip(origins).map(|(id, origin)| match trace.class(origin.class).kind {
            kind if kind.is_slab_free() => Does::Always(Act::Free),
            kind if kind.is_slab_alloc() => match accept.slab_of(id) {
                Verdict::Always => Does::Always(Act::Alloc),
                Verdict::Never => Does::Always(Act::AllocUncounted),
                Verdict::ByActor => Does::AllocByActor,
            },
            _ => Does::Always(Act::None),
        }));
        let topology = context.topology();
        let actors = trace.actors().get(self.actors.len()..).unwrap_or_default();
        self.actors.extend(actors.iter().map(|actor| actor_state(topology, actor)));
    }
}

/// The parts of a [`Tally`] while it counts: as slices, whose places the compiler need not look up for each event.
struct Counting<'a> {
    trace: &'a Trace,
    ptrs: &'a mut [PtrState],
    fates: &'a mut [Fate],
    origins: &'a mut [OriginState],
    actors: &'a mut [ActorState],
    ledger: &'a mut Counter,
    knows_nodes: bool,
}

impl Counting<'_> {
    #[inline(always)]
    fn take(&mut self, event: &Event, act: Act) {
        let Some(fate) = self.fates.get_mut(event.ptr().index()) else { return };
        let before = *fate;
        let step = before.step(act);
        *fate = step.next;
        if step.counts {
            match act {
                Act::Alloc => self.alloc(event, before),
                _ => self.free(event, before),
            }
        }
    }

    #[inline(always)]
    fn alloc(&mut self, event: &Event, before: Fate) {
        if before.is_live() || before.is_null() {
            let anomaly =
                if before.is_null() { Anomaly::FailedAllocation } else { Anomaly::AllocationOfLive };
            self.ledger.note(anomaly, || entry(self.trace, event));
        }
        let Some(actor) = self.actors.get_mut(event.actor.index()) else { return };
        let Some(ptr) = self.ptrs.get_mut(event.ptr().index()) else { return };
        let Some(origin) = self.origins.get_mut(event.origin.index()) else { return };
        ptr.origin = event.origin.0;
        ptr.actor = event.actor.0;
        ptr.cpu = actor.cpu as i16;
        ptr.since = event.time;
        ptr.hits += 1;
        ptr.requested = ptr.requested.wrapping_add(origin.requested);
        ptr.allocated = ptr.allocated.wrapping_add(origin.allocated);
        actor.group.counts.add(origin.requested, origin.allocated);
        origin.hits += 1;
        if let Some(asked) = origin.asked {
            let other = asked.node != actor.node;
            let is_known = asked.node != -1 && actor.node != -1 && self.knows_nodes;
            origin.cross_node.perf += u64::from(asked.perf_judges && other);
            origin.cross_node.right += u64::from(is_known && other);
        }
    }

    #[inline(always)]
    fn free(&mut self, event: &Event, before: Fate) {
        if !before.is_live() {
            let anomaly = if before.is_null() {
                Anomaly::FreeOfNull
            } else if before == Fate::Unseen {
                Anomaly::FreeWithoutAllocation
            } else {
                Anomaly::FreedAgain
            };
            self.ledger.note(anomaly, || entry(self.trace, event));
        }
        if !before.is_counted() {
            return;
        }
        let Some(ptr) = self.ptrs.get_mut(event.ptr().index()) else { return };
        let Some(origin) = self.origins.get_mut(ptr.origin as usize) else { return };
        let Some(actor) = self.actors.get(event.actor.index()) else { return };
        let moved = actor.cpu as i16 != ptr.cpu;
        ptr.pingpong_perf += u32::from(moved);
        origin.pingpong.perf += u64::from(moved);
        origin.freed.perf += 1;
        ptr.cpu = -1;
        if before.is_live() {
            let moved = moved && actor.cpu != NO_CPU;
            ptr.pingpong_right += u32::from(moved);
            origin.pingpong.right += u64::from(moved);
            origin.freed.right += 1;
            origin.lifetime = origin.lifetime.saturating_add(event.time.saturating_sub(ptr.since));
        }
    }
}

impl OriginState {
    pub(super) fn group(&self) -> GroupState {
        let counts = |hits: u64| Counts {
            hits,
            requested: hits.wrapping_mul(self.requested),
            allocated: hits.wrapping_mul(self.allocated),
        };
        GroupState { counts: counts(self.hits), live: counts(self.live) }
    }
}

fn origin_state(trace: &Trace, origin: &Origin, sizes: Sizes, is_legacy: bool) -> OriginState {
    let class = trace.class(origin.class);
    let (requested, allocated) = sizes.of(origin.requested, origin.allocated);
    let asked = class.node.map(|Node(node)| Asked {
        node,
        perf_judges: if is_legacy { class.kind.is_legacy_node() } else { node != -1 },
    });
    OriginState {
        asked: asked.filter(|asked| asked.perf_judges || asked.node != -1),
        requested,
        allocated,
        ..OriginState::default()
    }
}

fn actor_state(topology: Option<&Topology>, actor: &Actor) -> ActorState {
    let node = topology.and_then(|topology| topology.node_of(u32::from(actor.cpu)));
    ActorState {
        cpu: actor.cpu,
        node: node.map_or(-1, |Node(node)| node),
        thread: actor.thread,
        group: GroupState::default(),
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
