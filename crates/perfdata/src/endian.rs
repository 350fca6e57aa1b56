//! Byte order, known at run time ([`Endian`]) or chosen at compile time for a hot loop ([`Endianity`]).

/// The byte order of a file or of a trace's payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Endian {
    /// Least significant byte first (x86, arm64).
    #[default]
    Little,
    /// Most significant byte first (s390x).
    Big,
}

/// A byte order as a type, so that a loop over records is compiled once for each.
pub trait Endianity: Copy + Default + 'static {
    /// The same order as a value.
    const ENDIAN: Endian;
    /// A 16-bit value from its bytes.
    fn u16(bytes: [u8; 2]) -> u16;
    /// A 32-bit value from its bytes.
    fn u32(bytes: [u8; 4]) -> u32;
    /// A 64-bit value from its bytes.
    fn u64(bytes: [u8; 8]) -> u64;
}

/// Least significant byte first.
#[derive(Clone, Copy, Debug, Default)]
pub struct LittleEndian;

/// Most significant byte first.
#[derive(Clone, Copy, Debug, Default)]
pub struct BigEndian;

impl Endianity for LittleEndian {
    const ENDIAN: Endian = Endian::Little;
    #[inline(always)]
    fn u16(bytes: [u8; 2]) -> u16 {
        u16::from_le_bytes(bytes)
    }
    #[inline(always)]
    fn u32(bytes: [u8; 4]) -> u32 {
        u32::from_le_bytes(bytes)
    }
    #[inline(always)]
    fn u64(bytes: [u8; 8]) -> u64 {
        u64::from_le_bytes(bytes)
    }
}

impl Endianity for BigEndian {
    const ENDIAN: Endian = Endian::Big;
    #[inline(always)]
    fn u16(bytes: [u8; 2]) -> u16 {
        u16::from_be_bytes(bytes)
    }
    #[inline(always)]
    fn u32(bytes: [u8; 4]) -> u32 {
        u32::from_be_bytes(bytes)
    }
    #[inline(always)]
    fn u64(bytes: [u8; 8]) -> u64 {
        u64::from_be_bytes(bytes)
    }
}

impl Endian {
    /// A 16-bit value from its bytes.
    #[inline]
    pub fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Endian::Little => u16::from_le_bytes(bytes),
            Endian::Big => u16::from_be_bytes(bytes),
        }
    }
    /// A 32-bit value from its bytes.
    #[inline]
    pub fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Endian::Little => u32::from_le_bytes(bytes),
            Endian::Big => u32::from_be_bytes(bytes),
        }
    }
    /// A 64-bit value from its bytes.
    #[inline]
    pub fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            Endian::Little => u64::from_le_bytes(bytes),
            Endian::Big => u64::from_be_bytes(bytes),
        }
    }
}

/// The 8 bytes at `at`, or `None` where the slice ends before.
#[inline(always)]
pub(crate) fn u64_at<E: Endianity>(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|b| E::u64(*b))
}

/// The 4 bytes at `at`, or `None` where the slice ends before.
#[inline(always)]
pub(crate) fn u32_at<E: Endianity>(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| E::u32(*b))
}
