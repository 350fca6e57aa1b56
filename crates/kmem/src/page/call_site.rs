//! Who asked for pages: the first frame of the callchain past the allocator's own functions.
//!
//! perf skips functions that match `^_?_?(alloc|get_free|get_zeroed)_pages?`, which since Linux 6.10 or so misses the
//! function that has the tracepoint (`__alloc_frozen_pages_noprof`), and prints the address plus the start of the map
//! it lies in, as `map__unmap_ip` adds the start although a kernel address is not relative to it. A module's address
//! is relative there, so it comes out right.

use alloc::vec;
use alloc::vec::Vec;

use hashbrown::HashMap;

use crate::ids::{Address, StackId};
use crate::query::Truth;
use crate::report::Told;
use crate::symbols::Resolver;
use crate::trace::{Event, Trace};

/// perf looks no deeper.
const PERF_MAX_DEPTH: usize = 16;

/// The call site of every callchain, found once per chain.
pub(super) struct CallSites<'a> {
    trace: &'a Trace,
    resolver: &'a Resolver<'a>,
    truth: Truth,
    known: Vec<Option<(Address, Address)>>,
    frames: HashMap<u64, Frame>,
}

#[derive(Clone, Copy)]
struct Frame {
    perf_skips: bool,
    allocator: bool,
}

impl<'a> CallSites<'a> {
    pub(super) fn new(trace: &'a Trace, resolver: &'a Resolver<'a>, truth: Truth) -> CallSites<'a> {
        CallSites { trace, resolver, truth, known: vec![None; trace.stacks().len()], frames: HashMap::new() }
    }

    /// The call site by the truth in force.
    pub(super) fn of(&mut self, event: &Event) -> Address {
        let (perf, right) = self.both(event);
        match self.truth {
            Truth::Perf => perf,
            Truth::Right => right,
        }
    }

    /// The right call site.
    pub(super) fn right_of(&mut self, event: &Event) -> Address {
        self.both(event).1
    }

    /// The call site by both truths.
    pub(super) fn told(&mut self, event: &Event) -> Told<Address> {
        let (perf, right) = self.both(event);
        Told { perf, right }
    }

    /// Where the event was sampled.
    pub(super) fn sampled(&self, event: &Event) -> Address {
        self.trace.origin_of(event).map_or(Address(0), |origin| self.trace.call_site(origin.call_site))
    }

    fn both(&mut self, event: &Event) -> (Address, Address) {
        let ip = self.sampled(event);
        let Some(stack) = event.stack else { return (ip, ip) };
        if let Some(Some(known)) = self.known.get(stack.index()) {
            return *known;
        }
        let found = self.find(stack, ip);
        if let Some(slot) = self.known.get_mut(stack.index()) {
            *slot = Some(found);
        }
        found
    }

    fn find(&mut self, stack: StackId, ip: Address) -> (Address, Address) {
        let trace = self.trace;
        let chain = trace.stacks().get(stack);
        let perf = chain
            .iter()
            .take(PERF_MAX_DEPTH)
            .copied()
            .find(|&frame| !self.frame(frame).perf_skips)
            .map_or(ip, |frame| self.as_perf_prints(frame));
        let right = chain
            .iter()
            .copied()
            .find(|&frame| !self.frame(frame).allocator)
            .or(chain.last().copied())
            .map_or(ip, Address);
        (perf, right)
    }

    fn as_perf_prints(&self, frame: u64) -> Address {
        match self.resolver.map_of(Address(frame)) {
            Some(map) if map.module_name().is_none() => Address(frame.wrapping_add(map.start.0)),
            _ => Address(frame),
        }
    }

    fn frame(&mut self, frame: u64) -> Frame {
        let resolver = self.resolver;
        *self.frames.entry(frame).or_insert_with(|| match resolver.resolve(Address(frame)) {
            Some(found) => Frame {
                perf_skips: found.module.is_none() && perf_skips(found.name),
                allocator: is_allocator(found.name),
            },
            None => Frame { perf_skips: false, allocator: false },
        })
    }
}

/// perf's `^_?_?(alloc|get_free|get_zeroed)_pages?`.
fn perf_skips(name: &str) -> bool {
    let mut rest = name;
    for _ in 0..=2 {
        if ["alloc_page", "get_free_page", "get_zeroed_page"].iter().any(|start| rest.starts_with(start)) {
            return true;
        }
        match rest.strip_prefix('_') {
            Some(shorter) => rest = shorter,
            None => return false,
        }
    }
    false
}

/// Whether a function belongs to the page allocator or to an allocator on top of it (slab, vmalloc), so that it is not
/// who wants the memory.
fn is_allocator(name: &str) -> bool {
    let name = name.split('.').next().unwrap_or(name).trim_start_matches('_');
    let name = name.strip_suffix("_noprof").unwrap_or(name);
    const STARTS: &[&str] = &[
        "alloc_contig",
        "alloc_frozen_pages",
        "alloc_page",
        "alloc_slab_",
        "alloc_vmap_area",
        "allocate_slab",
        "folio_alloc",
        "get_free_page",
        "get_page_from_freelist",
        "get_zeroed_page",
        "kmalloc",
        "kmem_cache_alloc",
        "kmem_cache_prefill_sheaf",
        "krealloc",
        "kvmalloc",
        "memcg_alloc_",
        "new_slab",
        "page_frag_",
        "pcs_",
        "prefill_sheaf",
        "refill_objects",
        "refill_sheaf",
        "slab_alloc",
        // The tracepoint itself is a frame on s390x.
        "traceiter_mm_page_alloc",
        "vma_alloc_",
        "vmalloc",
        "vzalloc",
    ];
    const WHOLE: &[&str] = &[
        "alloc_empty_sheaf",
        "alloc_from_pcs",
        "alloc_full_sheaf",
        "barn_get_empty_sheaf",
        "do_kmalloc_node",
        "do_slab_alloc",
        "kcalloc",
        "kzalloc",
        "vm_area_alloc_pages",
    ];
    STARTS.iter().any(|start| name.starts_with(start)) || WHOLE.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::{is_allocator, perf_skips};

    #[test]
    fn what_perf_skips() {
        for name in
            ["alloc_pages", "__alloc_pages_nodemask", "_alloc_page", "__get_free_pages", "get_zeroed_page"]
        {
            assert!(perf_skips(name), "{name}");
        }
        for name in [
            "___alloc_pages",
            "__alloc_frozen_pages_noprof",
            "__folio_alloc",
            "pte_alloc_one",
            "xalloc_pages",
        ] {
            assert!(!perf_skips(name), "{name}");
        }
    }

    #[test]
    fn what_is_the_allocators_own() {
        for name in [
            "__alloc_frozen_pages_noprof",
            "alloc_pages_mpol",
            "__folio_alloc",
            "vma_alloc_folio_noprof",
            "new_slab",
            "___slab_alloc",
            "__slab_alloc.isra.0",
            "kmem_cache_alloc_lru_noprof",
            "__kmalloc_node_track_caller_noprof",
            "__vmalloc_node_range_noprof",
        ] {
            assert!(is_allocator(name), "{name}");
        }
        for name in [
            "pte_alloc_one",
            "do_anonymous_page",
            "alloc_skb",
            "__alloc_skb",
            "filemap_alloc_folio",
            "getname_flags",
        ] {
            assert!(!is_allocator(name), "{name}");
        }
    }
}
