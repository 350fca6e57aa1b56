//! Interned callchains.

use alloc::vec::Vec;

use core::hash::{BuildHasher, Hasher};
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::ids::StackId;

/// Distinct callchains, innermost frame first, without the markers of context that perf puts between frames.
#[derive(Clone, Debug, Default)]
pub struct Stacks {
    frames: Vec<u64>,
    ends: Vec<u32>,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Stacks {
    /// How many distinct callchains there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether none was recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The frames of a callchain, innermost first.
    #[must_use]
    pub fn get(&self, id: StackId) -> &[u64] {
        frames_of(&self.frames, &self.ends, id.index())
    }

    pub(crate) fn intern(&mut self, frames: &[u64]) -> Option<StackId> {
        let hash = self.hash(frames);
        let (all, ends) = (&self.frames, &self.ends);
        if let Some(&id) = self.index.find(hash, |&id| frames_of(all, ends, id as usize) == frames) {
            return Some(StackId(id));
        }
        let end = u32::try_from(self.frames.len() + frames.len()).ok()?;
        let id = u32::try_from(self.ends.len()).ok()?;
        self.frames.extend_from_slice(frames);
        self.ends.push(end);
        let (all, ends, hasher) = (&self.frames, &self.ends, &self.hasher);
        self.index.insert_unique(hash, id, |&id| hash_frames(hasher, frames_of(all, ends, id as usize)));
        Some(StackId(id))
    }

    fn hash(&self, frames: &[u64]) -> u64 {
        hash_frames(&self.hasher, frames)
    }

    /// Bytes of memory that the callchains hold.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.frames.capacity() * 8 + self.ends.capacity() * 4 + self.index.capacity() * 5
    }
}

fn frames_of<'a>(frames: &'a [u64], ends: &[u32], id: usize) -> &'a [u64] {
    let Some(&end) = ends.get(id) else { return &[] };
    let start = id.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    frames.get(start as usize..end as usize).unwrap_or_default()
}

fn hash_frames(hasher: &DefaultHashBuilder, frames: &[u64]) -> u64 {
    let mut state = hasher.build_hasher();
    for &frame in frames {
        state.write_u64(frame);
    }
    state.finish()
}

#[cfg(test)]
mod tests {
    use super::Stacks;
    use crate::ids::StackId;

    #[test]
    fn equal_chains_share_an_id() {
        let mut stacks = Stacks::default();
        assert_eq!(stacks.intern(&[1, 2, 3]), Some(StackId(0)));
        assert_eq!(stacks.intern(&[]), Some(StackId(1)));
        assert_eq!(stacks.intern(&[1, 2]), Some(StackId(2)));
        assert_eq!(stacks.intern(&[1, 2, 3]), Some(StackId(0)));
        assert_eq!(stacks.get(StackId(0)), [1, 2, 3]);
        assert_eq!(stacks.get(StackId(1)), [0u64; 0]);
        assert_eq!(stacks.get(StackId(9)), [0u64; 0]);
        for i in 0..1000 {
            stacks.intern(&[i, i + 1]);
        }
        assert_eq!(stacks.intern(&[1, 2]), Some(StackId(2)));
        assert_eq!(stacks.len(), 1002);
    }
}
