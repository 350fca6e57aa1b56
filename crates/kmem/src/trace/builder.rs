//! Builds a trace from what `perfdata` reads.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use perfdata::order::RoundMerger;
use perfdata::record::kind as record_kind;
use perfdata::{EventFormat, Metadata, Reader, Record, Sample, SampleId, Time, TracingData, Visitor};

use super::facts;
use super::salvage::Salvage;
use super::{Class, Event, EventKind, GfpNames, KernelMap, NO_CPU, PairId, SiteCache, Trace};
use crate::events::{Decoders, Payload};
use crate::ids::{Address, CacheId, CallSiteId, ClassId, Node, StackId};
use crate::ledger::{KEPT, LostEntry};

/// Frames beyond these are dropped: the kernel's own limit is 127, raised by hand to at most this.
const MAX_FRAMES: usize = 1024;

/// So many samples are held back at most where the event formats are missing.
const HELD: usize = 20_000;

/// Markers of context in a callchain (`enum perf_callchain_context`).
const CONTEXT_USER: u64 = -512i64 as u64;
const CONTEXT_MAX: u64 = -4095i64 as u64;

/// Takes records as they are read, brings them into perf's order, and puts each kmem event once into the columns.
#[derive(Debug, Default)]
pub struct TraceBuilder {
    delivery: Delivery,
    decoders: Decoders,
    merger: RoundMerger<Pending>,
    frames: Vec<u64>,
    unknown: Vec<(u32, u64)>,
    formats: Formats,
    supplied: Option<TracingData>,
}

/// Where the event formats are from.
#[derive(Debug, Default)]
enum Formats {
    /// From the file, or from whoever reads it.
    #[default]
    Told,
    /// The file has lost them: samples are held back until the formats can be inferred.
    Awaited(Held),
    /// Inferred from the samples.
    Inferred(TracingData),
    /// The samples do not tell them.
    Unknown,
}

/// Samples held back.
#[derive(Debug, Default)]
struct Held {
    salvage: Salvage,
    samples: Vec<(Head, Option<StackId>, Vec<u8>)>,
}

/// What a sample says besides its payload.
#[derive(Clone, Copy, Debug)]
struct Head {
    event: u32,
    offset: u64,
    ip: u64,
    pid: i32,
    tid: i32,
    time: Option<Time>,
    cpu: u16,
}

impl Head {
    fn of(sample: &Sample<'_>) -> Head {
        Head {
            event: sample.event.0,
            offset: sample.offset,
            ip: sample.ip,
            pid: sample.pid.map_or(-1, |pid| pid.0 as i32),
            tid: sample.tid.map_or(-1, |tid| tid.0 as i32),
            time: sample.time,
            cpu: sample.cpu.map_or(NO_CPU, |cpu| cpu.0 as u16),
        }
    }
}

const NO_STACK: u32 = u32::MAX;

/// Something that waits for its place in time. Its fields stand in the variant itself, so that what tells the variants
/// apart fits between them: fewer bytes to move.
#[derive(Clone, Copy, Debug)]
enum Pending {
    Event {
        time: u64,
        target: u32,
        call_site: u32,
        requested: u32,
        allocated: u32,
        class: ClassId,
        /// The callchain, or [`NO_STACK`].
        stack: u32,
        pair: PairId,
        cpu: u16,
    },
    Comm {
        tid: i32,
        name: u32,
    },
    Fork {
        tid: i32,
        parent: i32,
    },
}

/// What receives events in their final order.
#[derive(Debug, Default)]
struct Delivery {
    trace: Trace,
    /// For each ptr the call site of its latest allocation, to learn which cache a call site allocates from.
    last_site: Vec<u32>,
}

impl TraceBuilder {
    /// A builder with nothing in it.
    #[must_use]
    pub fn new() -> TraceBuilder {
        TraceBuilder::default()
    }

    /// Formats to use if the file has lost its own (see [`crate::input::event_formats`]).
    pub fn supply_formats(&mut self, formats: Vec<EventFormat>) {
        self.supplied =
            (!formats.is_empty()).then(|| TracingData { long_size: 8, formats, ..TracingData::default() });
    }

    /// The trace as far as it is read, for results before the end.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.delivery.trace
    }

    /// Feeds the next bytes to the reader, whose records come here.
    ///
    /// As [`Reader::feed`] with this visitor, but compiled in this crate: the loop over all records is then optimised
    /// as this crate is, whatever its caller is optimised for.
    ///
    /// # Errors
    /// As [`Reader::feed`].
    pub fn feed(&mut self, reader: &mut Reader, bytes: &[u8]) -> Result<(), perfdata::Error> {
        reader.feed(bytes, self)
    }

    /// Tells the reader that there are no more bytes.
    ///
    /// # Errors
    /// As [`Reader::end`].
    pub fn end(&mut self, reader: &mut Reader) -> Result<(), perfdata::Error> {
        reader.end(self)
    }

    /// The whole trace, after the reader has come to its end or has had to stop.
    #[must_use]
    pub fn finish(mut self, reader: &Reader) -> Trace {
        self.infer_formats(reader.metadata());
        let delivery = &mut self.delivery;
        self.merger.finish(|pending| delivery.take(pending));
        self.describe(reader.metadata());
        let mut trace = self.delivery.trace;
        trace.observations.out_of_order = self.merger.late();
        trace.observations.unreadable_samples += reader.unreadable_samples();
        trace.observations.unknown_records = self.unknown;
        if let Some(damage) = reader.damage() {
            trace.observations.damage = Some(damage.to_string());
        }
        trace.note_what_is_missing(reader.metadata());
        let ptrs = trace.ptrs.keys();
        let mut order: Vec<u32> = (0..ptrs.len() as u32).collect();
        order.sort_unstable_by_key(|&id| ptrs.get(id as usize).copied());
        trace.ptr_order = Some(order);
        trace
    }

    fn describe(&mut self, meta: &Metadata) {
        let mut held = Held::default();
        if let Some(supplied) = &mut self.supplied {
            supplied.endian = meta.endian;
        }
        if meta.tracing.is_some() || self.supplied.is_some() {
            if let Formats::Awaited(waiting) = core::mem::take(&mut self.formats) {
                held = waiting;
            }
        } else if matches!(self.formats, Formats::Told) {
            self.formats = Formats::Awaited(Held::default());
        }
        let inferred = if let Formats::Inferred(tracing) = &self.formats { Some(tracing) } else { None };
        let tracing = meta.tracing.as_ref().or(self.supplied.as_ref()).or(inferred);
        self.decoders = Decoders::new(meta, tracing);
        let trace = &mut self.delivery.trace;
        facts::describe(&mut trace.facts, meta, tracing);
        trace.facts.pages_by_pfn = self.decoders.pages_by_pfn;
        if trace.gfp_names.flags.is_empty()
            && let Some(tracing) = tracing
        {
            trace.gfp_names = GfpNames::of(tracing);
        }
        self.take_held(held);
    }

    fn take_held(&mut self, held: Held) {
        for (head, stack, raw) in held.samples {
            self.event(&head, stack, &raw);
        }
    }

    fn sample(&mut self, meta: &Metadata, sample: &Sample<'_>) {
        let trace = &mut self.delivery.trace;
        trace.facts.samples += 1;
        if let Some(count) = trace.facts.events.get_mut(sample.event.0 as usize) {
            count.samples += 1;
        }
        if let Some(Time(time)) = sample.time
            && time != 0
        {
            trace.facts.see(time);
        }
        let stack = if sample.callchain.is_empty() {
            None
        } else {
            self.frames.clear();
            let kernel = sample.callchain.entries().take_while(|&entry| entry != CONTEXT_USER);
            self.frames.extend(kernel.filter(|&entry| entry < CONTEXT_MAX).take(MAX_FRAMES));
            trace.stacks.intern(&self.frames)
        };
        if let Formats::Awaited(held) = &mut self.formats {
            held.salvage.see(sample.event.0, sample.raw);
            held.samples.push((Head::of(sample), stack, sample.raw.to_vec()));
            if held.samples.len() >= HELD {
                self.infer_formats(meta);
            }
            return;
        }
        self.event(&Head::of(sample), stack, sample.raw);
    }

    #[inline]
    fn event(&mut self, head: &Head, stack: Option<StackId>, raw: &[u8]) {
        let Some(decoder) = self.decoders.get(head.event) else { return };
        let trace = &mut self.delivery.trace;
        let Some(payload) = decoder.read(raw) else {
            trace.observations.unreadable_samples += 1;
            if trace.observations.unreadable_offsets.len() < KEPT {
                trace.observations.unreadable_offsets.push(head.offset);
            }
            return;
        };
        let event = trace.pending(decoder.kind, &payload, head, stack);
        let delivery = &mut self.delivery;
        self.merger.push(head.time, event, |pending| delivery.take(pending));
    }

    /// Looks at the samples held back, and takes them in with the formats that they seem to have.
    fn infer_formats(&mut self, meta: &Metadata) {
        let Formats::Awaited(held) = &mut self.formats else { return };
        let held = core::mem::take(held);
        if held.samples.is_empty() {
            return;
        }
        let trace = &mut self.delivery.trace;
        self.formats = match held.salvage.infer(meta, &trace.facts.kernel_maps) {
            Some(tracing) => {
                trace.observations.notes.push(format!(
                    "The formats of the trace's tracepoints are missing (they stand at the end of a perf.data, so it was \
                     probably cut). They were inferred from the shape of {} samples, so numbers may be wrong, and the \
                     names of gfp flags are missing. To be sure, give the recording kernel's own formats too: sudo sh -c \
                     'cat /sys/kernel/tracing/events/kmem/*/format'",
                    held.samples.len()
                ));
                Formats::Inferred(tracing)
            }
            None => Formats::Unknown,
        };
        self.describe(meta);
        self.take_held(held);
    }

    fn push(&mut self, id: &SampleId, pending: Pending) {
        let delivery = &mut self.delivery;
        self.merger.push(id.time, pending, |pending| delivery.take(pending));
    }

    fn lost(&mut self, lost: u64, id: &SampleId, offset: u64) {
        let observations = &mut self.delivery.trace.observations;
        observations.lost_records += 1;
        observations.lost_events = observations.lost_events.saturating_add(lost);
        if observations.lost.len() < KEPT {
            observations.lost.push(LostEntry {
                time: id.time.map(|time| time.0),
                cpu: id.cpu.map(|cpu| cpu.0),
                events: lost,
                offset,
            });
        }
    }

    fn unknown(&mut self, kind: u32) {
        if let Some((_, count)) = self.unknown.iter_mut().find(|(known, _)| *known == kind) {
            *count += 1;
        } else if self.unknown.len() < KEPT {
            self.unknown.push((kind, 1));
        }
    }
}

impl Visitor for TraceBuilder {
    fn described(&mut self, meta: &Metadata) {
        self.describe(meta);
    }

    fn record(&mut self, meta: &Metadata, record: Record<'_>) {
        self.delivery.trace.facts.records += 1;
        match record {
            Record::Sample(sample) => self.sample(meta, &sample),
            Record::FinishedRound => {
                let delivery = &mut self.delivery;
                self.merger.round(|pending| delivery.take(pending));
            }
            Record::Comm { tid, comm, id, .. } => {
                let name = self.delivery.trace.threads.intern_name(comm);
                self.push(&id, Pending::Comm { tid: tid.0 as i32, name });
            }
            Record::Fork { tid, parent_tid, id, .. } => {
                self.push(&id, Pending::Fork { tid: tid.0 as i32, parent: parent_tid.0 as i32 });
            }
            Record::Mmap { pid, start, len, pgoff, name, .. } if pid.0 == u32::MAX => {
                self.delivery.trace.facts.kernel_maps.push(KernelMap {
                    start: Address(start),
                    len,
                    page_offset: pgoff,
                    name: String::from_utf8_lossy(name).into_owned(),
                });
            }
            Record::Lost { lost, id, offset } | Record::LostSamples { lost, id, offset } => {
                self.lost(lost, &id, offset);
            }
            Record::Other { kind, .. } if is_unknown(kind) => self.unknown(kind),
            _ => {}
        }
    }
}

/// Types that no perf or kernel has given a meaning as of Linux 7.
fn is_unknown(kind: u32) -> bool {
    const LAST_OF_THE_KERNEL: u32 = 22;
    kind == 0
        || kind > LAST_OF_THE_KERNEL && kind <= record_kind::LAST_KERNEL
        || kind > record_kind::LAST_KNOWN
}

impl Trace {
    fn pending(
        &mut self,
        kind: EventKind,
        payload: &Payload<'_>,
        head: &Head,
        stack: Option<StackId>,
    ) -> Pending {
        let cache = payload.cache.map(|name| CacheId(self.caches.intern(name)));
        let class = self.classes.intern(Class {
            kind,
            gfp: payload.gfp,
            node: payload.node.map(Node),
            cache,
            order: payload.order,
            migrate_type: payload.migrate_type,
        });
        let target =
            if kind.is_page() { self.pages.intern(payload.target) } else { self.ptrs.intern(payload.target) };
        let (requested, allocated) = self.columns.narrow(payload.requested, payload.allocated);
        Pending::Event {
            time: head.time.map_or(0, |time| time.0),
            target,
            call_site: self.call_sites.intern(payload.call_site.unwrap_or(head.ip)),
            requested,
            allocated,
            class,
            stack: stack.map_or(NO_STACK, |stack| stack.0),
            pair: self.threads.pair(head.pid, head.tid),
            cpu: head.cpu,
        }
    }

    /// Notes for a trace that lacks what the analysis needs.
    fn note_what_is_missing(&mut self, meta: &Metadata) {
        if self.has_slab() || self.has_pages() || self.facts.records == 0 {
            return;
        }
        let names: Vec<&str> = self.facts.events.iter().map(|event| event.name.as_str()).collect();
        let note = if meta.tracing.is_none() && meta.events.iter().any(|event| event.attr.is_tracepoint()) {
            format!(
                "The formats of the trace's tracepoints are missing (they stand at the end of a perf.data, so it was \
                 probably cut): its {} samples cannot be told apart.",
                self.facts.samples
            )
        } else if names.is_empty() {
            "The file has no events at all: record again with `perf kmem record`.".to_string()
        } else {
            format!(
                "The file has no kmem events, only: {}. Record with `perf kmem record`, or `perf record -e 'kmem:*' -a`.",
                names.join(", ")
            )
        };
        self.observations.notes.push(note);
    }
}

impl Delivery {
    #[inline]
    fn take(&mut self, pending: Pending) {
        let trace = &mut self.trace;
        match pending {
            Pending::Event { time, target, call_site, requested, allocated, class, stack, pair, cpu } => {
                self.learn_cache(target, call_site, class);
                let trace = &mut self.trace;
                trace.columns.push(Event {
                    time,
                    target,
                    call_site: CallSiteId(call_site),
                    requested,
                    allocated,
                    thread: trace.threads.thread(pair),
                    class,
                    stack: (stack != NO_STACK).then_some(StackId(stack)),
                    cpu,
                });
            }
            Pending::Comm { tid, name } => trace.threads.rename(tid, name),
            Pending::Fork { tid, parent } => trace.threads.fork(tid, parent),
        }
    }

    /// A free that names its cache says from which cache the allocation came; the call site of that allocation is taken
    /// to allocate from it always, until another cache is seen there.
    #[inline]
    fn learn_cache(&mut self, target: u32, call_site: u32, class: ClassId) {
        const NONE: u32 = u32::MAX;
        let trace = &mut self.trace;
        let Some(class) = trace.classes.classes().get(class.index()) else { return };
        let (site, cache) = match class.kind {
            EventKind::KmemCacheAlloc | EventKind::KmemCacheAllocNode => {
                let at = target as usize;
                if self.last_site.len() <= at {
                    self.last_site.resize(at + 1, NONE);
                }
                if let Some(last) = self.last_site.get_mut(at) {
                    *last = call_site;
                }
                (call_site, class.cache)
            }
            EventKind::KmemCacheFree => match self.last_site.get_mut(target as usize) {
                Some(last) => (core::mem::replace(last, NONE), class.cache),
                None => return,
            },
            _ => return,
        };
        let Some(cache) = cache else { return };
        if site == NONE {
            return;
        }
        let at = site as usize;
        if trace.site_caches.len() <= at {
            trace.site_caches.resize(at + 1, SiteCache::Unknown);
        }
        if let Some(known) = trace.site_caches.get_mut(at) {
            *known = match *known {
                SiteCache::Unknown => SiteCache::One(cache),
                SiteCache::One(one) if one == cache => SiteCache::One(cache),
                _ => SiteCache::Several,
            };
        }
    }
}
