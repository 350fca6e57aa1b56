//! The records: whole ones straight from the bytes fed, one cut by a chunk's end put together first.

use alloc::vec::Vec;

use super::{Reader, State, Visitor, own::Payload, packed::Packed};
use crate::{
    Endianity, Error, Record,
    head::Section,
    record::{self, Unreadable, kind},
};

/// Bytes of `struct perf_event_header`.
pub(super) const HEADER: usize = 8;

/// Where in the records the reader is.
#[derive(Debug, Default)]
pub(super) struct Data {
    /// The byte of the file after the last that was taken.
    position: u64,
    end: u64,
    /// The beginning of a record that a chunk's end has cut.
    carry: Vec<u8>,
    /// What lies behind the newest record without being part of it.
    pub(super) payload: Payload,
    pub(super) packed: Packed,
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

    /// Passes over bytes without having them; at most to the end.
    pub(super) fn pass_over(&mut self, bytes: u64) {
        self.position = self.position.saturating_add(bytes).min(self.end);
    }

    /// What the end of the source cuts.
    fn cut<E: Endianity>(&self) -> Option<Error> {
        let end = self.position;
        if let Some((what, offset, needed)) = self.payload.cut() {
            return Some(Error::Truncated { what, offset, needed, end });
        }
        if self.carry.is_empty() {
            return None;
        }
        let needed = whole::<E>(&self.carry).unwrap_or(HEADER) as u64;
        Some(Error::Truncated {
            what: "a record",
            offset: end.saturating_sub(self.carry.len() as u64),
            needed,
            end,
        })
    }
}

impl Reader {
    pub(super) fn feed_records<E: Endianity, V: Visitor>(
        &mut self,
        bytes: &[u8],
        visitor: &mut V,
    ) -> Result<usize, Error> {
        let left = usize::try_from(self.data.left()).unwrap_or(usize::MAX);
        let bytes = &bytes[..bytes.len().min(left)];
        let used = if self.data.payload.is_none() {
            self.feed_whole::<E, V>(bytes, visitor)?
        } else {
            self.feed_payload(bytes)
        };
        self.pass_over_payload()?;
        if self.data.left() == 0 {
            self.finish_data::<E, V>(visitor)?;
        }
        Ok(used)
    }

    fn feed_whole<E: Endianity, V: Visitor>(
        &mut self,
        bytes: &[u8],
        visitor: &mut V,
    ) -> Result<usize, Error> {
        let start = self.data.position;
        let mut used = 0;
        if !self.data.carry.is_empty() {
            used = self.complete_carry::<E>(bytes)?;
            self.data.position = start + used as u64;
            if whole::<E>(&self.data.carry).is_none_or(|size| self.data.carry.len() < size) {
                return Ok(used);
            }
            let mut carry = core::mem::take(&mut self.data.carry);
            let result = self.record::<E, V>(&carry, self.data.position - carry.len() as u64, visitor);
            carry.clear();
            self.data.carry = carry;
            result?;
            if self.left_the_records() {
                return Ok(used);
            }
        }
        let mut plain = self.is_plain();
        loop {
            let rest = &bytes[used..];
            let Some((header, _)) = rest.split_first_chunk::<HEADER>() else { break };
            let kind = E::u32([header[0], header[1], header[2], header[3]]);
            let size = usize::from(E::u16([header[6], header[7]]));
            let offset = start + used as u64;
            let Some((record, _)) = rest.split_at_checked(size) else { break };
            let Some(body) = record.get(HEADER..) else {
                self.data.position = offset;
                return Err(Error::RecordSize { kind, found: size as u16, offset });
            };
            used += size;
            if plain && kind == kind::SAMPLE {
                self.sample::<E, V>(body, offset, visitor);
                continue;
            }
            self.data.position = start + used as u64;
            self.record::<E, V>(record, offset, visitor)?;
            if self.left_the_records() {
                return Ok(used);
            }
            plain = self.is_plain();
        }
        self.data.carry.extend_from_slice(&bytes[used..]);
        self.data.position = start + bytes.len() as u64;
        Ok(bytes.len())
    }

    /// Whether a sample may be handed out at once.
    fn is_plain(&self) -> bool {
        !self.stale && !self.data.packed.holds()
    }

    /// Whether what comes next is no record.
    fn left_the_records(&self) -> bool {
        !self.data.payload.is_none()
    }

    /// Adds to the carried record what it lacks.
    fn complete_carry<E: Endianity>(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let carry = &mut self.data.carry;
        let mut used = HEADER.saturating_sub(carry.len()).min(bytes.len());
        carry.extend_from_slice(&bytes[..used]);
        if let Some(size) = whole::<E>(carry) {
            if size < HEADER {
                let offset = (self.data.position + used as u64).saturating_sub(carry.len() as u64);
                let kind = split::<E>(carry).0;
                // It is the damage; nothing of it is cut.
                carry.clear();
                return Err(Error::RecordSize { kind, found: size as u16, offset });
            }
            let missing = size.saturating_sub(carry.len()).min(bytes.len() - used);
            carry.extend_from_slice(&bytes[used..used + missing]);
            used += missing;
        }
        Ok(used)
    }

    /// One record of the file.
    fn record<E: Endianity, V: Visitor>(
        &mut self,
        record: &[u8],
        offset: u64,
        visitor: &mut V,
    ) -> Result<(), Error> {
        let (kind, body) = split::<E>(record);
        match kind {
            kind::COMPRESSED => return self.unpack::<E, V>(body, offset, visitor),
            kind::COMPRESSED2 => {
                let data =
                    body.first_chunk().map(|size| E::u64(*size)).and_then(|size| usize::try_from(size).ok());
                let data = data.and_then(|size| body.get(8..)?.get(..size));
                let data =
                    data.ok_or(Error::Compressed { offset, why: "its size is larger than the record" })?;
                return self.unpack::<E, V>(data, offset, visitor);
            }
            0..=kind::LAST_KERNEL | kind::FINISHED_ROUND => {}
            _ => self.own_record::<E>(kind, misc::<E>(record), body, offset)?,
        }
        if self.data.packed.holds() {
            if self.data.packed.wait(record, offset) {
                return Ok(());
            }
            // Too much waits: the stream ends here, as far as this reader goes.
            self.finish_packed::<E, V>(visitor)?;
        }
        self.hand_out::<E, V>(record, offset, visitor)
    }

    /// Hands out one record that isn't a container of others.
    pub(super) fn hand_out<E: Endianity, V: Visitor>(
        &mut self,
        record: &[u8],
        offset: u64,
        visitor: &mut V,
    ) -> Result<(), Error> {
        let (kind, body) = split::<E>(record);
        if self.stale && kind <= kind::LAST_KERNEL {
            self.describe(offset, visitor)?;
        }
        if kind == kind::SAMPLE {
            self.other_sample::<E, V>(body, offset, visitor);
            return Ok(());
        }
        match record::parse::<E>(kind, misc::<E>(record), body, offset, &self.layouts) {
            Some(record) => {
                self.counts.count(kind);
                visitor.record(&self.meta, record);
            }
            None => self.unreadable(Error::Record { kind, offset }),
        }
        Ok(())
    }

    #[inline(always)]
    fn sample<E: Endianity, V: Visitor>(&mut self, body: &[u8], offset: u64, visitor: &mut V) {
        match self.layouts.usual_sample::<E>(body, offset) {
            Some(sample) => {
                self.counts.samples += 1;
                visitor.sample(&self.meta, sample);
            }
            None => self.other_sample::<E, V>(body, offset, visitor),
        }
    }

    /// A sample of any layout.
    #[inline(never)]
    fn other_sample<E: Endianity, V: Visitor>(&mut self, body: &[u8], offset: u64, visitor: &mut V) {
        match self.layouts.sample::<E>(body, offset) {
            Ok(sample) => {
                self.counts.samples += 1;
                visitor.record(&self.meta, Record::Sample(sample));
            }
            Err(Unreadable::NoEvent) => self.counts.of_no_event += 1,
            Err(Unreadable::Short) => self.unreadable(Error::Record { kind: kind::SAMPLE, offset }),
        }
    }

    /// A record whose parts don't fit into it: its frame is sound, so reading goes on.
    #[cold]
    fn unreadable(&mut self, error: Error) {
        self.counts.unreadable += 1;
        self.damage.get_or_insert(error);
    }

    /// The end of the records: what the decompressor held back comes out, what is cut is damage.
    pub(super) fn finish_data<E: Endianity, V: Visitor>(&mut self, visitor: &mut V) -> Result<(), Error> {
        self.state = State::Done;
        let finished = self.finish_packed::<E, V>(visitor);
        let cut = self.data.cut::<E>();
        if self.stale {
            self.describe(self.data.position, visitor)?;
        }
        self.data.carry = Vec::new();
        self.data.payload = Payload::None;
        finished?;
        cut.map_or(Ok(()), Err)
    }
}

/// The size that a record's header says, once it is whole.
#[inline]
pub(super) fn whole<E: Endianity>(bytes: &[u8]) -> Option<usize> {
    bytes.first_chunk::<HEADER>().map(|header| usize::from(E::u16([header[6], header[7]])))
}

/// A record's type and body.
#[inline]
pub(super) fn split<E: Endianity>(record: &[u8]) -> (u32, &[u8]) {
    match record.split_first_chunk::<HEADER>() {
        Some((header, body)) => (E::u32([header[0], header[1], header[2], header[3]]), body),
        None => (0, &[]),
    }
}

/// `perf_event_header.misc`.
fn misc<E: Endianity>(record: &[u8]) -> u16 {
    record.first_chunk::<HEADER>().map_or(0, |header| E::u16([header[4], header[5]]))
}
