//! Records of perf's own types: attributes, features and tracing data of a pipe, names given later, and payloads that
//! lie behind a record without being part of it.

use super::{Collector, Reader, SECTION_LIMIT, Source, Visitor};
use crate::{
    Endianity, Error, TracingData,
    bytes::text,
    endian::{u32_at, u64_at},
    feature,
    head::{Event, EventAttr, Mode},
    record::kind,
};

/// Bytes that follow a record without being part of it.
#[derive(Debug, Default)]
pub(super) enum Payload {
    #[default]
    None,
    /// TRACING_DATA: kept.
    Tracing(Collector),
    /// AUXTRACE: passed over.
    Skip {
        /// The first byte.
        offset: u64,
        size: u64,
        left: u64,
    },
}

/// The most events that a trace may have; perf needs a file descriptor for each of them on each CPU.
pub(super) const EVENTS_LIMIT: usize = 8192;

/// How often the description of a trace may change; a pipe needs one time, or two.
const DESCRIPTIONS_LIMIT: u32 = 16384;

/// How many event types a trace may name; more are passed over.
const EVENT_TYPES_LIMIT: u32 = 65536;

/// `PERF_EVENT_UPDATE__NAME`.
const UPDATE_NAME: u64 = 2;

impl Payload {
    pub(super) fn is_none(&self) -> bool {
        matches!(self, Payload::None)
    }

    /// What it is, its first byte and its size.
    pub(super) fn cut(&self) -> Option<(&'static str, u64, u64)> {
        match self {
            Payload::None => None,
            Payload::Tracing(collector) => Some(("the tracing data", collector.offset, collector.needed)),
            Payload::Skip { offset, size, .. } => Some(("the payload of an AUXTRACE record", *offset, *size)),
        }
    }
}

impl Reader {
    /// Takes in what a record of perf's own types says.
    pub(super) fn own_record<E: Endianity>(
        &mut self,
        kind: u32,
        misc: u16,
        body: &[u8],
        offset: u64,
    ) -> Result<(), Error> {
        let behind = offset + 8 + body.len() as u64;
        match kind {
            kind::AUXTRACE => {
                let size = u64_at::<E>(body, 0).unwrap_or(0);
                if size > 0 {
                    self.data.payload = Payload::Skip { offset: behind, size, left: size };
                }
            }
            kind::HEADER_TRACING_DATA => {
                let size = u64::from(u32_at::<E>(body, 0).unwrap_or(0)).next_multiple_of(8);
                if self.meta.tracing.is_some() || size > SECTION_LIMIT {
                    self.data.payload = Payload::Skip { offset: behind, size, left: size };
                } else if size > 0 {
                    self.data.payload = Payload::Tracing(Collector::new(behind, size));
                }
            }
            kind::HEADER_ATTR if self.is_pipe() => self.header_attr::<E>(body, offset)?,
            kind::HEADER_FEATURE if self.is_pipe() => {
                let id = u64_at::<E>(body, 0).and_then(|id| u32::try_from(id).ok());
                if let (Some(id), Some(content)) = (id, body.get(8..)) {
                    self.feature(id, content, offset + 16);
                }
            }
            kind::HEADER_EVENT_TYPE => {
                if let (Some(id), Some(name)) = (u64_at::<E>(body, 0), body.get(8..)) {
                    self.event_type(id, text(name));
                }
            }
            kind::HEADER_BUILD_ID => {
                if let Some(id) = feature::BuildId::parse::<E>(body, misc) {
                    self.meta.features.add_build_id(id);
                }
            }
            kind::EVENT_UPDATE => self.event_update::<E>(body),
            _ => {}
        }
        Ok(())
    }

    fn is_pipe(&self) -> bool {
        self.meta.header.is_some_and(|header| header.mode == Mode::Pipe)
    }

    /// HEADER_ATTR: an attribute, and the ids of its samples up to the record's end.
    fn header_attr<E: Endianity>(&mut self, body: &[u8], offset: u64) -> Result<(), Error> {
        let size = EventAttr::size_of(body, offset + 8, E::ENDIAN)?;
        let short = Error::Short { what: "an event attribute", offset: offset + 8 };
        let (attr, ids) = body.split_at_checked(size).ok_or(short)?;
        let attr = EventAttr::parse(attr, offset + 8, E::ENDIAN)?;
        if self.meta.events.len() >= EVENTS_LIMIT {
            return Err(Error::TooMuch { what: "events", limit: EVENTS_LIMIT as u64, offset });
        }
        let ids = ids.as_chunks::<8>().0.iter().map(|id| E::u64(*id)).collect();
        self.meta.events.push(Event { attr, ids, name: None });
        self.stale = true;
        Ok(())
    }

    /// EVENT_UPDATE: among other things, the name that the user gave an event.
    fn event_update<E: Endianity>(&mut self, body: &[u8]) {
        let (Some(UPDATE_NAME), Some(id), Some(name)) =
            (u64_at::<E>(body, 0), u64_at::<E>(body, 8), body.get(16..))
        else {
            return;
        };
        let name = text(name);
        self.layouts.extend(&self.meta.events);
        if let Some(event) = self.layouts.by_id(id).and_then(|event| self.meta.events.get_mut(event as usize))
            && !name.is_empty()
            && event.name.as_deref() != Some(&name)
        {
            event.name = Some(name);
            self.stale = true;
        }
    }

    /// A name from the table of event types that perf wrote before Linux 3.11.
    pub(super) fn event_type(&mut self, id: u64, name: alloc::string::String) {
        self.event_types += 1;
        if self.event_types > EVENT_TYPES_LIMIT {
            return;
        }
        for event in
            self.meta.events.iter_mut().filter(|event| event.name.is_none() && event.attr.config == id)
        {
            event.name = Some(name.clone());
            self.stale = true;
        }
    }

    /// Tells the visitor what has become known since it was told last.
    #[cold]
    pub(super) fn describe<V: Visitor>(&mut self, offset: u64, visitor: &mut V) -> Result<(), Error> {
        self.stale = false;
        self.descriptions += 1;
        if self.descriptions > DESCRIPTIONS_LIMIT {
            return Err(Error::TooMuch {
                what: "changes of events",
                limit: DESCRIPTIONS_LIMIT.into(),
                offset,
            });
        }
        self.name_events();
        self.layouts.extend(&self.meta.events);
        visitor.described(&self.meta);
        Ok(())
    }

    /// Bytes behind a record; says how many of them it took.
    pub(super) fn feed_payload(&mut self, bytes: &[u8]) -> usize {
        let used = match &mut self.data.payload {
            Payload::None => 0,
            Payload::Skip { left, .. } => {
                let used = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= used as u64;
                if *left == 0 {
                    self.data.payload = Payload::None;
                }
                used
            }
            Payload::Tracing(collector) => {
                let used = collector.take(bytes);
                if collector.missing() == 0 {
                    let (bytes, offset) = (core::mem::take(&mut collector.bytes), collector.offset);
                    self.data.payload = Payload::None;
                    self.tracing_data(&bytes, offset);
                }
                used
            }
        };
        self.data.pass_over(used as u64);
        used
    }

    /// In a file, what is to be passed over needn't be read.
    pub(super) fn pass_over_payload(&mut self) -> Result<(), Error> {
        if let (Source::File { .. }, &Payload::Skip { left, .. }) = (self.source, &self.data.payload) {
            let cut = left > self.data.left();
            self.data.pass_over(left);
            if !cut {
                self.data.payload = Payload::None;
            }
        }
        Ok(())
    }

    /// Takes the tracing data in, as far as it can be read.
    pub(super) fn tracing_data(&mut self, bytes: &[u8], offset: u64) {
        let (tracing, damage) = TracingData::parse_partly(bytes, offset);
        if let Some(damage) = damage {
            self.damage.get_or_insert(damage);
        }
        if self.meta.tracing.is_none()
            && let Some(tracing) = tracing
        {
            self.meta.tracing = Some(tracing);
            self.stale = true;
        }
    }
}
