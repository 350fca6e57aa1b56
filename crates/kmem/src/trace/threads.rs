//! Threads under the names they had at the time.

use alloc::string::String;
use alloc::vec::Vec;

use hashbrown::HashMap;

use crate::ids::{ActorId, ThreadId};
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

/// A thread on a CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Actor {
    /// The thread.
    pub thread: ThreadId,
    /// CPU number; [`NO_CPU`] where it is unknown. Larger numbers than a `u16` holds are cut, as perf's `short` does.
    pub cpu: u16,
}

/// The CPU of an event whose sample does not tell it.
pub const NO_CPU: u16 = u16::MAX;

/// Who a sample says it is of, whatever the thread is called: index into the tasks seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TaskId(pub(crate) u32);

/// What a sample says of who it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Task {
    pub(crate) pid: i32,
    pub(crate) tid: i32,
    pub(crate) cpu: u16,
}

/// The threads of a trace.
#[derive(Clone, Debug, Default)]
pub struct Threads {
    threads: Vec<Thread>,
    names: Strings,
    index: HashMap<Thread, ThreadId>,
    /// Name of each thread id now.
    current: HashMap<i32, Option<u32>>,
    actors: Vec<Actor>,
    actor_index: HashMap<Actor, ActorId>,
    /// Each task, and the actor that it is under its thread's current name.
    tasks: Vec<(Task, Option<ActorId>)>,
    task_index: HashMap<Task, TaskId>,
    /// The tasks of each thread id.
    tasks_of: HashMap<i32, Vec<TaskId>>,
    last: Option<(Task, TaskId)>,
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

    /// Every thread on every CPU where it was seen; the position is the [`ActorId`].
    #[must_use]
    pub fn actors(&self) -> &[Actor] {
        &self.actors
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
            for id in self.tasks_of.get(&tid).into_iter().flatten() {
                if let Some((_, actor)) = self.tasks.get_mut(id.0 as usize) {
                    *actor = None;
                }
            }
        }
    }

    /// The index of a task, whatever its thread is called.
    #[inline]
    pub(crate) fn task(&mut self, task: Task) -> TaskId {
        match self.last {
            Some((last, id)) if last == task => id,
            _ => self.other_task(task),
        }
    }

    #[inline(never)]
    fn other_task(&mut self, task: Task) -> TaskId {
        let id = *self.task_index.entry(task).or_insert_with(|| {
            let id = TaskId(self.tasks.len() as u32);
            self.tasks.push((task, None));
            self.tasks_of.entry(task.tid).or_default().push(id);
            id
        });
        self.last = Some((task, id));
        id
    }

    /// Who a task is under its thread's current name.
    #[inline]
    pub(crate) fn actor(&mut self, id: TaskId) -> ActorId {
        match self.tasks.get(id.0 as usize) {
            Some((_, Some(actor))) => *actor,
            _ => self.new_actor(id),
        }
    }

    #[cold]
    fn new_actor(&mut self, id: TaskId) -> ActorId {
        let Some((task, current)) = self.tasks.get_mut(id.0 as usize) else { return ActorId(0) };
        let comm = self.current.get(&task.tid).copied().flatten();
        let threads = &mut self.threads;
        let thread = Thread { pid: task.pid, tid: task.tid, comm };
        let thread = *self.index.entry(thread).or_insert_with(|| {
            threads.push(thread);
            ThreadId((threads.len() - 1) as u32)
        });
        let actors = &mut self.actors;
        let actor = Actor { thread, cpu: task.cpu };
        let actor = *self.actor_index.entry(actor).or_insert_with(|| {
            actors.push(actor);
            ActorId((actors.len() - 1) as u32)
        });
        *current = Some(actor);
        actor
    }

    /// Bytes of memory that the threads hold, roughly.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.threads.capacity() * size_of::<Thread>()
            + self.index.capacity() * size_of::<(Thread, ThreadId)>()
            + self.actors.capacity() * size_of::<Actor>()
            + self.actor_index.capacity() * size_of::<(Actor, ActorId)>()
            + self.tasks.capacity() * size_of::<(Task, Option<ActorId>)>()
            + self.task_index.capacity() * size_of::<(Task, TaskId)>()
    }
}

#[cfg(test)]
mod tests {
    use super::{Task, Threads};
    use alloc::vec::Vec;

    const ON_CPU_1: Task = Task { pid: 7, tid: 7, cpu: 1 };

    #[test]
    fn names_are_those_of_the_time() {
        let mut threads = Threads::default();
        let seven = threads.task(ON_CPU_1);
        let before = threads.actor(seven);
        let sh = threads.intern_name(b"sh");
        threads.rename(7, sh);
        let shell = threads.actor(seven);
        threads.fork(8, 7);
        let eight = threads.task(Task { pid: 8, tid: 8, cpu: 1 });
        let child = threads.actor(eight);
        let ls = threads.intern_name(b"ls");
        threads.rename(8, ls);
        let listing = threads.actor(eight);
        assert_eq!((threads.task(ON_CPU_1), threads.actor(seven)), (seven, shell));
        let names: Vec<_> = [before, shell, child, listing]
            .iter()
            .filter_map(|&id| threads.get(threads.actors().get(id.index())?.thread))
            .map(|thread| threads.comm(thread))
            .collect();
        assert_eq!(names, [":7", "sh", "sh", "ls"]);
        assert_eq!(threads.len(), 4);
    }

    #[test]
    fn a_thread_is_one_on_all_cpus() {
        let mut threads = Threads::default();
        let [one, two] = [1, 2].map(|cpu| {
            let task = threads.task(Task { cpu, ..ON_CPU_1 });
            threads.actor(task)
        });
        assert_ne!(one, two);
        let [one, two] = [one, two].map(|id| threads.actors()[id.index()]);
        assert_eq!((one.thread, one.cpu, two.cpu), (two.thread, 1, 2));
    }
}
