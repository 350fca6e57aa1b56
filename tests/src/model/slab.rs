//! The slab statistics.

use std::collections::BTreeMap;

use super::node::CpuNodes;
use crate::made::{Alloc, Era, Event, Free, Kind};

/// A row of either table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Bytes asked for.
    pub bytes_req: u64,
    /// Bytes given.
    pub bytes_alloc: u64,
    /// Allocations.
    pub hit: u32,
    /// Frees on another CPU than the allocation's.
    pub pingpong: u32,
    /// Of a pointer: who allocated it last.
    pub call_site: u64,
    last_alloc: u64,
    alloc_cpu: i16,
}

/// Everything that `perf kmem --slab` counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slab {
    /// By pointer.
    pub allocations: BTreeMap<u64, Row>,
    /// By call site.
    pub call_sites: BTreeMap<u64, Row>,
    /// The summary.
    pub totals: Totals,
    /// What is right where perf is not.
    pub right: Right,
    live: BTreeMap<u64, Live>,
}

/// What perf gets wrong: an object is freed once, and ptr 0 is no object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Right {
    /// Bytes of the allocations that were freed.
    pub freed: u64,
    /// Frees on another CPU than the allocation's.
    pub pingpong: u64,
    /// The same by call site of the allocation.
    pub pingpong_by_call_site: BTreeMap<u64, u64>,
}

/// An allocation that was not freed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Live {
    call_site: u64,
    bytes: u64,
    cpu: u32,
}

/// The numbers of the summary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Total bytes requested.
    pub requested: u64,
    /// Total bytes allocated.
    pub allocated: u64,
    /// Total bytes freed.
    pub freed: u64,
    /// Number of allocations.
    pub allocs: u64,
    /// Those for another node than the CPU's.
    pub cross_allocs: u64,
}

impl Slab {
    /// Counts the events, which must come in the order in which perf delivers them.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>, era: Era, nodes: &CpuNodes) -> Slab {
        let mut slab = Slab::default();
        for event in events {
            match &event.kind {
                Kind::Kmalloc(alloc) | Kind::CacheAlloc(alloc) => slab.alloc(event.cpu, alloc, era, nodes),
                Kind::Kfree(free) | Kind::CacheFree(free) => slab.free(event.cpu, free),
                Kind::PageAlloc(_) | Kind::PageFree(_) => {}
            }
        }
        slab
    }

    fn alloc(&mut self, cpu: u32, alloc: &Alloc, era: Era, nodes: &CpuNodes) {
        // perf keeps both in an `int` and adds that, sign and all.
        let bytes_req = i64::from(alloc.bytes_req as i32) as u64;
        let bytes_alloc = i64::from(alloc.bytes_alloc as i32) as u64;

        let row = self.allocations.entry(alloc.ptr).or_default();
        row.count(bytes_req, bytes_alloc);
        row.call_site = alloc.call_site;
        row.alloc_cpu = cpu as i16;
        row.last_alloc = bytes_alloc;

        let row = self.call_sites.entry(alloc.call_site).or_default();
        row.count(bytes_req, bytes_alloc);
        row.call_site = alloc.call_site;

        self.totals.requested = self.totals.requested.wrapping_add(bytes_req);
        self.totals.allocated = self.totals.allocated.wrapping_add(bytes_alloc);
        self.totals.allocs += 1;
        if crosses(cpu, alloc, era, nodes) {
            self.totals.cross_allocs += 1;
        }
        if alloc.ptr != 0 {
            let live = Live { call_site: alloc.call_site, bytes: alloc.bytes_alloc, cpu };
            self.live.insert(alloc.ptr, live);
        }
    }

    fn free(&mut self, cpu: u32, free: &Free) {
        if let Some(live) = self.live.remove(&free.ptr) {
            self.right.freed += live.bytes;
            if live.cpu != cpu {
                self.right.pingpong += 1;
                *self.right.pingpong_by_call_site.entry(live.call_site).or_default() += 1;
            }
        }
        let Some(row) = self.allocations.get_mut(&free.ptr) else {
            return;
        };
        self.totals.freed = self.totals.freed.wrapping_add(row.last_alloc);
        if cpu as i16 != row.alloc_cpu {
            row.pingpong += 1;
            if let Some(caller) = self.call_sites.get_mut(&row.call_site) {
                caller.pingpong += 1;
            }
        }
        row.alloc_cpu = -1;
    }
}

impl Row {
    fn count(&mut self, bytes_req: u64, bytes_alloc: u64) {
        self.hit += 1;
        self.bytes_req = self.bytes_req.wrapping_add(bytes_req);
        self.bytes_alloc = self.bytes_alloc.wrapping_add(bytes_alloc);
    }

    /// Percentage of the bytes given that nobody asked for.
    pub fn fragmentation(&self) -> f64 {
        if self.bytes_alloc == 0 {
            0.0
        } else {
            100.0 - 100.0 * self.bytes_req as f64 / self.bytes_alloc as f64
        }
    }
}

fn crosses(cpu: u32, alloc: &Alloc, era: Era, nodes: &CpuNodes) -> bool {
    if era.has_node_events() {
        // Only the `_node` events have the field, and no particular node counts as another one.
        alloc.node.is_some_and(|node| node != nodes.of(cpu))
    } else {
        let node = alloc.node.unwrap_or(-1);
        node != -1 && node != nodes.of(cpu)
    }
}
