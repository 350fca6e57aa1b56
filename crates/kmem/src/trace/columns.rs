//! The events, each once, in time order, in narrow columns.
//!
//! Columns grow by blocks of fixed size, so that growing never copies what is there and never needs the old and the
//! new memory at once. An event takes 34 bytes, 38 where callchains were recorded.

use alloc::vec::Vec;

use crate::ids::{CallSiteId, ClassId, PageId, PtrId, StackId, ThreadId};

const BLOCK_BITS: u32 = 16;
const BLOCK: usize = 1 << BLOCK_BITS;

/// In [`Event::requested`]: the sizes do not fit 32 bits; [`Event::allocated`] is an index into the table of wide sizes.
const WIDE: u32 = u32::MAX;

/// The CPU of an event whose sample does not tell it.
pub const NO_CPU: u16 = u16::MAX;

/// One event's row of all columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Nanoseconds of the recording's clock.
    pub time: u64,
    /// [`PtrId`] of a slab event, [`PageId`] of a page event.
    pub target: u32,
    /// The event's own call site; of a page event the address at which it was sampled.
    pub call_site: CallSiteId,
    /// Bytes requested, of slab allocations.
    pub requested: u32,
    /// Bytes allocated, of slab allocations.
    pub allocated: u32,
    /// Who did it.
    pub thread: ThreadId,
    /// What the event shares with others.
    pub class: ClassId,
    /// Where the callchain is, if one was recorded.
    pub stack: Option<StackId>,
    /// CPU number; [`NO_CPU`] where it is unknown. Larger numbers than a `u16` holds are cut, as perf's `short` does.
    pub cpu: u16,
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

#[derive(Clone, Debug, Default)]
struct Block {
    time: Vec<u64>,
    target: Vec<u32>,
    call_site: Vec<u32>,
    requested: Vec<u32>,
    allocated: Vec<u32>,
    thread: Vec<u32>,
    class: Vec<u32>,
    stack: Vec<u32>,
    cpu: Vec<u16>,
}

/// All events of a trace, in time order.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    blocks: Vec<Block>,
    len: usize,
    wide: Vec<(u64, u64)>,
    newest: u64,
    unsorted: bool,
    large: bool,
}

impl Columns {
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

    /// Whether any size is 2 GiB or more, which perf's `int` cannot hold.
    #[must_use]
    pub fn has_large(&self) -> bool {
        self.large
    }

    /// Puts sizes that do not fit the columns aside and returns what stands in the columns for them.
    pub fn narrow(&mut self, requested: u64, allocated: u64) -> (u32, u32) {
        self.large |= (requested | allocated) > i32::MAX as u64;
        match (u32::try_from(requested), u32::try_from(allocated)) {
            (Ok(r), Ok(a)) if r != WIDE => (r, a),
            _ => {
                let index = self.wide.len().min(WIDE as usize) as u32;
                self.wide.push((requested, allocated));
                (WIDE, index)
            }
        }
    }

    /// Bytes requested and allocated of an event's row.
    #[must_use]
    pub fn sizes(&self, event: &Event) -> (u64, u64) {
        if event.requested == WIDE {
            self.wide.get(event.allocated as usize).copied().unwrap_or((0, 0))
        } else {
            (u64::from(event.requested), u64::from(event.allocated))
        }
    }

    /// Whether some event has an earlier time than one before it; then only its own time says whether it is in a range.
    #[must_use]
    pub fn is_unsorted(&self) -> bool {
        self.unsorted
    }

    /// Adds an event.
    pub fn push(&mut self, event: Event) {
        if self.len & (BLOCK - 1) == 0 {
            self.blocks.push(Block::default());
        }
        self.len += 1;
        self.unsorted |= event.time < self.newest;
        self.newest = self.newest.max(event.time);
        let Some(block) = self.blocks.last_mut() else { return };
        let at = block.time.len();
        if at == 0 && self.len > BLOCK {
            block.reserve();
        }
        block.time.push(event.time);
        block.target.push(event.target);
        block.call_site.push(event.call_site.0);
        block.requested.push(event.requested);
        block.allocated.push(event.allocated);
        block.thread.push(event.thread.0);
        block.class.push(event.class.0);
        block.cpu.push(event.cpu);
        match event.stack {
            Some(stack) => {
                block.stack.resize(at, NO_STACK);
                block.stack.push(stack.0);
            }
            None if block.stack.is_empty() => {}
            None => block.stack.push(NO_STACK),
        }
    }

    /// The event at `index`.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Event> {
        self.blocks.get(index >> BLOCK_BITS)?.get(index & (BLOCK - 1))
    }

    /// The indices among which the events from time `start` to time `end` are, both included; exactly those where the
    /// columns are sorted, else all.
    #[must_use]
    pub fn range(&self, start: u64, end: u64) -> core::ops::Range<usize> {
        if self.unsorted {
            return 0..self.len;
        }
        let from = self.partition(|time| time < start);
        let to = self.partition(|time| time <= end);
        from..to.max(from)
    }

    fn partition(&self, before: impl Fn(u64) -> bool) -> usize {
        let full = self.blocks.partition_point(|block| block.time.last().is_some_and(|&time| before(time)));
        let rest = self.blocks.get(full).map_or(0, |block| block.time.partition_point(|&time| before(time)));
        ((full << BLOCK_BITS) + rest).min(self.len)
    }

    /// The events of a range of indices, with their indices.
    pub fn iter(&self, range: core::ops::Range<usize>) -> impl Iterator<Item = (usize, Event)> + '_ {
        let end = range.end.min(self.len);
        let start = range.start.min(end);
        let first = start >> BLOCK_BITS;
        let last = end.div_ceil(BLOCK).max(first);
        self.blocks.get(first..last).unwrap_or_default().iter().enumerate().flat_map(move |(n, block)| {
            let base = (first + n) << BLOCK_BITS;
            block
                .iter(start.saturating_sub(base)..(end - base).min(BLOCK))
                .map(move |(i, event)| (base + i, event))
        })
    }

    /// Time of the first and of the last event, nanoseconds.
    #[must_use]
    pub fn span(&self) -> Option<(u64, u64)> {
        Some((*self.blocks.first()?.time.first()?, *self.blocks.last()?.time.last()?))
    }

    /// Bytes of memory that the columns hold.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.wide.capacity() * size_of::<(u64, u64)>() + self.blocks.iter().map(Block::memory).sum::<usize>()
    }
}

impl Block {
    fn reserve(&mut self) {
        self.time.reserve_exact(BLOCK);
        self.cpu.reserve_exact(BLOCK);
        for column in [
            &mut self.target,
            &mut self.call_site,
            &mut self.requested,
            &mut self.allocated,
            &mut self.thread,
            &mut self.class,
        ] {
            column.reserve_exact(BLOCK);
        }
    }

    fn get(&self, at: usize) -> Option<Event> {
        Some(Event {
            time: *self.time.get(at)?,
            target: *self.target.get(at)?,
            call_site: CallSiteId(*self.call_site.get(at)?),
            requested: *self.requested.get(at)?,
            allocated: *self.allocated.get(at)?,
            thread: ThreadId(*self.thread.get(at)?),
            class: ClassId(*self.class.get(at)?),
            stack: self.stack.get(at).and_then(|&id| (id != NO_STACK).then_some(StackId(id))),
            cpu: *self.cpu.get(at)?,
        })
    }

    fn iter(&self, range: core::ops::Range<usize>) -> impl Iterator<Item = (usize, Event)> + '_ {
        let start = range.start;
        let time = self.time.get(range.clone()).unwrap_or_default();
        let target = self.target.get(range.clone()).unwrap_or_default();
        let call_site = self.call_site.get(range.clone()).unwrap_or_default();
        let requested = self.requested.get(range.clone()).unwrap_or_default();
        let allocated = self.allocated.get(range.clone()).unwrap_or_default();
        let thread = self.thread.get(range.clone()).unwrap_or_default();
        let class = self.class.get(range.clone()).unwrap_or_default();
        let cpu = self.cpu.get(range.clone()).unwrap_or_default();
        let from = start.min(self.stack.len());
        let stack = self.stack.get(from..range.end.min(self.stack.len()).max(from)).unwrap_or_default();
        let stacks = stack.iter().copied().chain(core::iter::repeat(NO_STACK));
        time.iter()
            .zip(target)
            .zip(call_site)
            .zip(requested.iter().zip(allocated))
            .zip(thread.iter().zip(class))
            .zip(cpu.iter().zip(stacks))
            .enumerate()
            .map(
                move |(
                    i,
                    (
                        ((((&time, &target), &call_site), (&requested, &allocated)), (&thread, &class)),
                        (&cpu, stack),
                    ),
                )| {
                    let event = Event {
                        time,
                        target,
                        call_site: CallSiteId(call_site),
                        requested,
                        allocated,
                        thread: ThreadId(thread),
                        class: ClassId(class),
                        stack: (stack != NO_STACK).then_some(StackId(stack)),
                        cpu,
                    };
                    (start + i, event)
                },
            )
    }

    fn memory(&self) -> usize {
        let words = self.target.capacity()
            + self.call_site.capacity()
            + self.requested.capacity()
            + self.allocated.capacity()
            + self.thread.capacity()
            + self.class.capacity()
            + self.stack.capacity();
        self.time.capacity() * 8 + words * 4 + self.cpu.capacity() * 2
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Columns, Event};
    use crate::ids::{CallSiteId, ClassId, StackId, ThreadId};

    fn event(time: u64, stack: Option<u32>) -> Event {
        Event {
            time,
            target: time as u32,
            call_site: CallSiteId(1),
            requested: 2,
            allocated: 3,
            thread: ThreadId(4),
            class: ClassId(5),
            stack: stack.map(StackId),
            cpu: 6,
        }
    }

    #[test]
    fn what_goes_in_comes_out() {
        let mut columns = Columns::default();
        let count = BLOCK * 2 + 77;
        for i in 0..count {
            columns.push(event(i as u64 / 2, (i % 3 == 1).then_some(i as u32)));
        }
        assert_eq!(columns.len(), count);
        for i in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, count - 1] {
            assert_eq!(columns.get(i), Some(event(i as u64 / 2, (i % 3 == 1).then_some(i as u32))));
        }
        assert_eq!(columns.get(count), None);
        let seen: alloc::vec::Vec<_> = columns.iter(BLOCK - 3..BLOCK + 5).collect();
        assert_eq!(seen.len(), 8);
        for (i, e) in seen {
            assert_eq!(Some(e), columns.get(i));
        }
        assert_eq!(columns.range(5, 5), 10..12);
        assert_eq!(columns.range(0, u64::MAX), 0..count);
        assert_eq!(columns.range(9, 3), 18..18);
        assert_eq!(columns.span(), Some((0, (count as u64 - 1) / 2)));
        assert_eq!(columns.iter(0..usize::MAX).count(), count);
        assert!(columns.memory() <= 40 * 3 * BLOCK);
    }

    #[test]
    fn wide_sizes_survive() {
        let mut columns = Columns::default();
        for (r, a) in [(1, 2), (u64::MAX, 0), (u64::from(u32::MAX), 7), (3, 1 << 40)] {
            let (requested, allocated) = columns.narrow(r, a);
            let row = Event { requested, allocated, ..event(0, None) };
            assert_eq!(columns.sizes(&row), (r, a));
        }
    }
}
