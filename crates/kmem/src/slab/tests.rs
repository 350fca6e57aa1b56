//! perf's rules for slab events, one by one, on traces made by hand.

use alloc::vec::Vec;

use crate::ids::Node;
use crate::ledger::Anomaly;
use crate::query::{CallSiteFilter, Context, Filter, Query, TimeRange};
use crate::report::{Bucket, Counts, Report, Told};
use crate::trace::testing::Made;
use crate::trace::{EventKind, Trace};
use crate::{Topology, ids::Address};

fn run(trace: &Trace, filter: Filter) -> Report {
    let topology = Topology::from_cpu_lists([(0, "0-1"), (1, "2-3")]).unwrap();
    let context = Context { trace, symbols: None, topology: Some(&topology) };
    Query { filter, ..Query::default() }.run(&context)
}

fn all(trace: &Trace) -> Report {
    run(trace, Filter::default())
}

#[test]
fn rows_add_up_and_a_ptr_moves_to_its_latest_call_site() {
    let trace =
        Made::new().alloc(0x10, 100, 5, 8).free(100).alloc(0x20, 100, 12, 16).alloc(0x10, 50, 8, 8).trace();
    let report = all(&trace);
    let sites: Vec<_> = report.slab.call_sites.iter().map(|row| (row.call_site.0, row.counts)).collect();
    assert_eq!(
        sites,
        [
            (0x10, Counts { hits: 2, requested: 13, allocated: 16 }),
            (0x20, Counts { hits: 1, requested: 12, allocated: 16 }),
        ]
    );
    let ptrs: Vec<_> =
        report.slab.allocations.iter().map(|row| (row.ptr.0, row.call_site.0, row.counts.hits)).collect();
    assert_eq!(ptrs, [(50, 0x10, 1), (100, 0x20, 2)]);
    assert_eq!(report.slab.summary.freed, Told { perf: 8, right: 8 });
    assert_eq!(report.slab.summary.live, Counts { hits: 2, requested: 20, allocated: 24 });
    assert_eq!(report.slab.call_sites[0].lifetime, 10);
    assert_eq!(report.slab.buckets[0].bucket, Bucket::Kmalloc(8));
}

#[test]
fn perf_counts_repeated_frees_and_the_right_number_does_not() {
    let trace = Made::new().alloc(1, 100, 5, 8).on(2).free(100).on(0).free(100).free(100).free(7).trace();
    let report = all(&trace);
    assert_eq!(report.slab.summary.freed, Told { perf: 24, right: 8 });
    assert_eq!(report.slab.summary.pingpong, Told { perf: 3, right: 1 });
    assert_eq!(report.slab.call_sites[0].pingpong, Told { perf: 3, right: 1 });
    assert_eq!(report.slab.allocations[0].pingpong, Told { perf: 3, right: 1 });
    assert_eq!(report.ledger.count(Anomaly::FreedAgain), 2);
    assert_eq!(report.ledger.count(Anomaly::FreeWithoutAllocation), 1);
    assert_eq!(
        report.corrections.iter().map(|c| c.what).collect::<Vec<_>>(),
        ["Total bytes freed", "Ping-pong"]
    );
}

#[test]
fn a_failed_allocation_is_not_freed_by_kfree_of_null() {
    let trace = Made::new().free(0).alloc(1, 0, 5, 8).free(0).free(0).trace();
    let report = all(&trace);
    assert_eq!(report.slab.summary.freed, Told { perf: 16, right: 0 });
    assert_eq!(report.slab.summary.live.hits, 0);
    assert_eq!(report.ledger.count(Anomaly::FailedAllocation), 1);
    assert_eq!(report.ledger.count(Anomaly::FreeOfNull), 3);
}

#[test]
fn an_allocation_of_a_live_ptr_takes_its_place() {
    let trace = Made::new().alloc(1, 100, 5, 8).alloc(2, 100, 60, 64).trace();
    let report = all(&trace);
    assert_eq!(report.slab.summary.live, Counts { hits: 1, requested: 60, allocated: 64 });
    assert_eq!(report.slab.call_sites[0].live.hits, 0);
    assert_eq!(report.ledger.count(Anomaly::AllocationOfLive), 1);
}

#[test]
fn cross_node_is_counted_by_the_recording_perf() {
    let made = || {
        Made::new()
            .on(0)
            .alloc_on(EventKind::KmallocNode, -1, 1)
            .alloc_on(EventKind::KmallocNode, 1, 2)
            .alloc_on(EventKind::KmallocNode, 0, 3)
            .alloc_on(EventKind::Kmalloc, 1, 4)
            .nowhere()
            .alloc_on(EventKind::Kmalloc, 1, 5)
    };
    let old = all(&made().recorded_by("5.10.223").trace()).slab.summary.cross_node;
    assert_eq!(old, Told { perf: 2, right: 2 });
    let new = all(&made().recorded_by("6.1.0").trace()).slab.summary.cross_node;
    assert_eq!(new, Told { perf: 3, right: 2 });
}

#[test]
fn a_free_follows_its_allocation_through_the_filter() {
    let trace = Made::new()
        .on(0)
        .alloc(0x10, 1, 8, 8)
        .alloc(0x20, 2, 16, 16)
        .on(3)
        .free(1)
        .free(2)
        .on(2)
        .alloc(0x10, 1, 8, 8)
        .trace();
    let sites = |call_sites| run(&trace, Filter { call_sites, ..Filter::default() }).slab;
    let slab = sites([CallSiteFilter::Address(Address(0x20))].into());
    assert_eq!(slab.summary.counts, Counts { hits: 1, requested: 16, allocated: 16 });
    assert_eq!((slab.summary.freed.right, slab.summary.pingpong.right), (16, 1));
    let cpus = run(&trace, Filter { cpus: [2].into(), ..Filter::default() }).slab;
    assert_eq!((cpus.summary.counts.hits, cpus.summary.freed.perf), (1, 0));
    let nodes = run(&trace, Filter { nodes: [Node(0)].into(), ..Filter::default() }).slab;
    assert_eq!((nodes.summary.counts.hits, nodes.summary.frees), (2, 2));
    let buckets = run(&trace, Filter { buckets: [8].into(), ..Filter::default() }).slab;
    assert_eq!(buckets.summary.counts.hits, 2);
    let text = run(&trace, Filter { text: "X20".into(), ..Filter::default() }).slab;
    assert_eq!(text.summary.counts.hits, 1);
}

#[test]
fn time_acts_on_frees_too() {
    let trace = Made::new().alloc(1, 100, 8, 8).free(100).alloc(1, 100, 8, 8).free(100).trace();
    let time = Some(TimeRange { start: 20, end: 30 });
    let report = run(&trace, Filter { time, ..Filter::default() });
    assert_eq!(report.slab.summary.counts.hits, 1);
    assert_eq!(report.slab.summary.freed.perf, 0, "the free at 20 does not know the allocation at 10");
    assert_eq!(report.slab.summary.live.hits, 1);
}

#[test]
fn sizes_that_perf_cuts_are_told() {
    let trace = Made::new().alloc(1, 100, 1 << 32, (1 << 32) + 4096).trace();
    let report = all(&trace);
    assert_eq!(report.slab.summary.counts.allocated, (1 << 32) + 4096);
    assert_eq!(report.corrections[0].perf_value, "0 and 4096");
}
