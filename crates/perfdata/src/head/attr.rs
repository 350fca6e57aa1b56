//! `struct perf_event_attr`, as far as a reader of samples needs it.

use crate::{Cursor, Endian, Error};

/// `PERF_SAMPLE_*` bits: what a sample carries, in the order in which it carries it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SampleType(pub u64);

#[allow(missing_docs)]
impl SampleType {
    pub const IP: u64 = 1;
    pub const TID: u64 = 1 << 1;
    pub const TIME: u64 = 1 << 2;
    pub const ADDR: u64 = 1 << 3;
    pub const READ: u64 = 1 << 4;
    pub const CALLCHAIN: u64 = 1 << 5;
    pub const ID: u64 = 1 << 6;
    pub const CPU: u64 = 1 << 7;
    pub const PERIOD: u64 = 1 << 8;
    pub const STREAM_ID: u64 = 1 << 9;
    pub const RAW: u64 = 1 << 10;
    pub const IDENTIFIER: u64 = 1 << 16;

    /// Whether the bit is set.
    pub fn has(self, bit: u64) -> bool {
        self.0 & bit != 0
    }
}

/// `PERF_FORMAT_*` bits: what the READ part of a sample holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadFormat(pub u64);

#[allow(missing_docs)]
impl ReadFormat {
    pub const TOTAL_TIME_ENABLED: u64 = 1;
    pub const TOTAL_TIME_RUNNING: u64 = 1 << 1;
    pub const ID: u64 = 1 << 2;
    pub const GROUP: u64 = 1 << 3;
    pub const LOST: u64 = 1 << 4;
}

/// One event's attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventAttr {
    /// `PERF_TYPE_*`: 2 is a tracepoint.
    pub kind: u32,
    /// For a tracepoint, the id of its format.
    pub config: u64,
    /// What its samples carry.
    pub sample_type: SampleType,
    /// What their READ part holds.
    pub read_format: ReadFormat,
    /// Whether records other than samples end with a sample id.
    pub sample_id_all: bool,
}

/// `PERF_TYPE_TRACEPOINT`.
pub(crate) const TYPE_TRACEPOINT: u32 = 2;

/// The first published size of the attribute, `PERF_ATTR_SIZE_VER0`.
const SIZE_VER0: u32 = 64;

/// The largest attribute that is believed; the kernel's own limit is a page.
const SIZE_LIMIT: u32 = 4096;

/// `sample_id_all` is the nineteenth of the one-bit fields behind `read_format`.
const SAMPLE_ID_ALL: u32 = 18;

impl EventAttr {
    /// Whether the event is a tracepoint.
    pub fn is_tracepoint(&self) -> bool {
        self.kind == TYPE_TRACEPOINT
    }

    /// The size that the attribute at the start of `bytes` says it has (0 is what the first perf wrote).
    pub(crate) fn size_of(bytes: &[u8], offset: u64, endian: Endian) -> Result<usize, Error> {
        let mut cursor = Cursor::new(bytes, offset, endian, "an event attribute");
        cursor.u32()?;
        match cursor.u32()? {
            0 => Ok(SIZE_VER0 as usize),
            size @ SIZE_VER0..=SIZE_LIMIT => Ok(size as usize),
            size => Err(Error::AttrSize { found: size.into(), offset }),
        }
    }

    /// An attribute from its bytes, of which there may be fewer (zero then) or more (passed over) than known.
    pub(crate) fn parse(bytes: &[u8], offset: u64, endian: Endian) -> Result<EventAttr, Error> {
        let mut cursor = Cursor::new(bytes, offset, endian, "an event attribute");
        let kind = cursor.u32()?;
        let _size = cursor.u32()?;
        let config = cursor.u64()?;
        let _period = cursor.u64()?;
        let sample_type = SampleType(cursor.u64()?);
        let read_format = ReadFormat(cursor.u64()?);
        let flags = cursor.u64()?;
        // C bit fields count from the word's first byte: the lowest bit on little, the highest on big endian.
        let bit = match endian {
            Endian::Little => SAMPLE_ID_ALL,
            Endian::Big => 63 - SAMPLE_ID_ALL,
        };
        Ok(EventAttr { kind, config, sample_type, read_format, sample_id_all: flags >> bit & 1 == 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bit_fields_follow_the_byte_order() {
        let mut bytes = [0u8; 64];
        bytes[42] = 0b100;
        assert!(EventAttr::parse(&bytes, 0, Endian::Little).is_ok_and(|attr| attr.sample_id_all));
        bytes[42] = 0b0010_0000;
        assert!(EventAttr::parse(&bytes, 0, Endian::Big).is_ok_and(|attr| attr.sample_id_all));
    }
}
