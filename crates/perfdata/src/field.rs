//! A field's place, compiled from its format, so that a load costs no search.

use crate::{
    Endian,
    tracing::{Field, FieldKind},
};

/// How many bytes a number has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    One,
    Two,
    Four,
    Eight,
}

/// Loads one number of a payload.
#[derive(Clone, Copy, Debug)]
pub struct FieldReader {
    offset: usize,
    width: Width,
    signed: bool,
    endian: Endian,
}

impl FieldReader {
    /// The reader of a plain number; `None` for a field of another kind or of a size that no number has.
    pub fn new(field: &Field, endian: Endian) -> Option<FieldReader> {
        let width = match field.size {
            1 => Width::One,
            2 => Width::Two,
            4 => Width::Four,
            8 => Width::Eight,
            _ => return None,
        };
        let offset = field.offset as usize;
        (field.kind == FieldKind::Plain).then_some(FieldReader {
            offset,
            width,
            signed: field.signed,
            endian,
        })
    }

    /// The number, sign-extended where the field is signed; `None` where the payload ends before it.
    #[inline]
    pub fn read(&self, raw: &[u8]) -> Option<u64> {
        let bytes = raw.get(self.offset..)?;
        Some(match self.width {
            Width::Eight => self.endian.u64(*bytes.first_chunk()?),
            Width::Four => {
                let value = self.endian.u32(*bytes.first_chunk()?);
                if self.signed { value as i32 as i64 as u64 } else { u64::from(value) }
            }
            Width::Two => {
                let value = self.endian.u16(*bytes.first_chunk()?);
                if self.signed { value as i16 as i64 as u64 } else { u64::from(value) }
            }
            Width::One => {
                let value = *bytes.first()?;
                if self.signed { value as i8 as i64 as u64 } else { u64::from(value) }
            }
        })
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
        let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
        Some(&bytes[..end])
    }
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
        assert_eq!(
            FieldReader::new(&field(1, 8, false, FieldKind::Plain), Endian::Little).unwrap().read(&raw),
            None
        );
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
