//! Small files made byte by byte.

use alloc::{format, string::String, vec, vec::Vec};

use super::*;
use crate::{Sample, Tid, head::SampleType, record::kind};

/// Everything that a visitor is told, as text.
#[derive(Default)]
struct Log(Vec<String>);

impl Visitor for Log {
    fn described(&mut self, meta: &Metadata) {
        let names: Vec<_> = meta.events.iter().map(|event| event.name.as_deref().unwrap_or("?")).collect();
        self.0.push(format!("described {names:?}"));
    }

    fn record(&mut self, _: &Metadata, record: Record<'_>) {
        self.0.push(match record {
            Record::Sample(Sample { event, pid, tid, time, cpu, callchain, raw, .. }) => format!(
                "sample {} {:?} {:?} {:?} {:?} {:?} {raw:?}",
                event.0,
                pid.map(|pid| pid.0),
                tid.map(|tid| tid.0),
                time.map(|time| time.0),
                cpu.map(|cpu| cpu.0),
                callchain.entries().collect::<Vec<_>>(),
            ),
            Record::Other { kind, .. } => format!("other {kind}"),
            record => format!("{record:?}"),
        });
    }
}

impl Log {
    fn samples(&self) -> usize {
        self.0.iter().filter(|line| line.starts_with("sample")).count()
    }
}

/// Feeds a file in chunks of at most `chunk` bytes, as often as some are wanted.
fn read_as(source: Source, bytes: &[u8], chunk: usize) -> (Reader, Log, Result<(), Error>) {
    let mut reader = Reader::new(source);
    let mut log = Log::default();
    let result = feed(&mut reader, bytes, chunk, &mut log);
    (reader, log, result)
}

fn feed(reader: &mut Reader, bytes: &[u8], chunk: usize, log: &mut Log) -> Result<(), Error> {
    let mut steps = 0;
    while let Wants::Bytes { offset, len } = reader.wants() {
        let rest = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..)).unwrap_or(&[]);
        let take = rest.len().min(chunk).min(usize::try_from(len).unwrap_or(usize::MAX));
        if take == 0 {
            break;
        }
        reader.feed(&rest[..take], log)?;
        steps += 1;
        assert!(steps <= 3 * bytes.len() + 100, "the reader makes no progress");
    }
    reader.end(log)
}

fn read(bytes: &[u8], chunk: usize) -> (Reader, Log, Result<(), Error>) {
    read_as(Source::File { len: bytes.len() as u64 }, bytes, chunk)
}

/// Writes numbers in one byte order.
#[derive(Clone, Default)]
struct Bytes {
    big: bool,
    bytes: Vec<u8>,
}

impl Bytes {
    fn new(big: bool) -> Bytes {
        Bytes { big, bytes: Vec::new() }
    }
    fn raw(mut self, bytes: &[u8]) -> Bytes {
        self.bytes.extend_from_slice(bytes);
        self
    }
    fn u8(self, value: u8) -> Bytes {
        self.raw(&[value])
    }
    fn u16(self, value: u16) -> Bytes {
        let bytes = if self.big { value.to_be_bytes() } else { value.to_le_bytes() };
        self.raw(&bytes)
    }
    fn u32(self, value: u32) -> Bytes {
        let bytes = if self.big { value.to_be_bytes() } else { value.to_le_bytes() };
        self.raw(&bytes)
    }
    fn u64(self, value: u64) -> Bytes {
        let bytes = if self.big { value.to_be_bytes() } else { value.to_le_bytes() };
        self.raw(&bytes)
    }
    fn string(self, text: &str) -> Bytes {
        self.u32(text.len() as u32 + 1).raw(text.as_bytes()).u8(0)
    }
    fn record(self, kind: u32, body: &[u8]) -> Bytes {
        self.u32(kind).u16(0).u16(body.len() as u16 + 8).raw(body)
    }
}

const TYPE: u64 = SampleType::IDENTIFIER
    | SampleType::IP
    | SampleType::TID
    | SampleType::TIME
    | SampleType::CPU
    | SampleType::PERIOD
    | SampleType::RAW;

fn attr(big: bool, size: u32, config: u64, sample_type: u64, read_format: u64) -> Vec<u8> {
    // `sample_id_all` is bit 18 from the side where the byte order begins.
    let flags = if big { 1 << (63 - 18) } else { 1 << 18 };
    let mut attr = Bytes::new(big)
        .u32(2)
        .u32(size)
        .u64(config)
        .u64(1)
        .u64(sample_type)
        .u64(read_format)
        .u64(flags)
        .bytes;
    attr.resize(size.max(64) as usize, 0);
    attr
}

/// A sample of [`TYPE`] whose raw data is a format id and one byte.
fn sample(big: bool, id: u64, time: u64, format: u16) -> Vec<u8> {
    let raw = Bytes::new(big).u16(format).raw(&[0; 2]).bytes;
    Bytes::new(big).u64(id).u64(0xfff0).u32(10).u32(11).u64(time).u32(3).u32(0).u64(1).u32(4).raw(&raw).bytes
}

/// The trailer of other records.
fn trailer(big: bool, time: u64) -> Vec<u8> {
    Bytes::new(big).u32(10).u32(11).u64(time).u32(3).u32(0).u64(70).bytes
}

const FORMATS: [&str; 2] = ["name: kmalloc\nID: 500\nformat:\n", "name: kfree\nID: 501\nformat:\n"];

fn tracing(big: bool) -> Vec<u8> {
    let mut bytes = Bytes::new(big).raw(b"\x17\x08\x44tracing0.6\0").u8(big.into()).u8(8).u32(4096);
    bytes = bytes
        .raw(b"header_page\0")
        .u64(2)
        .raw(b"hp")
        .raw(b"header_event\0")
        .u64(0)
        .u32(0)
        .u32(1)
        .raw(b"kmem\0")
        .u32(2);
    for format in FORMATS {
        bytes = bytes.u64(format.len() as u64).raw(format.as_bytes());
    }
    bytes.u32(0).u32(0).u64(8).raw(b"7 bash\n\0").bytes
}

/// Records: two samples, one of each event, a name, a loss, a round, a type that nobody knows.
fn records(big: bool) -> Vec<u8> {
    let comm = Bytes::new(big).u32(10).u32(11).raw(b"cc1\0\0\0\0\0").raw(&trailer(big, 7)).bytes;
    let lost = Bytes::new(big).u64(70).u64(99).raw(&trailer(big, 9)).bytes;
    Bytes::new(big)
        .record(kind::COMM, &comm)
        .record(kind::SAMPLE, &sample(big, 70, 8, 500))
        .record(kind::LOST, &lost)
        .record(kind::SAMPLE, &sample(big, 81, 10, 501))
        .record(kind::FINISHED_ROUND, &[])
        .record(200, &[1, 2, 3])
        .bytes
}

struct File {
    big: bool,
    magic: &'static [u8; 8],
    header_size: u64,
    attr_size: u32,
    sample_type: u64,
    ids: [Vec<u64>; 2],
    records: Vec<u8>,
    features: bool,
    data_size: Option<u64>,
}

impl File {
    fn new(big: bool) -> File {
        File {
            big,
            magic: if big { b"2ELIFREP" } else { b"PERFILE2" },
            header_size: 104,
            attr_size: 136,
            sample_type: TYPE,
            ids: [vec![70, 71], vec![80, 81]],
            records: records(big),
            features: true,
            data_size: None,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let big = self.big;
        let mut out = vec![0; self.header_size as usize];
        let mut sections = Vec::new();
        for ids in &self.ids {
            sections.push((out.len() as u64, 8 * ids.len() as u64));
            for &id in ids {
                out = Bytes { big, bytes: out }.u64(id).bytes;
            }
        }
        let attrs = out.len() as u64;
        for (config, (offset, size)) in (500..).zip(sections) {
            let attr = attr(big, self.attr_size, config, self.sample_type, 0);
            out = Bytes { big, bytes: out }.raw(&attr).u64(offset).u64(size).bytes;
        }
        let attrs_size = out.len() as u64 - attrs;
        let data = out.len() as u64;
        out.extend_from_slice(&self.records);
        let data_size = self.data_size.unwrap_or(self.records.len() as u64);
        let mut bits = 0u64;
        if self.features {
            let numa = Bytes::new(big).u32(1).u32(3).u64(2000).u64(100).string("0-3").bytes;
            let features: [(u32, Vec<u8>); 4] = [
                (crate::feature::id::TRACING_DATA, tracing(big)),
                (crate::feature::id::HOSTNAME, Bytes::new(big).string("box").bytes),
                (crate::feature::id::NRCPUS, Bytes::new(big).u32(8).u32(4).bytes),
                (crate::feature::id::NUMA_TOPOLOGY, numa),
            ];
            let mut at = out.len() as u64 + 16 * features.len() as u64;
            for (bit, content) in &features {
                bits |= 1 << bit;
                out = Bytes { big, bytes: out }.u64(at).u64(content.len() as u64).bytes;
                at += content.len() as u64;
            }
            out.extend(features.iter().flat_map(|(_, content)| content));
        }
        let header = Bytes::new(big)
            .raw(self.magic)
            .u64(self.header_size)
            .u64(u64::from(self.attr_size.max(64)) + 16)
            .u64(attrs)
            .u64(attrs_size)
            .u64(data)
            .u64(data_size)
            .u64(0)
            .u64(0)
            .u64(bits)
            .bytes;
        out[..header.len()].copy_from_slice(&header);
        out
    }
}

/// What [`File::new`] should be read as; the second name where the formats are there.
fn expected() -> Vec<String> {
    let id = |time| {
        format!(
            "SampleId {{ time: Some(Time({time})), cpu: Some(Cpu(3)), pid: Some(Pid(10)), tid: Some(Tid(11)) }}"
        )
    };
    vec![
        "described [\"kmem:kmalloc\", \"kmem:kfree\"]".into(),
        format!("Comm {{ pid: Pid(10), tid: Tid(11), comm: [99, 99, 49], id: {} }}", id(7)),
        "sample 0 Some(10) Some(11) Some(8) Some(3) [] RAW500".into(),
        format!("Lost {{ lost: 99, id: {}, offset: OFFSET }}", id(9)),
        "sample 1 Some(10) Some(11) Some(10) Some(3) [] RAW501".into(),
        "FinishedRound".into(),
        "other 200".into(),
    ]
}

/// The log without what depends on byte order and place.
fn neutral(log: &Log, big: bool) -> Vec<String> {
    let raw = |format: u16| format!("{:?}", Bytes::new(big).u16(format).raw(&[0; 2]).bytes);
    let neutral = |line: &String| {
        let line = line.replace(&raw(500), "RAW500").replace(&raw(501), "RAW501");
        match line.split_once("offset: ") {
            Some((before, _)) => format!("{before}offset: OFFSET }}"),
            None => line,
        }
    };
    log.0.iter().map(neutral).collect()
}

#[test]
fn both_byte_orders_in_chunks_of_any_size() {
    for big in [false, true] {
        let bytes = File::new(big).bytes();
        for chunk in [1, 2, 7, 100, 4096] {
            let (reader, log, result) = read(&bytes, chunk);
            assert_eq!(result, Ok(()));
            assert_eq!(neutral(&log, big), expected(), "{chunk}");
            assert_eq!(reader.damage(), None);
            assert_eq!(reader.counts().samples, 2);
            assert_eq!(reader.counts().unknown().collect::<Vec<_>>(), [(200, 1)]);
            let features = &reader.metadata().features;
            assert_eq!(features.hostname.as_deref(), Some("box"));
            assert_eq!((features.cpus_available, features.cpus_online), (Some(8), Some(4)));
            assert_eq!(features.numa.as_ref().map(|nodes| nodes[0].cpus.as_str()), Some("0-3"));
            let tracing = reader.metadata().tracing.as_ref().expect("tracing data");
            assert_eq!((tracing.long_size, tracing.page_size, tracing.formats.len()), (8, 4096, 2));
            assert_eq!(tracing.saved_cmdlines, [(Tid(7), "bash".into())]);
        }
    }
}

#[test]
fn one_chunk_of_more_than_is_wanted_is_used_as_far_as_it_goes() {
    let bytes = File::new(false).bytes();
    let mut reader = Reader::new(Source::File { len: bytes.len() as u64 });
    let mut log = Log::default();
    while let Wants::Bytes { offset, .. } = reader.wants() {
        reader.feed(&bytes[offset as usize..], &mut log).expect("feeds");
    }
    assert_eq!(neutral(&log, false), expected());
}

#[test]
fn forms_of_headers() {
    for big in [false, true] {
        let magic = b"PERFFILE";
        for (what, file) in [
            ("version 1", File { magic, attr_size: 64, ..File::new(big) }),
            ("a larger header", File { header_size: 160, ..File::new(big) }),
            ("attributes of today", File { attr_size: 144, ..File::new(big) }),
            ("attributes without a size", File { attr_size: 0, ..File::new(big) }),
            ("ids of no event", File { ids: [vec![70], vec![]], ..File::new(big) }),
            ("no identifier, so common_type", File { ids: [vec![], vec![]], ..File::new(big) }),
        ] {
            let (reader, log, result) = read(&file.bytes(), 64);
            assert_eq!(result, Ok(()), "{what}");
            assert_eq!(reader.damage(), None, "{what}");
            assert_eq!(neutral(&log, big), expected(), "{what}, {big}");
        }
    }
}

#[test]
fn a_killed_recorder_leaves_no_size_and_no_tail() {
    let (reader, log, result) =
        read(&File { data_size: Some(0), features: false, ..File::new(false) }.bytes(), 64);
    assert_eq!((result, reader.damage()), (Ok(()), None));
    assert!(reader.lacks_formats());
    assert_eq!(log.samples(), 2);
    assert_eq!(log.0[0], "described [\"?\", \"?\"]");
}

#[test]
fn formats_can_come_from_outside() {
    let bytes = File { features: false, ..File::new(false) }.bytes();
    let mut reader = Reader::new(Source::File { len: bytes.len() as u64 });
    reader.supply_formats(TracingData::from_format_files(
        &FORMATS.join("\n"),
        "kmem",
        Endian::Little,
        8,
        4096,
    ));
    let mut log = Log::default();
    assert_eq!(feed(&mut reader, &bytes, 64, &mut log), Ok(()));
    assert_eq!(neutral(&log, false), expected());
}

#[test]
fn cut_anywhere_nothing_before_the_cut_is_lost() {
    let file = File::new(false);
    let bytes = file.bytes();
    let data = bytes.windows(file.records.len()).position(|window| window == file.records).expect("records");
    let ends: Vec<_> = {
        let mut at = 0;
        let mut ends = vec![];
        while at < file.records.len() {
            let size = usize::from(u16::from_le_bytes([file.records[at + 6], file.records[at + 7]]));
            at += size;
            ends.push(data + at);
        }
        ends
    };
    let whole = read(&bytes, 4096).1.0;
    for end in 0..bytes.len() {
        // Both a file that is shorter than it should be, and one that turns out to be.
        for len in [end, bytes.len()] {
            let (reader, log, _) = read_as(Source::File { len: len as u64 }, &bytes[..end], 50);
            let complete = ends.iter().filter(|&&at| at <= end).count();
            if len == end {
                assert_eq!(log.0.len().saturating_sub(1), complete, "cut at {end}");
                assert_eq!(log.0.get(1..).unwrap_or(&[]), &whole[1..][..complete], "cut at {end}");
            }
            assert!(reader.damage().is_some(), "cut at {end} of {len}");
        }
    }
}

#[test]
fn damage_says_where() {
    let mut file = File::new(false);
    let at = file.records.len();
    file.records = Bytes { big: false, bytes: file.records }.u32(9).u16(0).u16(7).raw(&records(false)).bytes;
    let bytes = file.bytes();
    let data = bytes.windows(file.records.len()).position(|window| window == file.records).expect("records");
    let (reader, log, result) = read(&bytes, 4096);
    let error = Error::RecordSize { kind: 9, found: 7, offset: (data + at) as u64 };
    assert_eq!((result, reader.damage(), log.samples()), (Err(error), Some(&error), 2));

    // A sample whose raw data is longer than itself is passed over.
    let mut short = sample(false, 70, 8, 500);
    let len = short.len();
    short[len - 8] = 200;
    let records = Bytes::new(false).record(kind::SAMPLE, &short).raw(&records(false)).bytes;
    let (reader, log, result) = read(&File { records, ..File::new(false) }.bytes(), 4096);
    assert_eq!((result, log.samples()), (Ok(()), 2));
    assert!(matches!(reader.damage(), Some(Error::Record { kind: kind::SAMPLE, .. })));
    assert_eq!(reader.unreadable_samples(), 1);
}

#[test]
fn what_is_no_perf_data_is_refused() {
    assert_eq!(read(b"", 10).2, Err(Error::Empty));
    assert!(matches!(read(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0", 10).2, Err(Error::Magic { .. })));
    let bytes = File::new(false).bytes();
    assert_eq!(read_as(Source::Stream, &bytes, 10).2, Err(Error::NeedsSeek));
}

/// A pipe: everything is a record.
fn pipe(big: bool) -> Vec<u8> {
    let mut out = Bytes::new(big).raw(if big { b"2ELIFREP" } else { b"PERFILE2" }).u64(16);
    for (config, ids) in [(500, [70, 71]), (501, [80, 81])] {
        let body = Bytes::new(big).raw(&attr(big, 136, config, TYPE, 0)).u64(ids[0]).u64(ids[1]).bytes;
        out = out.record(kind::HEADER_ATTR, &body);
    }
    let hostname = Bytes::new(big).u64(crate::feature::id::HOSTNAME.into()).string("box").bytes;
    let mut tracing = tracing(big);
    tracing.resize(tracing.len().next_multiple_of(8), 0);
    let name = Bytes::new(big).u64(2).u64(81).raw(b"renamed\0").bytes;
    out.record(kind::HEADER_FEATURE, &hostname)
        .record(kind::HEADER_TRACING_DATA, &Bytes::new(big).u32(tracing.len() as u32).bytes)
        .raw(&tracing)
        .record(kind::EVENT_UPDATE, &name)
        .record(kind::AUXTRACE, &Bytes::new(big).u64(13).raw(&[0; 32]).bytes)
        .raw(b"\x09\0\0\0\0\0\xff\xff-----")
        .raw(&records(big))
        .bytes
}

#[test]
fn pipes_from_files_and_streams() {
    for big in [false, true] {
        let bytes = pipe(big);
        let mut expected = expected();
        expected[0] = "described [\"kmem:kmalloc\", \"renamed\"]".into();
        for source in [Source::Stream, Source::File { len: bytes.len() as u64 }] {
            for chunk in [1, 7, 4096] {
                let (reader, log, result) = read_as(source, &bytes, chunk);
                assert_eq!((result, reader.damage()), (Ok(()), None));
                let own = ["other 64", "other 66", "other 71", "other 78", "other 80"];
                let log = neutral(&log, big).into_iter().filter(|line| !own.contains(&line.as_str()));
                assert_eq!(log.collect::<Vec<_>>(), expected, "{chunk}");
                assert_eq!(reader.metadata().features.hostname.as_deref(), Some("box"));
            }
        }
        for end in 0..bytes.len() {
            let (_, log, _) = read_as(Source::Stream, &bytes[..end], 33);
            assert!(log.samples() <= 2);
        }
    }
}

#[test]
fn a_pipe_whose_events_change_without_end_is_refused() {
    let attr = Bytes::new(false).raw(&attr(false, 64, 500, TYPE, 0)).u64(70).bytes;
    let one = Bytes::new(false)
        .record(kind::HEADER_ATTR, &attr)
        .record(kind::SAMPLE, &sample(false, 70, 8, 500))
        .bytes;
    let bytes = Bytes::new(false).raw(b"PERFILE2").u64(16).raw(&one.repeat(20_000)).bytes;
    struct Nobody;
    impl Visitor for Nobody {
        fn record(&mut self, _: &Metadata, _: Record<'_>) {}
    }
    let mut reader = Reader::new(Source::Stream);
    let result = reader.feed(&bytes, &mut Nobody);
    assert!(matches!(result, Err(Error::TooMuch { what: "events", .. })), "{result:?}");
    assert_eq!(reader.counts().samples, 8192);
}

#[test]
fn an_auxtrace_in_a_file_is_passed_over_unread() {
    let records = Bytes::new(false)
        .record(kind::AUXTRACE, &Bytes::new(false).u64(1000).raw(&[0; 32]).bytes)
        .raw(&[0xff; 1000])
        .raw(&records(false));
    let (reader, log, result) = read(&File { records: records.bytes, ..File::new(false) }.bytes(), 64);
    assert_eq!((result, reader.damage(), log.samples()), (Ok(()), None, 2));
    let records = Bytes::new(false).record(kind::AUXTRACE, &Bytes::new(false).u64(u64::MAX).bytes).bytes;
    let (reader, _, _) = read(&File { records, ..File::new(false) }.bytes(), 64);
    assert!(matches!(
        reader.damage(),
        Some(Error::Truncated { what: "the payload of an AUXTRACE record", .. })
    ));
}

/// Compressed records: one zstd frame over all of them, cut anywhere; a round between two of them stays between.
#[test]
fn compressed_records_and_what_stands_between_them() {
    use std::io::Write;
    for (big, two) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut encoder = ::zstd::stream::Encoder::new(Vec::new(), 1).expect("an encoder");
        let mut records = Bytes::new(big);
        let mut done = 0;
        let samples: Vec<u8> = (0..50)
            .flat_map(|time| Bytes::new(big).record(kind::SAMPLE, &sample(big, 70, time + 1, 500)).bytes)
            .collect();
        for piece in samples.chunks(samples.len() / 3 + 1) {
            encoder.write_all(piece).expect("writes");
            encoder.flush().expect("flushes");
            let packed = &encoder.get_ref()[done..];
            records = if two {
                let mut body = Bytes::new(big).u64(packed.len() as u64).raw(packed).bytes;
                body.resize(body.len().next_multiple_of(8), 0);
                records.record(kind::COMPRESSED2, &body)
            } else {
                records.record(kind::COMPRESSED, packed)
            };
            done += packed.len();
            records = records.record(kind::FINISHED_ROUND, &[]);
        }
        let file = File { records: records.bytes, ..File::new(big) };
        for chunk in [1, 100, 4096] {
            let (reader, log, result) = read(&file.bytes(), chunk);
            assert_eq!((result, reader.damage(), log.samples()), (Ok(()), None, 50));
            let size = samples.len() / 50;
            let third = samples.len() / 3 + 1;
            let rounds: Vec<_> =
                (0..log.0.len()).filter(|&at| log.0[at] == "FinishedRound").map(|at| at - 1).collect();
            assert_eq!(
                rounds,
                [third / size, 2 * third / size + 1, 52],
                "each behind the records whole before it"
            );
        }
        // Damage in the third piece: what the first two hold comes out.
        let mut damaged = file.bytes();
        let at = damaged
            .windows(4)
            .rposition(|window| window == [68, 0, 0, 0] || window == [0, 0, 0, 68])
            .expect("round");
        damaged[at - 20] ^= 0xff;
        damaged[at - 21] ^= 0xff;
        let (_, log, _) = read(&damaged, 4096);
        assert!(log.samples() >= 2 * samples.len() / 3 / (samples.len() / 50) - 1, "{}", log.samples());
    }
}

#[test]
fn raw_files_of_a_directory_take_the_header_files_metadata() {
    let header = read(&File::new(false).bytes(), 4096).0;
    let records = records(false);
    let mut reader = Reader::raw(records.len() as u64, header.metadata().clone());
    let mut log = Log::default();
    assert_eq!(feed(&mut reader, &records, 30, &mut log), Ok(()));
    assert_eq!(neutral(&log, false), expected());
}

#[test]
fn tracing_data_whose_size_is_wrong_is_read_all_the_same() {
    let bytes = File::new(false).bytes();
    let table = bytes.windows(10).position(|window| window == b"\x17\x08\x44tracing").expect("tracing") - 64;
    let mut damaged = bytes.clone();
    damaged[table + 8..table + 16].fill(0);
    let (_, log, result) = read(&damaged, 4096);
    assert_eq!(result, Ok(()));
    assert_eq!(neutral(&log, false), expected());
}
