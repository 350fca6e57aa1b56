//! Newtypes for the things a trace is about, so that an address is never taken for a count or one table's index for another's.

use core::fmt;

/// An address in the kernel: a ptr, a call site, or an entry of a callchain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub u64);

impl fmt::LowerHex for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::LowerHex::fmt(&self.0, f)
    }
}

/// A page frame number; on kernels before 4.1 the address of the `struct page` instead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageNumber(pub u64);

/// A NUMA node as the kernel writes it: −1 (`NUMA_NO_NODE`) means "any".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node(pub i32);

impl Node {
    /// `NUMA_NO_NODE`: the caller did not ask for a particular node.
    pub const ANY: Node = Node(-1);
}

macro_rules! index_newtype {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The index as it is used with slices.
            #[must_use]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index_newtype!(
    /// A slab ptr of this trace: index into [`crate::Trace::ptrs`].
    PtrId
);
index_newtype!(
    /// A page of this trace: index into [`crate::Trace::pages`].
    PageId
);
index_newtype!(
    /// A call site of this trace: index into [`crate::Trace::call_sites`].
    CallSiteId
);
index_newtype!(
    /// A thread under one name: index into [`crate::Trace::threads`].
    ThreadId
);
index_newtype!(
    /// A callchain of this trace: index into [`crate::Trace::stacks`].
    StackId
);
index_newtype!(
    /// A kmem_cache of this trace: index into [`crate::Trace::caches`].
    CacheId
);
index_newtype!(
    /// What an event shares with many others (kind, gfp flags, node, cache, order): index into [`crate::Trace::classes`].
    ClassId
);
index_newtype!(
    /// What was asked for at a place in the kernel: index into [`crate::Trace::origins`].
    OriginId
);
index_newtype!(
    /// A thread on a CPU: index into [`crate::Trace::actors`].
    ActorId
);
