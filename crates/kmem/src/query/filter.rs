//! Which events a question is about.

use alloc::string::String;
use alloc::vec::Vec;

use crate::ids::{Address, Node};
use crate::trace::EventKind;

/// A range of time, both ends included, in nanoseconds of the recording's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeRange {
    /// First nanosecond.
    pub start: u64,
    /// Last nanosecond.
    pub end: u64,
}

/// A thread, a process, or all that have a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThreadFilter {
    /// All threads of a process.
    Pid(i32),
    /// One thread.
    Tid(i32),
    /// All threads while they had this name.
    Comm(String),
}

/// A call site, by address or by the name of the function it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallSiteFilter {
    /// One address.
    Address(Address),
    /// Every call site in the function of this name.
    Function(String),
}

/// Which allocations count. An empty list does not restrict. A free counts when the allocation that it ends counts;
/// only time, as perf's `--time`, restricts allocations and frees alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only events in this range; an allocation before it is not known to a free in it.
    pub time: Option<TimeRange>,
    /// Only allocations on these CPUs.
    pub cpus: Vec<u16>,
    /// Only allocations on CPUs of these nodes.
    pub nodes: Vec<Node>,
    /// Only allocations by these threads.
    pub threads: Vec<ThreadFilter>,
    /// Only allocations from these call sites.
    pub call_sites: Vec<CallSiteFilter>,
    /// Only allocations from these kmem_caches, by name.
    pub caches: Vec<String>,
    /// Only kmalloc allocations of these bucket sizes, in bytes.
    pub buckets: Vec<u64>,
    /// Only allocations by these tracepoints.
    pub kinds: Vec<EventKind>,
    /// Only allocations whose function, call-site address (hexadecimal), cache or thread name contains this, upper and
    /// lower case alike.
    pub text: String,
}

/// The filter that lets every event through.
pub(crate) static EVERYTHING: Filter = Filter {
    time: None,
    cpus: Vec::new(),
    nodes: Vec::new(),
    threads: Vec::new(),
    call_sites: Vec::new(),
    caches: Vec::new(),
    buckets: Vec::new(),
    kinds: Vec::new(),
    text: String::new(),
};

impl Filter {
    /// Whether it lets every event through.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Filter::default()
    }
}
