//! The head of a file-mode `perf.data`: header, attributes, ids, then the feature sections behind the data.

use alloc::{collections::VecDeque, vec::Vec};

use super::{Collector, Data, Reader, SECTION_LIMIT, Source, State, Visitor, Wants, own::EVENTS_LIMIT};
use crate::{
    Cursor, Endian, Error,
    bytes::text,
    feature,
    head::{Event, EventAttr, FULL_SIZE, FileHeader, Mode, PIPE_SIZE, Section},
};

/// What is being collected.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// The first 16 bytes, which tell a pipe from a file.
    Magic,
    /// The whole file header.
    FileHeader { version: u8, endian: Endian },
    /// The attribute table.
    Attrs,
    /// The ids of one event.
    Ids(usize),
    /// Names of events, in files before Linux 3.11.
    EventTypes,
    /// The offsets and sizes of the feature sections.
    FeatureTable,
    /// One feature.
    Feature(u32),
}

#[derive(Debug)]
pub(super) struct Head {
    part: Part,
    collector: Collector,
    /// What is to be collected after this.
    next: VecDeque<(Part, Section)>,
    /// How many bytes may still be put on that list.
    budget: u64,
}

/// The most bytes that all tables and feature sections together may have.
const BUDGET: u64 = 4 * SECTION_LIMIT;

/// Bytes of `struct perf_trace_event_type`.
const EVENT_TYPE: usize = 72;

impl Head {
    pub(super) fn start() -> Head {
        let collector = Collector::new(0, PIPE_SIZE);
        Head { part: Part::Magic, collector, next: VecDeque::new(), budget: BUDGET }
    }

    /// The next byte.
    pub(super) fn position(&self) -> u64 {
        self.collector.offset + self.collector.bytes.len() as u64
    }

    pub(super) fn wants(&self) -> Wants {
        Wants::Bytes { offset: self.position(), len: self.collector.missing() }
    }

    /// What the end of the source cuts.
    pub(super) fn cut(&self) -> Error {
        let end = self.position();
        if end == 0 {
            return Error::Empty;
        }
        Error::Truncated {
            what: self.part.name(),
            offset: self.collector.offset,
            needed: self.collector.needed,
            end,
        }
    }
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Part::Magic | Part::FileHeader { .. } => "the file header",
            Part::Attrs => "the table of event attributes",
            Part::Ids(_) => "the ids of an event",
            Part::EventTypes => "the table of event types",
            Part::FeatureTable => "the feature table",
            Part::Feature(id) => feature::name(id),
        }
    }
}

impl Reader {
    pub(super) fn feed_head<V: Visitor>(&mut self, bytes: &[u8], visitor: &mut V) -> Result<usize, Error> {
        let State::Head(head) = &mut self.state else { return Ok(0) };
        let used = head.collector.take(bytes);
        if head.collector.missing() > 0 {
            return Ok(used);
        }
        let (part, collected) = (head.part, core::mem::take(&mut head.collector));
        self.head_part(part, &collected.bytes, collected.offset)?;
        self.next_part(visitor)?;
        Ok(used)
    }

    fn file_len(&self) -> u64 {
        match self.source {
            Source::File { len } => len,
            Source::Stream => u64::MAX,
        }
    }

    /// Puts a section on the list of what is to be collected, if it lies within the file. What doesn't is damage, but
    /// no reason to read nothing.
    fn queue(&mut self, part: Part, section: Section) {
        let Section { offset, size } = section;
        let end = self.file_len();
        let State::Head(head) = &mut self.state else { return };
        if section.end() > end {
            self.damage.get_or_insert(Error::SectionOutside { what: part.name(), offset, size, end });
        } else if size > SECTION_LIMIT || size > head.budget {
            let limit = SECTION_LIMIT.min(head.budget);
            self.damage.get_or_insert(Error::TooMuch { what: part.name(), limit, offset });
        } else if size > 0 {
            head.budget -= size;
            head.next.push_back((part, section));
        }
    }

    fn head_part(&mut self, part: Part, bytes: &[u8], offset: u64) -> Result<(), Error> {
        match part {
            Part::Magic => return self.magic(bytes),
            Part::FileHeader { version, endian } => return self.file_header(bytes, version, endian),
            Part::Attrs => self.attrs(bytes, offset),
            Part::Ids(index) => {
                let mut cursor = Cursor::new(bytes, offset, self.meta.endian, part.name());
                if let Some(event) = self.meta.events.get_mut(index) {
                    while cursor.left() >= 8 {
                        event.ids.push(cursor.u64()?);
                    }
                }
            }
            Part::EventTypes => {
                let mut cursor = Cursor::new(bytes, offset, self.meta.endian, part.name());
                // `struct perf_trace_event_type`: an id, and a name of 64 bytes.
                while cursor.left() >= EVENT_TYPE {
                    let (id, name) = (cursor.u64()?, text(cursor.take(EVENT_TYPE - 8)?));
                    self.event_type(id, name);
                }
            }
            Part::FeatureTable => {
                let mut cursor = Cursor::new(bytes, offset, self.meta.endian, part.name());
                let bits: Vec<u32> = self.meta.header.iter().flat_map(FileHeader::feature_bits).collect();
                let mut sections = Vec::new();
                while let (Some(&bit), Ok(section)) = (bits.get(sections.len()), Section::read(&mut cursor)) {
                    sections.push((bit, section));
                }
                for &(bit, mut section) in &sections {
                    if bit == feature::id::TRACING_DATA {
                        // perf reads it without looking at its size, and so reads files in which that is wrong.
                        let behind =
                            sections.iter().map(|(_, other)| other.offset).filter(|&at| at > section.offset);
                        let room = behind.min().unwrap_or(self.file_len()).saturating_sub(section.offset);
                        if room <= SECTION_LIMIT && section.end() <= self.file_len() {
                            section.size = section.size.max(room);
                        }
                    }
                    if feature::is_known(bit) {
                        self.queue(Part::Feature(bit), section);
                    } else if section.end() > self.file_len() {
                        // Nothing that is needed, but the file has been cut.
                        let (Section { offset, size }, end) = (section, self.file_len());
                        self.damage.get_or_insert(Error::SectionOutside {
                            what: feature::name(bit),
                            offset,
                            size,
                            end,
                        });
                    }
                }
            }
            Part::Feature(id) => self.feature(id, bytes, offset),
        }
        Ok(())
    }

    fn magic(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let first = bytes.first_chunk().ok_or(Error::Empty)?;
        let (version, endian, pipe) = FileHeader::pipe_or_size(first)?;
        self.meta.endian = endian;
        if let Some(header) = pipe {
            self.meta.header = Some(header);
            return Ok(());
        }
        if self.source == Source::Stream {
            return Err(Error::NeedsSeek);
        }
        // A header larger than known keeps its known part in front.
        let size = endian.u64(*first.last_chunk().unwrap_or(&[0; 8])).min(FULL_SIZE);
        let (offset, end) = (0, self.file_len());
        if size > end {
            return Err(Error::Truncated { what: "the file header", offset, needed: size, end });
        }
        self.queue(Part::FileHeader { version, endian }, Section { offset, size });
        Ok(())
    }

    fn file_header(&mut self, bytes: &[u8], version: u8, endian: Endian) -> Result<(), Error> {
        let header = FileHeader::parse(bytes, version, endian)?;
        self.meta.header = Some(header);
        self.queue(Part::Attrs, header.attrs);
        self.queue(Part::EventTypes, header.event_types);
        if header.data.size > 0 {
            let size = 16 * header.feature_bits().count() as u64;
            // A file without its tail has its samples all the same.
            self.queue(Part::FeatureTable, Section { offset: header.data.end(), size });
        }
        Ok(())
    }

    /// The attribute table: as many entries as the header's sizes say, each as long as its attribute itself says.
    fn attrs(&mut self, bytes: &[u8], offset: u64) {
        let endian = self.meta.endian;
        let count =
            self.meta.header.and_then(|header| header.attrs.size.checked_div(header.attr_size)).unwrap_or(0);
        let mut cursor = Cursor::new(bytes, offset, endian, "the table of event attributes");
        let mut entries = Vec::new();
        for _ in 0..count {
            let at = cursor.offset();
            let entry = if entries.len() < EVENTS_LIMIT {
                attr_entry(&mut cursor, endian)
            } else {
                Err(Error::TooMuch { what: "events", limit: EVENTS_LIMIT as u64, offset: at })
            };
            match entry {
                Ok(entry) => entries.push(entry),
                Err(error) => {
                    self.damage.get_or_insert(error);
                    break;
                }
            }
        }
        let State::Head(head) = &mut self.state else { return };
        // Ids come before what has been put on the list already.
        let rest = core::mem::take(&mut head.next);
        for (index, (attr, ids)) in entries.into_iter().enumerate() {
            self.meta.events.push(Event { attr, ids: Vec::new(), name: None });
            self.queue(Part::Ids(index), ids);
        }
        if let State::Head(head) = &mut self.state {
            head.next.extend(rest);
        }
    }

    /// Takes one feature in; also that of a pipe's HEADER_FEATURE record. A feature that can't be read is one fact less,
    /// not the end.
    pub(super) fn feature(&mut self, id: u32, bytes: &[u8], offset: u64) {
        if id == feature::id::TRACING_DATA {
            return self.tracing_data(bytes, offset);
        }
        let endian = self.meta.endian;
        let mut cursor = Cursor::new(bytes, offset, endian, feature::name(id));
        if let Err(error) = self.meta.features.read(id, &mut cursor, endian, &mut self.meta.events) {
            self.damage.get_or_insert(error);
        }
        self.stale |= id == feature::id::EVENT_DESC;
    }

    /// Goes on to the next part, or to the records.
    fn next_part<V: Visitor>(&mut self, visitor: &mut V) -> Result<(), Error> {
        let State::Head(head) = &mut self.state else { return Ok(()) };
        if let Some((part, Section { offset, size })) = head.next.pop_front() {
            head.part = part;
            head.collector = Collector::new(offset, size);
            return Ok(());
        }
        let Some(header) = self.meta.header else { return Ok(()) };
        let end = self.file_len();
        self.data = Data::default();
        self.state = State::Records;
        let section = match header.mode {
            Mode::Pipe => Section { offset: PIPE_SIZE, size: end - PIPE_SIZE.min(end) },
            Mode::File => {
                let offset = header.data.offset;
                let wanted = if header.data.size == 0 { end } else { header.data.end() };
                if wanted > end {
                    let Section { offset, size } = header.data;
                    // The missing data is what explains a missing tail.
                    self.damage =
                        Some(Error::SectionOutside { what: "the section of records", offset, size, end });
                }
                Section { offset, size: wanted.min(end).saturating_sub(offset) }
            }
        };
        self.data.begin(section);
        if header.mode == Mode::File {
            self.describe(section.offset, visitor)?;
        }
        if section.size == 0 { self.finish_records(visitor) } else { Ok(()) }
    }
}

/// One entry of the attribute table.
fn attr_entry(cursor: &mut Cursor<'_>, endian: Endian) -> Result<(EventAttr, Section), Error> {
    let offset = cursor.offset();
    let size = EventAttr::size_of(cursor.rest(), offset, endian)?;
    let attr = EventAttr::parse(cursor.take(size)?, offset, endian)?;
    Ok((attr, Section::read(cursor)?))
}
