//! Takes inputs in, whatever they are: recognises them by content, unpacks them, and puts each where it belongs.

use kmem::{
    Symbols, Topology,
    input::{Packing, Recognised, directory, recognise},
};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, File, Response};

use super::{
    Shared, now,
    open::{self, TraceInput},
    post,
    session::Session,
    source::{FileSource, describe},
    unpack::{self, Unpacked, Untarred},
};
use crate::protocol::{FileKind, Reply};

/// This much of a file tells what it is.
const HEAD: u64 = 4096;
/// Packings within packings, as in a gzip of a tar of a zstd.
const MAX_DEPTH: u32 = 4;
/// No machine's symbols or topology are longer.
const MAX_TEXT: u64 = 256 << 20;

/// An input on its way.
struct Input {
    name: String,
    blob: Blob,
    depth: u32,
    packing: Option<String>,
}

/// Files were dropped or picked.
pub(crate) fn open_files(session: &Shared, files: Vec<File>) {
    let inputs = files
        .into_iter()
        .filter(|file| session.borrow_mut().is_new(file))
        .map(|file| Input { name: file.name(), blob: file.into(), depth: 0, packing: None })
        .collect();
    let session = session.clone();
    spawn_local(async move { take(&session, inputs).await });
}

/// A text was pasted.
pub(crate) fn open_text(session: &Shared, text: &str) {
    let name = String::from("the pasted text");
    match recognise(text.as_bytes().get(..HEAD as usize).unwrap_or(text.as_bytes())) {
        Recognised::Symbols => symbols(session, &name, text.as_bytes()),
        Recognised::Topology => topology(session, &name, text.as_bytes()),
        other => post(&Reply::Problem(refusal(&name, other))),
    }
}

/// Files on the page's own host.
pub(crate) fn fetch(session: &Shared, urls: Vec<String>, base: String) {
    let session = session.clone();
    spawn_local(async move {
        let mut inputs = Vec::new();
        for url in urls {
            match get(&url, &base).await {
                Ok(blob) => {
                    let name = url.rsplit('/').next().unwrap_or(&url).to_owned();
                    inputs.push(Input { name, blob, depth: 0, packing: None });
                }
                Err(why) => {
                    post(&Reply::Problem(format!("{url} can't be loaded from this page's host: {why}.")))
                }
            }
        }
        take(&session, inputs).await;
    });
}

async fn get(url: &str, base: &str) -> Result<Blob, String> {
    let address = web_sys::Url::new_with_base(url, base).map_err(|error| describe(&error))?;
    let own = web_sys::Url::new(base).map_err(|error| describe(&error))?;
    if address.origin() != own.origin() {
        return Err(String::from("it is on another host; download it and drop the file here"));
    }
    let response = JsFuture::from(super::scope().fetch_with_str(&address.href()))
        .await
        .map_err(|error| describe(&error))?;
    let response: Response = response.unchecked_into();
    if !response.ok() {
        return Err(format!("the host answers {} {}", response.status(), response.status_text()));
    }
    let blob = JsFuture::from(response.blob().map_err(|error| describe(&error))?).await;
    blob.map(JsCast::unchecked_into).map_err(|error| describe(&error))
}

/// Texts first, so that a trace has its names from the start.
async fn take(session: &Shared, inputs: Vec<Input>) {
    let start = now();
    let mut traces = Vec::new();
    let mut others: Vec<(u32, Input)> = Vec::new();
    let mut queue: Vec<Input> = inputs.into_iter().rev().collect();
    while let Some(input) = queue.pop() {
        let recognised = match head(&input.blob) {
            Ok(head) => recognise(&head),
            Err(why) => {
                refuse(session, &input.name, format!("{} can't be read: {why}.", input.name));
                continue;
            }
        };
        match recognised {
            Recognised::PerfData | Recognised::PerfPipe => {
                post(&Reply::Slot(crate::protocol::Slot {
                    kind: FileKind::Trace,
                    name: input.name.clone(),
                    detail: format!("{}, {} bytes", recognised.sentence(), input.blob.size()),
                }));
                traces.push(TraceInput {
                    name: input.name,
                    blob: input.blob,
                    packing: input.packing,
                    others: Vec::new(),
                });
            }
            Recognised::Symbols | Recognised::Topology => match text(&input) {
                Ok(bytes) if recognised == Recognised::Symbols => symbols(session, &input.name, &bytes),
                Ok(bytes) => topology(session, &input.name, &bytes),
                Err(why) => refuse(session, &input.name, why),
            },
            Recognised::Packed(packing) if input.depth < MAX_DEPTH => match unpack(&input, packing).await {
                Ok(inside) => queue.extend(inside.into_iter().rev()),
                Err(why) => {
                    refuse(session, &input.name, format!("{} can't be unpacked: {why}.", input.name));
                }
            },
            other => match directory::data_file_number(&input.name) {
                Some(number) => {
                    let at = others.partition_point(|&(before, _)| before <= number);
                    others.insert(at, (number, input));
                }
                None => refuse(session, &input.name, refusal(&input.name, other)),
            },
        }
    }
    let mut traces = traces.into_iter();
    if traces.len() == 0 {
        for (_, other) in &others {
            refuse(session, &other.name, format!("{}: {}", other.name, directory::WITHOUT_HEADER));
        }
    }
    if let Some(mut trace) = traces.next() {
        trace.others = others.into_iter().map(|(_, input)| (input.name, input.blob)).collect();
        let others: Vec<String> = traces.map(|other| other.name).collect();
        if !others.is_empty() {
            post(&Reply::Problem(format!(
                "One trace is shown at a time: {} is opened, {} is not; drop it alone to open it instead.",
                trace.name,
                others.join(", ")
            )));
        }
        open::open(session, trace, start).await;
    }
}

async fn unpack(input: &Input, packing: Packing) -> Result<Vec<Input>, String> {
    let depth = input.depth + 1;
    let one = |Unpacked { blob, damage }| {
        vec![Input { name: input.name.clone(), blob, depth, packing: damage.or(input.packing.clone()) }]
    };
    Ok(match packing {
        Packing::Gzip => one(unpack::gzip(&input.blob).await?),
        Packing::Zstd => one(unpack::zstd(&input.blob)?),
        Packing::Tar => {
            let Untarred { files, damage } = unpack::tar(&input.blob)?;
            let packing = damage.or(input.packing.clone());
            if files.is_empty() {
                return Err(String::from("there are no files in it"));
            }
            files
                .into_iter()
                .map(|(name, blob)| Input { name, blob, depth, packing: packing.clone() })
                .collect()
        }
    })
}

fn head(blob: &Blob) -> Result<Vec<u8>, String> {
    Ok(FileSource::new(blob.clone())?.read(0, HEAD)?.to_vec())
}

fn text(input: &Input) -> Result<Vec<u8>, String> {
    let cannot = |why| format!("{} can't be read: {why}.", input.name);
    let source = FileSource::new(input.blob.clone()).map_err(cannot)?;
    if source.len() > MAX_TEXT {
        return Err(format!(
            "{} has {} bytes, more than any symbol table: is it the right file?",
            input.name,
            source.len()
        ));
    }
    Ok(source.read(0, MAX_TEXT).map_err(cannot)?.to_vec())
}

fn symbols(session: &Shared, name: &str, text: &[u8]) {
    match Symbols::parse(text) {
        Ok(symbols) => {
            let modules = if symbols.has_modules() { ", with modules" } else { "" };
            let detail = format!("{} symbols{modules}", symbols.len());
            session.borrow_mut().set_symbols(symbols);
            Session::slot(FileKind::Symbols, name, detail);
            session.borrow_mut().publish();
        }
        Err(why) => refuse(session, name, format!("{name} gives no symbols: {why}.")),
    }
}

fn topology(session: &Shared, name: &str, text: &[u8]) {
    match Topology::parse(&String::from_utf8_lossy(text)) {
        Ok(topology) => {
            let cpus: usize = topology.nodes().map(|node| topology.cpus_of(node).count()).sum();
            let detail = match topology.nodes().count() {
                0 => String::from("the machine has no nodes"),
                1 => format!("1 node, {cpus} CPUs"),
                nodes => format!("{nodes} nodes, {cpus} CPUs"),
            };
            session.borrow_mut().set_topology(topology);
            Session::slot(FileKind::Topology, name, detail);
            session.borrow_mut().publish();
        }
        Err(why) => refuse(session, name, format!("{name} gives no NUMA topology: {why}.")),
    }
}

/// Says why an input is of no use; the same file may be dropped again.
fn refuse(session: &Shared, name: &str, sentence: String) {
    session.borrow_mut().forget_file(name);
    post(&Reply::Problem(sentence));
}

fn refusal(name: &str, recognised: Recognised) -> String {
    match recognised {
        Recognised::Other(other) => format!("{name}: {}", other.sentence()),
        Recognised::EventFormats => format!(
            "{name}: these are tracepoint format files; a perf.data carries its own, so drop that instead."
        ),
        Recognised::Packed(_) => format!("{name} is packed more than {MAX_DEPTH} times: unpack it first."),
        other => format!("{name} is {}; only texts can be pasted, drop the file instead.", other.sentence()),
    }
}
