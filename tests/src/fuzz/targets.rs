//! One function a target.

use kmem::{Context, Query, Running, Symbols, Topology, Truth, stat};
use perfdata::{EventFormat, Metadata, Record, Source, TracingData, Visitor, print_fmt};

use super::seeds;
use crate::subject::{self, Keep};

/// A fuzz target: what it does with any bytes, and valid ones to start from.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Name of the cargo-fuzz target.
    pub name: &'static str,
    /// Must return for any bytes.
    pub run: fn(&[u8]),
    /// Valid inputs.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// Every target.
pub const TARGETS: [Target; 8] = [
    Target { name: "header", run: header, seeds: seeds::files },
    Target { name: "pipe", run: pipe, seeds: seeds::pipes },
    Target { name: "tracing", run: tracing, seeds: seeds::tracing },
    Target { name: "formats", run: formats, seeds: seeds::formats },
    Target { name: "kallsyms", run: kallsyms, seeds: seeds::symbols },
    Target { name: "numa", run: numa, seeds: seeds::topologies },
    Target { name: "trace", run: trace, seeds: all_files },
    Target { name: "packed", run: packed, seeds: seeds::packed },
];

fn all_files() -> Vec<Vec<u8>> {
    let mut files = seeds::files();
    files.append(&mut seeds::pipes());
    files
}

/// Sees every record and touches all of it.
#[derive(Debug, Default)]
struct Touch {
    records: u64,
    sum: u64,
}

impl Visitor for Touch {
    fn record(&mut self, metadata: &Metadata, record: Record<'_>) {
        self.records += 1;
        if let Record::Sample(sample) = record {
            self.sum = self.sum.wrapping_add(sample.callchain.entries().fold(sample.ip, u64::wrapping_add));
            self.sum = self.sum.wrapping_add(sample.raw.len() as u64);
            assert!(
                (sample.event.0 as usize) < metadata.events.len(),
                "a sample's event is one of the file's"
            );
        }
    }
}

/// A file in file mode.
pub fn header(bytes: &[u8]) {
    let mut touch = Touch::default();
    subject::read(bytes, Source::File { len: bytes.len() as u64 }, subject::CHUNK, &mut touch);
    assert!(touch.records <= bytes.len() as u64 * 100, "records come out of bytes");
}

/// A file in pipe mode, whole and in small pieces.
pub fn pipe(bytes: &[u8]) {
    let mut whole = Touch::default();
    subject::read(bytes, Source::Stream, subject::CHUNK, &mut whole);
    let mut pieces = Touch::default();
    subject::read(bytes, Source::Stream, 17, &mut pieces);
    assert_eq!((whole.records, whole.sum), (pieces.records, pieces.sum), "chunks do not matter");
}

/// A TRACING_DATA block.
pub fn tracing(bytes: &[u8]) {
    if let Ok(data) = TracingData::parse(bytes, 0) {
        for format in &data.formats {
            print_fmt::flags(&format.print_fmt, "gfp_flags");
        }
    }
}

/// An event's format text and its print format.
pub fn formats(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Some(format) = EventFormat::parse(&text, "kmem") {
        for field in &format.fields {
            let raw: Vec<u8> = (0..64).collect();
            for endian in [perfdata::Endian::Little, perfdata::Endian::Big] {
                if let Some(reader) = perfdata::field::FieldReader::new(field, endian) {
                    reader.read(&raw);
                }
                if let Some(reader) = perfdata::field::StringReader::new(field, endian) {
                    reader.read(&raw);
                }
            }
        }
        let flags = print_fmt::flags(&format.print_fmt, "gfp_flags");
        print_fmt::write(&flags, 0xdead_beef, "|");
    }
    print_fmt::flags(&text, "gfp_flags");
}

/// kallsyms and System.map.
pub fn kallsyms(bytes: &[u8]) {
    let Ok(symbols) = Symbols::parse(bytes) else {
        return;
    };
    let (trace, _) = subject::trace(&seeds::files()[0]);
    let context = Context { trace: &trace, symbols: Some(&symbols), topology: None };
    let resolver = context.resolver();
    for address in [0, 1, 0xffff_ffff_8100_0000, 0xffff_ffff_8100_1010, 0xffff_ffff_c000_1004, u64::MAX] {
        let _ = resolver.resolve(kmem::ids::Address(address));
    }
}

/// NUMA topology texts.
pub fn numa(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(topology) = Topology::parse(&text) {
        for node in topology.nodes() {
            let cpus = topology.cpus_of(node).count();
            assert!(cpus <= (1 << 16) + 1, "no machine has so many CPUs");
        }
        assert_eq!(topology.node_of(u32::MAX), None);
    }
}

/// Option lines that between them make every table.
const OPTIONS: [&str; 3] = [
    "--slab --caller --alloc stat",
    "--page --caller --alloc stat",
    "--page --live --caller --alloc -s order,page stat",
];

/// A trace is counted after so many bytes each.
const PIECE: usize = 3000;

/// A whole trace, with every table and text of it.
pub fn trace(bytes: &[u8]) {
    let (trace, _) = subject::trace(bytes);
    let context = Context { trace: &trace, symbols: None, topology: None };
    for truth in [Truth::Perf, Truth::Right] {
        let report = Query { truth, ..Query::default() }.run(&context);
        let summary = report.slab.summary;
        let hits: u64 = report.slab.call_sites.iter().map(|row| row.counts.hits).sum();
        assert_eq!(hits, summary.counts.hits, "rows add up");
        assert!(summary.frees <= summary.counts.hits, "each allocation is freed once at most");
    }
    for options in OPTIONS {
        if let Ok(options) = stat::Options::parse(options.split_whitespace()) {
            stat::text(&context, &options).ok();
        }
    }
    counted_as_it_comes(bytes);
}

/// What is counted while a trace is read is what is counted at its end.
fn counted_as_it_comes(bytes: &[u8]) {
    let mut running = Running::new(Truth::Perf);
    let whole = subject::counted(bytes, PIECE, Keep::All, &mut running, |_| None);
    let mut again = Running::new(Truth::Perf);
    let rest = subject::counted(bytes, PIECE, Keep::Uncounted, &mut again, |_| None);
    let context = |trace| Context { trace, symbols: None, topology: None };
    let Ok(options) = stat::Options::parse(["--slab", "--caller", "--alloc"]) else { return };
    let at_the_end = stat::output(&context(&whole), &options, Truth::Perf);
    assert_eq!(stat::output_after(&context(&whole), &options, Truth::Perf, &mut running), at_the_end);
    assert_eq!(stat::output_after(&context(&rest), &options, Truth::Perf, &mut again), at_the_end);
}

/// A packed file.
pub fn packed(bytes: &[u8]) {
    const LIMIT: usize = 1 << 20;
    let (whole, damage) = subject::unpack(bytes, bytes.len(), LIMIT);
    let (pieces, same_damage) = subject::unpack(bytes, 97, LIMIT);
    // A whole block may be lost with the chunk that it is damaged in.
    assert_eq!(damage.is_some(), same_damage.is_some(), "chunks do not matter");
    assert!(damage.is_some() || whole == pieces, "chunks do not matter");
    subject::trace(&pieces);
}
