//! How a recording is written down.

use super::format::Era;

/// Byte order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endian {
    /// x86, arm64, riscv, ppc64le.
    Little,
    /// s390x, ppc64, sparc.
    Big,
}

/// Whether perf could seek in what it wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A header that points to sections.
    File,
    /// Records only (`perf record -o -`).
    Pipe,
}

/// The first eight bytes of file mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Magic {
    /// `PERFFILE`, up to Linux 3.2.
    V1,
    /// `PERFILE2`
    V2,
}

/// What says which event a sample is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identifier {
    /// `PERF_SAMPLE_IDENTIFIER`, since Linux 3.12.
    First,
    /// `PERF_SAMPLE_ID`
    Inside,
    /// Nothing but the tracepoint's own number in the raw data.
    RawOnly,
}

/// How records are compressed (`perf record -z`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// They are not.
    None,
    /// Record type 81, of any length.
    Compressed,
    /// Record type 83, padded to eight bytes, since Linux 6.15.
    Compressed2,
}

/// What the whole file is packed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Nothing.
    None,
    /// gzip
    Gzip,
    /// zstd
    Zstd,
    /// tar, as `perf.data`
    Tar,
    /// tar, then zstd
    TarZstd,
}

/// One way to write a recording down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Byte order of all of it.
    pub endian: Endian,
    /// Bytes of the recording kernel's `long`: 4 or 8.
    pub long_size: usize,
    /// Whose event formats.
    pub era: Era,
    /// File or pipe.
    pub mode: Mode,
    /// First bytes of file mode.
    pub magic: Magic,
    /// Bytes of `struct perf_event_attr`: 64, 72, 80, 96, 104, 112, 120, 128, 136 or 144.
    pub attr_size: usize,
    /// Whether records other than samples say when and where they happened.
    pub sample_id_all: bool,
    /// What says which event a sample is of.
    pub identifier: Identifier,
    /// Samples have `PERF_SAMPLE_ADDR`.
    pub addr: bool,
    /// Samples have `PERF_SAMPLE_STREAM_ID`.
    pub stream_id: bool,
    /// Samples have `PERF_SAMPLE_PERIOD`.
    pub period: bool,
    /// Samples have `PERF_SAMPLE_READ`.
    pub read: bool,
    /// The counter that they read does not grow.
    pub read_stuck: bool,
    /// Samples have `PERF_SAMPLE_CALLCHAIN`.
    pub callchain: bool,
    /// Samples have fields behind the raw data.
    pub after_raw: bool,
    /// mm_page_alloc prints its page as arm64 does, with a `sizeof` that libtraceevent does not understand.
    pub arm64_pages: bool,
    /// Events between two FINISHED_ROUND records; `None`: there are none.
    pub round: Option<usize>,
    /// How the records are compressed.
    pub compression: Compression,
    /// Bytes that one COMPRESSED record holds, before compression.
    pub compressed_bytes: usize,
    /// What the whole is packed with.
    pub packing: Packing,
}

impl Form {
    /// What perf writes today on x86.
    pub fn today() -> Form {
        Form {
            endian: Endian::Little,
            long_size: 8,
            era: Era::Linux6_1,
            mode: Mode::File,
            magic: Magic::V2,
            attr_size: 128,
            sample_id_all: true,
            identifier: Identifier::First,
            addr: false,
            stream_id: false,
            period: true,
            read: false,
            read_stuck: false,
            callchain: false,
            after_raw: false,
            arm64_pages: false,
            round: Some(64),
            compression: Compression::None,
            compressed_bytes: 4096,
            packing: Packing::None,
        }
    }

    /// Bits of `perf_event_attr.sample_type`.
    pub(super) fn sample_type(&self) -> u64 {
        const IP: u64 = 1 << 0;
        const TID: u64 = 1 << 1;
        const TIME: u64 = 1 << 2;
        const ADDR: u64 = 1 << 3;
        const READ: u64 = 1 << 4;
        const CALLCHAIN: u64 = 1 << 5;
        const ID: u64 = 1 << 6;
        const CPU: u64 = 1 << 7;
        const PERIOD: u64 = 1 << 8;
        const STREAM_ID: u64 = 1 << 9;
        const RAW: u64 = 1 << 10;
        const BRANCH_STACK: u64 = 1 << 11;
        const WEIGHT: u64 = 1 << 14;
        const DATA_SRC: u64 = 1 << 15;
        const IDENTIFIER: u64 = 1 << 16;

        let mut bits = IP | TID | TIME | CPU | RAW;
        for (bit, wanted) in [
            (ADDR, self.addr),
            (READ, self.read),
            (CALLCHAIN, self.callchain),
            (ID, self.identifier == Identifier::Inside),
            (PERIOD, self.period),
            (STREAM_ID, self.stream_id),
            (BRANCH_STACK | WEIGHT | DATA_SRC, self.after_raw),
            (IDENTIFIER, self.identifier == Identifier::First),
        ] {
            if wanted {
                bits |= bit;
            }
        }
        bits
    }

    /// Whether the events have ids at all.
    pub(super) fn has_ids(&self) -> bool {
        self.identifier != Identifier::RawOnly
    }
}
