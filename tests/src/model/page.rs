//! The page statistics.

use std::collections::BTreeMap;

use crate::made::{Event, Kind, PageAlloc, PageFree};

/// What a block was allocated as: order, migrate type, flags.
pub type Manner = (u32, i32, u32);

/// A row of either table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Bytes allocated; with live blocks only, those not yet freed.
    pub alloc_bytes: u64,
    /// Allocations; with live blocks only, those not yet freed.
    pub hit: i64,
}

/// Requests and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Total {
    /// How many.
    pub count: u64,
    /// Of how many bytes.
    pub bytes: u64,
}

impl Total {
    fn add(&mut self, bytes: u64) {
        self.count += 1;
        self.bytes += bytes;
    }
}

/// A block that is allocated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// How it was first allocated since it was last free.
    pub manner: Manner,
    /// By whom, last.
    pub call_site: u64,
    /// Bytes and number of allocations since then.
    pub row: Row,
}

/// Everything that `perf kmem --page` counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// By page and manner; all that were ever allocated.
    pub allocations: BTreeMap<(u64, Manner), Row>,
    /// By call site and manner.
    pub call_sites: BTreeMap<(u64, Manner), Row>,
    /// Blocks that are still allocated at the end.
    pub live: BTreeMap<u64, Live>,
    /// Order and migrate type of every allocation.
    pub orders: BTreeMap<(u32, i32), i64>,
    /// Allocation requests.
    pub allocs: Total,
    /// Free requests.
    pub frees: Total,
    /// Frees of a block that was not seen allocated.
    pub no_match: Total,
    /// Failed allocations.
    pub fails: Total,
    /// Events at which perf stops with an error, since a block is freed in another order than it was allocated in.
    pub perf_stops: u64,
}

impl Page {
    /// Counts the events, which must come in the order in which perf delivers them. Without symbols the call site is
    /// the first entry of the callchain, the tracepoint's own place, to which perf adds the start of the kernel's map;
    /// without a callchain, and the first time that perf looks for one, it is that place itself.
    pub fn of<'a>(
        events: impl IntoIterator<Item = &'a Event>,
        page_size: u64,
        live_only: bool,
        map_start: Option<u64>,
    ) -> Page {
        let mut page = Page::default();
        let mut has_looked = false;
        for event in events {
            match &event.kind {
                Kind::PageAlloc(alloc) => {
                    let added = map_start.filter(|_| has_looked).unwrap_or(0);
                    let call_site = event.ip.wrapping_add(added);
                    has_looked |= alloc.page.is_some();
                    page.alloc(call_site, alloc, page_size, live_only);
                }
                Kind::PageFree(free) => page.free(free, page_size, live_only),
                _ => {}
            }
        }
        page
    }

    fn alloc(&mut self, call_site: u64, alloc: &PageAlloc, page_size: u64, live_only: bool) {
        let bytes = page_size << alloc.order;
        self.allocs.add(bytes);
        let Some(page) = alloc.page else {
            self.fails.add(bytes);
            return;
        };
        let manner = (alloc.order, alloc.migrate_type, alloc.gfp_flags as u32);
        let live = self.live.entry(page).or_insert_with(|| Live { manner, call_site, row: Row::default() });
        live.call_site = call_site;
        live.row.add(bytes);
        if !live_only {
            self.allocations.entry((page, manner)).or_default().add(bytes);
        }
        self.call_sites.entry((call_site, manner)).or_default().add(bytes);
        *self.orders.entry((alloc.order, alloc.migrate_type)).or_default() += 1;
    }

    fn free(&mut self, free: &PageFree, page_size: u64, live_only: bool) {
        let bytes = page_size << free.order;
        self.frees.add(bytes);
        let Some(live) = self.live.remove(&free.page) else {
            self.no_match.add(bytes);
            return;
        };
        // perf looks for the order of the free, not of the allocation.
        let (_, migrate_type, gfp_flags) = live.manner;
        let manner = (free.order, migrate_type, gfp_flags);
        if live_only {
            *self.orders.entry((free.order, migrate_type)).or_default() -= 1;
            match self.call_sites.get_mut(&(live.call_site, manner)) {
                Some(row) => {
                    row.hit -= 1;
                    row.alloc_bytes = row.alloc_bytes.wrapping_sub(bytes);
                    if row.hit == 0 {
                        self.call_sites.remove(&(live.call_site, manner));
                    }
                }
                None => self.perf_stops += 1,
            }
        } else if !self.allocations.contains_key(&(free.page, manner)) {
            self.perf_stops += 1;
        }
    }

    /// Requests that were freed again, as perf counts them.
    pub fn alloc_freed(&self) -> Total {
        Total { count: self.frees.count - self.no_match.count, bytes: self.frees.bytes - self.no_match.bytes }
    }
}

impl Row {
    fn add(&mut self, bytes: u64) {
        self.alloc_bytes += bytes;
        self.hit += 1;
    }
}
