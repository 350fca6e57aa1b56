//! A report of the real analysis, put into the models' own shape for comparison.

use std::collections::BTreeMap;

use kmem::report::{PageReport, SlabReport};

use super::{
    page::{Page, Row as PageRow, Total},
    slab::{Slab, Totals},
};

/// The part of a slab row that both have.
pub type SlabRow = (u64, u64, u64, u64);

/// Slab tables and totals, as perf prints them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlabTold {
    /// By ptr: call site and numbers.
    pub allocations: BTreeMap<u64, (u64, SlabRow)>,
    /// By call site.
    pub call_sites: BTreeMap<u64, SlabRow>,
    /// The summary.
    pub totals: Totals,
}

impl From<&Slab> for SlabTold {
    fn from(slab: &Slab) -> SlabTold {
        let row = |row: &super::slab::Row| {
            (u64::from(row.hit), row.bytes_req, row.bytes_alloc, u64::from(row.pingpong))
        };
        SlabTold {
            allocations: slab.allocations.iter().map(|(ptr, of)| (*ptr, (of.call_site, row(of)))).collect(),
            call_sites: slab.call_sites.iter().map(|(site, of)| (*site, row(of))).collect(),
            totals: slab.totals,
        }
    }
}

impl From<&SlabReport> for SlabTold {
    fn from(report: &SlabReport) -> SlabTold {
        let summary = &report.summary;
        SlabTold {
            allocations: report
                .allocations
                .iter()
                .map(|row| {
                    let counts = row.counts;
                    let numbers =
                        (counts.hits, counts.requested, counts.allocated, u64::from(row.pingpong.perf));
                    (row.ptr.0, (row.call_site.0, numbers))
                })
                .collect(),
            call_sites: report
                .call_sites
                .iter()
                .map(|row| {
                    let counts = row.counts;
                    (row.call_site.0, (counts.hits, counts.requested, counts.allocated, row.pingpong.perf))
                })
                .collect(),
            totals: Totals {
                requested: summary.counts.requested,
                allocated: summary.counts.allocated,
                freed: summary.freed.perf,
                allocs: summary.counts.hits,
                cross_allocs: summary.cross_node.perf,
            },
        }
    }
}

/// Key of a page row: page or call site, order, migrate type, flags.
pub type PageKey = (u64, (u32, i32, u32));

/// Page tables and totals, as perf prints them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageTold {
    /// By page and manner.
    pub pages: BTreeMap<PageKey, PageRow>,
    /// By call site and manner.
    pub call_sites: BTreeMap<PageKey, PageRow>,
    /// Order and migrate type.
    pub orders: BTreeMap<(u32, i32), i64>,
    /// Requests to allocate, to free, frees without an allocation, failures.
    pub totals: [Total; 4],
}

impl PageTold {
    /// What the model says; with live blocks only those are in the first table.
    pub fn of(page: &Page, live_only: bool) -> PageTold {
        let pages = if live_only {
            page.live.iter().map(|(page, live)| ((*page, live.manner), live.row.clone())).collect()
        } else {
            page.allocations.clone()
        };
        PageTold {
            pages,
            call_sites: page.call_sites.clone(),
            orders: page
                .orders
                .iter()
                .filter(|(_, count)| **count != 0)
                .map(|(key, count)| (*key, *count))
                .collect(),
            totals: [page.allocs, page.frees, page.no_match, page.fails],
        }
    }
}

impl From<&PageReport> for PageTold {
    fn from(report: &PageReport) -> PageTold {
        let total = |counts: kmem::report::PageCounts| Total { count: counts.blocks, bytes: counts.bytes };
        let row = |counts: kmem::report::PageCounts| PageRow {
            alloc_bytes: counts.bytes,
            hit: counts.blocks as i64,
        };
        let summary = &report.summary;
        PageTold {
            pages: report
                .pages
                .iter()
                .map(|of| ((of.page.0, (of.order, of.migrate_type.0, of.gfp as u32)), row(of.allocated)))
                .collect(),
            call_sites: report
                .call_sites
                .iter()
                .map(|of| ((of.call_site.0, (of.order, of.migrate_type.0, of.gfp as u32)), row(of.allocated)))
                .collect(),
            orders: report
                .orders
                .iter()
                .filter(|(_, _, count)| *count != 0)
                .map(|(order, migrate_type, count)| ((order, migrate_type.0), count))
                .collect(),
            totals: [
                total(summary.allocations),
                total(summary.frees),
                total(summary.free_only.perf),
                total(summary.failures),
            ],
        }
    }
}
