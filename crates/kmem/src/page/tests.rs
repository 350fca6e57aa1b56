//! The rules for page events, one by one, on traces made by hand.

use alloc::vec::Vec;

use perfdata::print_fmt::Flag;

use crate::ledger::Anomaly;
use crate::query::{Context, Query, Truth};
use crate::report::{MigrateType, PageCounts, Report};
use crate::symbols::Symbols;
use crate::trace::testing::Made;
use crate::trace::{GfpNames, Trace};

const KALLSYMS: &str = "ffffffff81000000 T _text\nffffffff81000100 T __alloc_frozen_pages_noprof\n\
    ffffffff81000200 T __alloc_pages\nffffffff81000300 T folio_alloc_noprof\nffffffff81000400 T do_anonymous_page\n\
    ffffffff81000500 T handle_mm_fault\n";
const FROZEN: u64 = 0xffff_ffff_8100_0150;
const ALLOC_PAGES: u64 = 0xffff_ffff_8100_0250;
const FOLIO: u64 = 0xffff_ffff_8100_0350;
const FAULT: u64 = 0xffff_ffff_8100_0450;

fn run(trace: &Trace, live_pages: bool, truth: Truth) -> Report {
    let symbols = Symbols::parse(KALLSYMS.as_bytes()).unwrap();
    let context = Context { trace, symbols: Some(&symbols), topology: None };
    Query { live_pages, truth, ..Query::default() }.run(&context)
}

fn counts(blocks: u64, bytes: u64) -> PageCounts {
    PageCounts { blocks, bytes }
}

#[test]
fn requests_frees_and_failures() {
    let trace = Made::new()
        .page_alloc(8, 1, 0, &[])
        .page_alloc(u64::MAX, 3, 0, &[])
        .page_free(8, 1)
        .page_free(99, 0)
        .page_alloc(8, 0, 1, &[])
        .trace();
    for truth in [Truth::Perf, Truth::Right] {
        let page = run(&trace, false, truth).page;
        assert_eq!(page.summary.allocations, counts(3, 8192 + 32768 + 4096));
        assert_eq!(page.summary.frees, counts(2, 8192 + 4096));
        assert_eq!(page.summary.failures, counts(1, 32768));
        assert_eq!(page.summary.free_only.perf, counts(1, 4096));
        assert_eq!(page.summary.ended, counts(1, 8192));
        assert_eq!(page.summary.live, counts(1, 4096));
        let rows: Vec<_> =
            page.pages.iter().map(|row| (row.page.0, row.order, row.allocated, row.freed)).collect();
        assert_eq!(rows, [(8, 0, counts(1, 4096), counts(0, 0)), (8, 1, counts(1, 8192), counts(1, 8192))]);
        assert_eq!(page.orders.get(1, MigrateType(0)), 1);
        let live = run(&trace, true, truth).page;
        assert_eq!(live.pages.len(), 1);
        assert_eq!(live.call_sites.len(), 1);
        assert_eq!(live.orders.get(1, MigrateType(0)), 0);
        assert_eq!(live.orders.get(0, MigrateType(1)), 1);
    }
}

#[test]
fn a_block_freed_page_by_page_stops_perf_but_not_us() {
    let mut made = Made::new().page_alloc(8, 2, 0, &[]);
    for page in [9, 8, 11] {
        made = made.page_free(page, 0);
    }
    let before = made.page_free(10, 0);
    let trace = before.trace();
    let report = run(&trace, false, Truth::Right);
    let summary = report.page.summary;
    assert_eq!((summary.ended, summary.live), (counts(1, 16384), counts(0, 0)));
    assert_eq!(summary.free_only.right, counts(0, 0));
    assert_eq!(report.page.pages[0].freed, counts(4, 16384));
    assert_eq!(report.ledger.count(Anomaly::PartialPageFree), 4);
    let perf = run(&trace, false, Truth::Perf).page;
    assert_eq!(perf.perf_aborts.map(|aborts| (aborts.errno, aborts.page, aborts.time)), Some((-12, 8, 30)));
    assert_eq!(run(&trace, true, Truth::Perf).page.perf_aborts.map(|aborts| aborts.errno), Some(-2));
    assert!(run(&trace, true, Truth::Right).page.pages.is_empty());
}

#[test]
fn gfp_flags_that_perf_does_not_know_stop_it() {
    let names =
        GfpNames { flags: [Flag { bits: 0xcc0, name: "GFP_NEW".into() }].into(), ..GfpNames::default() };
    let trace = Made::new().named(names).page_alloc(8, 0, 0, &[]).trace();
    assert_eq!(run(&trace, false, Truth::Perf).page.perf_aborts.map(|aborts| aborts.errno), Some(-1));
    assert_eq!(run(&trace, false, Truth::Right).page.pages.len(), 1);
}

#[test]
fn half_of_a_block_is_still_allocated() {
    let trace = Made::new().page_alloc(16, 1, 0, &[]).page_free(17, 0).trace();
    let live = run(&trace, true, Truth::Right).page;
    assert_eq!(live.summary.live, counts(1, 4096));
    assert_eq!(live.pages.len(), 1);
    assert_eq!(live.call_sites.len(), 1);
}

#[test]
fn the_call_site_is_past_the_allocator() {
    let of = |chain: &[u64]| {
        let trace = Made::new().page_alloc(8, 0, 0, chain).trace();
        [Truth::Perf, Truth::Right].map(|truth| run(&trace, false, truth).page.call_sites[0].call_site.0)
    };
    let start = 0xffff_ffff_8100_0000u64;
    assert_eq!(of(&[ALLOC_PAGES, FAULT]), [FAULT.wrapping_add(start), FAULT]);
    assert_eq!(of(&[FROZEN, FOLIO, FAULT]), [FROZEN.wrapping_add(start), FAULT]);
    assert_eq!(of(&[FROZEN]), [FROZEN.wrapping_add(start), FROZEN]);
    assert_eq!(of(&[]), [3, 3]);
}

#[test]
fn orders_and_types_have_no_limit() {
    let trace = Made::new().page_alloc(8, 13, 7, &[]).page_alloc(9, 200, -1, &[]).trace();
    let page = run(&trace, false, Truth::Right).page;
    assert_eq!(page.orders.get(13, MigrateType(7)), 1);
    assert_eq!(page.orders.get(200, MigrateType(-1)), 1);
    assert_eq!(page.summary.allocations.blocks, 2);
}
