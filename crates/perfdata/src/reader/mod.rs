//! The reader: a state machine that asks for bytes and hands out records.

mod data;
mod head;
mod pipe;

use alloc::vec::Vec;

use crate::{
    BigEndian, Endian, Error, LittleEndian, Metadata, Record, TracingData, head::Section, record::Layouts,
};
use data::Data;
use head::Head;
use pipe::Payload;

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
    unreadable: u64,
}

#[derive(Debug)]
enum State {
    /// The tables before and behind the data.
    Head(Head),
    /// Records of a file.
    Records,
    /// Records of a pipe.
    Pipe(Payload),
    Done,
}

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
            unreadable: 0,
        }
    }

    /// A reader of the raw records of one more file of a `perf record --threads` directory, which has no head of its
    /// own: `meta` is that of the directory's header file.
    pub fn raw(len: u64, meta: Metadata) -> Reader {
        let mut reader = Reader::new(Source::File { len });
        reader.layouts = Layouts::new(&meta);
        reader.meta = meta;
        reader.data.begin(Section { offset: 0, size: len });
        reader.state = if len == 0 { State::Done } else { State::Records };
        reader
    }

    /// The next bytes to feed.
    pub fn wants(&self) -> Wants {
        match &self.state {
            State::Head(head) => head.wants(),
            State::Records => Wants::Bytes { offset: self.data.position(), len: self.data.left() },
            State::Pipe(_) => {
                let offset = self.data.position();
                let len = match self.source {
                    Source::File { len } => len.saturating_sub(offset),
                    Source::Stream => u64::MAX,
                };
                if len == 0 { Wants::Nothing } else { Wants::Bytes { offset, len } }
            }
            State::Done => Wants::Nothing,
        }
    }

    /// Takes the next bytes, from [`wants`](Self::wants)`().offset` on.
    ///
    /// # Errors
    /// Where the file can't be read on from here. All records before that have been handed out;
    /// [`damage`](Self::damage) gives the same error later.
    pub fn feed<V: Visitor>(&mut self, mut bytes: &[u8], visitor: &mut V) -> Result<(), Error> {
        while !bytes.is_empty() {
            let result = match &mut self.state {
                State::Head(_) => self.feed_head(bytes, visitor),
                State::Records | State::Pipe(_) => match self.meta.endian {
                    Endian::Little => self.feed_records::<LittleEndian, V>(bytes, visitor),
                    Endian::Big => self.feed_records::<BigEndian, V>(bytes, visitor),
                },
                State::Done => return Ok(()),
            };
            match result {
                Ok(used) => bytes = bytes.get(used..).unwrap_or(&[]),
                Err(error) => return Err(self.stop(error)),
            }
        }
        Ok(())
    }

    /// The source has no more bytes.
    ///
    /// # Errors
    /// Where something was cut by the end.
    pub fn end<V: Visitor>(&mut self, visitor: &mut V) -> Result<(), Error> {
        let flushed = match self.meta.endian {
            Endian::Little => self.finish_data::<LittleEndian, V>(visitor),
            Endian::Big => self.finish_data::<BigEndian, V>(visitor),
        };
        let cut = match &self.state {
            State::Head(head) => head.cut(),
            State::Records | State::Pipe(_) => self.data.cut(),
            State::Done => None,
        };
        self.state = State::Done;
        match flushed.err().or(cut) {
            Some(error) => Err(self.stop(error)),
            None => Ok(()),
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

    /// Samples that carry the id of no event, or whose parts don't fit into them.
    pub fn unreadable_samples(&self) -> u64 {
        self.unreadable
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

    /// Formats from outside, for a file that has lost its own. To be given before the first record is fed.
    pub fn supply_formats(&mut self, tracing: TracingData) {
        if self.meta.tracing.is_none() {
            self.meta.tracing = Some(tracing);
            self.name_events();
        }
    }

    /// Gives tracepoints without a name the one of their format.
    fn name_events(&mut self) {
        let Some(tracing) = &self.meta.tracing else { return };
        for event in
            self.meta.events.iter_mut().filter(|event| event.name.is_none() && event.attr.is_tracepoint())
        {
            event.name = tracing.by_id(event.attr.config).map(|format| alloc::format!("{format}"));
        }
    }

    fn stop(&mut self, error: Error) -> Error {
        self.state = State::Done;
        // The first damage is the one that explains the others.
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
