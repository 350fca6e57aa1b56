//! Reads one trace from start to end, part by part, between which messages are answered.

use js_sys::{Promise, Uint8Array};
use kmem::input::directory;
use perfdata::{Reader, Source, Wants};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::{Shared, ahead::Ahead, memory, now, post, scope, session::End, source::FileSource};
use crate::protocol::{FileKind, Finished, Progress, Reply};

/// Without a worker that reads: slices of at most this many bytes, since smaller ones are read three times slower.
const SLICE: u64 = 32 << 20;
/// The first slices are smaller, so that there is something to show soon; each later one is twice as long.
const FIRST_SLICE: u64 = 1 << 20;
/// Fewer bytes than these are not worth reading ahead.
const SHORT: u64 = 1 << 16;
/// Bytes go to the reader in pieces of this size, which a core's own cache holds.
const PIECE: u32 = 256 << 10;
/// Milliseconds between two views of what was read so far.
const PARTIAL_EVERY: f64 = 350.0;
/// Milliseconds between two messages of how far reading is.
const PROGRESS_EVERY: f64 = 100.0;
/// A view of what was read so far may take this part of the time.
const PARTIAL_SHARE: f64 = 0.1;

/// What the page must know of a trace besides its bytes.
pub(crate) struct TraceInput {
    pub(crate) name: String,
    pub(crate) blob: Blob,
    /// A sentence about its packing, if that is damaged.
    pub(crate) packing: Option<String>,
    /// What may be the data files of a `perf record --threads` directory, in order, with their names.
    pub(crate) others: Vec<(String, Blob)>,
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
    let mut work = Work::default();
    match read(session, input, generation, start, &mut work).await {
        Ok(end) => {
            work.time(|| {
                let mut session = session.borrow_mut();
                session.publish_with_rows();
                session.stop_counting();
            });
            let targets =
                session.borrow().trace().map_or(0, |trace| trace.ptrs().len() + trace.pages().len());
            post(&Reply::Finished(Finished {
                took_ms: now() - start,
                compute_ms: work.ms,
                memory: memory::bytes(),
                targets: targets as f64,
                cancelled: end == End::Cancelled,
            }));
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

/// How long this worker has worked, instead of waiting.
#[derive(Default)]
struct Work {
    ms: f64,
}

impl Work {
    fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = now();
        let result = work();
        self.ms += now() - start;
        result
    }
}

/// One trace on its way.
struct Reading<'a> {
    session: &'a Shared,
    generation: u32,
    start: f64,
    work: &'a mut Work,
    /// Bytes read of this file and of those before, and of all files together.
    read: u64,
    total: u64,
    /// When the page was last given something to show, and when it was told how far reading is.
    published: f64,
    told: f64,
    piece: Vec<u8>,
}

async fn read(
    session: &Shared,
    input: TraceInput,
    generation: u32,
    start: f64,
    work: &mut Work,
) -> Result<End, Stopped> {
    let TraceInput { name, blob, packing, others } = input;
    let size = |blob: &Blob| blob.size() as u64;
    let mut reader = Reader::new(Source::File { len: size(&blob) });
    let mut reading = Reading {
        session,
        generation,
        start,
        work,
        read: 0,
        total: size(&blob) + others.iter().map(|(_, blob)| size(blob)).sum::<u64>(),
        published: now(),
        told: f64::NEG_INFINITY,
        piece: vec![0; PIECE as usize],
    };
    let mut end = reading.file(&name, blob, &mut reader).await?;
    if !reader.metadata().features.is_directory {
        for (other, _) in others {
            post(&Reply::Problem(format!("{other} does not belong to {name}, which is a whole recording.")));
        }
    } else if others.is_empty() {
        post(&Reply::Problem(format!("{name}: {}", directory::WITHOUT_DATA)));
    } else {
        for (name, blob) in others {
            if end != End::Whole {
                break;
            }
            if let Some(builder) = session.borrow_mut().builder() {
                let _ = builder.end(&mut reader);
                builder.leave(&reader);
            }
            reader = Reader::raw(size(&blob), reader.metadata().clone());
            end = reading.file(&name, blob, &mut reader).await?;
        }
    }
    let (work, share) = (reading.work, reading.read as f64 / (reading.total as f64).max(1.0));
    let mut session = session.borrow_mut();
    work.time(|| {
        if let Some(builder) = session.builder()
            && end == End::Whole
        {
            // What is cut stands in the trace's observations.
            let _ = builder.end(&mut reader);
        }
        session.finish(&reader, packing, end, share);
    });
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
    Ok(end)
}

impl Reading<'_> {
    /// Reads one file, as far as it goes until the user stops it, or until no more fits.
    async fn file(&mut self, name: &str, blob: Blob, reader: &mut Reader) -> Result<End, Stopped> {
        let worker = self.session.borrow().reader();
        let mut ahead = worker.map(|worker| Ahead::new(worker, blob.clone()));
        let source =
            FileSource::new(blob).map_err(|why| Stopped::Failed(format!("{name} can't be read: {why}.")))?;
        let mut slice = FIRST_SLICE;
        while let Wants::Bytes { offset, len } = reader.wants() {
            let end = offset.saturating_add(len).min(source.len());
            let is_short = end.saturating_sub(offset) < SHORT;
            let bytes = match ahead.as_mut().filter(|_| !is_short) {
                Some(worker) => match worker.read(offset, end).await {
                    Ok(bytes) => bytes,
                    // This worker finds out whether it is the file that can't be read.
                    Err(_) => {
                        ahead = None;
                        continue;
                    }
                },
                None => {
                    let read = if is_short { FileSource::read_few } else { FileSource::read };
                    read(&source, offset, len.min(slice)).map_err(|why| {
                        Stopped::Failed(format!(
                            "{name} can't be read at byte {offset}: {why}. Was it changed or moved?"
                        ))
                    })?
                }
            };
            if bytes.length() == 0 {
                break;
            }
            self.read += u64::from(bytes.length());
            if self.feed(reader, &bytes, offset)?.is_err() {
                break;
            }
            // The head is read in many small parts, which are not worth a pause each.
            if is_short {
                continue;
            }
            slice = (slice * 2).min(SLICE);
            self.tell();
            if ahead.is_none() {
                pause().await;
            }
            let session = self.session.borrow();
            if !session.is_current(self.generation) {
                return Err(Stopped::Replaced);
            }
            if session.is_cancelled() {
                return Ok(End::Cancelled);
            }
            if session.is_full() && reader.wants() != Wants::Nothing {
                return Ok(End::Full);
            }
        }
        Ok(End::Whole)
    }

    /// Feeds bytes to the reader, piece by piece, as far as it wants them.
    fn feed(
        &mut self,
        reader: &mut Reader,
        bytes: &Uint8Array,
        offset: u64,
    ) -> Result<Result<(), perfdata::Error>, Stopped> {
        let mut session = self.session.borrow_mut();
        if !session.is_current(self.generation) {
            return Err(Stopped::Replaced);
        }
        let piece = &mut self.piece;
        Ok(self.work.time(|| {
            let mut at = 0;
            while at < bytes.length()
                && matches!(reader.wants(), Wants::Bytes { offset: wanted, .. } if wanted == offset + u64::from(at))
            {
                let until = bytes.length().min(at + PIECE);
                let piece = piece.get_mut(..(until - at) as usize).unwrap_or_default();
                bytes.subarray(at, until).copy_to(piece);
                // The reader keeps the damage, and all before it is sound.
                session.feed(reader, piece)?;
                at = until;
            }
            Ok(())
        }))
    }

    /// Tells the page how far reading is and, now and then, what there is so far.
    fn tell(&mut self) {
        let events = self.session.borrow().trace().map_or(0, |trace| trace.events().len());
        if now() - self.told > PROGRESS_EVERY {
            self.told = now();
            post(&Reply::Progress(Progress {
                bytes: self.read as f64,
                total: self.total as f64,
                events: events as f64,
                elapsed_ms: self.told - self.start,
            }));
        }
        if now() - self.published > PARTIAL_EVERY && events > 0 {
            let begin = now();
            let session = self.session;
            self.work.time(|| {
                let mut session = session.borrow_mut();
                session.forget();
                session.publish();
            });
            // Where a view takes long, there is more time until the next.
            self.published = now() + (now() - begin) / PARTIAL_SHARE;
        }
    }
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
