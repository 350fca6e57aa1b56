//! Builds a trace from what `perfdata` reads.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use perfdata::order::RoundMerger;
use perfdata::record::kind as record_kind;
use perfdata::{EventFormat, Metadata, Reader, Record, Sample, SampleId, Time, TracingData, Visitor};

use super::cache_learner::CacheLearner;
use super::facts;
use super::salvage::Salvage;
use super::waiting::{Happening, Waiting};
use super::{Event, EventKind, GfpNames, KernelMap, NO_CPU, Tables, Task, Trace};
use crate::events::{Decoders, Payload};
use crate::ids::{Address, OriginId, StackId};
use crate::ledger::{KEPT, LostEntry};
use crate::query::{Running, TimeRange};
use crate::sort::positions;

/// Frames beyond these are dropped: the kernel's own limit is 127, raised by hand to at most this.
const MAX_FRAMES: usize = 1024;

/// So many samples are held back at most where the event formats are missing.
const HELD: usize = 20_000;

/// Markers of context in a callchain (`enum perf_callchain_context`).
const CONTEXT_USER: u64 = -512i64 as u64;
const CONTEXT_MAX: u64 = -4095i64 as u64;

/// Takes records as they are read, brings them into perf's order, and makes a row of each kmem event.
#[derive(Debug, Default)]
pub struct TraceBuilder {
    delivery: Delivery,
    decoders: Decoders,
    merger: RoundMerger<Waiting>,
    frames: Vec<u64>,
    unknown: Vec<(u32, u64)>,
    formats: Formats,
    supplied: Option<TracingData>,
    only: Option<TimeRange>,
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

/// What receives events in their final order.
#[derive(Debug, Default)]
struct Delivery {
    trace: Trace,
    caches: CacheLearner,
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

    /// From now on keeps only the events of a range of time, and those without a time; for a recording that is too long
    /// to be held whole. Samples are counted all the same.
    pub fn keep_only(&mut self, range: TimeRange) {
        self.only = Some(range);
    }

    /// Forgets the events that `running` has counted, for whoever asks one question and then no other: the finished trace
    /// must only be asked what [`Running`] counts, by [`crate::stat::output_after`]. Events are kept where they may be
    /// needed again: those of pages, which are counted at the end, and those of a recording in pipe mode, which may yet
    /// say on what machine it was made.
    pub fn forget_counted(&mut self, running: &Running) {
        let trace = &mut self.delivery.trace;
        if trace.pages.keys().is_empty() && !trace.facts.pipe {
            trace.rows.forget_before(running.counted());
        }
    }

    /// Bytes of memory that the trace and what waits for its place in it hold.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.delivery.trace.memory() + self.merger.memory()
    }

    /// The trace as far as it is read, for results before the end.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.delivery.trace
    }

    /// Feeds the next bytes to the reader, whose records come here.
    ///
    /// As [`Reader::feed`] with this visitor, but compiled in this crate, and never into its caller: the loop over all
    /// records is then optimised as this crate is, whatever its caller is optimised for.
    ///
    /// # Errors
    /// As [`Reader::feed`].
    #[inline(never)]
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

    /// Notes what a reader that is through says, where another file of the same recording follows: those of a `perf
    /// record --threads` directory (see [`Reader::raw`]).
    pub fn leave(&mut self, reader: &Reader) {
        let observations = &mut self.delivery.trace.observations;
        observations.unreadable_samples += reader.unreadable_samples();
        if let (None, Some(damage)) = (&observations.damage, reader.damage()) {
            observations.damage = Some(damage.to_string());
        }
    }

    /// The whole trace, after the reader has come to its end or has had to stop.
    #[must_use]
    pub fn finish(mut self, reader: &Reader) -> Trace {
        self.infer_formats(reader.metadata());
        self.leave(reader);
        let delivery = &mut self.delivery;
        self.merger.finish(|time, waiting| delivery.take(time, waiting));
        self.describe(reader.metadata());
        let mut trace = self.delivery.trace;
        trace.observations.out_of_order = self.merger.late();
        trace.observations.unknown_records = self.unknown;
        trace.note_what_is_missing(reader.metadata());
        let ptrs = trace.ptrs.keys();
        trace.ptr_order = Some(positions(ptrs.len(), &|a, b| ptrs.get(a).cmp(&ptrs.get(b))));
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

    #[inline(always)]
    fn take_sample(&mut self, meta: &Metadata, sample: &Sample<'_>) {
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

    #[inline(always)]
    fn event(&mut self, head: &Head, stack: Option<StackId>, raw: &[u8]) {
        let Some(decoder) = self.decoders.get(head.event) else { return };
        let kind = decoder.kind;
        match decoder.usual(raw) {
            Some(payload) => self.place(kind, head, stack, &payload),
            None => self.other_event(head, stack, raw),
        }
    }

    /// An event whose payload is not laid out as most are.
    #[inline(never)]
    fn other_event(&mut self, head: &Head, stack: Option<StackId>, raw: &[u8]) {
        let Some(decoder) = self.decoders.get(head.event) else { return };
        if let Some(payload) = decoder.read(raw) {
            self.place(decoder.kind, head, stack, &payload);
            return;
        }
        let observations = &mut self.delivery.trace.observations;
        observations.unreadable_samples += 1;
        if observations.unreadable_offsets.len() < KEPT {
            observations.unreadable_offsets.push(head.offset);
        }
    }

    /// Puts an event among those that wait for their place in time.
    #[inline(always)]
    fn place(&mut self, kind: EventKind, head: &Head, stack: Option<StackId>, payload: &Payload<'_>) {
        if let (Some(only), Some(Time(time))) = (&self.only, head.time)
            && time != 0
            && !(only.start..=only.end).contains(&time)
        {
            return;
        }
        let trace = &mut self.delivery.trace;
        let origin = trace.origin(kind, payload, payload.call_site.unwrap_or(head.ip));
        let targets = if kind.is_page() { &mut trace.pages } else { &mut trace.ptrs };
        let target = targets.intern(payload.target);
        let task = trace.threads.task(Task { pid: head.pid, tid: head.tid, cpu: head.cpu });
        let delivery = &mut self.delivery;
        let event = Happening::Event { target, origin, task, stack };
        self.merger.push(head.time, event.into(), |time, waiting| delivery.take(time, waiting));
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

    fn push(&mut self, id: &SampleId, happening: Happening) {
        let delivery = &mut self.delivery;
        self.merger.push(id.time, happening.into(), |time, waiting| delivery.take(time, waiting));
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

    #[inline(always)]
    fn sample(&mut self, meta: &Metadata, sample: Sample<'_>) {
        self.delivery.trace.facts.records += 1;
        self.take_sample(meta, &sample);
    }

    fn record(&mut self, meta: &Metadata, record: Record<'_>) {
        self.delivery.trace.facts.records += 1;
        match record {
            Record::Sample(sample) => self.take_sample(meta, &sample),
            Record::FinishedRound => {
                let delivery = &mut self.delivery;
                self.merger.round(|time, waiting| delivery.take(time, waiting));
            }
            Record::Comm { tid, comm, id, .. } => {
                let name = self.delivery.trace.threads.intern_name(comm);
                self.push(&id, Happening::Comm { tid: tid.0 as i32, name });
            }
            Record::Fork { tid, parent_tid, id, .. } => {
                self.push(&id, Happening::Fork { tid: tid.0 as i32, parent: parent_tid.0 as i32 });
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
    /// The origin of a payload.
    #[inline(always)]
    pub(super) fn origin(&mut self, kind: EventKind, payload: &Payload<'_>, call_site: u64) -> OriginId {
        let Trace { origins, call_sites, classes, caches, .. } = self;
        origins.intern(kind, payload, call_site, Tables { call_sites, classes, caches })
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
    fn take(&mut self, time: u64, waiting: Waiting) {
        let trace = &mut self.trace;
        match waiting.into() {
            Happening::Event { target, origin, task, stack } => {
                self.caches.see(trace, target, origin);
                let actor = trace.threads.actor(task);
                trace.rows.push(&Event { time, target, origin, actor, stack });
            }
            Happening::Comm { tid, name } => trace.threads.rename(tid, name),
            Happening::Fork { tid, parent } => trace.threads.fork(tid, parent),
        }
    }
}
