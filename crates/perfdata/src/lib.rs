//! Reads `perf.data` files without doing any I/O itself.
//!
//! A [`Reader`] says which bytes it [wants](Reader::wants), is fed any chunks of them, and hands every record to a
//! [`Visitor`]. The layout is that of the kernel's `tools/perf/Documentation/perf.data-file-format.txt` and
//! `include/uapi/linux/perf_event.h`.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod bytes;
mod endian;
mod error;
mod reader;
mod zstd;

pub mod feature;
pub mod field;
pub mod head;
pub mod order;
pub mod print_fmt;
pub mod record;
pub mod tracing;
pub mod unpack;

pub use bytes::Cursor;
pub use endian::{BigEndian, Endian, Endianity, LittleEndian};
pub use error::Error;
pub use feature::Features;
pub use head::{Event, Metadata};
pub use reader::{Counts, Reader, Source, Visitor, Wants};
pub use record::{Cpu, EventIndex, Pid, Record, Sample, SampleId, Tid, Time};
pub use tracing::{EventFormat, TracingData};
