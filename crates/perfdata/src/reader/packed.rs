//! COMPRESSED and COMPRESSED2 records (`perf record -z`): one zstd stream that goes on over all of them, in which
//! records may be cut anywhere.

use alloc::{boxed::Box, collections::VecDeque, vec::Vec};

use super::{
    Reader, Visitor,
    data::{HEADER, split, whole},
};
use crate::{Endianity, Error, record::kind, zstd::ZstdStream};

/// What comes out of compressed records, and what must not overtake it.
#[derive(Debug)]
pub(super) struct Packed {
    stream: ZstdStream,
    /// Unpacked, and not yet a whole record.
    bytes: Vec<u8>,
    /// The place in the unpacked stream up to which it has been handed out.
    done: u64,
    waiting: VecDeque<Waiting>,
    waiting_bytes: usize,
    /// The newest compressed record's byte.
    offset: u64,
}

/// A record of the file that stands behind so much of the unpacked stream.
#[derive(Debug)]
struct Waiting {
    mark: u64,
    offset: u64,
    record: Box<[u8]>,
}

/// How many bytes of records may wait. Real traces have little else than FINISHED_ROUND between compressed records.
const WAITING_LIMIT: usize = 32 << 20;

impl Default for Packed {
    fn default() -> Packed {
        Packed {
            stream: ZstdStream::with_position(),
            bytes: Vec::new(),
            done: 0,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            offset: 0,
        }
    }
}

impl Packed {
    /// Whether some of what was unpacked, or of what stands behind it, has not been handed out.
    #[inline]
    pub(super) fn holds(&self) -> bool {
        self.stream.decoded() > self.done
    }

    /// Lets a record wait until what was unpacked before it is handed out; `false` where too many do.
    pub(super) fn wait(&mut self, record: &[u8], offset: u64) -> bool {
        let bytes = self.waiting_bytes + record.len() + size_of::<Waiting>();
        if bytes > WAITING_LIMIT {
            return false;
        }
        self.waiting_bytes = bytes;
        self.waiting.push_back(Waiting { mark: self.stream.decoded(), offset, record: record.into() });
        true
    }

    /// The next of the waiting records, if what lies before it in the stream is done: if the stream's next record, which
    /// begins `bytes`, ends behind it.
    fn due<E: Endianity>(&mut self, bytes: &[u8]) -> Option<Waiting> {
        let mark = self.waiting.front()?.mark;
        let end = match whole::<E>(bytes) {
            Some(size) => self.done + size as u64,
            None if self.done + bytes.len() as u64 >= mark => u64::MAX,
            None => 0,
        };
        if end <= mark {
            return None;
        }
        let waiting = self.waiting.pop_front()?;
        self.waiting_bytes -= waiting.record.len() + size_of::<Waiting>();
        Some(waiting)
    }
}

impl Reader {
    pub(super) fn unpack<E: Endianity, V: Visitor>(
        &mut self,
        mut piece: &[u8],
        offset: u64,
        visitor: &mut V,
    ) -> Result<(), Error> {
        self.data.packed.offset = offset;
        self.counts.compressed += 1;
        while !piece.is_empty() {
            let packed = &mut self.data.packed;
            let step = packed.stream.step(piece, &mut packed.bytes);
            self.unpacked::<E, V>(visitor)?;
            piece = &piece[step.map_err(|why| Error::Compressed { offset, why })?..];
        }
        Ok(())
    }

    /// The end of the stream: what the decompressor held back comes out.
    pub(super) fn finish_packed<E: Endianity, V: Visitor>(&mut self, visitor: &mut V) -> Result<(), Error> {
        let packed = &mut self.data.packed;
        let offset = packed.offset;
        let finished = packed.stream.finish(&mut packed.bytes);
        self.unpacked::<E, V>(visitor)?;
        finished.map_err(|why| Error::Compressed { offset, why })?;
        let packed = &mut self.data.packed;
        packed.done = packed.stream.decoded();
        let cut = !core::mem::take(&mut packed.bytes).is_empty();
        if cut { Err(Error::Compressed { offset, why: "the last record in it is cut" }) } else { Ok(()) }
    }

    /// The whole records of what is unpacked, and those of the file between them.
    fn unpacked<E: Endianity, V: Visitor>(&mut self, visitor: &mut V) -> Result<(), Error> {
        let mut bytes = core::mem::take(&mut self.data.packed.bytes);
        let mut used = 0;
        let result = loop {
            let rest = &bytes[used..];
            if let Some(waiting) = self.data.packed.due::<E>(rest) {
                if let Err(error) = self.hand_out::<E, V>(&waiting.record, waiting.offset, visitor) {
                    break Err(error);
                }
                continue;
            }
            let offset = self.data.packed.offset;
            let Some(size) = whole::<E>(rest) else { break Ok(()) };
            if size < HEADER {
                break Err(Error::RecordSize { kind: split::<E>(rest).0, found: size as u16, offset });
            }
            let Some(record) = rest.get(..size) else { break Ok(()) };
            let kind = split::<E>(record).0;
            used += size;
            self.data.packed.done += size as u64;
            // What is packed is what the kernel wrote; a container in it would be a bomb.
            if matches!(kind, kind::COMPRESSED | kind::COMPRESSED2) {
                break Err(Error::Compressed { offset, why: "it holds another compressed record" });
            }
            if let Err(error) = self.hand_out::<E, V>(record, offset, visitor) {
                break Err(error);
            }
        };
        match result {
            Ok(()) => {
                bytes.drain(..used);
                self.data.packed.bytes = bytes;
            }
            // What the decompressor holds behind this can't be told apart into records any more.
            Err(_) => self.data.packed = Packed::default(),
        }
        result
    }
}
