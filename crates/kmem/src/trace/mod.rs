//! A trace as it is analysed: each event once, in time order, and the tables its rows point into.

mod builder;
mod cache_learner;
mod class;
mod facts;
mod flat_map;
mod gfp_names;
mod kind;
mod origin;
mod rows;
mod salvage;
mod stacks;
mod strings;
#[cfg(test)]
pub(crate) mod testing;
mod threads;
mod waiting;

pub use builder::TraceBuilder;
pub use class::Class;
pub use facts::{EventCount, Facts, KernelMap};
pub use flat_map::Interner;
pub use gfp_names::GfpNames;
pub use kind::EventKind;
pub use origin::Origin;
pub use rows::{Event, Rows};
pub use stacks::Stacks;
pub use threads::{Actor, NO_CPU, Thread, Threads};

pub(crate) use class::ClassInterner;
pub(crate) use origin::{Origins, Tables};
pub(crate) use strings::Strings;
pub(crate) use threads::{Task, TaskId};

use alloc::string::String;
use alloc::vec::Vec;

use crate::ids::{Address, CacheId, CallSiteId, ClassId, PageId, PageNumber, PtrId};
use crate::ledger::Observations;

/// All that was read of a trace. Built once by [`crate::TraceBuilder`], never changed after.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    pub(crate) rows: Rows,
    pub(crate) origins: Origins,
    pub(crate) ptrs: Interner,
    pub(crate) pages: Interner,
    pub(crate) call_sites: Interner,
    pub(crate) classes: ClassInterner,
    pub(crate) caches: Strings,
    pub(crate) threads: Threads,
    pub(crate) stacks: Stacks,
    pub(crate) gfp_names: GfpNames,
    pub(crate) facts: Facts,
    pub(crate) observations: Observations,
    /// For each call site the one cache that its objects were freed to, if it is one.
    pub(crate) site_caches: Vec<SiteCache>,
    /// Ptr ids by ascending address, once the trace is finished.
    pub(crate) ptr_order: Option<Vec<u32>>,
}

/// What the frees tell of the cache that a call site allocates from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SiteCache {
    #[default]
    Unknown,
    One(CacheId),
    Several,
}

impl Trace {
    /// The events in time order.
    #[must_use]
    pub fn events(&self) -> &Rows {
        &self.rows
    }

    /// What the file says about itself and its machine.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// What reading the file noticed.
    #[must_use]
    pub fn observations(&self) -> &Observations {
        &self.observations
    }

    /// Slab ptrs in order of first appearance; the position is the [`PtrId`].
    #[must_use]
    pub fn ptrs(&self) -> &[u64] {
        self.ptrs.keys()
    }

    /// Pages in order of first appearance; the position is the [`PageId`].
    #[must_use]
    pub fn pages(&self) -> &[u64] {
        self.pages.keys()
    }

    /// Call sites in order of first appearance; the position is the [`CallSiteId`].
    #[must_use]
    pub fn call_sites(&self) -> &[u64] {
        self.call_sites.keys()
    }

    /// Where events come from, and what was asked for there; the position is the [`OriginId`](crate::ids::OriginId).
    #[must_use]
    pub fn origins(&self) -> &[Origin] {
        self.origins.all()
    }

    /// The origin of an event.
    #[must_use]
    pub fn origin_of(&self, event: &Event) -> Option<&Origin> {
        self.origins().get(event.origin.index())
    }

    /// Threads on CPUs; the position is the [`ActorId`](crate::ids::ActorId).
    #[must_use]
    pub fn actors(&self) -> &[Actor] {
        self.threads.actors()
    }

    /// The actor of an event.
    #[must_use]
    pub fn actor_of(&self, event: &Event) -> Option<&Actor> {
        self.actors().get(event.actor.index())
    }

    /// What origins share; the position is the [`ClassId`].
    #[must_use]
    pub fn classes(&self) -> &[Class] {
        self.classes.classes()
    }

    /// Names of the kmem_caches; the position is the [`CacheId`].
    #[must_use]
    pub fn caches(&self) -> &[String] {
        self.caches.texts()
    }

    /// The threads.
    #[must_use]
    pub fn threads(&self) -> &Threads {
        &self.threads
    }

    /// The callchains.
    #[must_use]
    pub fn stacks(&self) -> &Stacks {
        &self.stacks
    }

    /// Names of gfp flags in this trace.
    #[must_use]
    pub fn gfp_names(&self) -> &GfpNames {
        &self.gfp_names
    }

    /// The address of a ptr.
    #[must_use]
    pub fn ptr(&self, id: PtrId) -> Address {
        Address(self.ptrs.keys().get(id.index()).copied().unwrap_or(0))
    }

    /// The number of a page.
    #[must_use]
    pub fn page(&self, id: PageId) -> PageNumber {
        PageNumber(self.pages.keys().get(id.index()).copied().unwrap_or(0))
    }

    /// The address of a call site.
    #[must_use]
    pub fn call_site(&self, id: CallSiteId) -> Address {
        Address(self.call_sites.keys().get(id.index()).copied().unwrap_or(0))
    }

    /// What an event shares with others.
    #[must_use]
    pub fn class(&self, id: ClassId) -> Class {
        self.classes().get(id.index()).copied().unwrap_or(Class::of(EventKind::Kfree))
    }

    /// The cache that `call_site` allocates from, told by the event itself or else by where its objects were freed to.
    #[must_use]
    pub fn cache_of(&self, class: &Class, call_site: CallSiteId) -> Option<CacheId> {
        class.cache.or_else(|| match class.kind {
            EventKind::KmemCacheAlloc | EventKind::KmemCacheAllocNode => {
                match self.site_caches.get(call_site.index()) {
                    Some(SiteCache::One(cache)) => Some(*cache),
                    _ => None,
                }
            }
            _ => None,
        })
    }

    /// Whether the file has the events of the slab allocator (perf looks for `kmem:kmalloc`).
    #[must_use]
    pub fn has_slab(&self) -> bool {
        self.facts.events.iter().any(|event| event.name == "kmem:kmalloc")
    }

    /// Whether the file has the events of the page allocator (perf looks for `kmem:mm_page_alloc`).
    #[must_use]
    pub fn has_pages(&self) -> bool {
        self.facts.events.iter().any(|event| event.name == "kmem:mm_page_alloc")
    }

    pub(crate) fn ptr_order(&self) -> Option<&[u32]> {
        self.ptr_order.as_deref()
    }

    /// Bytes of memory that the trace holds.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.rows.memory()
            + self.origins.memory()
            + self.threads.memory()
            + self.ptrs.memory()
            + self.pages.memory()
            + self.call_sites.memory()
            + self.stacks.memory()
    }
}
