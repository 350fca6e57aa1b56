//! The reader: a state machine that asks for bytes and hands out records.

mod counts;
mod data;
mod head;
mod own;
mod packed;

use alloc::{collections::BTreeMap, vec::Vec};

use crate::{
    BigEndian, Endian, Error, LittleEndian, Metadata, Record, Sample, TracingData, head::Section,
    record::Layouts,
};
pub use counts::Counts;
use data::Data;
use head::Head;

/// Where the bytes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Any byte at any time, of this many.
    File {
        /// Bytes of the file.
        len: u64,
    },
    /// One byte after another, nobody knows how many: a pipe.
    Stream,
}

/// What [`Reader::feed`] takes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// Bytes from `offset` on; up to `len` of them in a row, in chunks of any size.
    Bytes {
        /// The first byte wanted.
        offset: u64,
        /// How many will be used in a row; `u64::MAX` from a stream.
        len: u64,
    },
    /// Nothing more.
    Nothing,
}

/// Who gets the records.
pub trait Visitor {
    /// Attributes and formats are known, or have changed: once in file mode, after each such record in pipe mode.
    fn described(&mut self, meta: &Metadata) {
        let _ = meta;
    }

    /// One sample in the form that nearly all traces have; others come as a [`Record::Sample`], as this one does where a
    /// visitor does not ask for it in particular. A visitor may handle it in a way of its own, that is faster.
    #[inline]
    fn sample(&mut self, meta: &Metadata, sample: Sample<'_>) {
        self.record(meta, Record::Sample(sample));
    }

    /// One record, in the file's order.
    fn record(&mut self, meta: &Metadata, record: Record<'_>);
}

/// Reads one `perf.data`. See the crate's documentation.
#[derive(Debug)]
pub struct Reader {
    source: Source,
    meta: Metadata,
    layouts: Layouts,
    state: State,
    data: Data,
    damage: Option<Error>,
    counts: Counts,
    /// Whether the visitor has not been told yet of all that [`Metadata`] says of events and formats.
    stale: bool,
    descriptions: u32,
    event_types: u32,
    /// Events that [`name_events`](Reader::name_events) has already looked at.
    named: usize,
    /// Format id to its place in the tracing data.
    formats: Option<BTreeMap<u32, usize>>,
}

#[derive(Debug)]
enum State {
    /// The tables before and behind the data.
    Head(Head),
    /// Records, of a file or a pipe.
    Records,
    Done,
}

/// The most bytes that one table or feature section may have: beyond it, the file lies.
const SECTION_LIMIT: u64 = 64 << 20;

impl Reader {
    /// A reader of one file or stream.
    pub fn new(source: Source) -> Reader {
        Reader {
            source,
            meta: Metadata::default(),
            layouts: Layouts::default(),
            state: State::Head(Head::start()),
            data: Data::default(),
            damage: None,
            counts: Counts::default(),
            stale: false,
            descriptions: 0,
            event_types: 0,
            named: 0,
            formats: None,
        }
    }

    /// A reader of the raw records of one more file of a `perf record --threads` directory, which has no head of its
    /// own: `meta` is that of the directory's header file. The visitor is told of it before the first record.
    pub fn raw(len: u64, meta: Metadata) -> Reader {
        let mut reader = Reader::new(Source::File { len });
        reader.meta = meta;
        reader.data.begin(Section { offset: 0, size: len });
        reader.state = if len == 0 { State::Done } else { State::Records };
        reader.stale = true;
        reader
    }

    /// The next bytes to feed.
    pub fn wants(&self) -> Wants {
        match &self.state {
            State::Head(head) => match self.source {
                Source::File { .. } => head.wants(),
                // A stream gives what comes; a head that must be looked for elsewhere is an error of `feed`.
                Source::Stream => Wants::Bytes { offset: head.position(), len: u64::MAX },
            },
            State::Records => match self.source {
                Source::File { .. } => Wants::Bytes { offset: self.data.position(), len: self.data.left() },
                Source::Stream => Wants::Bytes { offset: self.data.position(), len: u64::MAX },
            },
            State::Done => Wants::Nothing,
        }
    }

    /// Takes the next bytes, from [`wants`](Self::wants)`().offset` on. Bytes beyond those wanted are passed over, or
    /// used if they turn out to be the next wanted: look at [`wants`](Self::wants) again.
    ///
    /// # Errors
    /// Where the file can't be read on from here. All records before that have been handed out;
    /// [`damage`](Self::damage) gives the same error later.
    pub fn feed<V: Visitor>(&mut self, bytes: &[u8], visitor: &mut V) -> Result<(), Error> {
        let Wants::Bytes { offset: start, .. } = self.wants() else { return Ok(()) };
        loop {
            let Wants::Bytes { offset, .. } = self.wants() else { return Ok(()) };
            let at = offset.checked_sub(start).and_then(|at| usize::try_from(at).ok());
            let Some(rest) = at.and_then(|at| bytes.get(at..)).filter(|rest| !rest.is_empty()) else {
                return Ok(());
            };
            let result = match (&self.state, self.meta.endian) {
                (State::Head(_), _) => self.feed_head(rest, visitor),
                (State::Records, Endian::Little) => self.feed_records::<LittleEndian, V>(rest, visitor),
                (State::Records, Endian::Big) => self.feed_records::<BigEndian, V>(rest, visitor),
                (State::Done, _) => return Ok(()),
            };
            match result {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) => return Err(self.stop(error, visitor)),
            }
        }
    }

    /// The source has no more bytes.
    ///
    /// # Errors
    /// Where something was cut by the end.
    pub fn end<V: Visitor>(&mut self, visitor: &mut V) -> Result<(), Error> {
        let error = match &self.state {
            State::Head(head) => Some(head.cut()),
            State::Records => {
                // A file that ends before its length was promised to.
                let end = self.data.position();
                let finished = self.finish_records(visitor).err();
                finished.or(match self.source {
                    Source::File { len } if self.data.left() > 0 => {
                        Some(Error::Truncated { what: "the file", offset: 0, needed: len, end })
                    }
                    _ => None,
                })
            }
            State::Done => None,
        };
        self.state = State::Done;
        match error {
            Some(error) => Err(*self.damage.get_or_insert(error)),
            None => Ok(()),
        }
    }

    fn finish_records<V: Visitor>(&mut self, visitor: &mut V) -> Result<(), Error> {
        match self.meta.endian {
            Endian::Little => self.finish_data::<LittleEndian, V>(visitor),
            Endian::Big => self.finish_data::<BigEndian, V>(visitor),
        }
    }

    /// What is known of the trace so far.
    pub fn metadata(&self) -> &Metadata {
        &self.meta
    }

    /// Why reading stopped early or what is missing, if so. What was handed out before is sound.
    pub fn damage(&self) -> Option<&Error> {
        self.damage.as_ref()
    }

    /// What has been read so far.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Samples that carry the id of no event, or whose parts don't fit into them.
    pub fn unreadable_samples(&self) -> u64 {
        self.counts.unreadable + self.counts.of_no_event
    }

    /// The next byte of the data to be read, and the byte after the last, where it is known.
    pub fn progress(&self) -> (u64, Option<u64>) {
        let end = match (self.source, &self.state) {
            (_, State::Records) => Some(self.data.position().saturating_add(self.data.left())),
            (Source::File { len }, _) => Some(len),
            (Source::Stream, _) => None,
        };
        (self.data.position(), end)
    }

    /// Whether samples can't be decoded as things stand: the file's own formats are not there, or not yet.
    pub fn lacks_formats(&self) -> bool {
        self.meta.tracing.is_none()
    }

    /// Formats from outside, for a file that has lost its own: while [`lacks_formats`](Self::lacks_formats) holds. The
    /// visitor is told before the next record.
    pub fn supply_formats(&mut self, tracing: TracingData) {
        if self.meta.tracing.is_none() {
            self.meta.tracing = Some(tracing);
            self.stale = true;
            self.name_events();
        }
    }

    /// Gives tracepoints without a name the one of their format.
    fn name_events(&mut self) {
        let Some(tracing) = &self.meta.tracing else { return };
        let named = &mut self.named;
        let formats = self.formats.get_or_insert_with(|| {
            *named = 0;
            let formats =
                tracing.formats.iter().enumerate().rev().filter(|(_, format)| format.system != "ftrace");
            formats.map(|(at, format)| (format.id, at)).collect()
        });
        for event in self.meta.events.iter_mut().skip(self.named) {
            if event.name.is_none() && event.attr.is_tracepoint() {
                let at = u32::try_from(event.attr.config).ok().and_then(|id| formats.get(&id));
                let format = at.and_then(|&at| tracing.formats.get(at));
                event.name = format.map(|format| alloc::format!("{format}"));
            }
        }
        self.named = self.meta.events.len();
    }

    /// Damage that ends reading: what was held back comes out, and the first damage, which explains the others, stays.
    #[cold]
    fn stop<V: Visitor>(&mut self, error: Error, visitor: &mut V) -> Error {
        if matches!(self.state, State::Records) {
            _ = self.finish_records(visitor);
        }
        self.state = State::Done;
        *self.damage.get_or_insert(error)
    }
}

/// Bytes collected until there are enough of them.
#[derive(Debug, Default)]
struct Collector {
    offset: u64,
    needed: u64,
    bytes: Vec<u8>,
}

impl Collector {
    fn new(offset: u64, needed: u64) -> Collector {
        Collector { offset, needed, bytes: Vec::new() }
    }

    /// Takes what is needed of `bytes` and says how much that was. Memory grows only with what really comes.
    fn take(&mut self, bytes: &[u8]) -> usize {
        let missing = usize::try_from(self.missing()).unwrap_or(usize::MAX).min(bytes.len());
        self.bytes.extend_from_slice(&bytes[..missing]);
        missing
    }

    fn missing(&self) -> u64 {
        self.needed - self.bytes.len() as u64
    }
}

#[cfg(test)]
mod tests;
