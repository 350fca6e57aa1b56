//! What happened on the made machine.

/// A whole recording: the tasks that ran, the events in the order of their times, and what was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Bytes of a page, as TRACING_DATA says.
    pub page_size: u32,
    /// Where the kernel's text starts, for the MMAP record.
    pub text_start: u64,
    /// The tasks, named by COMM records before the first event.
    pub tasks: Vec<Task>,
    /// The events; times never fall.
    pub events: Vec<Event>,
    /// LOST records, each after the event of that index.
    pub lost: Vec<Lost>,
    /// CPU lists of the NUMA nodes, for NUMA_TOPOLOGY; empty: the feature is left out.
    pub nodes: Vec<String>,
}

/// A thread and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// The process.
    pub pid: u32,
    /// The thread.
    pub tid: u32,
    /// Its name, 15 bytes at most.
    pub comm: String,
}

/// Records that the kernel had no room for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Index of the event that the LOST record follows in the buffer of its CPU.
    pub after: usize,
    /// How many records were lost.
    pub count: u64,
}

/// One tracepoint sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Nanoseconds.
    pub time: u64,
    /// The CPU it happened on.
    pub cpu: u32,
    /// Index into [`Recording::tasks`].
    pub task: usize,
    /// Where the tracepoint is.
    pub ip: u64,
    /// The callchain behind `ip`, kernel addresses.
    pub callers: Vec<u64>,
    /// What happened.
    pub kind: Kind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// kmalloc; with a node and in a kernel before 6.1 kmalloc_node.
    Kmalloc(Alloc),
    /// kmem_cache_alloc; with a node and in a kernel before 6.1 kmem_cache_alloc_node.
    CacheAlloc(Alloc),
    /// kfree
    Kfree(Free),
    /// kmem_cache_free
    CacheFree(Free),
    /// mm_page_alloc
    PageAlloc(PageAlloc),
    /// mm_page_free
    PageFree(PageFree),
}

/// A slab allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alloc {
    /// Return address of the caller.
    pub call_site: u64,
    /// The object; 0 if the allocation failed.
    pub ptr: u64,
    /// Bytes asked for.
    pub bytes_req: u64,
    /// Bytes given.
    pub bytes_alloc: u64,
    /// Flag bits.
    pub gfp_flags: u64,
    /// The node asked for; −1 is any. `None`: an event without that field, where the kernel had one.
    pub node: Option<i32>,
    /// The cache's name, written where the kernel's format has it.
    pub cache: String,
}

/// A slab free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Free {
    /// Return address of the caller.
    pub call_site: u64,
    /// The object; 0 is `kfree(NULL)`.
    pub ptr: u64,
    /// The cache's name, written where the kernel's format has it.
    pub cache: String,
}

/// A page block's allocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageAlloc {
    /// Page frame number, or the address of its `struct page`; `None` if the allocation failed.
    pub page: Option<u64>,
    /// log2 of the number of pages.
    pub order: u32,
    /// Flag bits.
    pub gfp_flags: u64,
    /// The kernel's migrate type.
    pub migrate_type: i32,
}

/// A page block's free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageFree {
    /// As in [`PageAlloc::page`].
    pub page: u64,
    /// log2 of the number of pages.
    pub order: u32,
}
