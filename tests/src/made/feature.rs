//! The header's feature sections.

use super::{
    attr::Attr,
    bytes::Bytes,
    event::Recording,
    form::{Compression, Form, Mode},
    format::Era,
    tracing,
};

pub(super) const TRACING_DATA: u32 = 1;
const HOSTNAME: u32 = 3;
const OSRELEASE: u32 = 4;
const VERSION: u32 = 5;
const ARCH: u32 = 6;
const NRCPUS: u32 = 7;
const CMDLINE: u32 = 11;
const EVENT_DESC: u32 = 12;
const NUMA_TOPOLOGY: u32 = 14;
const SAMPLE_TIME: u32 = 21;
const COMPRESSED: u32 = 27;

/// Every section of a recording, with its bit number, in the order of the bits.
pub(super) fn sections(recording: &Recording, form: &Form, attrs: &[Attr]) -> Vec<(u32, Vec<u8>)> {
    let mut sections = Vec::new();
    let mut add = |bit: u32, write: &dyn Fn(&mut Bytes)| {
        let mut bytes = Bytes::new(form.endian);
        write(&mut bytes);
        sections.push((bit, bytes.all));
    };
    if form.mode == Mode::File {
        add(TRACING_DATA, &|bytes| bytes.raw(&tracing::write(recording, form)));
    }
    if form.era != Era::Linux2_6_33 {
        add(HOSTNAME, &|bytes| bytes.header_string("made"));
        add(OSRELEASE, &|bytes| bytes.header_string(form.era.version()));
        add(VERSION, &|bytes| bytes.header_string(form.era.version()));
        add(ARCH, &|bytes| bytes.header_string(arch(form)));
        add(NRCPUS, &|bytes| {
            let cpus = recording.events.iter().map(|event| event.cpu.saturating_add(1)).max().unwrap_or(1);
            bytes.u32(cpus);
            bytes.u32(cpus);
        });
        add(CMDLINE, &|bytes| {
            let words = ["perf", "kmem", "record"];
            bytes.u32(words.len() as u32);
            for word in words {
                bytes.header_string(word);
            }
        });
        add(EVENT_DESC, &|bytes| event_desc(bytes, form, attrs));
        if !recording.nodes.is_empty() {
            add(NUMA_TOPOLOGY, &|bytes| numa_topology(bytes, &recording.nodes));
        }
        if let (Some(first), Some(last)) = (recording.events.first(), recording.events.last()) {
            add(SAMPLE_TIME, &|bytes| {
                bytes.u64(first.time);
                bytes.u64(last.time);
            });
        }
    }
    if form.compression != Compression::None {
        add(COMPRESSED, &|bytes| {
            let (version, zstd, level, ratio) = (1, 1, 1, 4);
            for word in [version, zstd, level, ratio, form.compressed_bytes.next_multiple_of(4096) as u32] {
                bytes.u32(word);
            }
        });
    }
    sections
}

fn arch(form: &Form) -> &'static str {
    use super::form::Endian::{Big, Little};
    match (form.endian, form.long_size) {
        (Little, 4) => "i686",
        (Little, _) => "x86_64",
        (Big, 4) => "ppc",
        (Big, _) => "s390x",
    }
}

fn event_desc(bytes: &mut Bytes, form: &Form, attrs: &[Attr]) {
    bytes.u32(attrs.len() as u32);
    bytes.u32(form.attr_size as u32);
    for attr in attrs {
        attr.write(bytes, form);
        bytes.u32(attr.ids.len() as u32);
        bytes.header_string(&attr.name());
        for id in &attr.ids {
            bytes.u64(*id);
        }
    }
}

fn numa_topology(bytes: &mut Bytes, nodes: &[String]) {
    bytes.u32(nodes.len() as u32);
    for (node, cpus) in nodes.iter().enumerate() {
        bytes.u32(node as u32);
        bytes.u64(1 << 20);
        bytes.u64(1 << 19);
        bytes.header_string(cpus);
    }
}
