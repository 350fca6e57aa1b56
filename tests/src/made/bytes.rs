use super::form::Endian;

/// Bytes that are being written in one byte order.
#[derive(Debug, Clone)]
pub(super) struct Bytes {
    pub(super) endian: Endian,
    pub(super) all: Vec<u8>,
}

impl Bytes {
    pub(super) fn new(endian: Endian) -> Bytes {
        Bytes { endian, all: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.all.extend_from_slice(bytes);
    }

    /// The low `width` bytes of `value`.
    pub(super) fn uint(&mut self, value: u64, width: usize) {
        let at = self.len();
        self.all.resize(at + width, 0);
        put(&mut self.all[at..], self.endian, value);
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.all.push(value);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.uint(u64::from(value), 2);
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.uint(u64::from(value), 4);
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.uint(value, 8);
    }

    /// The text and a NUL.
    pub(super) fn c_string(&mut self, text: &str) {
        self.raw(text.as_bytes());
        self.u8(0);
    }

    /// A string of the header: its padded length, then itself, padded with NULs to 64 bytes.
    pub(super) fn header_string(&mut self, text: &str) {
        let padded = (text.len() + 1).next_multiple_of(64);
        self.u32(padded as u32);
        let at = self.len();
        self.raw(text.as_bytes());
        self.all.resize(at + padded, 0);
    }

    /// Zeros up to a multiple of `alignment`, counted from `start`.
    pub(super) fn pad(&mut self, start: usize, alignment: usize) {
        let length = (self.len() - start).next_multiple_of(alignment);
        self.all.resize(start + length, 0);
    }

    /// Overwrites eight bytes that were written before.
    pub(super) fn patch_u64(&mut self, at: usize, value: u64) {
        let endian = self.endian;
        put(&mut self.all[at..at + 8], endian, value);
    }

    pub(super) fn patch_u16(&mut self, at: usize, value: u16) {
        let endian = self.endian;
        put(&mut self.all[at..at + 2], endian, u64::from(value));
    }
}

/// Writes the low bytes of `value` over all of `place`.
pub(super) fn put(place: &mut [u8], endian: Endian, value: u64) {
    let width = place.len();
    match endian {
        Endian::Little => place.copy_from_slice(&value.to_le_bytes()[..width]),
        Endian::Big => place.copy_from_slice(&value.to_be_bytes()[8 - width..]),
    }
}
