//! The bytes of a file, or of what was unpacked from one.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};

/// Where bytes are.
pub(crate) enum Bytes {
    File { file: File, position: Option<u64>, len: u64 },
    Memory(Vec<u8>),
}

impl Bytes {
    pub(crate) fn of(file: File) -> std::io::Result<Bytes> {
        let len = file.metadata()?.len();
        Ok(Bytes::File { file, position: None, len })
    }

    pub(crate) fn len(&self) -> u64 {
        match self {
            Bytes::File { len, .. } => *len,
            Bytes::Memory(bytes) => bytes.len() as u64,
        }
    }

    /// At most `wanted` bytes from `offset` on; none at the end.
    pub(crate) fn read<'a>(
        &'a mut self,
        offset: u64,
        wanted: usize,
        chunk: &'a mut [u8],
    ) -> std::io::Result<&'a [u8]> {
        match self {
            Bytes::File { file, position, .. } => {
                if *position != Some(offset) {
                    file.seek(SeekFrom::Start(offset))?;
                }
                let wanted = wanted.min(chunk.len());
                let space = chunk.get_mut(..wanted).unwrap_or_default();
                let got = fill(file, space)?;
                *position = Some(offset + got as u64);
                Ok(space.get(..got).unwrap_or_default())
            }
            Bytes::Memory(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                let end = start.saturating_add(wanted).min(bytes.len());
                Ok(bytes.get(start..end).unwrap_or_default())
            }
        }
    }
}

/// Reads until the space is full or the file ends.
pub(crate) fn fill(file: &mut File, space: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = space.get_mut(filled..)
        && !rest.is_empty()
    {
        match file.read(rest)? {
            0 => break,
            got => filled += got,
        }
    }
    Ok(filled)
}
