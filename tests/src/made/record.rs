//! The records of the data section.

use super::{
    attr::Attr,
    bytes::Bytes,
    event::{Alloc, Free, Kind, Recording},
    form::{Form, Identifier},
    format::{Tracepoint, Value},
};

const MMAP: u32 = 1;
const LOST: u32 = 2;
const COMM: u32 = 3;
const FORK: u32 = 7;
const SAMPLE: u32 = 9;
pub(super) const FINISHED_ROUND: u32 = 68;

const MISC_KERNEL: u16 = 1;

const CONTEXT_KERNEL: u64 = -128i64 as u64;
const CONTEXT_USER: u64 = -512i64 as u64;

/// Record bytes up to the next FINISHED_ROUND.
pub(super) struct Round {
    pub(super) records: Vec<u8>,
    /// Whether FINISHED_ROUND follows.
    pub(super) finished: bool,
}

/// Everything before the first event: the kernel's map and the tasks' names.
pub(super) fn opening(recording: &Recording, form: &Form, attrs: &[Attr]) -> Vec<u8> {
    let mut bytes = Bytes::new(form.endian);
    record(&mut bytes, MMAP, MISC_KERNEL, |bytes| {
        bytes.u32(u32::MAX);
        bytes.u32(0);
        bytes.u64(recording.text_start);
        bytes.u64(u64::MAX - recording.text_start);
        bytes.u64(recording.text_start);
        let start = bytes.len();
        bytes.c_string("[kernel.kallsyms]_text");
        bytes.pad(start, 8);
        sample_id(bytes, form, attrs, u32::MAX, 0, 0, 0);
    });
    for task in &recording.tasks {
        record(&mut bytes, FORK, 0, |bytes| {
            for word in [task.pid, 0, task.tid, 0] {
                bytes.u32(word);
            }
            bytes.u64(0);
            sample_id(bytes, form, attrs, task.pid, task.tid, 0, 0);
        });
        record(&mut bytes, COMM, 0, |bytes| {
            bytes.u32(task.pid);
            bytes.u32(task.tid);
            let start = bytes.len();
            bytes.c_string(&task.comm);
            bytes.pad(start, 8);
            sample_id(bytes, form, attrs, task.pid, task.tid, 0, 0);
        });
    }
    bytes.all
}

/// The events, as perf reads them out of the CPUs' buffers: a round is one CPU's events after the other's.
pub(super) fn rounds(recording: &Recording, form: &Form, attrs: &[Attr]) -> Vec<Round> {
    rounds_of(recording, form)
        .into_iter()
        .map(|events| {
            let mut bytes = Bytes::new(form.endian);
            for index in events {
                let event = &recording.events[index];
                sample(&mut bytes, recording, form, attrs, index);
                for lost in recording.lost.iter().filter(|lost| lost.after == index) {
                    record(&mut bytes, LOST, 0, |bytes| {
                        bytes.u64(attrs[0].id(event.cpu));
                        bytes.u64(lost.count);
                        let task = &recording.tasks[event.task];
                        sample_id(bytes, form, attrs, task.pid, task.tid, event.time, event.cpu);
                    });
                }
            }
            Round { records: bytes.all, finished: form.round.is_some() }
        })
        .collect()
}

/// Indices of the events in the order in which a reader must deliver them: by time, else as they lie in the file.
pub(super) fn delivered(recording: &Recording, form: &Form) -> Vec<usize> {
    let mut order: Vec<usize> = rounds_of(recording, form).concat();
    order.sort_by_key(|&index| recording.events[index].time);
    order
}

fn rounds_of(recording: &Recording, form: &Form) -> Vec<Vec<usize>> {
    let all: Vec<usize> = (0..recording.events.len()).collect();
    all.chunks(form.round.unwrap_or(usize::MAX).max(1))
        .map(|round| {
            let mut round = round.to_vec();
            round.sort_by_key(|&index| recording.events[index].cpu);
            round
        })
        .collect()
}

/// FINISHED_ROUND.
pub(super) fn finished_round(form: &Form) -> Vec<u8> {
    let mut bytes = Bytes::new(form.endian);
    record(&mut bytes, FINISHED_ROUND, 0, |_| ());
    bytes.all
}

/// A record's header with the size of what `body` writes.
pub(super) fn record(bytes: &mut Bytes, kind: u32, misc: u16, body: impl FnOnce(&mut Bytes)) {
    let start = bytes.len();
    bytes.u32(kind);
    bytes.u16(misc);
    bytes.u16(0);
    body(bytes);
    let size = bytes.len() - start;
    bytes.patch_u16(start + 6, u16::try_from(size).expect("a made record is under 64 KiB"));
}

/// What records other than samples say of when and where they happened.
fn sample_id(bytes: &mut Bytes, form: &Form, attrs: &[Attr], pid: u32, tid: u32, time: u64, cpu: u32) {
    if !form.sample_id_all {
        return;
    }
    bytes.u32(pid);
    bytes.u32(tid);
    bytes.u64(time);
    let id = attrs[0].id(cpu);
    if form.identifier == Identifier::Inside {
        bytes.u64(id);
    }
    if form.stream_id {
        bytes.u64(id);
    }
    bytes.u32(cpu);
    bytes.u32(0);
    if form.identifier == Identifier::First {
        bytes.u64(id);
    }
}

fn sample(bytes: &mut Bytes, recording: &Recording, form: &Form, attrs: &[Attr], index: usize) {
    let event = &recording.events[index];
    let tracepoint = tracepoint(form, &event.kind);
    let attr =
        attrs.iter().find(|attr| attr.tracepoint == Some(tracepoint)).expect("every kernel has this event");
    let task = &recording.tasks[event.task];
    let id = attr.id(event.cpu);
    record(bytes, SAMPLE, MISC_KERNEL, |bytes| {
        if form.identifier == Identifier::First {
            bytes.u64(id);
        }
        bytes.u64(event.ip);
        bytes.u32(task.pid);
        bytes.u32(task.tid);
        bytes.u64(event.time);
        if form.addr {
            bytes.u64(0xdead_beef);
        }
        if form.identifier == Identifier::Inside {
            bytes.u64(id);
        }
        if form.stream_id {
            bytes.u64(id);
        }
        bytes.u32(event.cpu);
        bytes.u32(0);
        if form.period {
            bytes.u64(1);
        }
        if form.read {
            // A counter: perf passes over samples between which it did not grow.
            bytes.u64(if form.read_stuck { 1 } else { index as u64 + 1 });
            bytes.u64(id);
        }
        if form.callchain {
            bytes.u64(event.callers.len() as u64 + 4);
            bytes.u64(CONTEXT_KERNEL);
            bytes.u64(event.ip);
            for caller in &event.callers {
                bytes.u64(*caller);
            }
            bytes.u64(CONTEXT_USER);
            bytes.u64(0x7fff_1234);
        }
        let raw = raw(form, attr, task.tid, &event.kind);
        let start = bytes.len();
        bytes.u32((raw.len() + 4).next_multiple_of(8) as u32 - 4);
        bytes.raw(&raw);
        bytes.pad(start, 8);
        if form.after_raw {
            let (no_branches, weight, data_source) = (0, 3, 0x1234);
            for word in [no_branches, weight, data_source] {
                bytes.u64(word);
            }
        }
    });
}

fn tracepoint(form: &Form, kind: &Kind) -> Tracepoint {
    let node_event = |alloc: &Alloc| form.era.has_node_events() && alloc.node.is_some();
    match kind {
        Kind::Kmalloc(alloc) if node_event(alloc) => Tracepoint::KmallocNode,
        Kind::Kmalloc(_) => Tracepoint::Kmalloc,
        Kind::CacheAlloc(alloc) if node_event(alloc) => Tracepoint::CacheAllocNode,
        Kind::CacheAlloc(_) => Tracepoint::CacheAlloc,
        Kind::Kfree(_) => Tracepoint::Kfree,
        Kind::CacheFree(_) => Tracepoint::CacheFree,
        Kind::PageAlloc(_) => Tracepoint::PageAlloc,
        Kind::PageFree(_) => Tracepoint::PageFree,
    }
}

fn raw(form: &Form, attr: &Attr, tid: u32, kind: &Kind) -> Vec<u8> {
    let layout = attr.layout.as_ref().expect("a tracepoint has a layout");
    layout.encode(form, tid, |name| {
        Some(match kind {
            Kind::Kmalloc(alloc) | Kind::CacheAlloc(alloc) => match name {
                "call_site" => Value::Number(alloc.call_site),
                "ptr" => Value::Number(alloc.ptr),
                "bytes_req" => Value::Number(alloc.bytes_req),
                "bytes_alloc" => Value::Number(alloc.bytes_alloc),
                "gfp_flags" => Value::Number(alloc.gfp_flags),
                "node" => Value::Number(i64::from(alloc.node.unwrap_or(-1)) as u64),
                "name" => Value::Text(&alloc.cache),
                _ => return None,
            },
            Kind::Kfree(Free { call_site, ptr, cache }) | Kind::CacheFree(Free { call_site, ptr, cache }) => {
                match name {
                    "call_site" => Value::Number(*call_site),
                    "ptr" => Value::Number(*ptr),
                    "name" => Value::Text(cache),
                    _ => return None,
                }
            }
            Kind::PageAlloc(alloc) => match name {
                "pfn" => Value::Number(alloc.page.unwrap_or(u64::MAX)),
                "page" => Value::Number(alloc.page.unwrap_or(0)),
                "order" => Value::Number(u64::from(alloc.order)),
                "gfp_flags" => Value::Number(alloc.gfp_flags),
                "migratetype" => Value::Number(i64::from(alloc.migrate_type) as u64),
                _ => return None,
            },
            Kind::PageFree(free) => match name {
                "pfn" | "page" => Value::Number(free.page),
                "order" => Value::Number(u64::from(free.order)),
                _ => return None,
            },
        })
    })
}
