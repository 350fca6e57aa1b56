//! Reads a recording, and counts its slab events as they come.

use std::path::Path;

use kmem::input::directory;
use kmem::{Context, Running, Topology, Trace, TraceBuilder, Truth};
use perfdata::{EventFormat, Reader, Source, Wants};

use crate::Failure;
use crate::arguments::Arguments;
use crate::bytes::Bytes;
use crate::load::Recording;

/// Read and feed this much at a time: what a core's own cache holds.
pub(crate) const CHUNK: usize = 256 << 10;

/// A recording on its way.
pub(crate) struct Reading<'a> {
    builder: TraceBuilder,
    reader: Reader,
    running: Running,
    topology: Option<&'a Topology>,
    counting: Counting,
}

/// When events are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counting {
    /// All of them at the end: they are asked for by time, or are no slab events.
    AtTheEnd,
    /// As they come; the notes on what perf gets wrong count them once more.
    Now,
    /// As they come, and then they are forgotten: memory does not grow with the recording.
    NowAndOnce,
}

impl Counting {
    fn of(arguments: &Arguments) -> Counting {
        match arguments.truth() {
            _ if !arguments.options.slab || arguments.options.time.is_some() => Counting::AtTheEnd,
            Truth::Right => Counting::Now,
            Truth::Perf => Counting::NowAndOnce,
        }
    }
}

impl<'a> Reading<'a> {
    pub(crate) fn new(
        arguments: &Arguments,
        topology: Option<&'a Topology>,
        formats: Vec<EventFormat>,
        recording: &Recording,
    ) -> Reading<'a> {
        let mut builder = TraceBuilder::new();
        builder.supply_formats(formats);
        Reading {
            builder,
            reader: Reader::new(Source::File { len: recording.bytes.len() }),
            running: Running::new(arguments.truth()),
            topology,
            counting: Counting::of(arguments),
        }
    }

    /// Reads the recording and, of a `perf record --threads` directory, the data files beside it.
    pub(crate) fn recording(
        &mut self,
        path: &Path,
        recording: Recording,
        chunk: &mut [u8],
        notes: &mut Vec<String>,
    ) -> Result<(), Failure> {
        let cannot_read = |error| Failure::cannot_read(path, &error);
        let mut bytes = recording.bytes;
        self.file(&mut bytes, chunk).map_err(cannot_read)?;
        if self.reader.metadata().features.is_directory {
            let others = recording.others.open().map_err(cannot_read)?;
            if others.is_empty() {
                notes.push(format!("{}: {}", path.display(), directory::WITHOUT_DATA));
            }
            for mut bytes in others {
                self.builder.leave(&self.reader);
                self.reader = Reader::raw(bytes.len(), self.reader.metadata().clone());
                self.file(&mut bytes, chunk).map_err(cannot_read)?;
            }
        }
        Ok(())
    }

    /// Reads one file to its end, or as far as it goes.
    fn file(&mut self, bytes: &mut Bytes, chunk: &mut [u8]) -> std::io::Result<()> {
        while let Wants::Bytes { offset, len } = self.reader.wants() {
            let wanted = usize::try_from(len).unwrap_or(CHUNK).min(CHUNK);
            let got = bytes.read(offset, wanted, chunk)?;
            // The reader keeps the damage, and all before it is sound.
            if got.is_empty() || self.builder.feed(&mut self.reader, got).is_err() {
                break;
            }
            self.count();
        }
        let _ = self.builder.end(&mut self.reader);
        Ok(())
    }

    fn count(&mut self) {
        if self.counting == Counting::AtTheEnd {
            return;
        }
        let context = Context { trace: self.builder.trace(), symbols: None, topology: self.topology };
        self.running.count(&context);
        if self.counting == Counting::NowAndOnce {
            self.builder.forget_counted(&self.running);
        }
    }

    /// The trace, and what was counted of it.
    pub(crate) fn finish(self, path: &Path) -> Result<(Trace, Running), Failure> {
        let trace = self.builder.finish(&self.reader);
        match self.reader.damage() {
            Some(damage) if trace.facts().records == 0 => {
                Err(Failure::new(format!("{}: {damage}", path.display())))
            }
            _ => Ok((trace, self.running)),
        }
    }
}
