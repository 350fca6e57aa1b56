//! A whole file packed by gzip (RFC 1952): any number of members, one behind another.

use alloc::{boxed::Box, vec, vec::Vec};

use miniz_oxide::{
    DataFormat, MZError, MZFlush, MZStatus,
    inflate::stream::{InflateState, inflate},
};

use super::UnpackError;

const WHAT: &str = "the gzip file";

/// The magic and the one method there is, deflate.
pub(super) const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];

/// Bytes of a member's header without its optional parts, and of what follows its content.
const HEADER: usize = 10;
const TRAILER: usize = 8;

/// The longest header that is believed: names and comments have no limit of their own.
const HEADER_LIMIT: usize = 1 << 17;

/// Bytes that are unpacked at once.
const PIECE: usize = 64 << 10;

pub(super) struct Gzip {
    state: State,
    /// The beginning of a header or trailer that a chunk's end has cut.
    carry: Vec<u8>,
    inflate: Box<InflateState>,
    piece: Vec<u8>,
    checksum: crc32fast::Hasher,
    len: u32,
    offset: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// `first`: at the start of the file. Behind a member, what is no header is no part of the file.
    Header {
        first: bool,
    },
    Content,
    Trailer,
    /// Padding or anything else behind the last member, which gzip ignores too.
    Behind,
}

impl core::fmt::Debug for Gzip {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Gzip").field("state", &self.state).field("offset", &self.offset).finish()
    }
}

impl Default for Gzip {
    fn default() -> Gzip {
        Gzip {
            state: State::Header { first: true },
            carry: Vec::new(),
            inflate: InflateState::new_boxed(DataFormat::Raw),
            piece: vec![0; PIECE],
            checksum: crc32fast::Hasher::new(),
            len: 0,
            offset: 0,
        }
    }
}

impl Gzip {
    pub(super) fn push(
        &mut self,
        mut bytes: &[u8],
        out: &mut dyn FnMut(&[u8]) -> Result<(), UnpackError>,
    ) -> Result<(), UnpackError> {
        while !bytes.is_empty() {
            let used = match self.state {
                State::Header { first } => self.header(bytes, first)?,
                State::Content => self.content(bytes, out)?,
                State::Trailer => self.trailer(bytes)?,
                State::Behind => bytes.len(),
            };
            self.offset += used as u64;
            bytes = &bytes[used..];
        }
        Ok(())
    }

    pub(super) fn finish(&self) -> Result<(), UnpackError> {
        match self.state {
            State::Header { first: false } | State::Behind => Ok(()),
            _ => Err(UnpackError::Truncated { what: WHAT, offset: self.offset }),
        }
    }

    fn damaged(&self, why: &'static str) -> UnpackError {
        UnpackError::Damaged { what: WHAT, offset: self.offset, why }
    }

    fn header(&mut self, bytes: &[u8], first: bool) -> Result<usize, UnpackError> {
        let before = self.carry.len();
        let more = bytes.len().min(HEADER_LIMIT - before);
        self.carry.extend_from_slice(&bytes[..more]);
        let known = self.carry.len().min(MAGIC.len());
        if self.carry[..known] != MAGIC[..known] {
            if first {
                return Err(self.damaged("a member does not begin with 1f 8b 08"));
            }
            self.state = State::Behind;
            self.carry.clear();
            return Ok(bytes.len());
        }
        let Some(len) = header_len(&self.carry) else {
            if self.carry.len() >= HEADER_LIMIT {
                return Err(self.damaged("a member's header has no end"));
            }
            return Ok(more);
        };
        self.carry.clear();
        self.state = State::Content;
        self.inflate.reset(DataFormat::Raw);
        self.checksum = crc32fast::Hasher::new();
        self.len = 0;
        Ok(len - before)
    }

    fn content(
        &mut self,
        bytes: &[u8],
        out: &mut dyn FnMut(&[u8]) -> Result<(), UnpackError>,
    ) -> Result<usize, UnpackError> {
        let mut used = 0;
        loop {
            let result = inflate(&mut self.inflate, &bytes[used..], &mut self.piece, MZFlush::None);
            used += result.bytes_consumed;
            if let Some(piece) = self.piece.get(..result.bytes_written).filter(|piece| !piece.is_empty()) {
                self.checksum.update(piece);
                self.len = self.len.wrapping_add(piece.len() as u32);
                out(piece)?;
            }
            match result.status {
                Ok(MZStatus::StreamEnd) => {
                    self.state = State::Trailer;
                    return Ok(used);
                }
                // A full piece means that there may be more without any more input.
                Ok(_) if result.bytes_written == PIECE || used < bytes.len() => {}
                Ok(_) | Err(MZError::Buf) => return Ok(used.max(1).min(bytes.len())),
                Err(_) => {
                    self.offset += used as u64;
                    return Err(self.damaged("its deflate stream is damaged"));
                }
            }
        }
    }

    fn trailer(&mut self, bytes: &[u8]) -> Result<usize, UnpackError> {
        let used = bytes.len().min(TRAILER - self.carry.len());
        self.carry.extend_from_slice(&bytes[..used]);
        let Some(&[a, b, c, d, len @ ..]) = self.carry.first_chunk::<TRAILER>() else { return Ok(used) };
        if u32::from_le_bytes([a, b, c, d]) != core::mem::take(&mut self.checksum).finalize() {
            return Err(self.damaged("its checksum is another one"));
        }
        if u32::from_le_bytes(len) != self.len {
            return Err(self.damaged("its length is another one"));
        }
        self.carry.clear();
        self.state = State::Header { first: false };
        Ok(used)
    }
}

/// Bytes of a member's whole header, or `None` where it isn't whole yet.
fn header_len(header: &[u8]) -> Option<usize> {
    const CHECKSUM: u8 = 1 << 1;
    const EXTRA: u8 = 1 << 2;
    const NAME: u8 = 1 << 3;
    const COMMENT: u8 = 1 << 4;
    let flags = *header.get(3)?;
    let mut len = HEADER;
    if flags & EXTRA != 0 {
        let &[low, high] = header.get(len..)?.first_chunk()?;
        len += 2 + usize::from(u16::from_le_bytes([low, high]));
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            len += header.get(len..)?.iter().position(|&byte| byte == 0)? + 1;
        }
    }
    if flags & CHECKSUM != 0 {
        len += 2;
    }
    (header.len() >= len).then_some(len)
}
