//! In which order perf delivers events (`tools/perf/util/ordered-events.c`): a list kept in order, insertion by
//! search, flushes by walking.

/// The queue of one session.
#[derive(Debug, Clone, Default)]
pub struct Queue<T> {
    waiting: Vec<(u64, T)>,
    max_timestamp: u64,
    next_flush: u64,
    last_flush: u64,
    /// Events that came after a later one had been delivered.
    pub unordered: u64,
}

impl<T> Queue<T> {
    /// An empty one.
    pub fn new() -> Queue<T> {
        Queue { waiting: Vec::new(), max_timestamp: 0, next_flush: 0, last_flush: 0, unordered: 0 }
    }

    /// Takes an event; hands it back if it has no time, then it is delivered at once.
    pub fn push(&mut self, time: u64, event: T) -> Option<T> {
        if time == 0 || time == u64::MAX {
            return Some(event);
        }
        if time < self.last_flush {
            self.unordered += 1;
        }
        let at = self.waiting.iter().position(|(other, _)| *other > time).unwrap_or(self.waiting.len());
        // Only an event at the end of the list counts as the latest, even if one already delivered was later.
        if at == self.waiting.len() {
            self.max_timestamp = time;
        }
        self.waiting.insert(at, (time, event));
        None
    }

    /// FINISHED_ROUND: what is not later than the last time of the round before is delivered.
    pub fn round(&mut self) -> Vec<T> {
        if self.waiting.is_empty() {
            return Vec::new();
        }
        let delivered = self.flush(self.next_flush);
        self.next_flush = self.max_timestamp;
        delivered
    }

    /// The end: everything is delivered.
    pub fn finish(&mut self) -> Vec<T> {
        self.flush(u64::MAX)
    }

    fn flush(&mut self, limit: u64) -> Vec<T> {
        let mut delivered = Vec::new();
        if limit == 0 {
            return delivered;
        }
        while !self.waiting.is_empty() && self.waiting[0].0 <= limit {
            let (time, event) = self.waiting.remove(0);
            self.last_flush = time;
            delivered.push(event);
        }
        delivered
    }
}
