//! Records: what the data section is made of (`struct perf_event_header` and what follows it).

mod layout;
mod other;
mod sample;

pub(crate) use layout::{Layouts, Unreadable};
pub(crate) use other::parse;
pub use sample::{Callchain, Sample};

/// Nanoseconds of the trace's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

/// A CPU's number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cpu(pub u32);

/// A process's number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pid(pub u32);

/// A thread's number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tid(pub u32);

/// Which of [`Metadata::events`](crate::Metadata::events) a sample belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventIndex(pub u32);

/// `enum perf_event_type` and perf's own user-space types (`tools/lib/perf/include/perf/event.h`).
pub mod kind {
    #![allow(missing_docs)]
    pub const MMAP: u32 = 1;
    pub const LOST: u32 = 2;
    pub const COMM: u32 = 3;
    pub const EXIT: u32 = 4;
    pub const THROTTLE: u32 = 5;
    pub const UNTHROTTLE: u32 = 6;
    pub const FORK: u32 = 7;
    pub const READ: u32 = 8;
    pub const SAMPLE: u32 = 9;
    pub const MMAP2: u32 = 10;
    pub const AUX: u32 = 11;
    pub const LOST_SAMPLES: u32 = 13;
    /// `PERF_RECORD_CALLCHAIN_DEFERRED` of Linux 6.19.
    pub const LAST_NAMED_KERNEL: u32 = 22;
    pub const LAST_KERNEL: u32 = 63;
    pub const HEADER_ATTR: u32 = 64;
    pub const HEADER_EVENT_TYPE: u32 = 65;
    pub const HEADER_TRACING_DATA: u32 = 66;
    pub const HEADER_BUILD_ID: u32 = 67;
    pub const FINISHED_ROUND: u32 = 68;
    pub const ID_INDEX: u32 = 69;
    pub const AUXTRACE_INFO: u32 = 70;
    pub const AUXTRACE: u32 = 71;
    pub const EVENT_UPDATE: u32 = 78;
    pub const TIME_CONV: u32 = 79;
    pub const HEADER_FEATURE: u32 = 80;
    pub const COMPRESSED: u32 = 81;
    pub const FINISHED_INIT: u32 = 82;
    pub const COMPRESSED2: u32 = 83;
    /// The highest type that this version knows by name.
    pub const LAST_KNOWN: u32 = COMPRESSED2;

    /// Whether this version knows what the type is for, be it only to pass over it.
    pub fn is_known(kind: u32) -> bool {
        matches!(kind, MMAP..=LAST_NAMED_KERNEL | HEADER_ATTR..=LAST_KNOWN)
    }
}

/// What stands at the end of a record that is not a sample, where the recorder asked for `sample_id_all`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SampleId {
    /// When.
    pub time: Option<Time>,
    /// On which CPU.
    pub cpu: Option<Cpu>,
    /// Of which process.
    pub pid: Option<Pid>,
    /// Of which thread.
    pub tid: Option<Tid>,
}

/// One record.
#[derive(Clone, Debug)]
pub enum Record<'a> {
    /// An event.
    Sample(Sample<'a>),
    /// A thread has a new name.
    Comm {
        /// Its process.
        pid: Pid,
        /// The thread.
        tid: Tid,
        /// The name, up to its first NUL.
        comm: &'a [u8],
        /// When.
        id: SampleId,
    },
    /// A thread was made; it has its parent's name.
    Fork {
        /// The new thread's process.
        pid: Pid,
        /// The new thread.
        tid: Tid,
        /// The parent's process.
        parent_pid: Pid,
        /// The parent's thread.
        parent_tid: Tid,
        /// When.
        id: SampleId,
    },
    /// A thread ended.
    Exit {
        /// Its process.
        pid: Pid,
        /// The thread.
        tid: Tid,
        /// When.
        id: SampleId,
    },
    /// Something was mapped (`MMAP` and `MMAP2`).
    Mmap {
        /// The process; `u32::MAX` for the kernel.
        pid: Pid,
        /// First address.
        start: u64,
        /// Bytes.
        len: u64,
        /// Offset in the file; for the kernel, the address of its reference symbol.
        pgoff: u64,
        /// What, up to its first NUL: `[kernel.kallsyms]_text` for the kernel.
        name: &'a [u8],
        /// The build id of what was mapped (`perf record --buildid-mmap`, the default since Linux 7.1).
        build_id: Option<&'a [u8]>,
        /// When.
        id: SampleId,
    },
    /// Records were lost for want of space in the ring buffer.
    Lost {
        /// How many.
        lost: u64,
        /// Between which samples, and where.
        id: SampleId,
        /// The record's byte.
        offset: u64,
    },
    /// Samples were lost in the kernel.
    LostSamples {
        /// How many.
        lost: u64,
        /// Between which samples, and where.
        id: SampleId,
        /// The record's byte.
        offset: u64,
    },
    /// The recorder has looked at every ring buffer once more.
    FinishedRound,
    /// Anything else.
    Other {
        /// `perf_event_header.type`.
        kind: u32,
        /// The record's byte.
        offset: u64,
        /// When, for the kernel's own types.
        id: SampleId,
    },
}
