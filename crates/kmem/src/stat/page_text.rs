//! The page allocator's tables and summary.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Options, RULE, put, shown};
use crate::ids::Address;
use crate::page::{self, GfpText};
use crate::query::{Context, Truth};
use crate::report::{MigrateType, PageCounts, PageReport};
use crate::sort::{self, Direction, PageKey, Sortable};
use crate::symbols::Resolver;

const DEFAULT_SORT: [PageKey; 2] = [PageKey::Bytes, PageKey::Hit];

/// The column's least width: that of its head, `GFP flags`.
const GFP_WIDTH: usize = 9;

struct Page<'a> {
    legend: Vec<GfpText>,
    gfp_width: usize,
    pages_by_pfn: bool,
    options: &'a Options,
    resolver: &'a Resolver<'a>,
    truth: Truth,
}

pub(super) fn write(
    out: &mut String,
    report: &PageReport,
    context: &Context<'_>,
    options: &Options,
    resolver: &Resolver<'_>,
    truth: Truth,
) {
    let (legend, width) = page::legend(&report.gfp_flags, context.trace.gfp_names(), truth);
    let pages_by_pfn = context.trace.facts().pages_by_pfn;
    let page = Page { legend, gfp_width: width.max(GFP_WIDTH), pages_by_pfn, options, resolver, truth };
    if options.caller || options.alloc {
        page.legend(out, width);
    }
    if options.caller {
        page.call_sites(out, report);
    }
    if options.alloc {
        page.pages(out, report);
    }
    page.summary(out, report);
    match truth {
        Truth::Perf => orders_as_perf(out, report),
        Truth::Right => orders(out, report),
    }
}

impl Page<'_> {
    fn legend(&self, out: &mut String, width: usize) {
        out.push_str("#\n# GFP flags\n# ---------\n");
        for text in &self.legend {
            put(
                out,
                format_args!("# {:08x}: {:>width$}: {}\n", text.flags, or_null(&text.compact), text.names),
            );
        }
    }

    fn call_sites(&self, out: &mut String, report: &PageReport) {
        let width = self.gfp_width;
        out.push('\n');
        out.push_str(RULE);
        put(
            out,
            format_args!(
                " {:>5} alloc (KB) | Hits      | Order | Mig.type | {:<width$} | Callsite\n",
                self.which(),
                "GFP flags"
            ),
        );
        out.push_str(RULE);
        let (keys, lines) = (&self.options.page_caller_sort, self.options.caller_lines);
        let dots = table(out, &report.call_sites, keys, lines, |out, row| {
            put(
                out,
                format_args!(
                    " {:16} | {:9} | {:5} | {:>8} | {:<width$} | ",
                    row.allocated.bytes / 1024,
                    row.allocated.blocks,
                    row.order,
                    self.migrate_type(row.migrate_type),
                    self.gfp(row.gfp),
                ),
            );
            self.call_site(out, row.call_site);
        });
        if dots {
            put(
                out,
                format_args!(" ...              | ...       | ...   | ...      | {:<width$} | ...\n", "..."),
            );
        }
        out.push_str(RULE);
    }

    fn pages(&self, out: &mut String, report: &PageReport) {
        let width = self.gfp_width;
        out.push('\n');
        out.push_str(RULE);
        put(
            out,
            format_args!(
                " {:<16} | {:>5} alloc (KB) | Hits      | Order | Mig.type | {:<width$} | Callsite\n",
                if self.pages_by_pfn { "PFN" } else { "Page" },
                self.which(),
                "GFP flags"
            ),
        );
        out.push_str(RULE);
        let (keys, lines) = (&self.options.page_alloc_sort, self.options.alloc_lines);
        let dots = table(out, &report.pages, keys, lines, |out, row| {
            if self.pages_by_pfn {
                put(out, format_args!(" {:16}", row.page.0));
            } else {
                put(out, format_args!(" {:016x}", row.page.0));
            }
            put(
                out,
                format_args!(
                    " | {:16} | {:9} | {:5} | {:>8} | {:<width$} | ",
                    row.allocated.bytes / 1024,
                    row.allocated.blocks,
                    row.order,
                    self.migrate_type(row.migrate_type),
                    self.gfp(row.gfp),
                ),
            );
            self.call_site(out, row.call_site);
        });
        if dots {
            put(
                out,
                format_args!(
                    " ...              | ...              | ...       | ...   | ...      | {:<width$} | ...\n",
                    "..."
                ),
            );
        }
        out.push_str(RULE);
    }

    fn which(&self) -> &'static str {
        if self.options.live { "Live" } else { "Total" }
    }

    fn migrate_type(&self, migrate_type: MigrateType) -> &'static str {
        match self.truth {
            Truth::Perf => migrate_type.perf_name(),
            Truth::Right => migrate_type.short_name(),
        }
    }

    fn gfp(&self, flags: u64) -> &str {
        let text = self.legend.binary_search_by_key(&flags, |text| text.flags);
        or_null(text.ok().and_then(|at| self.legend.get(at)).map_or("", |text| text.compact.as_str()))
    }

    fn call_site(&self, out: &mut String, call_site: Address) {
        match self.resolver.resolve(call_site) {
            Some(found) if self.truth == Truth::Right => {
                put(out, format_args!("{}+{:x}", found.name, found.offset))
            }
            Some(found) => out.push_str(found.name),
            None => put(out, format_args!("{call_site:x}")),
        }
        out.push('\n');
    }

    fn summary(&self, out: &mut String, report: &PageReport) {
        let summary = &report.summary;
        let free_only = match self.truth {
            Truth::Perf => summary.free_only.perf,
            Truth::Right => summary.free_only.right,
        };
        let freed = match self.truth {
            Truth::Perf => minus(summary.frees, free_only),
            Truth::Right => summary.ended,
        };
        let alloc_only = match self.truth {
            Truth::Perf => minus(summary.allocations, freed),
            Truth::Right => minus(minus(summary.allocations, freed), summary.failures),
        };
        out.push_str("\nSUMMARY (page allocator)\n========================\n");
        total(out, "Total allocation requests", summary.allocations);
        total(out, "Total free requests", summary.frees);
        out.push('\n');
        total(out, "Total alloc+freed requests", freed);
        total(out, "Total alloc-only requests", alloc_only);
        total(out, "Total free-only requests", free_only);
        out.push('\n');
        total(out, "Total allocation failures", summary.failures);
        out.push('\n');
    }
}

fn total(out: &mut String, what: &str, counts: PageCounts) {
    put(out, format_args!("{what:<30}: {:16}   [ {:16} KB ]\n", counts.blocks, counts.bytes / 1024));
}

fn minus(a: PageCounts, b: PageCounts) -> PageCounts {
    PageCounts { blocks: a.blocks.wrapping_sub(b.blocks), bytes: a.bytes.wrapping_sub(b.bytes) }
}

/// What C's printf writes for a missing text.
fn or_null(text: &str) -> &str {
    if text.is_empty() { "(null)" } else { text }
}

fn table<R: Sortable<PageKey>>(
    out: &mut String,
    rows: &[R],
    keys: &[PageKey],
    lines: Option<i32>,
    mut write_row: impl FnMut(&mut String, &R),
) -> bool {
    let keys = if keys.is_empty() { &DEFAULT_SORT[..] } else { keys };
    let keys: Vec<(PageKey, Direction)> = keys.iter().map(|&key| (key, Direction::Descending)).collect();
    let (count, dots) = shown(rows.len(), lines);
    for index in sort::order(rows, &keys).into_iter().take(count) {
        if let Some(row) = rows.get(index as usize) {
            write_row(out, row);
        }
    }
    dots
}

/// perf's table: orders 0 to 10, types 0 to 4, under the names of before Linux 4.4.
fn orders_as_perf(out: &mut String, report: &PageReport) {
    let names = ["Unmovable", "Reclaimable", "Movable", "Reserved", "CMA/Isolated"];
    matrix(out, report, &names, 10);
}

/// All orders and types that there are, under their right names.
fn orders(out: &mut String, report: &PageReport) {
    let names: Vec<&str> = (0..6).map(|number| MigrateType(number).name()).collect();
    let last = report.orders.iter().map(|(order, ..)| order).max().unwrap_or(0);
    matrix(out, report, &names, last.clamp(10, 63));
}

fn matrix(out: &mut String, report: &PageReport, names: &[&str], last: u32) {
    out.push_str("Order");
    for name in names {
        put(out, format_args!("  {name:>12}"));
    }
    out.push_str("\n-----");
    for _ in names {
        out.push_str("  ------------");
    }
    out.push('\n');
    for order in 0..=last {
        put(out, format_args!("{order:5}"));
        for (migrate_type, _) in (0..).zip(names) {
            // perf counts in an `int`.
            match report.orders.get(order, MigrateType(migrate_type)) as i32 {
                0 => put(out, format_args!("  {:>12}", '.')),
                count => put(out, format_args!("  {count:12}")),
            }
        }
        out.push('\n');
    }
}
