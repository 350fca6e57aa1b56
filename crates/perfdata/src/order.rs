//! The order in which perf delivers records: by time, within rounds.
//!
//! The rules are those of `tools/perf/util/ordered-events.c`: a record waits in a queue that is sorted by time (equal
//! times keep their order of arrival); at each FINISHED_ROUND everything up to the newest time that was queued at the
//! round before is delivered; at the end, everything. A record without a time (0 or all ones) is delivered at once.
//!
//! perf keeps a linked list. Here records come in as runs, each already sorted, because the recorder copies one CPU's
//! ring buffer after another; a flush merges the runs.

use alloc::{
    collections::{BinaryHeap, VecDeque, binary_heap::PeekMut},
    vec::Vec,
};
use core::cmp::Reverse;

use crate::Time;

/// Merges sorted runs of records, round by round.
#[derive(Debug)]
pub struct RoundMerger<T> {
    /// In order of arrival: all of a run's records arrived before those of the next.
    runs: VecDeque<Run<T>>,
    /// The number of the first of the runs.
    first: u64,
    /// Emptied runs, kept for their memory.
    spare: Vec<Run<T>>,
    /// (time of its next record, its number) of each run that isn't empty.
    heads: BinaryHeap<Reverse<(u64, u64)>>,
    waiting: usize,
    newest: u64,
    limit: Option<u64>,
    last_delivered: u64,
    late: u64,
}

type Run<T> = VecDeque<(u64, T)>;

impl<T> Default for RoundMerger<T> {
    fn default() -> Self {
        RoundMerger {
            runs: VecDeque::new(),
            first: 0,
            spare: Vec::new(),
            heads: BinaryHeap::new(),
            waiting: 0,
            newest: 0,
            limit: None,
            last_delivered: 0,
            late: 0,
        }
    }
}

/// How many emptied runs are kept for their memory.
const SPARE_LIMIT: usize = 64;

impl<T> RoundMerger<T> {
    /// A merger with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one record in; one without a usable time goes to `deliver` at once.
    #[inline]
    pub fn push(&mut self, time: Option<Time>, item: T, mut deliver: impl FnMut(T)) {
        let time = match time {
            Some(Time(time)) if time != 0 && time != u64::MAX => time,
            _ => return deliver(item),
        };
        if time < self.last_delivered {
            self.late += 1;
        }
        self.newest = if self.waiting == 0 { time } else { self.newest.max(time) };
        self.waiting += 1;
        match self.runs.back_mut() {
            Some(run) if run.back().is_some_and(|&(last, _)| last <= time) => run.push_back((time, item)),
            _ => self.begin_run(time, item),
        }
    }

    fn begin_run(&mut self, time: u64, item: T) {
        let mut run = self.spare.pop().unwrap_or_default();
        run.push_back((time, item));
        self.heads.push(Reverse((time, self.first + self.runs.len() as u64)));
        self.runs.push_back(run);
    }

    /// FINISHED_ROUND: delivers what perf would.
    pub fn round(&mut self, deliver: impl FnMut(T)) {
        if self.waiting == 0 {
            return;
        }
        if let Some(limit) = self.limit {
            self.flush(limit, deliver);
        }
        self.limit = Some(self.newest);
    }

    /// The end of the trace: delivers everything.
    pub fn finish(&mut self, deliver: impl FnMut(T)) {
        self.flush(u64::MAX, deliver);
    }

    /// How many records came with a time before that of one already delivered.
    pub fn late(&self) -> u64 {
        self.late
    }

    /// How many records wait.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    fn flush(&mut self, limit: u64, mut deliver: impl FnMut(T)) {
        while let Some(mut top) = self.heads.peek_mut() {
            let Reverse((time, number)) = *top;
            if time > limit {
                break;
            }
            let run = usize::try_from(number - self.first).ok().and_then(|index| self.runs.get_mut(index));
            let Some(run) = run else { break };
            let Some((_, item)) = run.pop_front() else { break };
            self.last_delivered = time;
            self.waiting -= 1;
            deliver(item);
            match run.front() {
                Some(&(next, _)) => *top = Reverse((next, number)),
                None => {
                    PeekMut::pop(top);
                    let run = core::mem::take(run);
                    if self.spare.len() < SPARE_LIMIT {
                        self.spare.push(run);
                    }
                }
            }
        }
        while self.runs.front().is_some_and(VecDeque::is_empty) {
            self.runs.pop_front();
            self.first += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    /// perf's queue, literally: a sorted list, inserted into one by one.
    #[derive(Default)]
    struct Queue {
        list: Vec<(u64, usize)>,
        max_timestamp: u64,
        next_flush: u64,
        last_flush: u64,
        unordered: u64,
    }

    impl Queue {
        fn push(&mut self, time: u64, item: usize, out: &mut Vec<usize>) {
            if time == 0 || time == u64::MAX {
                return out.push(item);
            }
            self.unordered += u64::from(time < self.last_flush);
            let at = self.list.iter().rposition(|&(other, _)| other <= time).map_or(0, |at| at + 1);
            if at == self.list.len() {
                self.max_timestamp = time;
            }
            self.list.insert(at, (time, item));
        }

        fn flush(&mut self, limit: u64, out: &mut Vec<usize>) {
            while let Some(&(time, item)) = self.list.first()
                && time <= limit
            {
                out.push(item);
                self.list.remove(0);
                self.last_flush = time;
            }
        }

        fn round(&mut self, out: &mut Vec<usize>) {
            if !self.list.is_empty() {
                if self.next_flush != 0 {
                    self.flush(self.next_flush, out);
                }
                self.next_flush = self.max_timestamp;
            }
        }
    }

    proptest! {
        #[test]
        fn delivers_as_perf_does(steps in proptest::collection::vec(proptest::option::weighted(0.8, 0u64..40), 0..200)) {
            let (mut merger, mut queue) = (RoundMerger::new(), Queue::default());
            let (mut merged, mut queued) = (vec![], vec![]);
            for (item, step) in steps.iter().enumerate() {
                match *step {
                    Some(time) => {
                        merger.push(Some(Time(time)), item, |item| merged.push(item));
                        queue.push(time, item, &mut queued);
                    }
                    None => {
                        merger.round(|item| merged.push(item));
                        queue.round(&mut queued);
                    }
                }
            }
            merger.finish(|item| merged.push(item));
            queue.flush(u64::MAX, &mut queued);
            prop_assert_eq!(merged, queued);
            prop_assert_eq!(merger.late(), queue.unordered);
            prop_assert_eq!(merger.waiting(), 0);
        }
    }
}
