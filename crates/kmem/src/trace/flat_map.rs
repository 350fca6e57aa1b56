//! Interns 64-bit keys: each distinct key gets the next index.
//!
//! A slot is eight bytes (part of the hash, and the index), the keys themselves stand once in a list; with at most
//! half of the slots taken a distinct key costs 24 to 40 bytes, and a look-up is one probe and one comparison.

use alloc::vec;
use alloc::vec::Vec;

const EMPTY: u32 = u32::MAX;

/// A table from 64-bit keys to consecutive indices, in order of first appearance.
#[derive(Clone, Debug)]
pub struct Interner {
    keys: Vec<u64>,
    tags: Vec<(u32, u32)>,
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
        Interner { keys: Vec::new(), tags: vec![(0, EMPTY); 1 << BITS], shift: 64 - BITS }
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

    /// The index of `key`, if it has been seen.
    #[must_use]
    pub fn get(&self, key: u64) -> Option<u32> {
        let hash = spread(key);
        let mask = self.tags.len() - 1;
        let mut slot = (hash >> self.shift) as usize & mask;
        loop {
            match self.tags.get(slot) {
                Some(&(tag, index)) if index != EMPTY => {
                    if tag == hash as u32 && self.keys.get(index as usize) == Some(&key) {
                        return Some(index);
                    }
                }
                _ => return None,
            }
            slot = (slot + 1) & mask;
        }
    }

    /// The index of `key`, a new one if it has not been seen.
    ///
    /// After 2³² − 1 distinct keys further ones share the last index; a trace of that size does not fit a 32-bit
    /// address space in the first place.
    pub fn intern(&mut self, key: u64) -> u32 {
        let hash = spread(key);
        let mask = self.tags.len() - 1;
        let mut slot = (hash >> self.shift) as usize & mask;
        loop {
            match self.tags.get_mut(slot) {
                Some((tag, index)) if *index == EMPTY => {
                    let next = self.keys.len();
                    if next >= EMPTY as usize {
                        return EMPTY - 1;
                    }
                    *tag = hash as u32;
                    *index = next as u32;
                    self.keys.push(key);
                    if self.keys.len() * 2 > self.tags.len() {
                        self.grow();
                    }
                    return next as u32;
                }
                Some(&mut (tag, index)) => {
                    if tag == hash as u32 && self.keys.get(index as usize) == Some(&key) {
                        return index;
                    }
                }
                None => return EMPTY - 1,
            }
            slot = (slot + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let size = self.tags.len() * 2;
        self.shift -= 1;
        self.tags.clear();
        self.tags.resize(size, (0, EMPTY));
        let mask = size - 1;
        for (index, &key) in self.keys.iter().enumerate() {
            let hash = spread(key);
            let mut slot = (hash >> self.shift) as usize & mask;
            while let Some(entry) = self.tags.get_mut(slot) {
                if entry.1 == EMPTY {
                    *entry = (hash as u32, index as u32);
                    break;
                }
                slot = (slot + 1) & mask;
            }
        }
    }

    /// Bytes of memory that the table holds.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.keys.capacity() * size_of::<u64>() + self.tags.capacity() * size_of::<(u32, u32)>()
    }
}

/// Kernel addresses differ in a few middle bits; a multiplication by an odd constant carries those into the top bits,
/// and folding the top half down first lets keys that differ only there be told apart as well.
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
        assert!(table.memory() <= 100_000 * 40, "{}", table.memory());
    }
}
