//! The head of a file-mode `perf.data`: header, attributes, ids, then the feature sections behind the data.

use alloc::{collections::VecDeque, vec::Vec};

use super::{Collector, Data, Payload, Reader, Source, State, Visitor, Wants};
use crate::{
    Cursor, Endian, Error, TracingData, feature,
    head::{Event, EventAttr, FULL_SIZE, FileHeader, Mode, PIPE_SIZE, SIZE_VER0, Section},
    record::Layouts,
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
}

/// The largest attribute that is believed; the kernel's own limit is a page.
const ATTR_LIMIT: u64 = 4096;

impl Head {
    pub(super) fn start() -> Head {
        Head { part: Part::Magic, collector: Collector::new(0, PIPE_SIZE), next: VecDeque::new() }
    }

    pub(super) fn wants(&self) -> Wants {
        let offset = self.collector.offset + self.collector.bytes.len() as u64;
        Wants::Bytes { offset, len: self.collector.missing() }
    }

    pub(super) fn cut(&self) -> Option<Error> {
        let Collector { offset, needed, bytes } = &self.collector;
        let end = offset + bytes.len() as u64;
        if end == 0 {
            return Some(Error::Empty);
        }
        Some(Error::Truncated { what: self.part.name(), offset: *offset, needed: *needed, end })
    }
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Part::Magic | Part::FileHeader { .. } => "the file header",
            Part::Attrs => "the table of event attributes",
            Part::Ids(_) => "the ids of an event",
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
        self.next_part(visitor);
        Ok(used)
    }

    fn file_len(&self) -> u64 {
        match self.source {
            Source::File { len } => len,
            Source::Stream => u64::MAX,
        }
    }

    /// Puts a section on the list of what is to be collected, if it lies within the file.
    fn queue(&mut self, part: Part, section: Section) -> Result<(), Error> {
        let end = self.file_len();
        if section.end() > end {
            let Section { offset, size } = section;
            return Err(Error::SectionOutside { what: part.name(), offset, size, end });
        }
        if let State::Head(head) = &mut self.state
            && section.size > 0
        {
            head.next.push_back((part, section));
        }
        Ok(())
    }

    fn head_part(&mut self, part: Part, bytes: &[u8], offset: u64) -> Result<(), Error> {
        match part {
            Part::Magic => self.magic(bytes),
            Part::FileHeader { version, endian } => self.file_header(bytes, version, endian),
            Part::Attrs => self.attrs(bytes, offset),
            Part::Ids(index) => {
                let mut cursor = Cursor::new(bytes, offset, self.meta.endian, part.name());
                let mut ids = Vec::new();
                while cursor.left() >= 8 {
                    ids.push(cursor.u64()?);
                }
                if let Some(event) = self.meta.events.get_mut(index) {
                    event.ids = ids;
                }
                Ok(())
            }
            Part::FeatureTable => {
                let mut cursor = Cursor::new(bytes, offset, self.meta.endian, part.name());
                let bits: Vec<u32> = self.meta.header.iter().flat_map(FileHeader::feature_bits).collect();
                for bit in bits {
                    let section = Section::read(&mut cursor)?;
                    if feature::is_known(bit)
                        && let Err(error) = self.queue(Part::Feature(bit), section)
                    {
                        self.damage.get_or_insert(error);
                    }
                }
                Ok(())
            }
            Part::Feature(id) => {
                // A feature that can't be read is one fact less, not the end.
                if let Err(error) = self.feature(id, bytes, offset) {
                    self.damage.get_or_insert(error);
                }
                Ok(())
            }
        }
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
        // PERFFILE and PERFILE2 headers are alike; a header larger than known keeps its known part in front.
        let size = endian.u64(*first.last_chunk().unwrap_or(&[0; 8])).min(FULL_SIZE);
        self.queue(Part::FileHeader { version, endian }, Section { offset: 0, size })
    }

    fn file_header(&mut self, bytes: &[u8], version: u8, endian: Endian) -> Result<(), Error> {
        let header = FileHeader::parse(bytes, version, endian)?;
        self.meta.header = Some(header);
        let attr = header.attr_size.wrapping_sub(16);
        if !(SIZE_VER0..=ATTR_LIMIT).contains(&attr) {
            return Err(Error::AttrSize { found: attr, offset: 16 });
        }
        self.queue(Part::Attrs, header.attrs)
    }

    fn attrs(&mut self, bytes: &[u8], offset: u64) -> Result<(), Error> {
        let Some(header) = self.meta.header else { return Ok(()) };
        let size = header.attr_size as usize;
        let mut ids = Vec::new();
        for (index, entry) in bytes.chunks_exact(size).enumerate() {
            let at = offset + (index * size) as u64;
            let (attr, section) = entry.split_at(size - 16);
            let attr = EventAttr::parse(attr, at, self.meta.endian)?;
            let mut cursor = Cursor::new(
                section,
                at + size as u64 - 16,
                self.meta.endian,
                "the table of event attributes",
            );
            ids.push(Section::read(&mut cursor)?);
            self.meta.events.push(Event { attr, ids: Vec::new(), name: None });
        }
        for (index, section) in ids.into_iter().enumerate() {
            if let Err(error) = self.queue(Part::Ids(index), section) {
                self.damage.get_or_insert(error);
            }
        }
        if header.data.size > 0 {
            let size = 16 * header.feature_bits().count() as u64;
            // A file without its tail has its samples all the same.
            if let Err(error) = self.queue(Part::FeatureTable, Section { offset: header.data.end(), size }) {
                self.damage.get_or_insert(error);
            }
        }
        Ok(())
    }

    /// Takes one feature in; also that of a pipe's HEADER_FEATURE record.
    pub(super) fn feature(&mut self, id: u32, bytes: &[u8], offset: u64) -> Result<(), Error> {
        if id == feature::id::TRACING_DATA {
            self.meta.tracing = Some(TracingData::parse(bytes, offset)?);
            return Ok(());
        }
        let endian = self.meta.endian;
        let mut cursor = Cursor::new(bytes, offset, endian, feature::name(id));
        self.meta.features.read(id, &mut cursor, endian, &mut self.meta.events)
    }

    /// Goes on to the next part, or to the records.
    fn next_part<V: Visitor>(&mut self, visitor: &mut V) {
        let State::Head(head) = &mut self.state else { return };
        if let Some((part, Section { offset, size })) = head.next.pop_front() {
            head.part = part;
            head.collector = Collector::new(offset, size);
            return;
        }
        self.name_events();
        self.layouts = Layouts::new(&self.meta);
        let Some(header) = self.meta.header else { return };
        self.data = Data::default();
        match header.mode {
            Mode::Pipe => {
                self.data.begin(Section { offset: PIPE_SIZE, size: u64::MAX - PIPE_SIZE });
                self.state = State::Pipe(Payload::None);
            }
            Mode::File => {
                let end = self.file_len();
                let offset = header.data.offset;
                let wanted = if header.data.size == 0 { end } else { header.data.end() };
                if wanted > end {
                    let Section { offset, size } = header.data;
                    let cut = Error::SectionOutside { what: "the section of records", offset, size, end };
                    // The missing data is what explains a missing tail.
                    self.damage = Some(cut);
                }
                let section = Section { offset, size: wanted.min(end).saturating_sub(offset) };
                self.data.begin(section);
                self.state = if section.size == 0 { State::Done } else { State::Records };
                visitor.described(&self.meta);
            }
        }
    }
}
