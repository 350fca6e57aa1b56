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

/// The threads of a trace.
#[derive(Clone, Debug, Default)]
pub struct Threads {
    threads: Vec<Thread>,
    names: Strings,
    index: HashMap<Thread, ThreadId>,
    current: HashMap<i32, Option<u32>>,
    last: Option<((i32, i32), ThreadId)>,
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
        self.current.insert(tid, Some(name));
        self.last = None;
    }

    /// `tid` begins, forked from `parent`, whose name it has.
    pub(crate) fn fork(&mut self, tid: i32, parent: i32) {
        let name = self.current.get(&parent).copied().flatten();
        if tid != parent {
            self.current.insert(tid, name);
        }
        self.last = None;
    }

    /// The id of a thread under its current name.
    pub(crate) fn intern(&mut self, pid: i32, tid: i32) -> ThreadId {
        if let Some((key, id)) = self.last
            && key == (pid, tid)
        {
            return id;
        }
        let thread = Thread { pid, tid, comm: self.current.get(&tid).copied().flatten() };
        let threads = &mut self.threads;
        let id = *self.index.entry(thread).or_insert_with(|| {
            threads.push(thread);
            ThreadId((threads.len() - 1) as u32)
        });
        self.last = Some(((pid, tid), id));
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
        let before = threads.intern(7, 7);
        let sh = threads.intern_name(b"sh");
        threads.rename(7, sh);
        let shell = threads.intern(7, 7);
        threads.fork(8, 7);
        let child = threads.intern(8, 8);
        let ls = threads.intern_name(b"ls");
        threads.rename(8, ls);
        let listing = threads.intern(8, 8);
        assert_eq!(threads.intern(7, 7), shell);
        let names: Vec<_> = [before, shell, child, listing]
            .iter()
            .filter_map(|&id| threads.get(id))
            .map(|thread| threads.comm(thread))
            .collect();
        assert_eq!(names, [":7", "sh", "sh", "ls"]);
        assert_eq!(threads.len(), 4);
    }
}
