//! Interns 64-bit keys: each distinct key gets the next index.
//!
//! Open addressing in slots of twelve bytes (the key and the index), so that a look-up touches one line of memory; with
//! at most three of four slots taken a distinct key costs 24 to 48 bytes, its place in the list of keys included.

use alloc::vec;
use alloc::vec::Vec;

const EMPTY: u32 = u32::MAX;
const NOTHING: Slot = Slot { low: 0, high: 0, index: EMPTY };

/// The key is cut in two, so that a slot needs no padding.
#[derive(Clone, Copy, Debug)]
struct Slot {
    low: u32,
    high: u32,
    index: u32,
}

impl Slot {
    #[inline]
    fn new(key: u64, index: u32) -> Slot {
        Slot { low: key as u32, high: (key >> 32) as u32, index }
    }

    #[inline]
    fn key(self) -> u64 {
        u64::from(self.high) << 32 | u64::from(self.low)
    }
}

/// A table from 64-bit keys to consecutive indices, in order of first appearance.
#[derive(Clone, Debug)]
pub struct Interner {
    keys: Vec<u64>,
    slots: Vec<Slot>,
    shift: u32,
}

impl Default for Interner {
    fn default() -> Self {
        Interner::new()
    }
}

impl Interner {
    /// An empty table.
    #[must_use]
    pub fn new() -> Interner {
        const BITS: u32 = 10;
        Interner { keys: Vec::new(), slots: vec![NOTHING; 1 << BITS], shift: 64 - BITS }
    }

    /// The keys seen so far, in order of first appearance.
    #[must_use]
    pub fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// How many distinct keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no key yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The slot that holds `key`, or the one that it would be put into.
    #[inline]
    fn find(&self, key: u64) -> (usize, Slot) {
        let mask = self.slots.len() - 1;
        let mut at = (spread(key) >> self.shift) as usize & mask;
        while let Some(&slot) = self.slots.get(at) {
            if slot.key() == key || slot.index == EMPTY {
                return (at, slot);
            }
            at = (at + 1) & mask;
        }
        (0, NOTHING)
    }

    /// The index of `key`, if it has been seen.
    #[must_use]
    pub fn get(&self, key: u64) -> Option<u32> {
        let (_, slot) = self.find(key);
        (slot.index != EMPTY).then_some(slot.index)
    }

    /// The index of `key`, a new one if it has not been seen.
    ///
    /// After 2³² − 1 distinct keys further ones share the last index; a trace of that size does not fit a 32-bit
    /// address space in the first place.
    #[inline]
    pub fn intern(&mut self, key: u64) -> u32 {
        let (at, slot) = self.find(key);
        if slot.index == EMPTY { self.add(at, key) } else { slot.index }
    }

    #[inline(never)]
    fn add(&mut self, at: usize, key: u64) -> u32 {
        let next = self.keys.len();
        if next >= EMPTY as usize {
            return EMPTY - 1;
        }
        let next = next as u32;
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = Slot::new(key, next);
        }
        self.keys.push(key);
        if self.keys.len() > self.slots.len() / 4 * 3 {
            self.grow();
        }
        next
    }

    fn grow(&mut self) {
        let size = self.slots.len() * 2;
        self.shift -= 1;
        self.slots.clear();
        self.slots.resize(size, NOTHING);
        for (&key, index) in self.keys.iter().zip(0..) {
            let (at, _) = self.find(key);
            if let Some(slot) = self.slots.get_mut(at) {
                *slot = Slot::new(key, index);
            }
        }
    }

    /// Bytes of memory that the table holds.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.keys.capacity() * size_of::<u64>() + self.slots.capacity() * size_of::<Slot>()
    }
}

/// Kernel addresses differ in a few middle bits; a multiplication by an odd constant carries those into the top bits,
/// and folding the top half down first lets keys that differ only there be told apart as well.
#[inline]
fn spread(key: u64) -> u64 {
    (key ^ (key >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests {
    use super::Interner;

    #[test]
    fn indices_follow_first_appearance() {
        let mut table = Interner::new();
        assert_eq!(table.intern(7), 0);
        assert_eq!(table.intern(0), 1);
        assert_eq!(table.intern(7), 0);
        assert_eq!(table.intern(u64::MAX), 2);
        assert_eq!(table.keys(), [7, 0, u64::MAX]);
        assert_eq!(table.get(0), Some(1));
        assert_eq!(table.get(1), None);
    }

    #[test]
    fn growing_keeps_every_key() {
        let mut table = Interner::new();
        for i in 0..100_000u64 {
            let key = 0xffff_8880_0000_0000 + i * 64;
            assert_eq!(table.intern(key), i as u32);
        }
        for i in (0..100_000u64).rev() {
            assert_eq!(table.get(0xffff_8880_0000_0000 + i * 64), Some(i as u32));
        }
        assert_eq!(table.len(), 100_000);
        assert!(table.memory() <= 100_000 * 48, "{}", table.memory());
    }
}
