//! What a reader has seen.

use alloc::vec::Vec;

use crate::record::kind;

/// How many records of which type were read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Samples that were handed out.
    pub samples: u64,
    /// Samples that carry the id of no event: passed over.
    pub of_no_event: u64,
    /// Records, samples or others, whose parts don't fit into them: passed over.
    pub unreadable: u64,
    /// COMPRESSED and COMPRESSED2 records.
    pub compressed: u64,
    /// (type, how often), of records that are none of the above, in order of their first appearance.
    others: Vec<(u32, u64)>,
    /// Records of types beyond the first [`TYPES_LIMIT`].
    more: u64,
}

/// So many types are told apart; perf has less than half of that.
const TYPES_LIMIT: usize = 256;

impl Counts {
    pub(super) fn count(&mut self, kind: u32) {
        if let Some((_, count)) = self.others.iter_mut().find(|(other, _)| *other == kind) {
            *count += 1;
        } else if self.others.len() < TYPES_LIMIT {
            self.others.push((kind, 1));
        } else {
            self.more += 1;
        }
    }

    /// (type, how often) of the records that are not samples.
    pub fn others(&self) -> &[(u32, u64)] {
        &self.others
    }

    /// (type, how often) of the records of types that are not known here: passed over.
    pub fn unknown(&self) -> impl Iterator<Item = (u32, u64)> + '_ {
        self.others.iter().copied().filter(|&(kind, _)| !kind::is_known(kind))
    }

    /// Records of more types than can be told apart (only a damaged file has them).
    pub fn beyond_count(&self) -> u64 {
        self.more
    }
}
