//! Which pages are allocated while events go by.

use alloc::vec;
use alloc::vec::Vec;

use hashbrown::HashMap;

use crate::ids::{Address, PageId};
use crate::query::Truth;
use crate::report::MigrateType;
use crate::trace::Trace;

/// The largest order whose blocks are searched for a page within them; the kernel's own limit is 10, or 13 with large
/// pages.
const MAX_ORDER: u32 = 18;

/// An allocated block of 2^order pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) order: u32,
    pub(super) migrate_type: MigrateType,
    pub(super) gfp: u64,
    pub(super) call_site: Address,
    /// Whether its allocation has passed the filter.
    pub(super) counted: bool,
    /// Allocations of this page since it was last free: more than one where frees are missing.
    pub(super) allocations: u64,
    /// Bytes of them.
    pub(super) bytes: u64,
}

/// The allocated blocks by their first page.
pub(super) struct Blocks {
    live: Vec<Option<Block>>,
    /// Blocks of which a part was freed: the block as it was, and how many of its pages are still allocated.
    split: HashMap<PageId, (Block, u64)>,
}

impl Blocks {
    pub(super) fn new(pages: usize) -> Blocks {
        Blocks { live: vec![None; pages], split: HashMap::new() }
    }

    pub(super) fn is_live(&self, page: PageId) -> bool {
        self.get(page).is_some()
    }

    pub(super) fn get(&self, page: PageId) -> Option<&Block> {
        self.live.get(page.index())?.as_ref()
    }

    /// Notes an allocation; returns what was still allocated there. perf keeps the order, migrate type and gfp flags of
    /// the earlier one and adds up.
    pub(super) fn allocate(&mut self, page: PageId, block: Block, truth: Truth) -> Option<Block> {
        self.split.remove(&page);
        let slot = self.live.get_mut(page.index())?;
        match (slot, truth) {
            (Some(known), Truth::Perf) => {
                known.allocations += 1;
                known.bytes = known.bytes.wrapping_add(block.bytes);
                known.call_site = block.call_site;
                None
            }
            (slot, _) => slot.replace(block),
        }
    }

    pub(super) fn free(&mut self, page: PageId) {
        if let Some(slot) = self.live.get_mut(page.index()) {
            *slot = None;
        }
    }

    /// The first 2^order pages of a larger block are free, the others are not.
    pub(super) fn split(&mut self, page: PageId, order: u32) {
        let Some(slot) = self.live.get_mut(page.index()) else { return };
        if let Some(block) = slot.take() {
            let left = pages(block.order).saturating_sub(pages(order));
            self.split.insert(page, (block, left));
        }
    }

    /// Whether all parts of a block that was split are free.
    pub(super) fn ended(&self, head: PageId) -> bool {
        !self.split.contains_key(&head)
    }

    /// The block that a page lies in without being the first of it, or that was split before; 2^order of its pages are
    /// free from now on.
    pub(super) fn part(&mut self, trace: &Trace, page: PageId, order: u32) -> Option<(PageId, Block)> {
        let number = trace.page(page).0;
        for larger in 1..=MAX_ORDER {
            let head = number & !(pages(larger) - 1);
            let Some(head) = trace.pages.get(head).map(PageId) else { continue };
            if self.get(head).is_some_and(|block| block.order == larger) {
                self.split(head, order);
                return self.split.get(&head).map(|&(block, _)| (head, block));
            }
            if let Some((block, left)) = self.split.get_mut(&head)
                && block.order == larger
            {
                let block = *block;
                *left = left.saturating_sub(pages(order));
                if *left == 0 {
                    self.split.remove(&head);
                }
                return Some((head, block));
            }
        }
        None
    }

    /// Everything still allocated, blocks of which a part is free included.
    pub(super) fn iter(&self) -> impl Iterator<Item = (PageId, &Block)> {
        let whole = self
            .live
            .iter()
            .enumerate()
            .filter_map(|(index, block)| Some((PageId(index as u32), block.as_ref()?)));
        whole.chain(self.split.iter().map(|(&page, (block, _))| (page, block)))
    }
}

fn pages(order: u32) -> u64 {
    1u64.checked_shl(order).unwrap_or(u64::MAX)
}
