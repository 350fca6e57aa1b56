//! Keys of the page allocator's tables.

use core::cmp::Ordering;

use super::Sortable;
use crate::report::{PageCallSiteRow, PageRow};

/// What a page table can be sorted by; all are perf's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PageKey {
    /// Page frame number; in the call-site table no row has one, so it orders nothing.
    Page,
    /// Address of the call site.
    CallSite,
    /// Allocations.
    Hit,
    /// Bytes allocated.
    Bytes,
    /// Order of the block.
    Order,
    /// Migrate type, by the kernel's number.
    MigrateType,
    /// gfp flags, by their bits.
    Gfp,
}

impl PageKey {
    /// All, in perf's order.
    pub const ALL: [PageKey; 7] = [
        PageKey::Page,
        PageKey::CallSite,
        PageKey::Hit,
        PageKey::Bytes,
        PageKey::Order,
        PageKey::MigrateType,
        PageKey::Gfp,
    ];

    /// The name of the key on perf's command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            PageKey::Page => "page",
            PageKey::CallSite => "callsite",
            PageKey::Hit => "hit",
            PageKey::Bytes => "bytes",
            PageKey::Order => "order",
            PageKey::MigrateType => "migtype",
            PageKey::Gfp => "gfp",
        }
    }

    /// The key of this name.
    #[must_use]
    pub fn from_perf_name(name: &str) -> Option<PageKey> {
        PageKey::ALL.into_iter().find(|key| key.name() == name)
    }
}

impl Sortable<PageKey> for PageRow {
    fn compare(&self, other: &Self, key: PageKey) -> Ordering {
        match key {
            PageKey::Page => self.page.cmp(&other.page),
            PageKey::CallSite => self.call_site.cmp(&other.call_site),
            PageKey::Hit => self.allocated.blocks.cmp(&other.allocated.blocks),
            PageKey::Bytes => self.allocated.bytes.cmp(&other.allocated.bytes),
            PageKey::Order => self.order.cmp(&other.order),
            PageKey::MigrateType => self.migrate_type.cmp(&other.migrate_type),
            PageKey::Gfp => self.gfp.cmp(&other.gfp),
        }
    }
}

impl Sortable<PageKey> for PageCallSiteRow {
    fn compare(&self, other: &Self, key: PageKey) -> Ordering {
        match key {
            PageKey::Page => Ordering::Equal,
            PageKey::CallSite => self.call_site.cmp(&other.call_site),
            PageKey::Hit => self.allocated.blocks.cmp(&other.allocated.blocks),
            PageKey::Bytes => self.allocated.bytes.cmp(&other.allocated.bytes),
            PageKey::Order => self.order.cmp(&other.order),
            PageKey::MigrateType => self.migrate_type.cmp(&other.migrate_type),
            PageKey::Gfp => self.gfp.cmp(&other.gfp),
        }
    }
}
