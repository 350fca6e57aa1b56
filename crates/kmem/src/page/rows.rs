//! The tables of pages and of call sites.

use alloc::vec::Vec;
use core::cmp::Reverse;

use hashbrown::HashMap;

use super::live::{Block, Blocks};
use crate::ids::{Address, PageId};
use crate::report::{MigrateType, PageCallSiteRow, PageCounts, PageRow};
use crate::sort::sorted_by_key;
use crate::trace::Trace;

type PageKey = (PageId, u32, MigrateType, u64);
type SiteKey = (Address, u32, MigrateType, u64);

#[derive(Clone, Copy, Debug, Default)]
struct State {
    call_site: Address,
    allocated: PageCounts,
    freed: PageCounts,
}

/// Rows while events go by.
#[derive(Default)]
pub(super) struct Tables {
    pages: HashMap<PageKey, State>,
    sites: HashMap<SiteKey, State>,
}

impl Tables {
    pub(super) fn allocate_page(&mut self, page: PageId, block: &Block) {
        let state = self.pages.entry((page, block.order, block.migrate_type, block.gfp)).or_default();
        state.allocated.add(block.bytes);
        state.call_site = block.call_site;
    }

    pub(super) fn allocate_site(&mut self, block: &Block) {
        let state = self.sites.entry(site_key(block)).or_default();
        state.allocated.add(block.bytes);
    }

    /// Whether the page has the row that the free belongs to.
    pub(super) fn free_page(&mut self, page: PageId, block: &Block, bytes: u64) -> bool {
        let state = self.pages.get_mut(&(page, block.order, block.migrate_type, block.gfp));
        state.map(|state| state.freed.add(bytes)).is_some()
    }

    /// Whether the call site has the row that the free belongs to.
    pub(super) fn free_site(&mut self, block: &Block, bytes: u64) -> bool {
        self.sites.get_mut(&site_key(block)).map(|state| state.freed.add(bytes)).is_some()
    }

    /// A block of a call site is no longer live: in the table of live allocations it goes, and with the last one the row.
    pub(super) fn release(&mut self, block: &Block, bytes: u64) -> bool {
        let key = site_key(block);
        let Some(state) = self.sites.get_mut(&key) else { return false };
        state.allocated.blocks = state.allocated.blocks.wrapping_sub(1);
        state.allocated.bytes = state.allocated.bytes.wrapping_sub(bytes);
        state.freed.add(bytes);
        if state.allocated.blocks == 0 {
            self.sites.remove(&key);
        }
        true
    }

    /// By ascending page, order, migrate type and gfp flags, as in perf's tree.
    pub(super) fn pages(&self, trace: &Trace) -> Vec<PageRow> {
        let rows: Vec<PageRow> = self
            .pages
            .iter()
            .map(|(&(id, order, migrate_type, gfp), state)| PageRow {
                id,
                page: trace.page(id),
                order,
                migrate_type,
                gfp,
                call_site: state.call_site,
                allocated: state.allocated,
                freed: state.freed,
            })
            .collect();
        sorted_by_key(&rows, |row| (row.page, row.order, row.migrate_type, row.gfp))
    }

    /// By ascending call site, order, migrate type and gfp flags, as in perf's tree.
    pub(super) fn call_sites(&self) -> Vec<PageCallSiteRow> {
        let rows: Vec<PageCallSiteRow> = self
            .sites
            .iter()
            .map(|(&(call_site, order, migrate_type, gfp), state)| PageCallSiteRow {
                call_site,
                order,
                migrate_type,
                gfp,
                allocated: state.allocated,
                freed: state.freed,
            })
            .collect();
        sorted_by_key(&rows, |row| (row.call_site, row.order, row.migrate_type, row.gfp))
    }
}

fn site_key(block: &Block) -> SiteKey {
    (block.call_site, block.order, block.migrate_type, block.gfp)
}

/// What is still allocated, by descending page, as in perf's tree of live pages.
pub(super) fn live_pages(trace: &Trace, blocks: &Blocks) -> Vec<PageRow> {
    let rows: Vec<PageRow> = blocks
        .iter()
        .filter(|(_, block)| block.counted)
        .map(|(id, block)| PageRow {
            id,
            page: trace.page(id),
            order: block.order,
            migrate_type: block.migrate_type,
            gfp: block.gfp,
            call_site: block.call_site,
            allocated: PageCounts { blocks: block.allocations, bytes: block.bytes },
            freed: PageCounts::default(),
        })
        .collect();
    sorted_by_key(&rows, |row| Reverse(row.page))
}
