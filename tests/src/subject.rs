//! What is tested, driven as the command and the page drive it: bytes in, a trace out.

use std::io::{self, Read, Seek};

use kmem::{Context, Running, Topology, Trace, TraceBuilder};
use perfdata::{
    Error, Reader, Source, Visitor, Wants,
    unpack::{Member, Sink, UnpackError, Unpacker},
};

/// Bytes handed over at once where a test does not say otherwise.
pub const CHUNK: usize = 1 << 20;

/// Reads a whole file, at most `chunk` bytes at a time, as often as the reader wants some. What was read before an
/// error stays with the visitor.
pub fn read<V: Visitor>(
    bytes: &[u8],
    source: Source,
    chunk: usize,
    visitor: &mut V,
) -> (Reader, Option<Error>) {
    let mut reader = Reader::new(source);
    let error = feed_all(&mut reader, bytes, chunk, visitor).err();
    (reader, error)
}

fn feed_all<V: Visitor>(
    reader: &mut Reader,
    bytes: &[u8],
    chunk: usize,
    visitor: &mut V,
) -> Result<(), Error> {
    while let Wants::Bytes { offset, len } = reader.wants() {
        let rest = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..)).unwrap_or_default();
        let take = rest.len().min(chunk).min(usize::try_from(len).unwrap_or(usize::MAX));
        if take == 0 {
            break;
        }
        reader.feed(&rest[..take], visitor)?;
    }
    reader.end(visitor)
}

/// Reads a `perf.data` of known length.
pub fn trace(bytes: &[u8]) -> (Trace, Option<Error>) {
    trace_from(bytes, Source::File { len: bytes.len() as u64 }, CHUNK)
}

/// Reads a `perf.data` in chunks.
pub fn trace_from(bytes: &[u8], source: Source, chunk: usize) -> (Trace, Option<Error>) {
    let mut builder = TraceBuilder::new();
    let (reader, error) = read(bytes, source, chunk, &mut builder);
    let damage = error.or_else(|| reader.damage().copied());
    (builder.finish(&reader), damage)
}

/// Whether events are kept once they are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// All of them.
    All,
    /// Only those that are not counted yet, and what counting at the end needs.
    Uncounted,
}

/// Reads a `perf.data` piece by piece and counts its events after each; `topology` says by which nodes, for the pieces
/// before.
pub fn counted<'a>(
    bytes: &[u8],
    piece: usize,
    keep: Keep,
    running: &mut Running,
    mut topology: impl FnMut(usize) -> Option<&'a Topology>,
) -> Trace {
    let mut reader = Reader::new(Source::File { len: bytes.len() as u64 });
    let mut builder = TraceBuilder::new();
    let mut pieces = 0;
    while let Wants::Bytes { offset, len } = reader.wants() {
        let rest = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..)).unwrap_or_default();
        let take = rest.len().min(piece).min(usize::try_from(len).unwrap_or(usize::MAX));
        if take == 0 || builder.feed(&mut reader, &rest[..take]).is_err() {
            break;
        }
        running.count(&Context { trace: builder.trace(), symbols: None, topology: topology(pieces) });
        if keep == Keep::Uncounted {
            builder.forget_counted(running);
        }
        pieces += 1;
    }
    // What is cut stands in the trace's observations.
    let _ = builder.end(&mut reader);
    builder.finish(&reader)
}

/// Reads a recording as a stream of any size.
///
/// # Errors
/// Of reading, or where the recording is damaged.
pub fn trace_of(input: &mut (impl Read + Seek)) -> io::Result<Trace> {
    let mut reader = Reader::new(Source::File { len: input.seek(io::SeekFrom::End(0))? });
    let mut builder = TraceBuilder::new();
    let mut chunk = Vec::new();
    while let Wants::Bytes { offset, len } = reader.wants() {
        input.seek(io::SeekFrom::Start(offset))?;
        chunk.clear();
        input.by_ref().take(len.min(CHUNK as u64)).read_to_end(&mut chunk)?;
        if chunk.is_empty() {
            break;
        }
        reader.feed(&chunk, &mut builder).map_err(|error| io::Error::other(error.to_string()))?;
    }
    reader.end(&mut builder).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(builder.finish(&reader))
}

/// The first file that comes out of a packed one, of at most `limit` bytes; more are dropped.
#[derive(Debug, Default)]
struct FirstMember {
    bytes: Vec<u8>,
    limit: usize,
    members: usize,
}

impl Sink for FirstMember {
    fn begin(&mut self, _: Member<'_>) {
        self.members += 1;
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if self.members == 1 {
            let room = self.limit.saturating_sub(self.bytes.len());
            self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }

    fn end(&mut self) {}
}

/// Unpacks a file in chunks; what came out before damage, and the damage.
pub fn unpack(packed: &[u8], chunk: usize, limit: usize) -> (Vec<u8>, Option<UnpackError>) {
    let mut first = FirstMember { limit, ..FirstMember::default() };
    let mut unpacker = Unpacker::new();
    for piece in packed.chunks(chunk.max(1)) {
        if let Err(error) = unpacker.push(piece, &mut first) {
            return (first.bytes, Some(error));
        }
    }
    let error = unpacker.finish(&mut first).err();
    (first.bytes, error)
}
