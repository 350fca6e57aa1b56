//! The page allocator's tables.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::ids::{Address, PageId, PageNumber};
use crate::report::Told;

/// All that is counted of the page allocator.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageReport {
    /// Totals.
    pub summary: PageSummary,
    /// Allocations by order and migrate type.
    pub orders: OrderCounts,
    /// A row for each (page, order, migrate type, gfp flags).
    pub pages: Vec<PageRow>,
    /// A row for each (call site, order, migrate type, gfp flags).
    pub call_sites: Vec<PageCallSiteRow>,
    /// The distinct gfp flags of successful allocations, ascending.
    pub gfp_flags: Vec<u64>,
    /// Bytes of a page.
    pub page_size: u64,
    /// Where perf would have stopped with an error and shown nothing, if it would.
    pub perf_aborts: Option<PerfAborts>,
    /// The first call site that perf takes for another one, if there is one.
    pub misplaced: Option<Told<Address>>,
}

impl core::fmt::Display for PerfAborts {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (seconds, nanoseconds) = (self.time / 1_000_000_000, self.time % 1_000_000_000);
        let errno = self.errno;
        write!(
            f,
            "perf itself stops at {seconds}.{nanoseconds:09} with \"error during process events: {errno}\""
        )?;
        if self.errno == -1 {
            f.write_str(", because it gets no name for the gfp flags of an allocation")
        } else {
            write!(f, ", because page {} is freed in another order than it was allocated in", self.page)
        }
    }
}

/// Where and how `perf kmem stat` stops on events that are counted here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerfAborts {
    /// Time of the event, nanoseconds.
    pub time: u64,
    /// perf's error number: −12 or −2 for a block freed in parts, −1 for gfp flags of which it knows none.
    pub errno: i32,
    /// The page freed; 0 where gfp flags are the reason.
    pub page: u64,
}

/// A number of blocks and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PageCounts {
    /// Blocks, each of 2^order pages.
    pub blocks: u64,
    /// Bytes of them.
    pub bytes: u64,
}

impl PageCounts {
    pub(crate) fn add(&mut self, bytes: u64) {
        self.blocks = self.blocks.wrapping_add(1);
        self.bytes = self.bytes.wrapping_add(bytes);
    }
}

/// Totals of the page allocator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PageSummary {
    /// Allocations asked for, the failed ones too.
    pub allocations: PageCounts,
    /// Frees.
    pub frees: PageCounts,
    /// Frees of pages that were not seen allocated. perf looks a freed page up by the first page's number alone, so a
    /// part of a larger block counts as free-only. With [`crate::Truth::Perf`] both numbers are perf's.
    pub free_only: Told<PageCounts>,
    /// Allocations all of whose pages were freed again; bytes freed of any allocation seen. perf takes the number of
    /// frees instead.
    pub ended: PageCounts,
    /// Allocations that failed.
    pub failures: PageCounts,
    /// What is still allocated at the end.
    pub live: PageCounts,
}

/// The kernel's migrate types since Linux 4.4, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MigrateType(pub i32);

impl MigrateType {
    /// The right name on kernels since 4.4. perf prints the names of an older numbering, in which 1 and 2 are swapped.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.0 {
            0 => "Unmovable",
            1 => "Movable",
            2 => "Reclaimable",
            3 => "HighAtomic",
            4 => "CMA",
            5 => "Isolate",
            _ => "Unknown",
        }
    }

    /// The right name, as short as perf's.
    #[must_use]
    pub const fn short_name(self) -> &'static str {
        match self.0 {
            0 => "UNMOVABL",
            1 => "MOVABLE",
            2 => "RECLAIM",
            3 => "HIGHATOM",
            4 => "CMA",
            5 => "ISOLATE",
            _ => "UNKNOWN",
        }
    }

    /// The name in a row of perf's tables.
    #[must_use]
    pub const fn perf_name(self) -> &'static str {
        match self.0 {
            0 => "UNMOVABL",
            1 => "RECLAIM",
            2 => "MOVABLE",
            3 => "RESERVED",
            4 => "CMA/ISLT",
            _ => "UNKNOWN",
        }
    }
}

/// Allocations by order and migrate type, without a limit to either.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderCounts(BTreeMap<(u32, MigrateType), i64>);

impl OrderCounts {
    /// How many allocations of an order and type there were, or are still live.
    #[must_use]
    pub fn get(&self, order: u32, migrate_type: MigrateType) -> i64 {
        self.0.get(&(order, migrate_type)).copied().unwrap_or(0)
    }

    /// Every order and type with its count, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (u32, MigrateType, i64)> + '_ {
        self.0.iter().map(|(&(order, migrate_type), &count)| (order, migrate_type, count))
    }

    pub(crate) fn add(&mut self, order: u32, migrate_type: MigrateType, count: i64) {
        *self.0.entry((order, migrate_type)).or_insert(0) += count;
    }
}

/// A page's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRow {
    /// Which page.
    pub id: PageId,
    /// Its number: of the block's first page.
    pub page: PageNumber,
    /// The block is 2^order pages.
    pub order: u32,
    /// The migrate type asked for.
    pub migrate_type: MigrateType,
    /// gfp flags asked for.
    pub gfp: u64,
    /// The call site of its latest allocation; perf's or the right one, as [`crate::Query::truth`] says.
    pub call_site: Address,
    /// Its allocations; with [`crate::Query::live_pages`] only what is still allocated.
    pub allocated: PageCounts,
    /// Its frees.
    pub freed: PageCounts,
}

/// A call site's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageCallSiteRow {
    /// Where the allocation was asked for.
    pub call_site: Address,
    /// The blocks are 2^order pages.
    pub order: u32,
    /// The migrate type asked for.
    pub migrate_type: MigrateType,
    /// gfp flags asked for.
    pub gfp: u64,
    /// Its allocations; with [`crate::Query::live_pages`] only what is still allocated.
    pub allocated: PageCounts,
    /// Its frees.
    pub freed: PageCounts,
}
