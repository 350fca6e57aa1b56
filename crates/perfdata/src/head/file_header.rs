//! `struct perf_file_header` and `struct perf_pipe_file_header`.

use crate::{Cursor, Endian, Error};

/// Bytes of the fixed part of a file-mode header up to and without the feature bits.
pub(crate) const FIXED_SIZE: u64 = 72;
/// Bytes of a pipe-mode header.
pub(crate) const PIPE_SIZE: u64 = 16;
/// Bytes of a header with its 256 feature bits.
pub(crate) const FULL_SIZE: u64 = 104;

/// A stretch of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Its first byte.
    pub offset: u64,
    /// Its bytes.
    pub size: u64,
}

impl Section {
    /// The byte after its last; saturates.
    pub fn end(self) -> u64 {
        self.offset.saturating_add(self.size)
    }

    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Section, Error> {
        Ok(Section { offset: cursor.u64()?, size: cursor.u64()? })
    }
}

/// How the file is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `perf record -o FILE`: tables before and behind the data.
    File,
    /// `perf record -o -`: everything is a record.
    Pipe,
}

/// The file header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileHeader {
    /// File or pipe mode.
    pub mode: Mode,
    /// 1 for `PERFFILE` (before 2.6.35), 2 for `PERFILE2`.
    pub version: u8,
    /// Bytes of the header itself.
    pub size: u64,
    /// Bytes of one entry of the attribute table (an attribute and the section of its ids).
    pub attr_size: u64,
    /// The attribute table.
    pub attrs: Section,
    /// The records. Size 0 where the recorder was killed: they go on to the end of the file.
    pub data: Section,
    /// Names of event types, written before Linux 3.11.
    pub event_types: Section,
    /// Which feature sections there are: bit `n` is feature `n`.
    pub features: [u64; 4],
}

/// The magic's version and byte order. The old magic is a text in any byte order; which it is then shows in the
/// header's size, a number far below 2^32.
fn magic(first: &[u8; 16]) -> Result<(u8, Endian), Error> {
    let (magic, size) = first.split_at(8);
    match magic {
        b"PERFILE2" => Ok((2, Endian::Little)),
        b"2ELIFREP" => Ok((2, Endian::Big)),
        b"PERFFILE" if size[..4] == [0; 4] => Ok((1, Endian::Big)),
        b"PERFFILE" => Ok((1, Endian::Little)),
        _ => Err(Error::Magic { found: Endian::Big.u64(*first.first_chunk().unwrap_or(&[0; 8])) }),
    }
}

impl FileHeader {
    /// The header from its first 16 bytes, if it is a pipe's; its full size otherwise.
    pub(crate) fn pipe_or_size(first: &[u8; 16]) -> Result<(u8, Endian, Option<FileHeader>), Error> {
        let (version, endian) = magic(first)?;
        let size = endian.u64(*first.last_chunk().unwrap_or(&[0; 8]));
        if size == PIPE_SIZE {
            let data = Section { offset: PIPE_SIZE, size: 0 };
            let none = Section::default();
            let header = FileHeader {
                mode: Mode::Pipe,
                version,
                size,
                attr_size: 0,
                attrs: none,
                data,
                event_types: none,
                features: [0; 4],
            };
            return Ok((version, endian, Some(header)));
        }
        if size < FIXED_SIZE {
            return Err(Error::HeaderSize { found: size, expected: FIXED_SIZE });
        }
        Ok((version, endian, None))
    }

    /// A file-mode header from its bytes (`min(size, FULL_SIZE)` of them).
    pub(crate) fn parse(bytes: &[u8], version: u8, endian: Endian) -> Result<FileHeader, Error> {
        let mut cursor = Cursor::new(bytes, 0, endian, "the file header");
        cursor.take(8)?;
        let size = cursor.u64()?;
        let attr_size = cursor.u64()?;
        let attrs = Section::read(&mut cursor)?;
        let data = Section::read(&mut cursor)?;
        let event_types = Section::read(&mut cursor)?;
        let mut features = [0; 4];
        for word in &mut features {
            *word = if size >= FULL_SIZE { cursor.u64()? } else { 0 };
        }
        // The bits are an array of the recorder's longs. On a 32-bit big-endian machine a 64-bit word holds its two
        // longs swapped; that shows, since every perf has written some of the first 32 features, and all of the first
        // perfs nothing else.
        if endian == Endian::Big && features[0] & 0xffff_ffff == 0 && features[0] != 0 {
            features = features.map(|word| word.rotate_left(32));
        }
        Ok(FileHeader { mode: Mode::File, version, size, attr_size, attrs, data, event_types, features })
    }

    /// The features that the file has, in the order of their sections.
    pub fn feature_bits(&self) -> impl Iterator<Item = u32> + '_ {
        (0..256).filter(|&bit| self.features[bit as usize / 64] >> (bit % 64) & 1 == 1)
    }
}
