//! A field's place, compiled from its format, so that a load costs no search.

use crate::{
    Endian,
    tracing::{Field, FieldKind},
};

/// Loads one number of a payload.
#[derive(Clone, Copy, Debug)]
pub struct FieldReader {
    offset: usize,
    /// How many of a word's 64 bits lie beside the number.
    beside: u32,
    signed: bool,
    endian: Endian,
}

impl FieldReader {
    /// The reader of a plain number; `None` for a field of another kind or of a size that no number has.
    pub fn new(field: &Field, endian: Endian) -> Option<FieldReader> {
        let beside = match field.size {
            1 | 2 | 4 | 8 => 64 - 8 * field.size,
            _ => return None,
        };
        let offset = field.offset as usize;
        (field.kind == FieldKind::Plain).then_some(FieldReader {
            offset,
            beside,
            signed: field.signed,
            endian,
        })
    }

    /// The number, sign-extended where the field is signed; `None` where the payload ends before it.
    #[inline]
    pub fn read(&self, raw: &[u8]) -> Option<u64> {
        let bytes = raw.get(self.offset..)?;
        // A whole word is loaded whatever the number's size: that is one load without a branch.
        let word = match bytes.first_chunk::<8>() {
            Some(word) => *word,
            None => self.last_word(bytes)?,
        };
        let high = match self.endian {
            Endian::Little => u64::from_le_bytes(word) << self.beside,
            Endian::Big => u64::from_be_bytes(word),
        };
        Some(if self.signed { (high as i64 >> self.beside) as u64 } else { high >> self.beside })
    }

    /// A word filled up with zeros, where the payload ends less than a word behind the number's start.
    #[cold]
    fn last_word(&self, bytes: &[u8]) -> Option<[u8; 8]> {
        let size = (64 - self.beside as usize) / 8;
        let mut word = [0; 8];
        word.get_mut(..size)?.copy_from_slice(bytes.get(..size)?);
        Some(word)
    }
}

/// Finds one string of a payload: `__data_loc`, `__rel_loc` or a fixed array.
#[derive(Clone, Copy, Debug)]
pub struct StringReader {
    offset: usize,
    size: usize,
    kind: FieldKind,
    endian: Endian,
}

impl StringReader {
    /// The reader of a string; `None` for a plain number.
    pub fn new(field: &Field, endian: Endian) -> Option<StringReader> {
        let (offset, size) = (field.offset as usize, field.size as usize);
        (field.kind != FieldKind::Plain).then_some(StringReader { offset, size, kind: field.kind, endian })
    }

    /// The string up to its first NUL; `None` where it doesn't lie within the payload.
    #[inline]
    pub fn read<'a>(&self, raw: &'a [u8]) -> Option<&'a [u8]> {
        let (start, len) = match self.kind {
            FieldKind::Plain => return None,
            FieldKind::Array => (self.offset, self.size),
            FieldKind::DataLoc | FieldKind::RelLoc => {
                let word = self.endian.u32(*raw.get(self.offset..)?.first_chunk()?);
                let base = if self.kind == FieldKind::RelLoc { self.offset + 4 } else { 0 };
                (base + (word & 0xffff) as usize, (word >> 16) as usize)
            }
        };
        let bytes = raw.get(start..start.checked_add(len)?)?;
        Some(until_nul(bytes))
    }
}

/// The text that a word of `__data_loc` points to: its place in the payload below, its bytes above; up to its first NUL.
/// `None` where it doesn't lie within the payload.
#[inline(always)]
pub fn located_text(raw: &[u8], word: u32) -> Option<&[u8]> {
    let (start, len) = ((word & 0xffff) as usize, (word >> 16) as usize);
    raw.get(start..)?.get(..len).map(until_nul)
}

/// What stands before the first NUL, looked for in words of eight bytes: names of caches are read by the million.
#[inline(always)]
fn until_nul(bytes: &[u8]) -> &[u8] {
    const ONES: u64 = u64::MAX / 255;
    let (words, rest) = bytes.as_chunks::<8>();
    let mut end = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        // The lowest byte that is 0 is the lowest whose top bit this sets.
        let nul = word.wrapping_sub(ONES) & !word & ONES << 7;
        if nul != 0 {
            end += nul.trailing_zeros() as usize / 8;
            return bytes.get(..end).unwrap_or(bytes);
        }
        end += 8;
    }
    end += rest.iter().position(|&byte| byte == 0).unwrap_or(rest.len());
    bytes.get(..end).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    fn field(offset: u32, size: u32, signed: bool, kind: FieldKind) -> Field {
        Field { name: String::new(), type_name: String::new(), offset, size, signed, kind }
    }

    #[test]
    fn numbers_are_sign_extended_only_where_signed() {
        let raw = [0xff; 8];
        let read = |size, signed| {
            FieldReader::new(&field(0, size, signed, FieldKind::Plain), Endian::Big)
                .and_then(|r| r.read(&raw))
        };
        assert_eq!(read(4, true), Some(u64::MAX));
        assert_eq!(read(4, false), Some(0xffff_ffff));
        assert_eq!(read(3, false), None);
        for endian in [Endian::Little, Endian::Big] {
            // A number that a whole word fits behind, and one that ends the payload.
            for offset in [1, 5] {
                let mut raw = [0x55; 9];
                raw[offset..offset + 4].copy_from_slice(&match endian {
                    Endian::Little => (-2i32).to_le_bytes(),
                    Endian::Big => (-2i32).to_be_bytes(),
                });
                for (signed, expected) in [(true, -2i64 as u64), (false, 0xffff_fffe)] {
                    let reader = FieldReader::new(&field(offset as u32, 4, signed, FieldKind::Plain), endian);
                    assert_eq!(
                        reader.and_then(|reader| reader.read(&raw)),
                        Some(expected),
                        "{endian:?} {offset}"
                    );
                    assert_eq!(reader.and_then(|reader| reader.read(&raw[..offset + 3])), None);
                }
            }
        }
        assert_eq!(
            FieldReader::new(&field(1, 8, false, FieldKind::Plain), Endian::Little).unwrap().read(&raw),
            None
        );
    }

    #[test]
    fn a_text_ends_before_its_first_nul() {
        for len in 0..20 {
            let text: alloc::vec::Vec<u8> = (1..=len).map(|byte| (byte * 13) | 0x80).collect();
            assert_eq!(until_nul(&text), text);
            for behind in [&b"\0"[..], b"\0\x01\0", b"\0\0\0\0\0\0\0\0\0"] {
                assert_eq!(until_nul(&[&text, behind].concat()), text);
            }
        }
    }

    #[test]
    fn dynamic_strings_are_found_from_either_base() {
        let raw = b"\x04\0\x03\0ab\0\0";
        let read = |kind, raw: &[u8]| {
            StringReader::new(&field(0, 4, false, kind), Endian::Little)
                .and_then(|r| r.read(raw).map(<[u8]>::to_vec))
        };
        assert_eq!(read(FieldKind::DataLoc, raw).as_deref(), Some(&b"ab"[..]));
        assert_eq!(read(FieldKind::RelLoc, b"\0\0\x03\0ab\0\0").as_deref(), Some(&b"ab"[..]));
        assert_eq!(read(FieldKind::DataLoc, b"\x04\0\xff\0ab\0\0"), None);
    }
}
