//! A checked cursor over bytes whose place in the file is known.

use alloc::string::String;

use crate::{Endian, Error};

/// Reads numbers and strings from bytes, never beyond their end; errors carry the byte of the file.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    base: u64,
    endian: Endian,
    what: &'static str,
}

impl<'a> Cursor<'a> {
    /// A cursor at the first of `bytes`, which lie at `base` in the file and are called `what` in errors.
    pub fn new(bytes: &'a [u8], base: u64, endian: Endian, what: &'static str) -> Self {
        Cursor { bytes, at: 0, base, endian, what }
    }

    /// The byte of the file that comes next.
    pub fn offset(&self) -> u64 {
        self.base.saturating_add(self.at as u64)
    }

    /// What is left.
    pub fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    /// How many bytes are left.
    pub fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// The byte order in which numbers are read from here on.
    pub fn set_endian(&mut self, endian: Endian) {
        self.endian = endian;
    }

    /// The error of a structure that ends here.
    pub fn short(&self) -> Error {
        Error::Short { what: self.what, offset: self.base.saturating_add(self.bytes.len() as u64) }
    }

    /// The next `len` bytes.
    pub fn take(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let end =
            self.at.checked_add(len).filter(|&end| end <= self.bytes.len()).ok_or_else(|| self.short())?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    /// As [`take`](Self::take), for a length that the file gives in 64 bits.
    pub fn take_u64(&mut self, len: u64) -> Result<&'a [u8], Error> {
        let len = usize::try_from(len).map_err(|_| self.short())?;
        self.take(len)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let bytes = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<N>()).copied();
        let bytes = bytes.ok_or_else(|| self.short())?;
        self.at += N;
        Ok(bytes)
    }

    /// The next byte.
    pub fn u8(&mut self) -> Result<u8, Error> {
        Ok(self.array::<1>()?[0])
    }

    /// The next two bytes as a number.
    pub fn u16(&mut self) -> Result<u16, Error> {
        Ok(self.endian.u16(self.array()?))
    }

    /// The next four bytes as a number.
    pub fn u32(&mut self) -> Result<u32, Error> {
        Ok(self.endian.u32(self.array()?))
    }

    /// The next eight bytes as a number.
    pub fn u64(&mut self) -> Result<u64, Error> {
        Ok(self.endian.u64(self.array()?))
    }

    /// Bytes up to the next NUL, which is passed over.
    pub fn until_nul(&mut self) -> Result<&'a [u8], Error> {
        let rest = &self.bytes[self.at..];
        let len = rest.iter().position(|&b| b == 0).ok_or_else(|| self.short())?;
        self.at += len + 1;
        Ok(&rest[..len])
    }

    /// A `perf_header_string`: a 32-bit length, then that many bytes, of which those up to the first NUL count.
    pub fn header_string(&mut self) -> Result<String, Error> {
        let len = self.u32()?;
        Ok(text(self.take(len as usize)?))
    }
}

/// The bytes up to the first NUL as text; what is not UTF-8 becomes the replacement character.
pub(crate) fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_orders_and_stops_at_the_end() {
        let mut little = Cursor::new(&[1, 0, 2, 0, 0, 0], 100, Endian::Little, "test");
        assert_eq!((little.u16(), little.u32()), (Ok(1), Ok(2)));
        assert_eq!(little.u8(), Err(Error::Short { what: "test", offset: 106 }));
        let mut big = Cursor::new(&[0, 1, 0, 0, 0, 2], 0, Endian::Big, "test");
        assert_eq!((big.u16(), big.u32()), (Ok(1), Ok(2)));
    }

    #[test]
    fn header_strings_end_at_their_nul_or_their_length() {
        let mut cursor = Cursor::new(b"\x04\0\0\0ab\0\0\x02\0\0\0cd\xff\0\0\0x", 0, Endian::Little, "test");
        assert_eq!(cursor.header_string().as_deref(), Ok("ab"));
        assert_eq!(cursor.header_string().as_deref(), Ok("cd"));
        assert!(cursor.header_string().is_err());
    }
}
