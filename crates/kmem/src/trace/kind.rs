//! Which tracepoint an event is.

/// The kmem tracepoints that the analysis counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// `kmem:kmalloc`
    Kmalloc,
    /// `kmem:kmalloc_node`, gone since Linux 6.1
    KmallocNode,
    /// `kmem:kmem_cache_alloc`
    KmemCacheAlloc,
    /// `kmem:kmem_cache_alloc_node`, gone since Linux 6.1
    KmemCacheAllocNode,
    /// `kmem:kfree`
    Kfree,
    /// `kmem:kmem_cache_free`
    KmemCacheFree,
    /// `kmem:mm_page_alloc`
    PageAlloc,
    /// `kmem:mm_page_free`, called `mm_page_free_direct` before Linux 3.3
    PageFree,
}

impl EventKind {
    /// All of them, in the order of this type.
    pub const ALL: [EventKind; 8] = [
        EventKind::Kmalloc,
        EventKind::KmallocNode,
        EventKind::KmemCacheAlloc,
        EventKind::KmemCacheAllocNode,
        EventKind::Kfree,
        EventKind::KmemCacheFree,
        EventKind::PageAlloc,
        EventKind::PageFree,
    ];

    /// The tracepoint's name without its system.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            EventKind::Kmalloc => "kmalloc",
            EventKind::KmallocNode => "kmalloc_node",
            EventKind::KmemCacheAlloc => "kmem_cache_alloc",
            EventKind::KmemCacheAllocNode => "kmem_cache_alloc_node",
            EventKind::Kfree => "kfree",
            EventKind::KmemCacheFree => "kmem_cache_free",
            EventKind::PageAlloc => "mm_page_alloc",
            EventKind::PageFree => "mm_page_free",
        }
    }

    /// The kind of the tracepoint called `name` in system `kmem`, if the analysis counts it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<EventKind> {
        if name == "mm_page_free_direct" {
            return Some(EventKind::PageFree);
        }
        EventKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it is one of the slab allocator's allocations.
    #[must_use]
    pub const fn is_slab_alloc(self) -> bool {
        matches!(
            self,
            EventKind::Kmalloc
                | EventKind::KmallocNode
                | EventKind::KmemCacheAlloc
                | EventKind::KmemCacheAllocNode
        )
    }

    /// Whether it is an allocation by size rather than from a kmem_cache.
    #[must_use]
    pub const fn is_kmalloc(self) -> bool {
        matches!(self, EventKind::Kmalloc | EventKind::KmallocNode)
    }

    /// Whether it is one of the slab allocator's frees.
    #[must_use]
    pub const fn is_slab_free(self) -> bool {
        matches!(self, EventKind::Kfree | EventKind::KmemCacheFree)
    }

    /// Whether it belongs to the page allocator.
    #[must_use]
    pub const fn is_page(self) -> bool {
        matches!(self, EventKind::PageAlloc | EventKind::PageFree)
    }

    /// Whether it is one of the two `*_node` tracepoints of kernels before 6.1.
    #[must_use]
    pub const fn is_legacy_node(self) -> bool {
        matches!(self, EventKind::KmallocNode | EventKind::KmemCacheAllocNode)
    }
}

#[cfg(test)]
mod tests {
    use super::EventKind;

    #[test]
    fn names_round_trip() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(EventKind::from_name("mm_page_free_direct"), Some(EventKind::PageFree));
        assert_eq!(EventKind::from_name("mm_page_free_batched"), None);
    }
}
