//! Recordings made for one purpose each: what perf does with them is told in docs/perf-kmem-parity.md.

use super::event::{Alloc, Event, Free, Kind, PageAlloc, PageFree, Recording, Task};

/// `_text` of the made kernel.
pub const TEXT_START: u64 = 0xffff_ffff_8100_0000;

/// Flags of an ordinary allocation.
pub const GFP_KERNEL: u64 = 0xcc0;

/// A scenario's name, what it shows and its recording.
#[derive(Debug)]
pub struct Scenario {
    /// Name on the command line.
    pub name: &'static str,
    /// What it shows.
    pub about: &'static str,
    /// Makes it.
    pub recording: fn() -> Recording,
}

/// Every scenario.
pub const SCENARIOS: [Scenario; 12] = [
    Scenario {
        name: "plain",
        about: "allocations and frees on two CPUs, pages too, nothing odd",
        recording: plain,
    },
    Scenario {
        name: "double-free",
        about: "one allocation of 64 bytes on CPU 0, freed there three times",
        recording: double_free,
    },
    Scenario {
        name: "kfree-null",
        about: "a failed kmalloc (ptr 0), then five times kfree(NULL)",
        recording: kfree_null,
    },
    Scenario {
        name: "cross-node",
        about: "allocations on CPU 0 for the nodes 0, 1 and -1; the file says CPU 0 is of node 0, CPU 1 of node 1",
        recording: cross_node,
    },
    Scenario {
        name: "migrate-types",
        about: "one page of each migrate type 0 to 5",
        recording: migrate_types,
    },
    Scenario { name: "order-11", about: "pages of order 10, 11 and 13", recording: order_11 },
    Scenario { name: "migrate-type-6", about: "a page of migrate type 6", recording: migrate_type_6 },
    Scenario {
        name: "unknown-gfp",
        about: "a page with a flag that perf has no short name for, and none else",
        recording: unknown_gfp,
    },
    Scenario {
        name: "gfp-names",
        about: "six pages of six different flags, to which perf gives three names",
        recording: gfp_names,
    },
    Scenario { name: "large-bytes", about: "an allocation of 3 GiB", recording: large_bytes },
    Scenario {
        name: "split-block",
        about: "a block of order 2, freed as four pages of order 0",
        recording: split_block,
    },
    Scenario { name: "wide-cpu", about: "an allocation on CPU 65535, freed there", recording: wide_cpu },
];

fn recording(events: Vec<(u32, Kind)>) -> Recording {
    let events = events
        .into_iter()
        .enumerate()
        .map(|(index, (cpu, kind))| Event {
            time: 1_000_000_000 + 1_000 * index as u64,
            cpu,
            task: 0,
            ip: TEXT_START + 0x1000,
            callers: vec![TEXT_START + 0x2010, TEXT_START + 0x3020],
            kind,
        })
        .collect();
    Recording {
        page_size: 4096,
        text_start: TEXT_START,
        tasks: vec![Task { pid: 100, tid: 101, comm: "made".to_owned() }],
        events,
        lost: Vec::new(),
        nodes: vec!["0".to_owned(), "1".to_owned()],
    }
}

fn alloc(site: u64, ptr: u64, bytes_req: u64, bytes_alloc: u64) -> Alloc {
    Alloc {
        call_site: TEXT_START + site,
        ptr,
        bytes_req,
        bytes_alloc,
        gfp_flags: GFP_KERNEL,
        node: Some(-1),
        cache: "made_cache".to_owned(),
    }
}

fn free(ptr: u64) -> Free {
    Free { call_site: TEXT_START + 0x9000, ptr, cache: "made_cache".to_owned() }
}

fn page(pfn: u64, order: u32, gfp_flags: u64, migrate_type: i32) -> Kind {
    Kind::PageAlloc(PageAlloc { page: Some(pfn), order, gfp_flags, migrate_type })
}

const A: u64 = 0xffff_8880_0010_0000;
const B: u64 = 0xffff_8880_0020_0000;

fn plain() -> Recording {
    recording(vec![
        (0, Kind::Kmalloc(alloc(0x10_0010, A, 40, 64))),
        (1, Kind::CacheAlloc(alloc(0x10_0020, B, 100, 104))),
        (1, Kind::Kfree(free(A))),
        (0, page(1000, 0, GFP_KERNEL, 0)),
        (1, page(2000, 2, GFP_KERNEL | 0x100, 1)),
        (0, Kind::Kmalloc(alloc(0x10_0010, A, 33, 64))),
        (1, Kind::CacheFree(free(B))),
        (0, Kind::PageFree(PageFree { page: 1000, order: 0 })),
        (0, Kind::PageAlloc(PageAlloc { page: None, order: 3, gfp_flags: GFP_KERNEL, migrate_type: 0 })),
        (0, Kind::PageFree(PageFree { page: 7777, order: 1 })),
    ])
}

fn double_free() -> Recording {
    let freed = || (0, Kind::Kfree(free(A)));
    recording(vec![(0, Kind::Kmalloc(alloc(0x10_0010, A, 40, 64))), freed(), freed(), freed()])
}

fn kfree_null() -> Recording {
    let mut events = vec![(0, Kind::Kmalloc(alloc(0x10_0010, 0, 1 << 20, 1 << 20)))];
    events.extend((0..5).map(|_| (0, Kind::Kfree(free(0)))));
    recording(events)
}

fn cross_node() -> Recording {
    let on_node = |node| Alloc { node: Some(node), ..alloc(0x10_0010, A, 40, 64) };
    recording(vec![
        (0, Kind::Kmalloc(on_node(0))),
        (0, Kind::Kmalloc(on_node(1))),
        (0, Kind::Kmalloc(on_node(-1))),
        (1, Kind::Kmalloc(on_node(1))),
    ])
}

fn migrate_types() -> Recording {
    recording((0..6).map(|kind| (0, page(1000 + kind, 0, GFP_KERNEL, kind as i32))).collect())
}

fn order_11() -> Recording {
    recording([10, 11, 13].map(|order| (0, page(1 << 14, order, GFP_KERNEL, 0))).to_vec())
}

fn migrate_type_6() -> Recording {
    recording(vec![(0, page(1000, 0, GFP_KERNEL, 6))])
}

fn unknown_gfp() -> Recording {
    recording(vec![(0, page(1000, 0, GFP_KERNEL, 0)), (0, page(1001, 0, 0x80_0000, 0))])
}

fn gfp_names() -> Recording {
    let flags = [0xc40, 0x8000, 0x4000, 0xc00, GFP_KERNEL, GFP_KERNEL | 0x80_0000];
    recording((1000..).zip(flags).map(|(pfn, flags)| (0, page(pfn, 0, flags, 0))).collect())
}

fn large_bytes() -> Recording {
    recording(vec![(0, Kind::Kmalloc(alloc(0x10_0010, A, 3 << 30, 3 << 30)))])
}

fn split_block() -> Recording {
    let mut events = vec![(0, page(1000, 2, GFP_KERNEL, 0))];
    events.extend((1000..1004).map(|page| (0, Kind::PageFree(PageFree { page, order: 0 }))));
    recording(events)
}

fn wide_cpu() -> Recording {
    recording(vec![(65535, Kind::Kmalloc(alloc(0x10_0010, A, 40, 64))), (65535, Kind::Kfree(free(A)))])
}
