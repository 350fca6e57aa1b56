//! What a recording says before its records.

use std::{
    fs::File,
    io::{Read, Result, Seek, SeekFrom},
    path::Path,
};

use perfdata::{Endian, Metadata, Reader, Record, Source, Visitor, Wants};

use super::invalid;

/// Bytes handed to the reader at once.
const CHUNK: u64 = 1 << 20;

/// Events, formats and facts of a recording in file mode, its records unread.
///
/// # Errors
/// Of the file system, and `InvalidData` where the file is no recording.
pub fn describe(path: &Path) -> Result<Metadata> {
    struct Nothing;
    impl Visitor for Nothing {
        fn record(&mut self, _: &Metadata, _: Record<'_>) {}
    }

    let mut file = File::open(path)?;
    let mut reader = Reader::new(Source::File { len: file.metadata()?.len() });
    let mut bytes = Vec::new();
    while let Wants::Bytes { offset, len } = reader.wants() {
        if reader.metadata().header.is_some_and(|header| header.data.offset == offset) {
            break;
        }
        file.seek(SeekFrom::Start(offset))?;
        bytes.clear();
        file.by_ref().take(len.min(CHUNK)).read_to_end(&mut bytes)?;
        if bytes.is_empty() {
            break;
        }
        reader.feed(&bytes, &mut Nothing).map_err(|error| invalid(error.to_string()))?;
    }
    Ok(reader.metadata().clone())
}

/// A number as the file has it.
pub(super) fn word(number: u64, endian: Endian) -> [u8; 8] {
    match endian {
        Endian::Little => number.to_le_bytes(),
        Endian::Big => number.to_be_bytes(),
    }
}
