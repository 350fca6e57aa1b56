//! Reads the inputs from files.

use std::fs::File;
use std::path::{Path, PathBuf};

use kmem::Running;
use kmem::input::{Recognised, directory, event_formats, recognise};
use kmem::symbols::{Resolver, Symbols};
use kmem::topology::Topology;
use kmem::trace::Trace;
use perfdata::EventFormat;

use crate::Failure;
use crate::arguments::{Arguments, Numa};
use crate::bytes::{Bytes, fill};
use crate::read::{CHUNK, Reading};
use crate::unpacked;

/// So many bytes tell what a file is.
const HEAD: usize = 4096;

/// Everything that the analysis needs.
pub(crate) struct Inputs {
    pub(crate) trace: Trace,
    /// What was counted while the trace was read.
    pub(crate) running: Running,
    pub(crate) symbols: Option<Symbols>,
    pub(crate) topology: Option<Topology>,
    /// What the user should know, a sentence each.
    pub(crate) notes: Vec<String>,
}

/// Texts that came packed together with the recording.
#[derive(Default)]
struct Companions {
    symbols: Option<Vec<u8>>,
    topology: Option<Vec<u8>>,
    formats: Option<Vec<u8>>,
}

/// The recording, and the data files that may belong to it.
pub(crate) struct Recording {
    pub(crate) bytes: Bytes,
    pub(crate) others: Others,
}

/// Where the data files of a `perf record --threads` directory would be.
pub(crate) enum Others {
    /// Beside this file.
    Beside(PathBuf),
    /// These, by their numbers.
    Unpacked(Vec<(u32, Vec<u8>)>),
}

impl Others {
    /// Opens them, in order.
    pub(crate) fn open(self) -> std::io::Result<Vec<Bytes>> {
        match self {
            Others::Unpacked(mut files) => {
                files.sort_by_key(|&(number, _)| number);
                Ok(files.into_iter().map(|(_, bytes)| Bytes::Memory(bytes)).collect())
            }
            Others::Beside(path) => {
                let mut found = Vec::new();
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                for entry in std::fs::read_dir(folder.unwrap_or(Path::new(".")))? {
                    let path = entry?.path();
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    if let Some(number) = directory::data_file_number(&name) {
                        found.push((number, path));
                    }
                }
                found.sort();
                found.into_iter().map(|(_, path)| Bytes::of(File::open(path)?)).collect()
            }
        }
    }
}

pub(crate) fn load(arguments: &Arguments) -> Result<Inputs, Failure> {
    let mut notes = Vec::new();
    let mut chunk = vec![0; CHUNK];
    // What `perf record --threads` writes is a directory.
    let input = if arguments.input.is_dir() { arguments.input.join("data") } else { arguments.input.clone() };
    let (recording, mut companions) = open(&input, &mut chunk, &mut notes)?;
    if let Some(path) = &arguments.kallsyms {
        companions.symbols = Some(whole(path, &mut chunk)?);
    }
    if let Some(Numa::File(path)) = &arguments.numa {
        companions.topology = Some(whole(path, &mut chunk)?);
    }
    if let Some(path) = &arguments.formats {
        companions.formats = Some(whole(path, &mut chunk)?);
    }
    let name =
        |path: &Option<std::path::PathBuf>| path.as_ref().unwrap_or(&arguments.input).display().to_string();
    let symbols = companions.symbols.map(|text| Symbols::parse(&text)).transpose();
    let symbols = symbols.map_err(|error| Failure::new(format!("{}: {error}", name(&arguments.kallsyms))))?;
    let topology = match (&arguments.numa, companions.topology) {
        (Some(Numa::None), _) => Some(Topology::none()),
        (numa, Some(text)) => {
            let path = if let Some(Numa::File(path)) = numa { Some(path.clone()) } else { None };
            let topology = Topology::parse(&String::from_utf8_lossy(&text));
            Some(topology.map_err(|error| Failure::new(format!("{}: {error}", name(&path))))?)
        }
        (_, None) => None,
    };
    let formats = match companions.formats {
        Some(text) => formats(&text, &name(&arguments.formats))?,
        None => Vec::new(),
    };
    let mut reading = Reading::new(arguments, topology.as_ref(), formats, &recording);
    reading.recording(&input, recording, &mut chunk, &mut notes)?;
    let (trace, running) = reading.finish(&input)?;
    let observations = trace.observations();
    notes.extend(observations.damage.iter().map(|damage| format!("reading stopped early: {damage}")));
    notes.extend(observations.notes.iter().cloned());
    notes.extend(Resolver::new(symbols.as_ref(), trace.facts()).fit().note().map(String::from));
    Ok(Inputs { trace, running, symbols, topology, notes })
}

/// Finds the recording: the file itself, or what is packed in it.
fn open(path: &Path, chunk: &mut [u8], notes: &mut Vec<String>) -> Result<(Recording, Companions), Failure> {
    let mut file = File::open(path).map_err(|error| Failure::cannot_read(path, &error))?;
    let mut head = [0; HEAD];
    let length = fill(&mut file, &mut head).map_err(|error| Failure::cannot_read(path, &error))?;
    let head = head.get(..length).unwrap_or_default();
    let mut companions = Companions::default();
    if !unpacked::is_packed(head) {
        is_recording(path, recognise(head))?;
        let bytes = Bytes::of(file).map_err(|error| Failure::cannot_read(path, &error))?;
        return Ok((Recording { bytes, others: Others::Beside(path.to_owned()) }, companions));
    }
    let unpacked = unpacked::unpack(path, chunk)?;
    notes.extend(unpacked.damage.map(|damage| format!("unpacking stopped early: {damage}")));
    let (mut recording, mut others) = (None, Vec::new());
    let mut other = Recognised::Other(kmem::input::Other::Empty);
    for (name, bytes) in unpacked.files {
        match recognise(bytes.get(..bytes.len().min(HEAD)).unwrap_or_default()) {
            Recognised::PerfData | Recognised::PerfPipe if recording.is_none() => recording = Some(bytes),
            Recognised::Symbols => companions.symbols = Some(bytes),
            Recognised::Topology => companions.topology = Some(bytes),
            Recognised::EventFormats => companions.formats = Some(bytes),
            recognised => match name.as_deref().and_then(directory::data_file_number) {
                Some(number) => others.push((number, bytes)),
                None => other = recognised,
            },
        }
    }
    match recording {
        Some(bytes) => {
            Ok((Recording { bytes: Bytes::Memory(bytes), others: Others::Unpacked(others) }, companions))
        }
        None => {
            is_recording(path, other)?;
            Err(Failure::new(format!("{}: there is no perf.data in it", path.display())))
        }
    }
}

fn is_recording(path: &Path, recognised: Recognised) -> Result<(), Failure> {
    let number = directory::data_file_number(&path.to_string_lossy());
    let path = path.display();
    match recognised {
        Recognised::Other(_) if number.is_some() => {
            Err(Failure::new(format!("{path}: {}", directory::WITHOUT_HEADER)))
        }
        Recognised::PerfData | Recognised::PerfPipe => Ok(()),
        Recognised::Other(other) => Err(Failure::new(format!("{path}: {}", other.sentence()))),
        other => Err(Failure::new(format!("{path}: this is {}, but -i wants a perf.data", other.sentence()))),
    }
}

/// A text file, unpacked if it is packed.
fn whole(path: &Path, chunk: &mut [u8]) -> Result<Vec<u8>, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::cannot_read(path, &error))?;
    if !unpacked::is_packed(&bytes) {
        return Ok(bytes);
    }
    Ok(unpacked::unpack(path, chunk)?.files.into_iter().next().unwrap_or_default().1)
}

fn formats(text: &[u8], name: &str) -> Result<Vec<EventFormat>, Failure> {
    let formats = event_formats(&String::from_utf8_lossy(text));
    if formats.is_empty() {
        return Err(Failure::new(format!(
            "{name}: no event format here: expected /sys/kernel/tracing/events/kmem/*/format"
        )));
    }
    Ok(formats)
}
