//! Threads under the names they had at the time.

use alloc::string::String;
use alloc::vec::Vec;

use hashbrown::HashMap;

use crate::ids::ThreadId;
use crate::trace::strings::Strings;

/// A thread under one name. A thread that changed its name (exec, prctl) appears once for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Thread {
    /// Process id; −1 where samples do not tell it.
    pub pid: i32,
    /// Thread id; −1 where samples do not tell it.
    pub tid: i32,
    /// Index into [`Threads::comm`]'s names; `None` while no COMM record named the thread.
    comm: Option<u32>,
}

/// A process and thread id as a sample has it, whatever its name: index into the pairs seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PairId(u32);

/// A pair of ids, and the thread that it is under its current name.
#[derive(Clone, Copy, Debug)]
struct Pair {
    pid: i32,
    tid: i32,
    current: Option<ThreadId>,
}

/// The threads of a trace.
#[derive(Clone, Debug, Default)]
pub struct Threads {
    threads: Vec<Thread>,
    names: Strings,
    index: HashMap<Thread, ThreadId>,
    /// Name of each thread id now.
    current: HashMap<i32, Option<u32>>,
    pairs: Vec<Pair>,
    pair_index: HashMap<(i32, i32), PairId>,
    /// The pairs of each thread id: one, unless the id was used again.
    pairs_of: HashMap<i32, Vec<PairId>>,
    last: Option<((i32, i32), PairId)>,
}

impl Threads {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.threads.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.threads.is_empty()
    }

    /// All of them; the position is the [`ThreadId`].
    #[must_use]
    pub fn all(&self) -> &[Thread] {
        &self.threads
    }

    /// The thread of an id.
    #[must_use]
    pub fn get(&self, id: ThreadId) -> Option<&Thread> {
        self.threads.get(id.index())
    }

    /// A thread's name: as its COMM record says; `swapper` for tid 0; else, as perf, `:tid`.
    #[must_use]
    pub fn comm(&self, thread: &Thread) -> String {
        match thread.comm.and_then(|id| self.names.texts().get(id as usize)) {
            Some(name) => name.clone(),
            None if thread.tid == 0 => "swapper".into(),
            None => alloc::format!(":{}", thread.tid),
        }
    }

    /// The index of a name.
    pub(crate) fn intern_name(&mut self, comm: &[u8]) -> u32 {
        self.names.intern(comm)
    }

    /// From now on `tid` has the name of this index.
    pub(crate) fn rename(&mut self, tid: i32, name: u32) {
        self.name(tid, Some(name));
    }

    /// `tid` begins, forked from `parent`, whose name it has.
    pub(crate) fn fork(&mut self, tid: i32, parent: i32) {
        if tid != parent {
            let name = self.current.get(&parent).copied().flatten();
            self.name(tid, name);
        }
    }

    fn name(&mut self, tid: i32, name: Option<u32>) {
        if self.current.insert(tid, name) != Some(name) {
            for id in self.pairs_of.get(&tid).into_iter().flatten() {
                if let Some(pair) = self.pairs.get_mut(id.0 as usize) {
                    pair.current = None;
                }
            }
        }
    }

    /// The index of a pair of ids, whatever the thread is called.
    #[inline]
    pub(crate) fn pair(&mut self, pid: i32, tid: i32) -> PairId {
        if let Some((key, id)) = self.last
            && key == (pid, tid)
        {
            return id;
        }
        let id = match self.pair_index.get(&(pid, tid)) {
            Some(&id) => id,
            None => {
                let id = PairId(self.pairs.len() as u32);
                self.pairs.push(Pair { pid, tid, current: None });
                self.pair_index.insert((pid, tid), id);
                self.pairs_of.entry(tid).or_default().push(id);
                id
            }
        };
        self.last = Some(((pid, tid), id));
        id
    }

    /// The thread of a pair of ids under its current name.
    #[inline]
    pub(crate) fn thread(&mut self, id: PairId) -> ThreadId {
        let Some(pair) = self.pairs.get_mut(id.0 as usize) else { return ThreadId(0) };
        if let Some(thread) = pair.current {
            return thread;
        }
        let comm = self.current.get(&pair.tid).copied().flatten();
        let thread = Thread { pid: pair.pid, tid: pair.tid, comm };
        let threads = &mut self.threads;
        let id = *self.index.entry(thread).or_insert_with(|| {
            threads.push(thread);
            ThreadId((threads.len() - 1) as u32)
        });
        pair.current = Some(id);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::Threads;
    use alloc::vec::Vec;

    #[test]
    fn names_are_those_of_the_time() {
        let mut threads = Threads::default();
        let seven = threads.pair(7, 7);
        let before = threads.thread(seven);
        let sh = threads.intern_name(b"sh");
        threads.rename(7, sh);
        let shell = threads.thread(seven);
        threads.fork(8, 7);
        let eight = threads.pair(8, 8);
        let child = threads.thread(eight);
        let ls = threads.intern_name(b"ls");
        threads.rename(8, ls);
        let listing = threads.thread(eight);
        assert_eq!((threads.pair(7, 7), threads.thread(seven)), (seven, shell));
        let names: Vec<_> = [before, shell, child, listing]
            .iter()
            .filter_map(|&id| threads.get(id))
            .map(|thread| threads.comm(thread))
            .collect();
        assert_eq!(names, [":7", "sh", "sh", "ls"]);
        assert_eq!(threads.len(), 4);
    }
}
