//! One compiled sort for all tables.
//!
//! The standard library's sort becomes about ten kilobytes of wasm for every type of row and every closure that it is
//! compiled for, and a row of a hundred bytes is dear to move. So positions are sorted, by a closure behind a pointer.

use alloc::vec::Vec;
use core::cmp::Ordering;

/// The positions `0..count` in the order of what stands at them; equal ones keep their order.
#[must_use]
pub fn positions(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<u32> {
    let mut positions: Vec<u32> = (0..count as u32).collect();
    positions.sort_by(|&a, &b| compare(a as usize, b as usize));
    positions
}

/// The rows by ascending key; rows with equal keys keep their order.
#[must_use]
pub fn sorted_by_key<T: Copy, K: Ord>(rows: &[T], key: impl Fn(&T) -> K) -> Vec<T> {
    let key = |position: usize| rows.get(position).map(&key);
    positions(rows.len(), &|a, b| key(a).cmp(&key(b)))
        .into_iter()
        .filter_map(|position| rows.get(position as usize).copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cmp::Reverse;

    #[test]
    fn equal_keys_keep_their_order() {
        let rows = [(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd')];
        assert_eq!(sorted_by_key(&rows, |row| row.0), [(1, 'b'), (1, 'd'), (2, 'a'), (2, 'c')]);
        assert_eq!(sorted_by_key(&rows, |row| Reverse(row.0)), [(2, 'a'), (2, 'c'), (1, 'b'), (1, 'd')]);
    }
}
