//! Records counted by type, as three readers see them: ours, linux-perf-data, and perf itself.

use std::{collections::BTreeMap, io::Cursor};

use linux_perf_data::{PerfFileReader, PerfFileRecord};
use perfdata::{Metadata, Record, Visitor};

/// What a reader saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of records by type; MMAP2 counts as MMAP, and FINISHED_ROUND is left out.
    pub records: BTreeMap<u32, u64>,
    /// Time, CPU and thread of every sample, in order of time.
    pub samples: Vec<(u64, u32, u32)>,
}

const MMAP: u32 = 1;
const MMAP2: u32 = 10;
const SAMPLE: u32 = 9;
const FINISHED_ROUND: u32 = 68;
/// Wrappers of other records, which are counted themselves.
const COMPRESSED: [u32; 2] = [81, 83];

impl Tally {
    fn count(&mut self, kind: u32) {
        let kind = if kind == MMAP2 { MMAP } else { kind };
        if kind != FINISHED_ROUND && !COMPRESSED.contains(&kind) {
            *self.records.entry(kind).or_default() += 1;
        }
    }
}

impl Visitor for Tally {
    fn record(&mut self, _: &Metadata, record: Record<'_>) {
        let kind = match &record {
            Record::Sample(sample) => {
                let (time, cpu, tid) = (sample.time, sample.cpu, sample.tid);
                self.samples.push((
                    time.map_or(0, |time| time.0),
                    cpu.map_or(u32::MAX, |cpu| cpu.0),
                    tid.map_or(u32::MAX, |tid| tid.0),
                ));
                SAMPLE
            }
            Record::Mmap { .. } => MMAP,
            Record::Lost { .. } => 2,
            Record::Comm { .. } => 3,
            Record::Exit { .. } => 4,
            Record::Fork { .. } => 7,
            Record::LostSamples { .. } => 13,
            Record::FinishedRound => FINISHED_ROUND,
            Record::Other { kind, .. } => *kind,
        };
        self.count(kind);
    }
}

/// What our reader sees.
pub fn ours(bytes: &[u8]) -> Result<Tally, perfdata::Error> {
    let mut tally = Tally::default();
    let source = perfdata::Source::File { len: bytes.len() as u64 };
    let (_, error) = crate::subject::read(bytes, source, crate::subject::CHUNK, &mut tally);
    match error {
        Some(error) => Err(error),
        None => {
            tally.samples.sort();
            Ok(tally)
        }
    }
}

/// What linux-perf-data sees; its error where it cannot read the file.
pub fn linux_perf_data(bytes: &[u8]) -> Result<Tally, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let PerfFileReader { mut perf_file, mut record_iter } =
        PerfFileReader::parse_file(Cursor::new(bytes)).map_err(|error| text(&error))?;
    let mut tally = Tally::default();
    while let Some(record) = record_iter.next_record(&mut perf_file).map_err(|error| text(&error))? {
        match record {
            PerfFileRecord::EventRecord { record, .. } => {
                tally.count(record.record_type.0);
                if record.record_type.0 == SAMPLE {
                    let common = record.common_data().map_err(|error| text(&error))?;
                    tally.samples.push((
                        common.timestamp.unwrap_or(0),
                        common.cpu.unwrap_or(u32::MAX),
                        common.tid.map_or(u32::MAX, |tid| tid as u32),
                    ));
                }
            }
            PerfFileRecord::UserRecord(record) => tally.count(record.record_type.record_type().0),
        }
    }
    tally.samples.sort();
    Ok(tally)
}

/// Records by type as `perf report --stats` counted them: lines such as `SAMPLE events: 75226 (98.9%)`.
pub fn perf(report_stats: &str) -> BTreeMap<u32, u64> {
    const NAMES: [(&str, u32); 16] = [
        ("MMAP", 1),
        ("LOST", 2),
        ("COMM", 3),
        ("EXIT", 4),
        ("THROTTLE", 5),
        ("UNTHROTTLE", 6),
        ("FORK", 7),
        ("SAMPLE", SAMPLE),
        ("MMAP2", MMAP2),
        ("LOST_SAMPLES", 13),
        ("NAMESPACES", 16),
        ("KSYMBOL", 17),
        ("BPF_EVENT", 18),
        ("ID_INDEX", 69),
        ("THREAD_MAP", 73),
        ("CPU_MAP", 74),
    ];
    let mut tally = Tally::default();
    for line in report_stats.lines().skip_while(|line| !line.contains("TOTAL events")).skip(1) {
        let Some((name, count)) = line.trim().split_once(" events:") else {
            break;
        };
        let count: u64 = count.split_whitespace().next().and_then(|count| count.parse().ok()).unwrap_or(0);
        if let Some((_, kind)) = NAMES.iter().find(|(known, _)| *known == name) {
            let kind = if *kind == MMAP2 { MMAP } else { *kind };
            *tally.records.entry(kind).or_default() += count;
        }
    }
    tally.records
}
