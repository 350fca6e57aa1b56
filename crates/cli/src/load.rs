//! Reads the inputs from files.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use kmem::input::{Recognised, event_formats, recognise};
use kmem::symbols::Symbols;
use kmem::topology::Topology;
use kmem::trace::{Trace, TraceBuilder};
use perfdata::{EventFormat, Reader, Source, Wants};

use crate::Failure;
use crate::arguments::{Arguments, Numa};

/// Read and feed this much at a time.
const CHUNK: usize = 256 << 10;

/// Everything that the analysis needs.
pub(crate) struct Inputs {
    pub(crate) trace: Trace,
    pub(crate) symbols: Option<Symbols>,
    pub(crate) topology: Option<Topology>,
    /// What the user should know, a sentence each.
    pub(crate) notes: Vec<String>,
}

pub(crate) fn load(arguments: &Arguments) -> Result<Inputs, Failure> {
    let symbols = match &arguments.kallsyms {
        Some(path) => Some(symbols(path)?),
        None => None,
    };
    let topology = match &arguments.numa {
        Some(Numa::File(path)) => Some(topology(path)?),
        Some(Numa::None) => Some(Topology::none()),
        None => None,
    };
    let formats = match &arguments.formats {
        Some(path) => formats(path)?,
        None => Vec::new(),
    };
    let trace = trace(&arguments.input, formats)?;
    let mut notes = Vec::new();
    let observations = trace.observations();
    notes.extend(observations.damage.iter().map(|damage| format!("reading stopped early: {damage}")));
    notes.extend(observations.notes.iter().cloned());
    let fit = kmem::symbols::Resolver::new(symbols.as_ref(), trace.facts()).fit();
    notes.extend(fit.note().map(String::from));
    Ok(Inputs { trace, symbols, topology, notes })
}

fn symbols(path: &Path) -> Result<Symbols, Failure> {
    let text = std::fs::read(path).map_err(|error| cannot_read(path, &error))?;
    Symbols::parse(&text).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

fn topology(path: &Path) -> Result<Topology, Failure> {
    let text = std::fs::read(path).map_err(|error| cannot_read(path, &error))?;
    Topology::parse(&String::from_utf8_lossy(&text))
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

fn formats(path: &Path) -> Result<Vec<EventFormat>, Failure> {
    let text = std::fs::read(path).map_err(|error| cannot_read(path, &error))?;
    let formats = event_formats(&String::from_utf8_lossy(&text));
    if formats.is_empty() {
        return Err(Failure::new(format!(
            "{}: no event format here: expected /sys/kernel/tracing/events/kmem/*/format",
            path.display()
        )));
    }
    Ok(formats)
}

fn trace(path: &Path, formats: Vec<EventFormat>) -> Result<Trace, Failure> {
    let mut file = File::open(path).map_err(|error| cannot_read(path, &error))?;
    let mut head = [0; 4096];
    let length = fill(&mut file, &mut head).map_err(|error| cannot_read(path, &error))?;
    match recognise(head.get(..length).unwrap_or_default()) {
        Recognised::PerfData | Recognised::PerfPipe => {}
        Recognised::Other(other) => {
            return Err(Failure::new(format!("{}: {}", path.display(), other.sentence())));
        }
        other => {
            return Err(Failure::new(format!(
                "{}: this is {}, but -i wants a perf.data",
                path.display(),
                other.sentence()
            )));
        }
    }
    let len = file.metadata().map_err(|error| cannot_read(path, &error))?.len();
    let mut reader = Reader::new(Source::File { len });
    let mut builder = TraceBuilder::new();
    builder.supply_formats(formats);
    let mut chunk = vec![0; CHUNK];
    let mut position = None;
    while let Wants::Bytes { offset, len } = reader.wants() {
        if position != Some(offset) {
            file.seek(SeekFrom::Start(offset)).map_err(|error| cannot_read(path, &error))?;
        }
        let wanted = usize::try_from(len).unwrap_or(CHUNK).min(CHUNK);
        let Some(space) = chunk.get_mut(..wanted) else { break };
        let got = fill(&mut file, space).map_err(|error| cannot_read(path, &error))?;
        if got == 0 {
            break;
        }
        position = Some(offset + got as u64);
        // The reader keeps the damage, and all before it is sound.
        if reader.feed(space.get(..got).unwrap_or_default(), &mut builder).is_err() {
            break;
        }
    }
    let _ = reader.end(&mut builder);
    let trace = builder.finish(&reader);
    match reader.damage() {
        Some(damage) if trace.facts().records == 0 => {
            Err(Failure::new(format!("{}: {damage}", path.display())))
        }
        _ => Ok(trace),
    }
}

/// Reads until the space is full or the file ends.
fn fill(file: &mut File, space: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = space.get_mut(filled..)
        && !rest.is_empty()
    {
        match file.read(rest)? {
            0 => break,
            got => filled += got,
        }
    }
    Ok(filled)
}

fn cannot_read(path: &Path, error: &std::io::Error) -> Failure {
    Failure { message: format!("failed to open {}: {error}", path.display()), code: 254 }
}
