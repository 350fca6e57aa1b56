//! What can be wrong with a file, and at which byte.

use thiserror::Error;

/// Why reading stopped. Every variant says what was expected, what was found and where; offsets are bytes from the
/// start of the `perf.data` (of the unpacked one, where the file is packed).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The file does not begin with one of perf's three magics.
    #[error("not a perf.data: it begins with {found:#018x}, not with PERFILE2 (byte 0)")]
    Magic {
        /// The first eight bytes, read as a big-endian number.
        found: u64,
    },
    /// The file is empty.
    #[error("the file is empty (0 bytes)")]
    Empty,
    /// The file ends inside something.
    #[error(
        "the file ends at byte {end}, inside {what} that begins at byte {offset} and needs {needed} bytes"
    )]
    Truncated {
        /// What is cut.
        what: &'static str,
        /// Where it begins.
        offset: u64,
        /// How many bytes it has.
        needed: u64,
        /// Where the file ends.
        end: u64,
    },
    /// A structure's own bytes end before its content does.
    #[error("{what} is too short: byte {offset} lies behind its end")]
    Short {
        /// Which structure.
        what: &'static str,
        /// The byte that was wanted.
        offset: u64,
    },
    /// A section of the header lies outside the file.
    #[error("{what} should be {size} bytes at byte {offset}, but the file has {end} bytes")]
    SectionOutside {
        /// Which section.
        what: &'static str,
        /// Where it should begin.
        offset: u64,
        /// How long it should be.
        size: u64,
        /// The file's length.
        end: u64,
    },
    /// The file header's own size is not one that any perf has written.
    #[error("the file header says it has {found} bytes, expected at least {expected} (byte 8)")]
    HeaderSize {
        /// What it says.
        found: u64,
        /// The least that a header has.
        expected: u64,
    },
    /// The size of an event attribute is not one that any kernel has had.
    #[error("an event attribute of {found} bytes at byte {offset}, expected 64 to 4096")]
    AttrSize {
        /// What the file says.
        found: u64,
        /// Where.
        offset: u64,
    },
    /// A record says that it is shorter than its own header.
    #[error(
        "a record of type {kind} at byte {offset} says it has {found} bytes, but a record's header alone has 8"
    )]
    RecordSize {
        /// `perf_event_header.type`.
        kind: u32,
        /// The size it says.
        found: u16,
        /// Where the record begins.
        offset: u64,
    },
    /// The parts that a record's type gives it don't fit into it. It is passed over.
    #[error("the parts of the record of type {kind} at byte {offset} don't fit into it")]
    Record {
        /// `perf_event_header.type`.
        kind: u32,
        /// Where the record begins.
        offset: u64,
    },
    /// The file has more of something than any recording has.
    #[error("more {what} at byte {offset} than are believed (at most {limit})")]
    TooMuch {
        /// Of what.
        what: &'static str,
        /// How many, or how many bytes, are taken.
        limit: u64,
        /// Where.
        offset: u64,
    },
    /// The tracing data does not begin with its magic.
    #[error("the tracing data at byte {offset} does not begin with its magic (17 08 44 'tracing')")]
    TracingMagic {
        /// Where.
        offset: u64,
    },
    /// The tracing data holds something else than expected.
    #[error("the tracing data has no {expected} at byte {offset}")]
    Tracing {
        /// What was expected.
        expected: &'static str,
        /// Where.
        offset: u64,
    },
    /// A compressed record cannot be unpacked.
    #[error("the compressed record at byte {offset} cannot be unpacked: {why}")]
    Compressed {
        /// Where the record begins.
        offset: u64,
        /// What the decompressor says.
        why: &'static str,
    },
    /// A file-mode `perf.data` comes from a source that cannot seek.
    #[error(
        "this perf.data has its tables at its end: it can't be read as a stream, save it to a file first"
    )]
    NeedsSeek,
}
