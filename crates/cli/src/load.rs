//! Reads the inputs from files.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use kmem::input::{Recognised, directory, event_formats, recognise};
use kmem::symbols::{Resolver, Symbols};
use kmem::topology::Topology;
use kmem::trace::{Trace, TraceBuilder};
use perfdata::{EventFormat, Reader, Source, Wants};

use crate::Failure;
use crate::arguments::{Arguments, Numa};
use crate::unpacked;

/// Read and feed this much at a time: what a core's own cache holds.
const CHUNK: usize = 256 << 10;
/// So many bytes tell what a file is.
const HEAD: usize = 4096;

/// Everything that the analysis needs.
pub(crate) struct Inputs {
    pub(crate) trace: Trace,
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
struct Recording {
    bytes: Bytes,
    others: Others,
}

/// Where the data files of a `perf record --threads` directory would be.
enum Others {
    /// Beside this file.
    Beside(PathBuf),
    /// These, by their numbers.
    Unpacked(Vec<(u32, Vec<u8>)>),
}

impl Others {
    /// Opens them, in order.
    fn open(self) -> std::io::Result<Vec<Bytes>> {
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

/// Where bytes are.
enum Bytes {
    File { file: File, position: Option<u64>, len: u64 },
    Memory(Vec<u8>),
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
    let trace = trace(&input, recording, formats, &mut chunk, &mut notes)?;
    let observations = trace.observations();
    notes.extend(observations.damage.iter().map(|damage| format!("reading stopped early: {damage}")));
    notes.extend(observations.notes.iter().cloned());
    notes.extend(Resolver::new(symbols.as_ref(), trace.facts()).fit().note().map(String::from));
    Ok(Inputs { trace, symbols, topology, notes })
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

fn trace(
    path: &Path,
    recording: Recording,
    formats: Vec<EventFormat>,
    chunk: &mut [u8],
    notes: &mut Vec<String>,
) -> Result<Trace, Failure> {
    let cannot_read = |error| Failure::cannot_read(path, &error);
    let mut bytes = recording.bytes;
    let mut reader = Reader::new(Source::File { len: bytes.len() });
    let mut builder = TraceBuilder::new();
    builder.supply_formats(formats);
    read(&mut bytes, &mut reader, &mut builder, chunk).map_err(cannot_read)?;
    if reader.metadata().features.is_directory {
        let others = recording.others.open().map_err(cannot_read)?;
        if others.is_empty() {
            notes.push(format!("{}: {}", path.display(), directory::WITHOUT_DATA));
        }
        for mut bytes in others {
            builder.leave(&reader);
            reader = Reader::raw(bytes.len(), reader.metadata().clone());
            read(&mut bytes, &mut reader, &mut builder, chunk).map_err(cannot_read)?;
        }
    }
    let trace = builder.finish(&reader);
    match reader.damage() {
        Some(damage) if trace.facts().records == 0 => {
            Err(Failure::new(format!("{}: {damage}", path.display())))
        }
        _ => Ok(trace),
    }
}

/// Reads one file to its end, or as far as it goes.
fn read(
    bytes: &mut Bytes,
    reader: &mut Reader,
    builder: &mut TraceBuilder,
    chunk: &mut [u8],
) -> std::io::Result<()> {
    while let Wants::Bytes { offset, len } = reader.wants() {
        let wanted = usize::try_from(len).unwrap_or(CHUNK).min(CHUNK);
        let got = bytes.read(offset, wanted, chunk)?;
        // The reader keeps the damage, and all before it is sound.
        if got.is_empty() || builder.feed(reader, got).is_err() {
            break;
        }
    }
    let _ = builder.end(reader);
    Ok(())
}

impl Bytes {
    fn of(file: File) -> std::io::Result<Bytes> {
        let len = file.metadata()?.len();
        Ok(Bytes::File { file, position: None, len })
    }

    fn len(&self) -> u64 {
        match self {
            Bytes::File { len, .. } => *len,
            Bytes::Memory(bytes) => bytes.len() as u64,
        }
    }

    /// At most `wanted` bytes from `offset` on; none at the end.
    fn read<'a>(&'a mut self, offset: u64, wanted: usize, chunk: &'a mut [u8]) -> std::io::Result<&'a [u8]> {
        match self {
            Bytes::File { file, position, .. } => {
                if *position != Some(offset) {
                    file.seek(SeekFrom::Start(offset))?;
                }
                let wanted = wanted.min(chunk.len());
                let space = chunk.get_mut(..wanted).unwrap_or_default();
                let got = fill(file, space)?;
                *position = Some(offset + got as u64);
                Ok(space.get(..got).unwrap_or_default())
            }
            Bytes::Memory(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                let end = start.saturating_add(wanted).min(bytes.len());
                Ok(bytes.get(start..end).unwrap_or_default())
            }
        }
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
