//! The events, each once, in time order, in narrow rows.
//!
//! A row is 20 bytes, 24 where callchains were recorded. That is all an event needs: what it shares with others stands
//! once in [`Origin`](super::Origin) and [`Actor`](super::Actor). Every question looks at all parts of a row, so that rows
//! are read faster than a column for each part would be. They come in blocks of fixed size, so that growing never copies
//! what is there and never needs the old and the new memory at once.

use alloc::vec::Vec;
use core::ops::Range;

use crate::ids::{ActorId, OriginId, PageId, PtrId, StackId};

const BLOCK_BITS: u32 = 16;
const BLOCK: usize = 1 << BLOCK_BITS;

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Nanoseconds of the recording's clock.
    pub time: u64,
    /// [`PtrId`] of a slab event, [`PageId`] of a page event.
    pub target: u32,
    /// What was asked for, and where in the kernel.
    pub origin: OriginId,
    /// Which thread, on which CPU.
    pub actor: ActorId,
    /// Where the callchain is, if one was recorded.
    pub stack: Option<StackId>,
}

impl Event {
    /// The target of a slab event.
    #[must_use]
    pub fn ptr(&self) -> PtrId {
        PtrId(self.target)
    }

    /// The target of a page event.
    #[must_use]
    pub fn page(&self) -> PageId {
        PageId(self.target)
    }
}

const NO_STACK: u32 = u32::MAX;

/// An event without its callchain. The time is cut in two, so that a row needs no padding.
#[derive(Clone, Copy, Debug)]
struct Row {
    early: u32,
    late: u32,
    target: u32,
    origin: u32,
    actor: u32,
}

impl Row {
    #[inline]
    fn of(event: &Event) -> Row {
        Row {
            early: event.time as u32,
            late: (event.time >> 32) as u32,
            target: event.target,
            origin: event.origin.0,
            actor: event.actor.0,
        }
    }

    #[inline]
    fn time(&self) -> u64 {
        u64::from(self.late) << 32 | u64::from(self.early)
    }

    #[inline]
    fn event(&self, stack: u32) -> Event {
        Event {
            time: self.time(),
            target: self.target,
            origin: OriginId(self.origin),
            actor: ActorId(self.actor),
            stack: (stack != NO_STACK).then_some(StackId(stack)),
        }
    }
}

#[derive(Clone, Debug, Default)]
struct Block {
    rows: Vec<Row>,
    /// As long as the rows, or shorter where the last ones have no callchain.
    stacks: Vec<u32>,
    /// The earliest time in the block.
    earliest: u64,
    /// The latest time up to the end of the block.
    latest: u64,
}

/// All events of a trace, in time order.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    blocks: Vec<Block>,
    /// Blocks before this one are forgotten, and memory of the latest of them.
    forgotten: usize,
    spare: Vec<Row>,
    len: usize,
    oldest: u64,
    newest: u64,
    unsorted: bool,
}

impl Rows {
    /// How many events there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether some event has an earlier time than one before it; then only its own time says whether it is in a range.
    #[must_use]
    pub fn is_unsorted(&self) -> bool {
        self.unsorted
    }

    /// Adds an event.
    #[inline]
    pub fn push(&mut self, event: &Event) {
        if self.len & (BLOCK - 1) == 0 {
            self.begin_block(event.time);
        }
        self.len += 1;
        let Some(block) = self.blocks.last_mut() else { return };
        if event.time < self.newest {
            self.unsorted = true;
            block.earliest = block.earliest.min(event.time);
        }
        self.newest = self.newest.max(event.time);
        if let Some(stack) = event.stack {
            block.stacks.resize(block.rows.len(), NO_STACK);
            block.stacks.push(stack.0);
        }
        block.rows.push(Row::of(event));
    }

    #[cold]
    fn begin_block(&mut self, time: u64) {
        if let Some(last) = self.blocks.last_mut() {
            last.latest = self.newest;
        }
        let mut block = Block { earliest: time, latest: u64::MAX, ..Block::default() };
        if self.len == 0 {
            self.oldest = time;
        } else {
            block.rows = core::mem::take(&mut self.spare);
            // A small trace needs less than a whole block.
            block.rows.reserve_exact(BLOCK);
        }
        self.blocks.push(block);
    }

    /// Forgets whole blocks before `index`, so that their memory serves for the events that come.
    pub(crate) fn forget_before(&mut self, index: usize) {
        let until = (index >> BLOCK_BITS).min(self.blocks.len());
        for block in self.blocks.get_mut(self.forgotten..until).unwrap_or_default() {
            block.stacks = Vec::new();
            self.spare = core::mem::take(&mut block.rows);
            self.spare.clear();
        }
        self.forgotten = self.forgotten.max(until);
    }

    /// The event at `index`.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Event> {
        let block = self.blocks.get(index >> BLOCK_BITS)?;
        let at = index & (BLOCK - 1);
        Some(block.rows.get(at)?.event(block.stacks.get(at).copied().unwrap_or(NO_STACK)))
    }

    /// The indices among which the events from time `start` to time `end` are, both included, as are those without a
    /// time; exactly those where the events are sorted, else some more.
    #[must_use]
    pub fn range(&self, start: u64, end: u64) -> Range<usize> {
        if self.unsorted {
            let may_have =
                |block: &Block| block.earliest == 0 || block.earliest <= end && start <= block.latest;
            let from = self.blocks.iter().position(may_have).unwrap_or(0);
            let to = self.blocks.iter().rposition(may_have).map_or(from, |last| last + 1);
            return (from << BLOCK_BITS).min(self.len)..(to << BLOCK_BITS).min(self.len);
        }
        let from = self.partition(|time| time < start);
        let to = self.partition(|time| time <= end);
        from..to.max(from)
    }

    fn partition(&self, before: impl Fn(u64) -> bool) -> usize {
        let full =
            self.blocks.partition_point(|block| block.rows.last().is_some_and(|row| before(row.time())));
        let rest =
            self.blocks.get(full).map_or(0, |block| block.rows.partition_point(|row| before(row.time())));
        ((full << BLOCK_BITS) + rest).min(self.len)
    }

    /// The events of a range of indices, with their indices.
    pub fn iter(&self, range: Range<usize>) -> impl Iterator<Item = (usize, Event)> + '_ {
        let end = range.end.min(self.len);
        let start = range.start.min(end);
        let first = start >> BLOCK_BITS;
        let last = end.div_ceil(BLOCK).max(first);
        self.blocks.get(first..last).unwrap_or_default().iter().enumerate().flat_map(move |(n, block)| {
            let base = (first + n) << BLOCK_BITS;
            let from = start.saturating_sub(base);
            let rows = block.rows.get(from..(end - base).min(BLOCK)).unwrap_or_default();
            let stacks = block.stacks.get(from..).unwrap_or_default();
            let stacks = stacks.iter().copied().chain(core::iter::repeat(NO_STACK));
            rows.iter()
                .zip(stacks)
                .enumerate()
                .map(move |(i, (row, stack))| (base + from + i, row.event(stack)))
        })
    }

    /// The events of a range of indices without their callchains, which most questions do not ask for.
    pub fn iter_without_stacks(&self, range: Range<usize>) -> impl Iterator<Item = Event> + '_ {
        let end = range.end.min(self.len);
        let start = range.start.min(end);
        let first = start >> BLOCK_BITS;
        let last = end.div_ceil(BLOCK).max(first);
        self.blocks.get(first..last).unwrap_or_default().iter().enumerate().flat_map(move |(n, block)| {
            let base = (first + n) << BLOCK_BITS;
            let rows = block.rows.get(start.saturating_sub(base)..(end - base).min(BLOCK));
            rows.unwrap_or_default().iter().map(|row| row.event(NO_STACK))
        })
    }

    /// Time of the first and of the last event, nanoseconds.
    #[must_use]
    pub fn span(&self) -> Option<(u64, u64)> {
        Some((self.oldest, self.blocks.last()?.rows.last()?.time()))
    }

    /// Bytes of memory that the rows hold.
    #[must_use]
    pub fn memory(&self) -> usize {
        let of = |block: &Block| block.rows.capacity() * size_of::<Row>() + block.stacks.capacity() * 4;
        self.blocks.iter().map(of).sum::<usize>() + self.spare.capacity() * size_of::<Row>()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{BLOCK, Event, Rows};
    use crate::ids::{ActorId, OriginId, StackId};

    fn event(time: u64, stack: Option<u32>) -> Event {
        let target = time as u32;
        Event { time, target, origin: OriginId(1), actor: ActorId(2), stack: stack.map(StackId) }
    }

    #[test]
    fn what_goes_in_comes_out() {
        const START: u64 = (1 << 33) + 7;
        let mut rows = Rows::default();
        let count = BLOCK * 2 + 77;
        for i in 0..count {
            rows.push(&event(START + i as u64 / 2, (i % 3 == 1).then_some(i as u32)));
        }
        assert_eq!(rows.len(), count);
        for i in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, count - 1] {
            assert_eq!(rows.get(i), Some(event(START + i as u64 / 2, (i % 3 == 1).then_some(i as u32))));
        }
        assert_eq!(rows.get(count), None);
        let seen: Vec<_> = rows.iter(BLOCK - 3..BLOCK + 5).collect();
        assert_eq!(seen.len(), 8);
        for (i, e) in &seen {
            assert_eq!(Some(*e), rows.get(*i));
        }
        let without: Vec<_> = rows.iter_without_stacks(BLOCK - 3..BLOCK + 5).collect();
        assert_eq!(without, seen.iter().map(|(_, e)| Event { stack: None, ..*e }).collect::<Vec<_>>());
        assert_eq!(rows.range(START + 5, START + 5), 10..12);
        assert_eq!(rows.range(0, u64::MAX), 0..count);
        assert_eq!(rows.range(START + 9, START + 3), 18..18);
        assert_eq!(rows.span(), Some((START, START + (count as u64 - 1) / 2)));
        assert_eq!(rows.iter(0..usize::MAX).count(), count);
        assert_eq!(rows.iter_without_stacks(0..usize::MAX).count(), count);
        assert!(rows.memory() <= 24 * 3 * BLOCK);
    }

    #[test]
    fn memory_of_forgotten_blocks_serves_again() {
        let mut rows = Rows::default();
        for i in 0..BLOCK * 40 + 9 {
            rows.push(&event(i as u64, Some(1)));
            rows.forget_before(i);
        }
        assert_eq!(rows.len(), BLOCK * 40 + 9);
        assert_eq!(rows.span(), Some((0, BLOCK as u64 * 40 + 8)));
        assert_eq!(rows.get(BLOCK * 40 - 1), None);
        assert_eq!(rows.get(BLOCK * 40 + 3), Some(event(BLOCK as u64 * 40 + 3, Some(1))));
        assert!(rows.memory() <= 24 * 3 * BLOCK);
    }

    #[test]
    fn a_range_of_unsorted_events_leaves_out_no_event() {
        let mut rows = Rows::default();
        let time = |i: usize| match i {
            70_000 => 5,
            140_000 => 0,
            i => i as u64 + 10,
        };
        for i in 0..BLOCK * 4 {
            rows.push(&event(time(i), None));
        }
        assert!(rows.is_unsorted());
        for (start, end) in [(0, 9), (5, 5), (60_000, 70_000), (200_000, 250_000), (262_000, u64::MAX)] {
            let range = rows.range(start, end);
            let is_asked = |i: usize| time(i) == 0 || (start..=end).contains(&time(i));
            assert!((0..rows.len()).all(|i| !is_asked(i) || range.contains(&i)), "{start} {end} {range:?}");
        }
        let mut rows = Rows::default();
        for i in 0..BLOCK * 4 {
            rows.push(&event(if i == 1000 { 20 } else { i as u64 + 10 }, None));
        }
        assert_eq!(rows.range(70_000, 80_000), BLOCK..2 * BLOCK);
    }
}
