//! `PERF_RECORD_SAMPLE`.

use super::{Cpu, EventIndex, Pid, Tid, Time};
use crate::Endian;

/// One event as it happened.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    /// Which event of the trace.
    pub event: EventIndex,
    /// The record's byte.
    pub offset: u64,
    /// The instruction pointer; 0 where the sample has none.
    pub ip: u64,
    /// The process.
    pub pid: Option<Pid>,
    /// The thread.
    pub tid: Option<Tid>,
    /// When.
    pub time: Option<Time>,
    /// On which CPU.
    pub cpu: Option<Cpu>,
    /// Who called; empty where none was recorded.
    pub callchain: Callchain<'a>,
    /// The tracepoint's payload, its common fields included. It may be padded at its end.
    pub raw: &'a [u8],
}

/// Instruction pointers from the innermost frame outwards.
#[derive(Clone, Copy, Debug, Default)]
pub struct Callchain<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) endian: Endian,
}

/// Entries from here up are markers that say whose frames follow (`PERF_CONTEXT_MAX`).
const CONTEXT_MAX: u64 = -4095i64 as u64;

impl<'a> Callchain<'a> {
    /// How many entries, markers included.
    pub fn len(&self) -> usize {
        self.bytes.len() / 8
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The raw bytes: eight an entry.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// All entries, markers included.
    pub fn entries(&self) -> impl Iterator<Item = u64> + 'a {
        let endian = self.endian;
        self.bytes.as_chunks::<8>().0.iter().map(move |entry| endian.u64(*entry))
    }

    /// The addresses, without the markers.
    pub fn frames(&self) -> impl Iterator<Item = u64> + 'a {
        self.entries().filter(|&entry| entry < CONTEXT_MAX)
    }
}
