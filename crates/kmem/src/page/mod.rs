//! Counts the page allocator's events.

mod call_site;
mod gfp;
mod live;
mod rows;
#[cfg(test)]
mod tests;

pub(crate) use gfp::legend;
pub use gfp::{GfpText, compact, describe};

use alloc::vec::Vec;

use hashbrown::HashSet;

use crate::ids::{Address, PageId, PageNumber};
use crate::ledger::{Anomaly, AnomalyEntry, Counter};
use crate::query::{Accept, Context, Truth};
use crate::report::{MigrateType, OrderCounts, PageReport, PageSummary, PerfAborts, Told};
use crate::sort::sorted_by_key;
use crate::symbols::Resolver;
use crate::trace::{Class, Event, EventKind, NO_CPU, Trace};

use call_site::CallSites;
use live::{Block, Blocks};
use rows::Tables;

/// What perf takes for a page size where the trace has none.
const DEFAULT_PAGE_SIZE: u64 = 4096;

/// The number of no page: an allocation that failed.
const NO_PFN: u64 = u64::MAX;

struct Analysis<'a> {
    trace: &'a Trace,
    live_only: bool,
    truth: Truth,
    page_size: u64,
    summary: PageSummary,
    orders: OrderCounts,
    tables: Tables,
    blocks: Blocks,
    gfp_flags: HashSet<u64>,
    aborts: Option<PerfAborts>,
    misplaced: Option<Told<Address>>,
}

/// Counts the page events that `accept` lets through.
pub(crate) fn analyse(
    context: &Context<'_>,
    resolver: &Resolver<'_>,
    accept: &Accept<'_>,
    live_only: bool,
    truth: Truth,
    ledger: &mut Counter,
) -> PageReport {
    let trace = context.trace;
    let mut analysis = Analysis {
        trace,
        live_only,
        truth,
        page_size: trace.facts().page_size.unwrap_or(DEFAULT_PAGE_SIZE),
        summary: PageSummary::default(),
        orders: OrderCounts::default(),
        tables: Tables::default(),
        blocks: Blocks::new(trace.pages().len()),
        gfp_flags: HashSet::new(),
        aborts: None,
        misplaced: None,
    };
    if !trace.pages().is_empty() {
        let mut sites = CallSites::new(trace, resolver, truth);
        // perf that has no symbols of the kernel gives up its first search for a call site, and no other.
        let mut gives_up = truth == Truth::Perf && resolver.symbols().is_none();
        for (_, event) in trace.rows.iter(accept.range()) {
            let Some(origin) = trace.origin_of(&event).filter(|_| accept.in_time(&event)) else { continue };
            let class = trace.class(origin.class);
            match class.kind {
                EventKind::PageAlloc => {
                    let site = if gives_up && !analysis.failed(&event) {
                        gives_up = false;
                        sites.sampled(&event)
                    } else {
                        sites.of(&event)
                    };
                    let counted = accept.page(&event)
                        && (!accept.tests_page_sites()
                            || accept.page_site(sites.right_of(&event), &event, resolver));
                    if counted && analysis.misplaced.is_none() {
                        analysis.misplaced = Some(sites.told(&event)).filter(Told::differs);
                    }
                    analysis.alloc(&event, &class, site, counted, ledger);
                }
                EventKind::PageFree => analysis.free(&event, &class, ledger),
                _ => {}
            }
        }
    }
    analysis.finish()
}

impl Analysis<'_> {
    fn bytes(&self, order: u32) -> u64 {
        self.page_size.checked_shl(order).unwrap_or(0)
    }

    /// Whether the −1 of a 32-bit kernel is a page, as it is for perf, whose own −1 has 64 bits.
    fn takes_none_for_page(&self) -> bool {
        self.truth == Truth::Perf && self.trace.facts().long_bits == Some(32)
    }

    /// Whether an allocation gave no page.
    fn failed(&self, event: &Event) -> bool {
        let by_pfn = self.trace.facts().pages_by_pfn;
        let none = if by_pfn { NO_PFN } else { 0 };
        self.trace.page(event.page()).0 == none && !(by_pfn && self.takes_none_for_page())
    }

    fn alloc(
        &mut self,
        event: &Event,
        class: &Class,
        call_site: Address,
        counted: bool,
        ledger: &mut Counter,
    ) {
        let bytes = self.bytes(class.order);
        let failed = self.failed(event);
        let gfp = match self.truth {
            Truth::Perf => class.gfp & u64::from(u32::MAX),
            Truth::Right => class.gfp,
        };
        if counted {
            self.summary.allocations.add(bytes);
            if failed {
                self.summary.failures.add(bytes);
                ledger.note(Anomaly::FailedAllocation, || entry(self.trace, event));
                return;
            }
            let names = self.trace.gfp_names();
            let is_new = self.gfp_flags.insert(gfp);
            let is_nameless = || !names.flags.is_empty() && compact(&describe(gfp, names)).is_empty();
            if is_new && (names.perf_fails || is_nameless()) {
                self.abort(event, -1, 0);
            }
        } else if failed {
            return;
        }
        let migrate_type = MigrateType(class.migrate_type);
        let block =
            Block { order: class.order, migrate_type, gfp, call_site, counted, allocations: 1, bytes };
        if self.blocks.is_live(event.page()) {
            ledger.note(Anomaly::PageAllocationOfLive, || entry(self.trace, event));
        }
        if let Some(before) = self.blocks.allocate(event.page(), block, self.truth)
            && before.counted
        {
            self.summary.live.blocks = self.summary.live.blocks.wrapping_sub(before.allocations);
            self.summary.live.bytes = self.summary.live.bytes.wrapping_sub(before.bytes);
            if self.live_only && self.truth == Truth::Right {
                self.tables.release(&before, before.bytes);
                self.orders.add(before.order, before.migrate_type, -1);
            }
        }
        if !counted {
            return;
        }
        self.summary.live.add(bytes);
        if !self.live_only {
            self.tables.allocate_page(event.page(), &block);
        }
        self.tables.allocate_site(&block);
        self.orders.add(class.order, migrate_type, 1);
    }

    fn free(&mut self, event: &Event, class: &Class, ledger: &mut Counter) {
        let order = class.order;
        let bytes = self.bytes(order);
        let known = self.blocks.get(event.page()).copied();
        if known.is_some_and(|block| !block.counted) {
            self.blocks.free(event.page());
            return;
        }
        self.summary.frees.add(bytes);
        let Some(block) = known else {
            self.summary.free_only.perf.add(bytes);
            self.free_part(event, order, bytes, ledger);
            return;
        };
        if block.order != order {
            ledger.note(Anomaly::PartialPageFree, || entry(self.trace, event));
        }
        if self.truth == Truth::Perf {
            return self.free_as_perf(event, &block, order, bytes);
        }
        if block.order > order {
            self.blocks.split(event.page(), order);
        } else {
            self.blocks.free(event.page());
        }
        self.release(event.page(), &block, order, bytes);
    }

    /// perf looks the rows up under the order of the free and, where it finds none, stops.
    fn free_as_perf(&mut self, event: &Event, block: &Block, order: u32, bytes: u64) {
        self.blocks.free(event.page());
        self.summary.ended.add(bytes);
        self.summary.live.blocks = self.summary.live.blocks.saturating_sub(1);
        self.summary.live.bytes = self.summary.live.bytes.saturating_sub(bytes);
        let freed = Block { order, ..*block };
        let page = self.trace.page(event.page()).0;
        if self.live_only {
            self.orders.add(order, block.migrate_type, -1);
        } else if !self.tables.free_page(event.page(), &freed, bytes) {
            return self.abort(event, -12, page);
        }
        let found = if self.live_only {
            self.tables.release(&freed, bytes)
        } else {
            self.tables.free_site(&freed, bytes)
        };
        if !found {
            self.abort(event, -2, page);
        }
    }

    /// A page that begins no known block may still lie within one that was allocated whole; perf does not look.
    fn free_part(&mut self, event: &Event, order: u32, bytes: u64, ledger: &mut Counter) {
        // perf knows a block by its first page alone.
        let part = match self.truth {
            Truth::Perf => None,
            Truth::Right => self.blocks.part(self.trace, event.page(), order),
        };
        match part {
            Some((head, block)) if block.counted => {
                ledger.note(Anomaly::PartialPageFree, || entry(self.trace, event));
                self.release(head, &block, order, bytes);
            }
            Some(_) => {}
            None => {
                self.summary.free_only.right.add(bytes);
                ledger.note(Anomaly::PageFreeWithoutAllocation, || entry(self.trace, event));
            }
        }
    }

    fn release(&mut self, page: PageId, block: &Block, order: u32, bytes: u64) {
        self.summary.live.bytes = self.summary.live.bytes.saturating_sub(bytes);
        let ended = order >= block.order || self.blocks.ended(page);
        self.summary.ended.bytes = self.summary.ended.bytes.wrapping_add(bytes);
        if ended {
            self.summary.ended.blocks += 1;
            self.summary.live.blocks = self.summary.live.blocks.saturating_sub(1);
        }
        if !self.live_only {
            self.tables.free_page(page, block, bytes);
            self.tables.free_site(block, bytes);
        } else if ended {
            self.tables.release(block, block.bytes);
            self.orders.add(block.order, block.migrate_type, -1);
        }
    }

    fn abort(&mut self, event: &Event, errno: i32, page: u64) {
        if self.aborts.is_none() {
            self.aborts = Some(PerfAborts { time: event.time, errno, page });
        }
    }

    fn finish(self) -> PageReport {
        let takes_none_for_page = self.takes_none_for_page();
        let mut pages = if self.live_only {
            rows::live_pages(self.trace, &self.blocks)
        } else {
            self.tables.pages(self.trace)
        };
        if takes_none_for_page {
            for row in pages.iter_mut().filter(|row| row.page.0 == NO_PFN) {
                row.page = PageNumber(u64::from(u32::MAX));
            }
        }
        let gfp_flags: Vec<u64> = self.gfp_flags.into_iter().collect();
        PageReport {
            summary: self.summary,
            orders: self.orders,
            pages,
            call_sites: self.tables.call_sites(),
            gfp_flags: sorted_by_key(&gfp_flags, |&flags| flags),
            page_size: self.page_size,
            perf_aborts: self.aborts,
            misplaced: self.misplaced,
        }
    }
}

fn entry(trace: &Trace, event: &Event) -> AnomalyEntry {
    AnomalyEntry {
        time: event.time,
        cpu: trace.actor_of(event).map_or(NO_CPU, |actor| actor.cpu),
        target: Address(trace.page(event.page()).0),
        call_site: None,
    }
}
