//! Every record of a made file is read as it was written, in every form, in chunks of any size.

use std::collections::BTreeMap;

use kmemscope_tests::{
    arbitrary::{Limits, forms, recordings},
    made::{self, Event, Form, Kind, Recording},
    subject,
};
use perfdata::{
    Metadata, Record, Sample, Source, Visitor,
    field::{FieldReader, StringReader},
};
use proptest::prelude::*;

/// One sample, with the tracepoint's fields by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Seen {
    name: String,
    time: u64,
    cpu: u32,
    pid: u32,
    tid: u32,
    ip: u64,
    frames: Vec<u64>,
    numbers: BTreeMap<&'static str, u64>,
    cache: Option<String>,
}

#[derive(Debug, Default)]
struct Collect {
    samples: Vec<Seen>,
    comms: Vec<(u32, String)>,
    lost: Vec<u64>,
    text_start: Option<u64>,
    rounds: usize,
    events_at_first_record: Option<usize>,
}

const NUMBERS: [&str; 9] =
    ["call_site", "ptr", "bytes_req", "bytes_alloc", "node", "pfn", "page", "order", "migratetype"];

impl Visitor for Collect {
    fn record(&mut self, metadata: &Metadata, record: Record<'_>) {
        self.events_at_first_record.get_or_insert(metadata.events.len());
        match record {
            Record::Sample(sample) => self.samples.push(seen(metadata, &sample)),
            Record::Comm { tid, comm, .. } => {
                self.comms.push((tid.0, String::from_utf8_lossy(comm).into_owned()))
            }
            Record::Lost { lost, .. } => self.lost.push(lost),
            Record::Mmap { start, name: b"[kernel.kallsyms]_text", .. } => self.text_start = Some(start),
            Record::FinishedRound => self.rounds += 1,
            _ => {}
        }
    }
}

fn seen(metadata: &Metadata, sample: &Sample<'_>) -> Seen {
    let event = &metadata.events[sample.event.0 as usize];
    let tracing = metadata.tracing.as_ref().expect("formats come before samples");
    let format = tracing.by_id(event.attr.config).expect("every event has its format");
    let mut numbers = BTreeMap::new();
    for name in NUMBERS {
        if let Some(field) = format.field(name) {
            let reader = FieldReader::new(field, tracing.endian).expect("a number of a usual size");
            numbers.insert(name, reader.read(sample.raw).expect("the payload holds all its fields"));
        }
    }
    let cache = format.field("name").map(|field| {
        let name = StringReader::new(field, tracing.endian).and_then(|reader| reader.read(sample.raw));
        String::from_utf8_lossy(name.expect("a string in the payload")).into_owned()
    });
    Seen {
        name: event.name.clone().unwrap_or_else(|| format.to_string()),
        time: sample.time.expect("every form has the time").0,
        cpu: sample.cpu.expect("every form has the CPU").0,
        pid: sample.pid.expect("every form has the process").0,
        tid: sample.tid.expect("every form has the thread").0,
        ip: sample.ip,
        frames: sample.callchain.frames().collect(),
        numbers,
        cache,
    }
}

/// What must be seen of an event, worked out from what was made, not from bytes.
fn expected(recording: &Recording, form: &Form, event: &Event) -> Seen {
    let task = &recording.tasks[event.task];
    let era = form.era;
    let mut numbers = BTreeMap::new();
    let mut cache = None;
    let name = match &event.kind {
        Kind::Kmalloc(alloc) | Kind::CacheAlloc(alloc) => {
            let slab = matches!(event.kind, Kind::CacheAlloc(_));
            numbers.insert("call_site", alloc.call_site);
            numbers.insert("ptr", alloc.ptr);
            numbers.insert("bytes_req", alloc.bytes_req);
            numbers.insert("bytes_alloc", alloc.bytes_alloc);
            let node_event = era.has_node_events() && alloc.node.is_some();
            if node_event || !era.has_node_events() {
                numbers.insert("node", i64::from(alloc.node.unwrap_or(-1)) as u64);
            }
            if slab && era.alloc_has_cache() {
                cache = Some(alloc.cache.clone());
            }
            match (slab, node_event) {
                (false, false) => "kmem:kmalloc",
                (false, true) => "kmem:kmalloc_node",
                (true, false) => "kmem:kmem_cache_alloc",
                (true, true) => "kmem:kmem_cache_alloc_node",
            }
        }
        Kind::Kfree(free) | Kind::CacheFree(free) => {
            numbers.insert("call_site", free.call_site);
            numbers.insert("ptr", free.ptr);
            let slab = matches!(event.kind, Kind::CacheFree(_));
            if slab && era.free_has_cache() {
                cache = Some(free.cache.clone());
            }
            if slab { "kmem:kmem_cache_free" } else { "kmem:kfree" }
        }
        Kind::PageAlloc(alloc) => {
            let failed = match (era.has_pfn(), form.long_size) {
                (false, _) => 0,
                (true, 4) => u64::from(u32::MAX),
                (true, _) => u64::MAX,
            };
            numbers.insert(if era.has_pfn() { "pfn" } else { "page" }, alloc.page.unwrap_or(failed));
            numbers.insert("order", u64::from(alloc.order));
            numbers.insert("migratetype", i64::from(alloc.migrate_type) as u64);
            "kmem:mm_page_alloc"
        }
        Kind::PageFree(free) => {
            numbers.insert(if era.has_pfn() { "pfn" } else { "page" }, free.page);
            numbers.insert("order", u64::from(free.order));
            "kmem:mm_page_free"
        }
    };
    let frames = if form.callchain {
        let user = 0x7fff_1234;
        [event.ip].into_iter().chain(event.callers.iter().copied()).chain([user]).collect()
    } else {
        Vec::new()
    };
    Seen {
        name: name.to_owned(),
        time: event.time,
        cpu: event.cpu,
        pid: task.pid,
        tid: task.tid,
        ip: event.ip,
        frames,
        numbers,
        cache,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn everything_written_is_read(
        recording in recordings(Limits { narrow: true, equal_times: true, events: 60 }),
        form in forms(Limits { narrow: true, ..Limits::default() }),
        chunk in prop_oneof![1 => 1usize..64, 1 => Just(subject::CHUNK)],
    ) {
        let bytes = made::write(&recording, &form);
        let mut collect = Collect::default();
        let (reader, error) = subject::read(&bytes, Source::File { len: bytes.len() as u64 }, chunk, &mut collect);
        prop_assert_eq!(error, None);
        prop_assert_eq!(reader.damage(), None);

        collect.samples.sort_by_key(|sample| sample.time);
        let order = made::delivered(&recording, &form);
        let expected: Vec<Seen> =
            order.iter().map(|index| expected(&recording, &form, &recording.events[*index])).collect();
        prop_assert_eq!(collect.samples, expected);
        let comms: Vec<_> = recording.tasks.iter().map(|task| (task.tid, task.comm.clone())).collect();
        prop_assert_eq!(collect.comms, comms);
        let mut lost: Vec<u64> = recording.lost.iter().map(|lost| lost.count).collect();
        lost.sort();
        collect.lost.sort();
        prop_assert_eq!(collect.lost, lost);
        prop_assert_eq!(collect.text_start, Some(recording.text_start));
        let rounds = form.round.map_or(0, |round| recording.events.len().div_ceil(round));
        prop_assert_eq!(collect.rounds, rounds);

        let metadata = reader.metadata();
        let tracing = metadata.tracing.as_ref().unwrap();
        prop_assert_eq!(tracing.page_size, recording.page_size);
        prop_assert_eq!(usize::from(tracing.long_size), form.long_size);
        if form.era != made::Era::Linux2_6_33 {
            prop_assert_eq!(metadata.features.perf_version.as_deref(), Some(form.era.version()));
            let numa = metadata.features.numa.iter().flatten();
            let lists: Vec<String> = numa.map(|node| node.cpus.clone()).collect();
            prop_assert_eq!(&lists, &recording.nodes);
        }
    }
}
