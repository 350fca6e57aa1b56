//! The head of a file: the file header, the event attributes, and what is known of a trace before its records.

mod attr;
mod file_header;

use alloc::{string::String, vec::Vec};

pub use attr::{EventAttr, ReadFormat, SampleType};
pub(crate) use file_header::{FULL_SIZE, PIPE_SIZE};
pub use file_header::{FileHeader, Mode, Section};

use crate::{Endian, Features, TracingData};

/// One event of the trace: its attribute, the ids its samples carry, and its name where the file says it.
#[derive(Clone, Debug, Default)]
pub struct Event {
    /// What the kernel was asked for.
    pub attr: EventAttr,
    /// The ids that samples of this event carry, one a CPU.
    pub ids: Vec<u64>,
    /// `system:name` for a tracepoint, perf's name for other events.
    pub name: Option<String>,
}

/// All that is known of a trace besides its records. In pipe mode it grows while the trace is read.
#[derive(Clone, Debug, Default)]
pub struct Metadata {
    /// The file header; `None` until it is read.
    pub header: Option<FileHeader>,
    /// The byte order of all but the tracing data's payload, which has its own.
    pub endian: Endian,
    /// The events, in the file's order.
    pub events: Vec<Event>,
    /// The facts of the feature sections.
    pub features: Features,
    /// The formats of the tracepoints.
    pub tracing: Option<TracingData>,
}
