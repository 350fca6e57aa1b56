//! The records: whole ones straight from the bytes fed, one cut by a chunk's end put together first.

use alloc::{collections::VecDeque, vec::Vec};

use super::{Payload, Reader, State, Visitor};
use crate::{
    Endianity, Error, Record,
    compressed::Inflater,
    head::Section,
    record::{self, kind},
};

/// Bytes of `struct perf_event_header`.
const HEADER: usize = 8;

/// Where in the records the reader is.
#[derive(Debug, Default)]
pub(super) struct Data {
    /// The byte of the file after the last that was taken.
    position: u64,
    end: u64,
    /// The beginning of a record that a chunk's end has cut.
    carry: Vec<u8>,
    unpacked: Unpacked,
}

/// What comes out of compressed records.
#[derive(Debug, Default)]
struct Unpacked {
    inflater: Inflater,
    bytes: Vec<u8>,
    /// Unpacked bytes handed out as records so far.
    done: u64,
    /// Rounds that wait until so many unpacked bytes are handed out.
    rounds: VecDeque<u64>,
    /// The newest compressed record's byte.
    offset: u64,
}

impl Data {
    pub(super) fn begin(&mut self, section: Section) {
        self.position = section.offset;
        self.end = section.end();
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    pub(super) fn left(&self) -> u64 {
        self.end.saturating_sub(self.position)
    }

    /// The record that the end of the source cuts.
    pub(super) fn cut(&self) -> Option<Error> {
        if self.carry.is_empty() && (self.left() == 0 || self.end > u64::MAX - HEADER as u64) {
            return None;
        }
        let offset = self.position - self.carry.len() as u64;
        Some(Error::Truncated {
            what: "a record",
            offset,
            needed: (self.carry.len() as u64).max(HEADER as u64),
            end: self.position,
        })
    }
}

/// What the record loop is to do after a record.
enum Next {
    Record,
    /// Bytes that belong to no record follow.
    Payload,
}

impl Reader {
    pub(super) fn feed_records<E: Endianity, V: Visitor>(
        &mut self,
        bytes: &[u8],
        visitor: &mut V,
    ) -> Result<usize, Error> {
        let left = usize::try_from(self.data.left()).unwrap_or(usize::MAX);
        let bytes = &bytes[..bytes.len().min(left)];
        if let State::Pipe(payload) = &self.state
            && !matches!(payload, Payload::None)
        {
            let used = self.feed_payload(bytes, visitor)?;
            self.data.position += used as u64;
            return Ok(used);
        }
        let mut used = 0;
        if !self.data.carry.is_empty() {
            used = self.complete_carry(bytes, E::u16)?;
            self.data.position += used as u64;
            let Some(size) = whole(&self.data.carry, E::u16) else { return Ok(used) };
            if self.data.carry.len() < size {
                return Ok(used);
            }
            let carry = core::mem::take(&mut self.data.carry);
            let offset = self.data.position - carry.len() as u64;
            let next = self.record::<E, V>(&carry, offset, visitor)?;
            self.data.carry = carry;
            self.data.carry.clear();
            if matches!(next, Next::Payload) {
                return Ok(used);
            }
        }
        let start = self.data.position - used as u64;
        loop {
            let rest = &bytes[used..];
            let Some(header) = rest.first_chunk::<HEADER>() else { break };
            let size = usize::from(E::u16([header[6], header[7]]));
            let offset = start + used as u64;
            if size < HEADER {
                let kind = E::u32([header[0], header[1], header[2], header[3]]);
                self.data.position = offset;
                return Err(Error::RecordSize { kind, found: size as u16, offset });
            }
            let Some(record) = rest.get(..size) else { break };
            used += size;
            self.data.position = start + used as u64;
            if matches!(self.record::<E, V>(record, offset, visitor)?, Next::Payload) {
                return Ok(used);
            }
        }
        self.data.carry.extend_from_slice(&bytes[used..]);
        self.data.position = start + bytes.len() as u64;
        if self.data.left() == 0 {
            self.finish_data::<E, V>(visitor)?;
            let cut = self.data.cut();
            self.state = State::Done;
            if let Some(error) = cut {
                return Err(error);
            }
        }
        Ok(bytes.len())
    }

    /// Adds to the carried record what it lacks.
    fn complete_carry(&mut self, bytes: &[u8], u16_of: fn([u8; 2]) -> u16) -> Result<usize, Error> {
        let carry = &mut self.data.carry;
        let mut used = HEADER.saturating_sub(carry.len()).min(bytes.len());
        carry.extend_from_slice(&bytes[..used]);
        if let Some(size) = whole(carry, u16_of) {
            if size < HEADER {
                let offset = self.data.position + used as u64 - carry.len() as u64;
                return Err(Error::RecordSize { kind: 0, found: size as u16, offset });
            }
            let missing = size.saturating_sub(carry.len()).min(bytes.len() - used);
            carry.extend_from_slice(&bytes[used..used + missing]);
            used += missing;
        }
        Ok(used)
    }

    #[inline]
    fn record<E: Endianity, V: Visitor>(
        &mut self,
        record: &[u8],
        offset: u64,
        visitor: &mut V,
    ) -> Result<Next, Error> {
        let (kind, body) = split::<E>(record);
        if kind <= kind::LAST_KERNEL {
            self.plain::<E, V>(kind, body, offset, visitor);
            return Ok(Next::Record);
        }
        match kind {
            kind::COMPRESSED => {
                self.unpack::<E, V>(body, offset, visitor)?;
                Ok(Next::Record)
            }
            kind::COMPRESSED2 => {
                let data =
                    body.first_chunk().map(|size| E::u64(*size)).and_then(|size| usize::try_from(size).ok());
                let data = data.and_then(|size| body.get(8..)?.get(..size));
                let data =
                    data.ok_or(Error::Compressed { offset, why: "its size is larger than the record" })?;
                self.unpack::<E, V>(data, offset, visitor)?;
                Ok(Next::Record)
            }
            kind::FINISHED_ROUND => {
                let unpacked = &mut self.data.unpacked;
                let decoded = unpacked.inflater.decoded();
                if decoded > unpacked.done {
                    unpacked.rounds.push_back(decoded);
                } else {
                    visitor.record(&self.meta, Record::FinishedRound);
                }
                Ok(Next::Record)
            }
            _ => {
                let follows = self.pipe_record::<E, V>(kind, body, offset, visitor)?;
                self.plain::<E, V>(kind, body, offset, visitor);
                Ok(if follows { Next::Payload } else { Next::Record })
            }
        }
    }

    /// Hands out one record that isn't a container of others.
    #[inline]
    fn plain<E: Endianity, V: Visitor>(&mut self, kind: u32, body: &[u8], offset: u64, visitor: &mut V) {
        let record = if kind == kind::SAMPLE {
            self.layouts.sample::<E>(body, offset).map(Record::Sample)
        } else {
            record::parse::<E>(kind, body, offset, &self.layouts)
        };
        match record {
            Some(record) => visitor.record(&self.meta, record),
            None => self.unreadable += 1,
        }
    }

    fn unpack<E: Endianity, V: Visitor>(
        &mut self,
        piece: &[u8],
        offset: u64,
        visitor: &mut V,
    ) -> Result<(), Error> {
        self.data.unpacked.offset = offset;
        self.data.unpacked.inflater.push(piece);
        loop {
            let mut bytes = core::mem::take(&mut self.data.unpacked.bytes);
            let more = self.data.unpacked.inflater.step(&mut bytes);
            let handed = self.hand_out::<E, V>(&mut bytes, visitor);
            self.data.unpacked.bytes = bytes;
            handed?;
            if !more.map_err(|why| Error::Compressed { offset, why })? {
                return Ok(());
            }
        }
    }

    /// The whole records of what is unpacked, and the rounds between them.
    fn hand_out<E: Endianity, V: Visitor>(
        &mut self,
        bytes: &mut Vec<u8>,
        visitor: &mut V,
    ) -> Result<(), Error> {
        let offset = self.data.unpacked.offset;
        let mut used = 0;
        while let Some(size) = whole(&bytes[used..], E::u16) {
            if size < HEADER {
                let kind = split::<E>(&bytes[used..]).0;
                return Err(Error::RecordSize { kind, found: size as u16, offset });
            }
            let Some(record) = bytes.get(used..used + size) else { break };
            let (kind, body) = split::<E>(record);
            self.plain::<E, V>(kind, body, offset, visitor);
            used += size;
            let unpacked = &mut self.data.unpacked;
            unpacked.done += size as u64;
            while unpacked.rounds.front().is_some_and(|&at| at <= unpacked.done) {
                unpacked.rounds.pop_front();
                visitor.record(&self.meta, Record::FinishedRound);
            }
        }
        bytes.drain(..used);
        Ok(())
    }

    /// The end of the records: what the decompressor held back comes out.
    pub(super) fn finish_data<E: Endianity, V: Visitor>(&mut self, visitor: &mut V) -> Result<(), Error> {
        let offset = self.data.unpacked.offset;
        let mut bytes = core::mem::take(&mut self.data.unpacked.bytes);
        let finished = self.data.unpacked.inflater.finish(&mut bytes);
        self.hand_out::<E, V>(&mut bytes, visitor)?;
        finished.map_err(|why| Error::Compressed { offset, why })?;
        if !bytes.is_empty() {
            return Err(Error::Compressed { offset, why: "the last record in it is cut" });
        }
        Ok(())
    }
}

/// The size that a record's header says, once it is whole.
#[inline]
fn whole(bytes: &[u8], u16_of: fn([u8; 2]) -> u16) -> Option<usize> {
    bytes.first_chunk::<HEADER>().map(|header| usize::from(u16_of([header[6], header[7]])))
}

/// A record's type and body.
#[inline]
fn split<E: Endianity>(record: &[u8]) -> (u32, &[u8]) {
    match record.split_first_chunk::<HEADER>() {
        Some((header, body)) => (E::u32([header[0], header[1], header[2], header[3]]), body),
        None => (0, &[]),
    }
}
