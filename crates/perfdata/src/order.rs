//! The order in which perf delivers records: by time, within rounds.
//!
//! The rules are those of `tools/perf/util/ordered-events.c`: a record waits in a queue that is sorted by time (equal
//! times keep their order of arrival); at each FINISHED_ROUND everything up to the newest time that was queued at the
//! round before is delivered; at the end, everything. A record without a time (0 or all ones) is delivered at once.
//!
//! perf keeps a linked list. Here records come in as runs, each already sorted, because the recorder copies one CPU's
//! ring buffer after another; a flush merges the runs.

use alloc::{
    collections::{BinaryHeap, VecDeque},
    vec::Vec,
};
use core::cmp::Reverse;

use crate::Time;

/// Merges sorted runs of records, round by round.
#[derive(Debug)]
pub struct RoundMerger<T> {
    /// The run that records are added to: the newest.
    newest_run: Run<T>,
    /// The other runs, in order of arrival: all of a run's records arrived before those of the next.
    runs: VecDeque<Run<T>>,
    /// The number of the first of the runs.
    first: u64,
    /// Emptied runs, kept for their memory.
    spare: Vec<Run<T>>,
    /// (time of its next record, its number) of each run that isn't empty, the newest left out.
    heads: BinaryHeap<Reverse<(u64, u64)>>,
    waiting: usize,
    newest: u64,
    limit: Option<u64>,
    last_delivered: u64,
    late: u64,
}

/// Records by ascending time, those before `next` already delivered.
#[derive(Debug)]
struct Run<T> {
    records: Vec<(u64, T)>,
    next: usize,
}

impl<T> Default for Run<T> {
    fn default() -> Self {
        Run { records: Vec::new(), next: 0 }
    }
}

impl<T> Run<T> {
    fn next_time(&self) -> Option<u64> {
        self.records.get(self.next).map(|&(time, _)| time)
    }

    fn clear(&mut self) {
        self.records.clear();
        self.next = 0;
    }
}

impl<T: Copy> Default for RoundMerger<T> {
    fn default() -> Self {
        RoundMerger {
            newest_run: Run::default(),
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

impl<T: Copy> RoundMerger<T> {
    /// A merger with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one record in; one without a usable time goes to `deliver` at once. What is delivered comes with its time,
    /// 0 where it has none.
    #[inline]
    pub fn push(&mut self, time: Option<Time>, item: T, mut deliver: impl FnMut(u64, T)) {
        let time = match time {
            Some(Time(time)) if time != 0 && time != u64::MAX => time,
            _ => return deliver(time.map_or(0, |Time(time)| time), item),
        };
        if time < self.last_delivered {
            self.late += 1;
        }
        self.newest = if self.waiting == 0 { time } else { self.newest.max(time) };
        self.waiting += 1;
        if self.newest_run.records.last().is_some_and(|&(last, _)| last > time) {
            self.begin_run();
        }
        self.newest_run.records.push((time, item));
    }

    /// The newest run takes its place among the others.
    fn begin_run(&mut self) {
        let run = core::mem::replace(&mut self.newest_run, self.spare.pop().unwrap_or_default());
        if let Some(time) = run.next_time() {
            self.heads.push(Reverse((time, self.first + self.runs.len() as u64)));
            self.runs.push_back(run);
        }
    }

    /// FINISHED_ROUND: delivers what perf would.
    pub fn round(&mut self, deliver: impl FnMut(u64, T)) {
        if self.waiting == 0 {
            return;
        }
        if let Some(limit) = self.limit {
            self.flush(limit, deliver);
        }
        self.limit = Some(self.newest);
    }

    /// The end of the trace: delivers everything.
    pub fn finish(&mut self, deliver: impl FnMut(u64, T)) {
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

    /// Bytes of memory that the waiting records hold.
    pub fn memory(&self) -> usize {
        let runs = self.runs.iter().chain(&self.spare).chain([&self.newest_run]);
        runs.map(|run| run.records.capacity() * size_of::<(u64, T)>()).sum()
    }

    fn flush(&mut self, limit: u64, mut deliver: impl FnMut(u64, T)) {
        self.begin_run();
        while let Some(Reverse((time, number))) = self.heads.pop() {
            if time > limit {
                self.heads.push(Reverse((time, number)));
                break;
            }
            let run = usize::try_from(number - self.first).ok().and_then(|index| self.runs.get_mut(index));
            let Some(run) = run else { break };
            // As many records as come before those of any other run go in one piece: a CPU is rarely interrupted by
            // another at each event.
            let last = match self.heads.peek() {
                Some(&Reverse((other, before))) if before < number => limit.min(other.saturating_sub(1)),
                Some(&Reverse((other, _))) => limit.min(other),
                None => limit,
            };
            let start = run.next;
            for &(time, item) in run.records.get(start..).unwrap_or_default() {
                if time > last {
                    break;
                }
                run.next += 1;
                self.last_delivered = time;
                deliver(time, item);
            }
            self.waiting -= run.next - start;
            if let Some(next) = run.next_time() {
                self.heads.push(Reverse((next, number)));
            } else {
                let mut run = core::mem::take(run);
                run.clear();
                if self.spare.len() < SPARE_LIMIT {
                    self.spare.push(run);
                }
            }
        }
        while self.runs.front().is_some_and(|run| run.records.is_empty()) {
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
                        merger.push(Some(Time(time)), item, |_, item| merged.push(item));
                        queue.push(time, item, &mut queued);
                    }
                    None => {
                        merger.round(|_, item| merged.push(item));
                        queue.round(&mut queued);
                    }
                }
            }
            merger.finish(|_, item| merged.push(item));
            queue.flush(u64::MAX, &mut queued);
            prop_assert_eq!(merged, queued);
            prop_assert_eq!(merger.late(), queue.unordered);
            prop_assert_eq!(merger.waiting(), 0);
        }
    }
}
