//! Orders a table by any keys: the text, the page's tables and exports use the same.
//!
//! perf sorts every key descending, and rows that are equal in all keys stay in the order of the table they were
//! counted in: ascending by ptr, call site or page.

mod page;
mod positions;
mod slab;

use alloc::vec::Vec;
use core::cmp::Ordering;

pub use page::PageKey;
pub use positions::{positions, sorted_by_key};
pub use slab::SlabKey;

/// Which way a key sorts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// Largest first, as perf always does.
    #[default]
    Descending,
    /// Smallest first.
    Ascending,
}

/// A row that can be compared by keys of type `K`.
pub trait Sortable<K> {
    /// Compares two rows by one key, ascending.
    fn compare(&self, other: &Self, key: K) -> Ordering;
}

/// The order of `rows` by `keys`, the first key first: positions in `rows`. Rows equal in all keys keep their order.
#[must_use]
pub fn order<K: Copy, R: Sortable<K>>(rows: &[R], keys: &[(K, Direction)]) -> Vec<u32> {
    if keys.is_empty() {
        return (0..rows.len() as u32).collect();
    }
    positions(rows.len(), &|a, b| {
        let (Some(a), Some(b)) = (rows.get(a), rows.get(b)) else { return Ordering::Equal };
        for &(key, direction) in keys {
            let ordering = match direction {
                Direction::Ascending => a.compare(b, key),
                Direction::Descending => b.compare(a, key),
            };
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        Ordering::Equal
    })
}
