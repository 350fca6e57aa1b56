//! What lies behind the records: the feature sections.

use std::io::{Read, Result, Seek, SeekFrom};

use perfdata::{
    Endian,
    feature::id::SAMPLE_TIME,
    head::{FileHeader, Section},
};

use super::{head, invalid};

/// Bytes of a section's offset and size.
const SECTION: usize = 16;

/// The bytes behind the data section: a table of one section a feature, then the sections.
pub(super) struct Tail {
    bytes: Vec<u8>,
    /// Where they began.
    from: u64,
    sections: Vec<(u32, Section)>,
    endian: Endian,
}

impl Tail {
    pub(super) fn read(input: &mut (impl Read + Seek), header: &FileHeader, endian: Endian) -> Result<Tail> {
        let from = header.data.end();
        if header.attrs.offset > header.data.offset || header.data.size == 0 {
            return Err(invalid("the head does not lie before the records"));
        }
        input.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        input.read_to_end(&mut bytes)?;
        let mut sections = Vec::new();
        for (feature, entry) in header.feature_bits().zip(bytes.as_chunks::<SECTION>().0) {
            let (offset, size) = entry.split_at(8);
            let number = |half: &[u8]| half.first_chunk().map_or(0, |half| endian.u64(*half));
            sections.push((feature, Section { offset: number(offset), size: number(size) }));
        }
        if sections.len() != header.feature_bits().count() {
            return Err(invalid("the table of features is cut"));
        }
        Ok(Tail { bytes, from, sections, endian })
    }

    /// The bytes as they have to be behind records that end at `to`, the last of them at the time `newest`.
    pub(super) fn moved(mut self, to: u64, newest: u64) -> Vec<u8> {
        for (index, &(feature, section)) in self.sections.iter().enumerate() {
            let Some(within) = section.offset.checked_sub(self.from) else { continue };
            let offset = head::word(to + within, self.endian);
            self.bytes[index * SECTION..][..8].copy_from_slice(&offset);
            // The times of the first and the last sample.
            let last = usize::try_from(within).ok().and_then(|at| self.bytes.get_mut(at + 8..at + 16));
            if feature == SAMPLE_TIME
                && let Some(last) = last
            {
                last.copy_from_slice(&head::word(newest, self.endian));
            }
        }
        self.bytes
    }
}
