//! Feature sections: the facts that perf records beside the events (`tools/perf/util/header.c`).

use alloc::{string::String, vec::Vec};

use crate::{
    Cursor, Endian, Endianity, Error, Time,
    bytes::text,
    endian::u32_at,
    head::{Event, EventAttr},
};

/// Numbers of the features that are read here.
pub mod id {
    #![allow(missing_docs)]
    pub const TRACING_DATA: u32 = 1;
    pub const BUILD_ID: u32 = 2;
    pub const HOSTNAME: u32 = 3;
    pub const OSRELEASE: u32 = 4;
    pub const VERSION: u32 = 5;
    pub const ARCH: u32 = 6;
    pub const NRCPUS: u32 = 7;
    pub const CPUDESC: u32 = 8;
    pub const CPUID: u32 = 9;
    pub const TOTAL_MEM: u32 = 10;
    pub const CMDLINE: u32 = 11;
    pub const EVENT_DESC: u32 = 12;
    pub const CPU_TOPOLOGY: u32 = 13;
    pub const NUMA_TOPOLOGY: u32 = 14;
    pub const PMU_MAPPINGS: u32 = 16;
    pub const GROUP_DESC: u32 = 17;
    pub const SAMPLE_TIME: u32 = 21;
    pub const MEM_TOPOLOGY: u32 = 22;
    pub const CLOCKID: u32 = 23;
    pub const DIR_FORMAT: u32 = 24;
    pub const COMPRESSED: u32 = 27;
    pub const CLOCK_DATA: u32 = 29;
}

/// A feature's name for sentences.
pub fn name(feature: u32) -> &'static str {
    match feature {
        id::TRACING_DATA => "the tracing data",
        id::BUILD_ID => "the feature BUILD_ID",
        id::HOSTNAME => "the feature HOSTNAME",
        id::OSRELEASE => "the feature OSRELEASE",
        id::VERSION => "the feature VERSION",
        id::ARCH => "the feature ARCH",
        id::NRCPUS => "the feature NRCPUS",
        id::CPUDESC => "the feature CPUDESC",
        id::CPUID => "the feature CPUID",
        id::TOTAL_MEM => "the feature TOTAL_MEM",
        id::CMDLINE => "the feature CMDLINE",
        id::EVENT_DESC => "the feature EVENT_DESC",
        id::CPU_TOPOLOGY => "the feature CPU_TOPOLOGY",
        id::NUMA_TOPOLOGY => "the feature NUMA_TOPOLOGY",
        id::PMU_MAPPINGS => "the feature PMU_MAPPINGS",
        id::GROUP_DESC => "the feature GROUP_DESC",
        id::SAMPLE_TIME => "the feature SAMPLE_TIME",
        id::MEM_TOPOLOGY => "the feature MEM_TOPOLOGY",
        id::CLOCKID => "the feature CLOCKID",
        id::DIR_FORMAT => "the feature DIR_FORMAT",
        id::COMPRESSED => "the feature COMPRESSED",
        id::CLOCK_DATA => "the feature CLOCK_DATA",
        _ => "a feature section",
    }
}

/// Whether the feature holds facts that [`Features`] or the metadata has a place for.
pub(crate) fn is_known(feature: u32) -> bool {
    name(feature) != name(u32::MAX)
}

/// One node of NUMA_TOPOLOGY.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NumaNode {
    /// Its number.
    pub node: u32,
    /// Its memory in KiB.
    pub total_kb: u64,
    /// What of it was free when the recording ended, in KiB.
    pub free_kb: u64,
    /// Its CPUs as a list: `0-3,8`.
    pub cpus: String,
}

/// MEM_TOPOLOGY: which blocks of memory belong to which node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryTopology {
    /// Bytes of a block.
    pub block_size: u64,
    /// (node, blocks that are set in its bit map).
    pub nodes: Vec<(u64, u64)>,
}

/// CLOCK_DATA: one moment in two clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClockData {
    /// `clockid_t` of the samples' times.
    pub clock_id: u32,
    /// Nanoseconds since 1970.
    pub wall_ns: u64,
    /// Nanoseconds of the samples' clock at that moment.
    pub clock_ns: u64,
}

/// CPU_TOPOLOGY: which CPUs are neighbours, as lists (`0-3`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CpuTopology {
    /// CPUs of one package, each list once.
    pub cores: Vec<String>,
    /// CPUs of one core, each list once.
    pub threads: Vec<String>,
}

/// GROUP_DESC: one group of events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventGroup {
    /// Its name; `{anon_group}` where the user gave none.
    pub name: String,
    /// The place of its leader among the events.
    pub leader: u32,
    /// How many events it has.
    pub members: u32,
}

/// COMPRESSED: how records were packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compression {
    /// `enum perf_compress_type`: 1 is zstd.
    pub kind: u32,
    /// The level asked for.
    pub level: u32,
    /// Bytes before for each byte after.
    pub ratio: u32,
    /// Bytes of one ring buffer.
    pub mmap_len: u32,
}

/// The build id of one file that was mapped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildId {
    /// -1 for the host's kernel and processes.
    pub pid: i32,
    /// The id: 20 bytes of SHA-1, or fewer.
    pub id: Vec<u8>,
    /// The file, or `[kernel.kallsyms]`.
    pub file: String,
}

impl BuildId {
    /// `struct perf_record_header_build_id` behind its header: a pid, 20 bytes of id, its size where `misc` says so
    /// (`PERF_RECORD_MISC_BUILD_ID_SIZE`), and a name.
    pub(crate) fn parse<E: Endianity>(body: &[u8], misc: u16) -> Option<BuildId> {
        const HAS_SIZE: u16 = 1 << 15;
        let pid = u32_at::<E>(body, 0)? as i32;
        let (id, rest) = body.get(4..)?.split_at_checked(20)?;
        let size = if misc & HAS_SIZE != 0 { usize::from(*rest.first()?).min(20) } else { 20 };
        Some(BuildId { pid, id: id.get(..size)?.to_vec(), file: text(rest.get(4..)?) })
    }
}

/// The most build ids that are kept.
const BUILD_IDS_LIMIT: usize = 65536;

/// The facts of a trace; each `None` or empty where the file doesn't have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Features {
    pub hostname: Option<String>,
    pub os_release: Option<String>,
    /// The version of the perf that recorded.
    pub perf_version: Option<String>,
    pub arch: Option<String>,
    pub cpus_available: Option<u32>,
    pub cpus_online: Option<u32>,
    pub cpu_desc: Option<String>,
    pub cpu_id: Option<String>,
    pub total_mem_kb: Option<u64>,
    pub cmdline: Vec<String>,
    pub cpu_topology: Option<CpuTopology>,
    pub numa: Option<Vec<NumaNode>>,
    /// (`perf_event_attr.type`, name) of the machine's PMUs.
    pub pmus: Vec<(u32, String)>,
    pub groups: Vec<EventGroup>,
    /// Of the kernel, its modules and the programs that were sampled.
    pub build_ids: Vec<BuildId>,
    /// Times of the first and the last sample.
    pub sample_time: Option<(Time, Time)>,
    pub memory: Option<MemoryTopology>,
    /// `clockid_t` of the samples' times, where it was chosen (`perf record -k`).
    pub clock_id: Option<u64>,
    pub clock: Option<ClockData>,
    /// Whether the trace is one of a directory of files (`perf record --threads`).
    pub is_directory: bool,
    /// Whether records are compressed.
    pub is_compressed: bool,
    /// How, where the file says it (its records may be compressed without).
    pub compression: Option<Compression>,
}

impl Features {
    /// Takes one feature's content in; EVENT_DESC names the events.
    pub(crate) fn read(
        &mut self,
        feature: u32,
        cursor: &mut Cursor<'_>,
        endian: Endian,
        events: &mut Vec<Event>,
    ) -> Result<(), Error> {
        match feature {
            id::HOSTNAME => self.hostname = Some(cursor.header_string()?),
            id::OSRELEASE => self.os_release = Some(cursor.header_string()?),
            id::VERSION => self.perf_version = Some(cursor.header_string()?),
            id::ARCH => self.arch = Some(cursor.header_string()?),
            id::NRCPUS => {
                self.cpus_available = Some(cursor.u32()?);
                self.cpus_online = Some(cursor.u32()?);
            }
            id::CPUDESC => self.cpu_desc = Some(cursor.header_string()?),
            id::CPUID => self.cpu_id = Some(cursor.header_string()?),
            id::TOTAL_MEM => self.total_mem_kb = Some(cursor.u64()?),
            id::CMDLINE => {
                self.cmdline = strings(cursor)?;
            }
            id::EVENT_DESC => event_desc(cursor, endian, events)?,
            id::NUMA_TOPOLOGY => self.numa = Some(numa(cursor)?),
            id::BUILD_ID => match endian {
                Endian::Little => self.build_ids::<crate::LittleEndian>(cursor)?,
                Endian::Big => self.build_ids::<crate::BigEndian>(cursor)?,
            },
            id::CPU_TOPOLOGY => {
                self.cpu_topology = Some(CpuTopology { cores: strings(cursor)?, threads: strings(cursor)? });
            }
            id::PMU_MAPPINGS => {
                for _ in 0..cursor.u32()? {
                    self.pmus.push((cursor.u32()?, cursor.header_string()?));
                }
            }
            id::GROUP_DESC => {
                for _ in 0..cursor.u32()? {
                    let name = cursor.header_string()?;
                    self.groups.push(EventGroup { name, leader: cursor.u32()?, members: cursor.u32()? });
                }
            }
            id::SAMPLE_TIME => {
                let times = (Time(cursor.u64()?), Time(cursor.u64()?));
                // A pipe's features are written before its first sample, and so say 0 and 0.
                self.sample_time = (times != Default::default()).then_some(times);
            }
            id::MEM_TOPOLOGY => self.memory = Some(memory(cursor)?),
            id::CLOCKID => self.clock_id = Some(cursor.u64()?),
            id::DIR_FORMAT => self.is_directory = true,
            id::COMPRESSED => {
                self.is_compressed = true;
                let _version = cursor.u32()?;
                let (kind, level, ratio) = (cursor.u32()?, cursor.u32()?, cursor.u32()?);
                self.compression = Some(Compression { kind, level, ratio, mmap_len: cursor.u32()? });
            }
            id::CLOCK_DATA => {
                let (_version, clock_id) = (cursor.u32()?, cursor.u32()?);
                self.clock = Some(ClockData { clock_id, wall_ns: cursor.u64()?, clock_ns: cursor.u64()? });
            }
            _ => {}
        }
        Ok(())
    }
}

impl Features {
    /// The build id of the kernel itself.
    pub fn kernel_build_id(&self) -> Option<&[u8]> {
        let kernel = self.build_ids.iter().find(|build_id| build_id.file.starts_with("[kernel.kallsyms]"))?;
        Some(&kernel.id)
    }

    pub(crate) fn add_build_id(&mut self, build_id: BuildId) {
        if self.build_ids.len() < BUILD_IDS_LIMIT {
            self.build_ids.push(build_id);
        }
    }

    /// BUILD_ID: records, one behind another.
    fn build_ids<E: Endianity>(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Error> {
        while cursor.left() > 0 {
            let (_kind, misc, size) = (cursor.u32()?, cursor.u16()?, cursor.u16()?);
            let body = cursor.take(usize::from(size).checked_sub(8).ok_or_else(|| cursor.short())?)?;
            if let Some(build_id) = BuildId::parse::<E>(body, misc) {
                self.add_build_id(build_id);
            }
        }
        Ok(())
    }
}

/// A count, then so many strings.
fn strings(cursor: &mut Cursor<'_>) -> Result<Vec<String>, Error> {
    let mut strings = Vec::new();
    for _ in 0..cursor.u32()? {
        strings.push(cursor.header_string()?);
    }
    Ok(strings)
}

fn numa(cursor: &mut Cursor<'_>) -> Result<Vec<NumaNode>, Error> {
    let mut nodes = Vec::new();
    for _ in 0..cursor.u32()? {
        let (node, total_kb, free_kb) = (cursor.u32()?, cursor.u64()?, cursor.u64()?);
        nodes.push(NumaNode { node, total_kb, free_kb, cpus: cursor.header_string()? });
    }
    Ok(nodes)
}

fn memory(cursor: &mut Cursor<'_>) -> Result<MemoryTopology, Error> {
    let _version = cursor.u64()?;
    let mut topology = MemoryTopology { block_size: cursor.u64()?, nodes: Vec::new() };
    for _ in 0..cursor.u64()? {
        let (node, _size) = (cursor.u64()?, cursor.u64()?);
        let bits = cursor.u64()?;
        let mut set = 0;
        for _ in 0..bits.div_ceil(64) {
            set += u64::from(cursor.u64()?.count_ones());
        }
        topology.nodes.push((node, set));
    }
    Ok(topology)
}

/// Names (and, where the attribute table had none, the events themselves).
fn event_desc(cursor: &mut Cursor<'_>, endian: Endian, events: &mut Vec<Event>) -> Result<(), Error> {
    let (count, attr_size) = (cursor.u32()?, cursor.u32()?);
    let fill = events.is_empty();
    for index in 0..count as usize {
        let offset = cursor.offset();
        let attr = EventAttr::parse(cursor.take(attr_size as usize)?, offset, endian)?;
        let id_count = cursor.u32()?;
        let name = cursor.header_string()?;
        let mut ids = Vec::new();
        for _ in 0..id_count {
            ids.push(cursor.u64()?);
        }
        if fill {
            events.push(Event { attr, ids, name: Some(name) });
        } else if let Some(event) = events.get_mut(index)
            && event.attr.config == attr.config
            && event.attr.kind == attr.kind
        {
            event.name = Some(name);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(feature: u32, bytes: &[u8]) -> (Features, Result<(), Error>) {
        let mut features = Features::default();
        let mut cursor = Cursor::new(bytes, 0, Endian::Little, name(feature));
        let result = features.read(feature, &mut cursor, Endian::Little, &mut Vec::new());
        (features, result)
    }

    /// Little-endian words of four bytes; a text is a `perf_header_string`.
    fn words(parts: &[Part<'_>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in parts {
            match part {
                Part::Word(word) => bytes.extend(word.to_le_bytes()),
                Part::Text(text) => {
                    bytes.extend((text.len() as u32 + 4).to_le_bytes());
                    bytes.extend(text.bytes().chain([0; 4]));
                }
                Part::Bytes(more) => bytes.extend_from_slice(more),
            }
        }
        bytes
    }

    enum Part<'a> {
        Word(u32),
        Text(&'a str),
        Bytes(&'a [u8]),
    }
    use Part::{Bytes, Text, Word};

    #[test]
    fn every_feature_is_read_and_no_cut_of_it_panics() {
        let id = [7u8; 20];
        let whole = [
            (id::CMDLINE, words(&[Word(2), Text("perf"), Text("kmem")])),
            (id::CPU_TOPOLOGY, words(&[Word(1), Text("0-3"), Word(2), Text("0-1"), Text("2-3")])),
            (id::PMU_MAPPINGS, words(&[Word(1), Word(2), Text("tracepoint")])),
            (id::GROUP_DESC, words(&[Word(1), Text("group"), Word(0), Word(2)])),
            (id::COMPRESSED, words(&[Word(1), Word(1), Word(3), Word(12), Word(4096)])),
            (id::MEM_TOPOLOGY, words(&[1, 0, 4096, 0, 1, 0, 5, 0, 2, 0, 65, 0, 3, 0, 1, 0].map(Word))),
            (id::CLOCK_DATA, words(&[1, 4, 10, 0, 20, 0].map(Word))),
            (id::SAMPLE_TIME, words(&[5, 0, 9, 0].map(Word))),
            // Type 0, `misc` says that there is a size (8), 56 bytes in all.
            (
                id::BUILD_ID,
                words(&[
                    Word(0),
                    Word(56 << 16 | 1 << 15),
                    Word(u32::MAX),
                    Bytes(&id),
                    Word(8),
                    Bytes(b"[kernel.kallsyms]\0\0\0"),
                ]),
            ),
        ];
        let mut all = Features::default();
        for (feature, bytes) in &whole {
            let mut cursor = Cursor::new(bytes, 0, Endian::Little, name(*feature));
            assert_eq!(all.read(*feature, &mut cursor, Endian::Little, &mut Vec::new()), Ok(()), "{feature}");
            assert_eq!(cursor.left(), 0, "{feature}");
            for end in 0..bytes.len() {
                let (_, result) = read(*feature, &bytes[..end]);
                assert!(result.is_err() || (*feature == id::BUILD_ID && end == 0), "{feature} cut at {end}");
            }
        }
        assert_eq!(all.cmdline, ["perf", "kmem"]);
        assert_eq!(
            all.cpu_topology.map(|cpus| (cpus.cores.len(), cpus.threads)),
            Some((1, ["0-1", "2-3"].map(String::from).to_vec()))
        );
        assert_eq!(all.pmus, [(2, "tracepoint".into())]);
        assert_eq!(all.groups, [EventGroup { name: "group".into(), leader: 0, members: 2 }]);
        assert_eq!(all.compression, Some(Compression { kind: 1, level: 3, ratio: 12, mmap_len: 4096 }));
        assert_eq!(all.memory, Some(MemoryTopology { block_size: 4096, nodes: [(5, 3)].to_vec() }));
        assert_eq!(all.clock, Some(ClockData { clock_id: 4, wall_ns: 10, clock_ns: 20 }));
        assert_eq!(all.sample_time, Some((Time(5), Time(9))));
        assert_eq!(all.build_ids.len(), 1);
        let ids = Features { build_ids: all.build_ids, ..Features::default() };
        assert_eq!(ids.kernel_build_id(), Some(&[7; 8][..]));
    }

    #[test]
    fn counts_beyond_all_measure_end_with_the_bytes() {
        for feature in [
            id::CMDLINE,
            id::NUMA_TOPOLOGY,
            id::CPU_TOPOLOGY,
            id::PMU_MAPPINGS,
            id::GROUP_DESC,
            id::EVENT_DESC,
        ] {
            assert!(read(feature, &[0xff; 64]).1.is_err(), "{feature}");
        }
        assert!(read(id::MEM_TOPOLOGY, &[0xff; 64]).1.is_err());
    }
}
