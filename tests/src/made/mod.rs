//! Writes `perf.data` files of any form: the tests' own recorder.
//!
//! A [`Recording`] says what happened; a [`Form`] says how it is written down: byte order, size of a `long`, the
//! kernel's event formats, which fields a sample has, file or pipe mode, compression. Every form of one recording
//! must read as the same events. The layout is perf's (`tools/perf/Documentation/perf.data-file-format.txt` and
//! `include/uapi/linux/perf_event.h`); `perf kmem` reads these files.

mod attr;
mod bytes;
mod compress;
mod event;
mod feature;
mod file;
mod form;
mod format;
mod pack;
mod pipe;
mod record;
pub mod scenario;
mod tracing;

pub use event::{Alloc, Event, Free, Kind, Lost, PageAlloc, PageFree, Recording, Task};
pub use form::{Compression, Endian, Form, Identifier, Magic, Mode, Packing};
pub use format::{Era, Field, Tracepoint};

/// Writes `recording` down in the given form.
pub fn write(recording: &Recording, form: &Form) -> Vec<u8> {
    let whole = match form.mode {
        Mode::File => file::write(recording, form),
        Mode::Pipe => pipe::write(recording, form),
    };
    pack::pack(whole, form.packing)
}

/// The text of every event format of a form, as `/sys/kernel/tracing/events/kmem/*/format` shows them.
pub fn formats(form: &Form) -> Vec<String> {
    Tracepoint::ALL
        .into_iter()
        .filter_map(|tracepoint| format::Layout::of(tracepoint, form))
        .map(|layout| layout.text())
        .collect()
}

/// Indices of the events in the order in which a reader must deliver them.
pub fn delivered(recording: &Recording, form: &Form) -> Vec<usize> {
    record::delivered(recording, form)
}

/// The TRACING_DATA block of a recording.
pub fn tracing_data(recording: &Recording, form: &Form) -> Vec<u8> {
    tracing::write(recording, form)
}
