//! tar: POSIX ustar, pax headers for long names and sizes, GNU's long names and base-256 sizes.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use super::UnpackError;
use crate::bytes::text;

const WHAT: &str = "the tar";

/// Bytes of a header; contents are padded to whole blocks.
pub(super) const BLOCK: usize = 512;

/// The longest name or pax header that is believed.
const EXTENSION_LIMIT: u64 = 1 << 20;

/// What comes out of a tar.
pub(super) enum Step<'a> {
    /// A regular file.
    Begin { name: &'a str, size: u64 },
    /// More of its content.
    Bytes(&'a [u8]),
    /// It is complete.
    End,
}

#[derive(Debug, Default)]
pub(super) struct Tar {
    state: State,
    /// A header that a chunk's end has cut, or an extension's content.
    carry: Vec<u8>,
    /// Padding behind the content.
    padding: usize,
    /// Name and size from extensions, for the next file.
    name: Option<String>,
    size: Option<u64>,
    offset: u64,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Header,
    Content {
        kind: Kind,
        left: u64,
    },
    Padding,
    /// Behind the block of zeros that ends a tar.
    Behind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    /// GNU's `L`: the next file's name.
    LongName,
    /// pax's `x`: the next file's attributes.
    Pax,
    /// Directories, links, devices, GNU's `K`, pax's `g`.
    Other,
}

type Out<'a> = dyn FnMut(Step<'_>) -> Result<(), UnpackError> + 'a;

impl Tar {
    pub(super) fn push(&mut self, mut bytes: &[u8], out: &mut Out<'_>) -> Result<(), UnpackError> {
        while !bytes.is_empty() {
            let used = match &mut self.state {
                State::Header => self.header(bytes, out)?,
                State::Content { kind, left } => {
                    let used = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    *left -= used as u64;
                    let (kind, left) = (*kind, *left);
                    match kind {
                        Kind::File => out(Step::Bytes(&bytes[..used]))?,
                        Kind::LongName | Kind::Pax => self.carry.extend_from_slice(&bytes[..used]),
                        Kind::Other => {}
                    }
                    if left == 0 {
                        self.content_end(kind, out)?;
                    }
                    used
                }
                State::Padding => {
                    let used = self.padding.min(bytes.len());
                    self.padding -= used;
                    if self.padding == 0 {
                        self.state = State::Header;
                    }
                    used
                }
                State::Behind => bytes.len(),
            };
            self.offset += used as u64;
            bytes = &bytes[used..];
        }
        Ok(())
    }

    /// The end of the bytes: between two files, or at least behind the last one's content.
    pub(super) fn finish(&self) -> Result<(), UnpackError> {
        match self.state {
            State::Header if self.carry.is_empty() => Ok(()),
            State::Padding | State::Behind => Ok(()),
            _ => Err(UnpackError::Truncated { what: WHAT, offset: self.offset }),
        }
    }

    fn header(&mut self, bytes: &[u8], out: &mut Out<'_>) -> Result<usize, UnpackError> {
        let used = (BLOCK - self.carry.len()).min(bytes.len());
        self.carry.extend_from_slice(&bytes[..used]);
        let Some(header) = self.carry.first_chunk::<BLOCK>().copied() else { return Ok(used) };
        self.carry.clear();
        if header == [0; BLOCK] {
            self.state = State::Behind;
            return Ok(used);
        }
        let damaged = |why| UnpackError::Damaged { what: WHAT, offset: self.offset, why };
        if !is_header(&header) {
            return Err(damaged("a header's checksum is another one"));
        }
        let own_size = number(&header[124..136]).ok_or_else(|| damaged("a file has no size"))?;
        let kind = match header[156] {
            0 | b'0' | b'7' => Kind::File,
            b'L' => Kind::LongName,
            b'x' => Kind::Pax,
            _ => Kind::Other,
        };
        if matches!(kind, Kind::LongName | Kind::Pax) && own_size > EXTENSION_LIMIT {
            return Err(damaged("a name longer than any"));
        }
        let mut left = own_size;
        if matches!(kind, Kind::File | Kind::Other) {
            // Extensions are meant for the file that follows them.
            let name = self.name.take().unwrap_or_else(|| own_name(&header));
            left = self.size.take().unwrap_or(own_size);
            if kind == Kind::File {
                out(Step::Begin { name: &name, size: left })?;
            }
        }
        self.padding = (left.wrapping_neg() % BLOCK as u64) as usize;
        self.state = State::Content { kind, left };
        if left == 0 {
            self.content_end(kind, out)?;
        }
        Ok(used)
    }

    fn content_end(&mut self, kind: Kind, out: &mut Out<'_>) -> Result<(), UnpackError> {
        let content = core::mem::take(&mut self.carry);
        match kind {
            Kind::File => out(Step::End)?,
            Kind::LongName => self.name = Some(text(&content)),
            Kind::Pax => self.pax(&content),
            Kind::Other => {}
        }
        self.state = if self.padding == 0 { State::Header } else { State::Padding };
        Ok(())
    }

    /// pax: lines of a length (of the whole line), a blank, `key=value`.
    fn pax(&mut self, mut lines: &[u8]) {
        while let Some(blank) = lines.iter().position(|&byte| byte == b' ') {
            let len = core::str::from_utf8(&lines[..blank]).ok().and_then(|len| len.parse::<usize>().ok());
            let Some((line, rest)) = len.and_then(|len| lines.split_at_checked(len)) else { return };
            let Some(pair) = line.get(blank + 1..) else { return };
            let pair = text(pair);
            match pair.trim_end_matches('\n').split_once('=') {
                Some(("path", value)) => self.name = Some(value.to_string()),
                Some(("size", value)) => self.size = value.parse().ok(),
                _ => {}
            }
            lines = rest;
        }
    }
}

/// A header's own name: behind its prefix, where it has one.
fn own_name(header: &[u8; BLOCK]) -> String {
    let name = text(&header[..100]);
    let prefix = if header[257..].starts_with(b"ustar\0") { text(&header[345..500]) } else { String::new() };
    if prefix.is_empty() { name } else { alloc::format!("{prefix}/{name}") }
}

/// A number in octal, or GNU's in base 256.
fn number(field: &[u8]) -> Option<u64> {
    if field.first()? & 0x80 != 0 {
        let (first, rest) = field.split_first()?;
        let mut value = u64::from(first & 0x7f);
        for &byte in rest {
            value = value.checked_mul(256)?.checked_add(byte.into())?;
        }
        return Some(value);
    }
    let digits = core::str::from_utf8(field).ok()?.trim_matches([' ', '\0']);
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
}

/// Whether the block is a header: its checksum is right, and it is not empty.
pub(super) fn is_header(block: &[u8; BLOCK]) -> bool {
    // The checksum is counted with blanks in its own place.
    let sum: u64 =
        (0..).zip(block).map(|(at, &byte)| if (148..156).contains(&at) { 32 } else { u64::from(byte) }).sum();
    block[0] != 0 && number(&block[148..156]) == Some(sum)
}
