//! What only a pipe has: attributes, features and tracing data as records, and payloads behind a record.

use super::{Collector, Reader, State, Visitor};
use crate::{
    Endianity, Error, TracingData,
    endian::{u32_at, u64_at},
    head::{Event, EventAttr, Mode},
    record::{Layouts, kind},
};

/// Bytes that follow a record without being part of it.
#[derive(Debug)]
pub(super) enum Payload {
    None,
    /// TRACING_DATA: kept.
    Tracing(Collector),
    /// AUXTRACE: so many bytes passed over.
    Skip(u64),
}

impl Reader {
    /// Looks at a record of perf's own types; `true` where bytes follow that belong to no record.
    pub(super) fn pipe_record<E: Endianity, V: Visitor>(
        &mut self,
        kind: u32,
        body: &[u8],
        offset: u64,
        visitor: &mut V,
    ) -> Result<bool, Error> {
        if kind == kind::AUXTRACE {
            let size = u64_at::<E>(body, 0).unwrap_or(0);
            return Ok(size > 0 && self.follow(Payload::Skip(size)));
        }
        if self.meta.header.is_none_or(|header| header.mode != Mode::Pipe) {
            return Ok(false);
        }
        match kind {
            kind::HEADER_ATTR => {
                let size = match u32_at::<E>(body, 4) {
                    Some(size) if (64..=4096).contains(&size) => size as usize,
                    Some(0) => 64,
                    other => {
                        return Err(Error::AttrSize { found: other.unwrap_or(0).into(), offset: offset + 8 });
                    }
                };
                let short = Error::Short { what: "an event attribute", offset: offset + 8 };
                let (attr, ids) = body.split_at_checked(size).ok_or(short)?;
                let attr = EventAttr::parse(attr, offset + 8, self.meta.endian)?;
                let ids = ids.as_chunks::<8>().0.iter().map(|id| E::u64(*id)).collect();
                self.meta.events.push(Event { attr, ids, name: None });
                self.described(visitor);
            }
            kind::HEADER_FEATURE => {
                if let Some(id) = u64_at::<E>(body, 0).and_then(|id| u32::try_from(id).ok())
                    && let Err(error) = self.feature(id, &body[8..], offset + 16)
                {
                    self.damage.get_or_insert(error);
                }
                self.described(visitor);
            }
            kind::HEADER_TRACING_DATA => {
                // `size` bytes follow, padded to eight.
                let size = u64::from(u32_at::<E>(body, 0).unwrap_or(0)).next_multiple_of(8);
                let at = offset + 8 + body.len() as u64;
                return Ok(size > 0 && self.follow(Payload::Tracing(Collector::new(at, size))));
            }
            _ => {}
        }
        Ok(false)
    }

    fn follow(&mut self, payload: Payload) -> bool {
        match &self.state {
            State::Pipe(_) => self.state = State::Pipe(payload),
            // In a file the body is part of the data section just the same.
            _ => self.state = State::Pipe(payload),
        }
        true
    }

    fn described<V: Visitor>(&mut self, visitor: &mut V) {
        self.name_events();
        self.layouts = Layouts::new(&self.meta);
        visitor.described(&self.meta);
    }

    pub(super) fn feed_payload<V: Visitor>(&mut self, bytes: &[u8], visitor: &mut V) -> Result<usize, Error> {
        let State::Pipe(payload) = &mut self.state else { return Ok(0) };
        match payload {
            Payload::None => Ok(0),
            Payload::Skip(left) => {
                let used = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= used as u64;
                if *left == 0 {
                    *payload = Payload::None;
                }
                Ok(used)
            }
            Payload::Tracing(collector) => {
                let used = collector.take(bytes);
                if collector.missing() == 0 {
                    let tracing = TracingData::parse(&collector.bytes, collector.offset);
                    *payload = Payload::None;
                    self.meta.tracing = Some(tracing?);
                    self.described(visitor);
                }
                Ok(used)
            }
        }
    }
}
