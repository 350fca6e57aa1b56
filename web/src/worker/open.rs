//! Reads one trace from start to end, in slices, between which messages are answered.

use js_sys::Promise;
use perfdata::{Reader, Source, Wants};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::{
    Shared, now, post, scope,
    source::{FileSource, SLICE},
};
use crate::protocol::{FileKind, Finished, Progress, Reply};

/// The first slices are small, so that there is something to show soon; each later one is twice as long.
const FIRST_SLICE: u64 = 2 << 20;
/// Milliseconds between two views of what was read so far.
const PARTIAL_EVERY: f64 = 350.0;
/// A view of what was read so far may take this part of the time.
const PARTIAL_SHARE: f64 = 0.15;

/// What the page must know of a trace besides its bytes.
pub(crate) struct TraceInput {
    pub(crate) name: String,
    pub(crate) blob: Blob,
    /// A sentence about its packing, if that is damaged.
    pub(crate) packing: Option<String>,
}

/// Why reading a trace gave nothing to show.
enum Stopped {
    /// Another trace took its place.
    Replaced,
    Failed(String),
}

pub(crate) async fn open(session: &Shared, input: TraceInput, start: f64) {
    let generation = session.borrow_mut().begin(&input.name);
    let name = input.name.clone();
    match read(session, input, generation, start).await {
        Ok(cancelled) => {
            session.borrow_mut().publish();
            post(&Reply::Finished(Finished { took_ms: now() - start, memory: memory(), cancelled }));
        }
        Err(Stopped::Replaced) => {
            post(&Reply::Problem(format!("Reading {name} was stopped, because another trace was opened.")));
        }
        Err(Stopped::Failed(sentence)) => {
            session.borrow_mut().discard();
            post(&Reply::Discarded(FileKind::Trace));
            post(&Reply::Problem(sentence));
        }
    }
}

async fn read(session: &Shared, input: TraceInput, generation: u32, start: f64) -> Result<bool, Stopped> {
    let TraceInput { name, blob, packing } = input;
    let mut source =
        FileSource::new(blob).map_err(|why| Stopped::Failed(format!("{name} can't be read: {why}.")))?;
    let total = source.len();
    let mut reader = Reader::new(Source::File { len: total });
    let mut slice = FIRST_SLICE;
    let mut read = 0;
    let mut published = now();
    let mut cancelled = false;
    while let Wants::Bytes { offset, len } = reader.wants() {
        let bytes = source.read(offset, len.min(slice)).map_err(|why| {
            Stopped::Failed(format!("{name} can't be read at byte {offset}: {why}. Was it changed or moved?"))
        })?;
        if bytes.is_empty() {
            break;
        }
        read += bytes.len() as u64;
        let is_small = bytes.len() < 1 << 16;
        let (fed, events) = {
            let mut session = session.borrow_mut();
            let Some(builder) = session.builder() else { return Err(Stopped::Replaced) };
            // The reader keeps the damage, and all before it is sound.
            let fed = builder.feed(&mut reader, bytes);
            (fed, builder.trace().events().len())
        };
        if fed.is_err() {
            break;
        }
        // The head is read in many small pieces, which are not worth a pause each.
        if is_small {
            continue;
        }
        slice = (slice * 2).min(SLICE);
        post(&Reply::Progress(Progress {
            bytes: read as f64,
            total: total as f64,
            events: events as f64,
            elapsed_ms: now() - start,
        }));
        let since = now() - published;
        if since > PARTIAL_EVERY && events > 0 {
            let begin = now();
            let mut session = session.borrow_mut();
            session.forget();
            session.publish();
            // Where a view takes long, there is more time until the next.
            published = now() + (now() - begin) / PARTIAL_SHARE;
        }
        pause().await;
        let session = session.borrow();
        if !session.is_current(generation) {
            return Err(Stopped::Replaced);
        }
        if session.is_cancelled() {
            cancelled = true;
            break;
        }
    }
    let mut session = session.borrow_mut();
    if let Some(builder) = session.builder()
        && !cancelled
    {
        // What is cut stands in the trace's observations.
        let _ = builder.end(&mut reader);
    }
    session.finish(&reader, packing, cancelled);
    let Some(trace) = session.trace() else { return Err(Stopped::Replaced) };
    if let Some(damage) = reader.damage()
        && trace.facts().records == 0
    {
        return Err(Stopped::Failed(format!(
            "{name} can't be read: {damage}. Record it again, or copy it again whole."
        )));
    }
    if trace.events().is_empty() && !trace.has_slab() && !trace.has_pages() {
        return Err(Stopped::Failed(without_kmem(&name, trace)));
    }
    Ok(cancelled)
}

/// A sentence about a trace that has nothing to do with memory.
fn without_kmem(name: &str, trace: &kmem::Trace) -> String {
    let events: Vec<String> = trace
        .facts()
        .events
        .iter()
        .take(8)
        .map(|event| format!("{} ({} samples)", event.name, event.samples))
        .collect();
    let has = if events.is_empty() { String::from("no events at all") } else { events.join(", ") };
    format!(
        "{name} has no kmem events, but {has}: record with `perf kmem record`, or `perf record -e 'kmem:*'`."
    )
}

/// Lets messages from the page in.
async fn pause() {
    let promise = Promise::new(&mut |resolve, _| {
        let _ = scope().set_timeout_with_callback(&resolve);
    });
    let _ = JsFuture::from(promise).await;
}

/// Bytes of the worker's wasm memory.
fn memory() -> f64 {
    use wasm_bindgen::JsCast;
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let buffer: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
    f64::from(buffer.byte_length())
}
