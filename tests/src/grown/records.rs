//! The records of a data section, one after another.

use std::io::{Read, Result, Seek, SeekFrom};

use perfdata::{Endian, head::Section};

use super::invalid;

/// `PERF_RECORD_LOST`.
pub(super) const LOST: u32 = 2;
/// `PERF_RECORD_SAMPLE`.
pub(super) const SAMPLE: u32 = 9;
/// `PERF_RECORD_LOST_SAMPLES`.
pub(super) const LOST_SAMPLES: u32 = 13;
/// The first of the types that perf itself writes: they carry no sample id.
pub(super) const FIRST_OF_PERF: u32 = 64;
/// `PERF_RECORD_FINISHED_ROUND`.
pub(super) const FINISHED_ROUND: u32 = 68;
/// `PERF_RECORD_AUXTRACE`: its payload follows it.
const AUXTRACE: u32 = 71;
/// `PERF_RECORD_COMPRESSED`.
const COMPRESSED: u32 = 81;
/// `PERF_RECORD_COMPRESSED2`.
const COMPRESSED2: u32 = 83;

/// Bytes of `struct perf_event_header`: a type (4), misc (2), the size of the whole (2).
pub(super) const HEADER: usize = 8;

/// Bytes read at once; more than any record has.
const CHUNK: usize = 1 << 20;

/// Reads one data section from its start.
pub(super) struct Records<'a, R> {
    input: &'a mut R,
    endian: Endian,
    /// Bytes of the section that are not read yet.
    left: u64,
    buffer: Vec<u8>,
    at: usize,
}

impl<'a, R: Read + Seek> Records<'a, R> {
    pub(super) fn new(input: &'a mut R, data: Section, endian: Endian) -> Result<Self> {
        input.seek(SeekFrom::Start(data.offset))?;
        Ok(Records { input, endian, left: data.size, buffer: Vec::with_capacity(2 * CHUNK), at: 0 })
    }

    /// The next record, to be changed in place.
    pub(super) fn next(&mut self) -> Result<Option<&mut [u8]>> {
        let mut size = self.size();
        if size.is_none_or(|size| self.buffer.len() - self.at < size) && self.left > 0 {
            self.fill()?;
            size = self.size();
        }
        let Some(size) = size else {
            return if self.at == self.buffer.len() { Ok(None) } else { Err(invalid("a record is cut")) };
        };
        let start = self.at;
        let record = self.buffer.get_mut(start..start + size).ok_or_else(|| invalid("a record is cut"))?;
        self.at += size;
        match kind(record, self.endian) {
            AUXTRACE => Err(invalid("a recording with AUX data can't be repeated")),
            COMPRESSED | COMPRESSED2 => Err(invalid("a compressed recording can't be repeated")),
            _ if size < HEADER => Err(invalid("a record is shorter than its header")),
            _ => Ok(Some(record)),
        }
    }

    fn size(&self) -> Option<usize> {
        let header: &[u8; HEADER] = self.buffer[self.at..].first_chunk()?;
        Some(usize::from(self.endian.u16([header[6], header[7]])))
    }

    fn fill(&mut self) -> Result<()> {
        self.buffer.drain(..self.at);
        self.at = 0;
        let take = self.left.min(CHUNK as u64);
        let got = self.input.by_ref().take(take).read_to_end(&mut self.buffer)? as u64;
        self.left -= got;
        if got < take { Err(invalid("the file ends within its records")) } else { Ok(()) }
    }
}

/// A record's type.
pub(super) fn kind(record: &[u8], endian: Endian) -> u32 {
    record.first_chunk().map_or(0, |kind| endian.u32(*kind))
}

/// A whole FINISHED_ROUND.
pub(super) fn finished_round(endian: Endian) -> [u8; HEADER] {
    match endian {
        Endian::Little => [FINISHED_ROUND as u8, 0, 0, 0, 0, 0, HEADER as u8, 0],
        Endian::Big => [0, 0, 0, FINISHED_ROUND as u8, 0, 0, 0, HEADER as u8],
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// Records of many sizes, so that some lie across the border of what is read at once.
    #[test]
    fn records_come_out_whole_wherever_reading_stops() {
        let mut bytes = vec![0; 100];
        let mut sizes = Vec::new();
        for number in 0u32..400 {
            let size = 8 + (number as usize * 7919) % 60_000;
            bytes.extend(1u32.to_le_bytes());
            bytes.extend([0, 0]);
            bytes.extend((size as u16).to_le_bytes());
            bytes.resize(bytes.len() + size - 8, number as u8);
            sizes.push(size);
        }
        let data = Section { offset: 100, size: bytes.len() as u64 - 100 };
        let mut input = Cursor::new(bytes);
        let mut records = Records::new(&mut input, data, Endian::Little).unwrap();
        for (number, size) in sizes.into_iter().enumerate() {
            let record = records.next().unwrap().expect("a record");
            assert_eq!(record.len(), size);
            assert!(record[8..].iter().all(|&byte| byte == number as u8));
        }
        assert!(records.next().unwrap().is_none());
    }

    #[test]
    fn a_cut_record_is_an_error() {
        let mut input = Cursor::new(vec![1, 0, 0, 0, 0, 0, 16, 0, 1, 2]);
        let mut records = Records::new(&mut input, Section { offset: 0, size: 10 }, Endian::Little).unwrap();
        assert!(records.next().is_err());
    }
}
