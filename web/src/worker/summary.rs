//! What the page shows without asking for rows.

use kmem::{
    Context, Report,
    report::{Bucket, BucketRow, CallSiteRow, Correction},
    sort::{Direction, SlabKey, order},
    symbols::Resolver,
};

use super::names::{call_site, seconds};
use crate::protocol::{
    AnomalySummary, BucketSummary, CorrectionNote, Fact, LostSummary, Notes, OrderCell, PageTotals, Site,
    SlabTotals, Summary,
};

/// Call sites in the chart of waste; the rest is one area.
const CHARTED: usize = 120;
/// Call sites in the list of the worst.
const WORST: usize = 5;
/// Buckets and caches in the chart.
const BUCKETS: usize = 64;
/// Of each kind of anomaly the page shows this many.
const ANOMALIES: usize = 20;

pub(crate) fn summary(context: &Context<'_>, report: &Report, name: &str) -> Summary {
    let resolver = context.resolver();
    let trace = context.trace;
    let sites = &report.slab.call_sites;
    let sorted = |keys: &[SlabKey]| -> Vec<&CallSiteRow> {
        let keys: Vec<_> = keys.iter().map(|&key| (key, Direction::Descending)).collect();
        order(sites, &keys).into_iter().filter_map(|at| sites.get(at as usize)).collect()
    };
    let by_waste = sorted(&[SlabKey::Waste, SlabKey::Bytes]);
    let by_bytes = sorted(&[SlabKey::Bytes, SlabKey::Hit, SlabKey::Waste]);
    let (charted, rest) = by_bytes.split_at(CHARTED.min(by_bytes.len()));
    let mut buckets: Vec<BucketSummary> = report
        .slab
        .buckets
        .iter()
        .map(|row| BucketSummary {
            name: match row.bucket {
                Bucket::Kmalloc(size) => format!("kmalloc-{size}"),
                Bucket::Objects(size) => format!("objects of {size}"),
                Bucket::Cache(id) => trace.caches().get(id.index()).cloned().unwrap_or_default(),
            },
            is_kmalloc: matches!(row.bucket, Bucket::Kmalloc(_)),
            size: row.object_size as f64,
            hits: row.counts.hits as f64,
            requested: row.counts.requested as f64,
            allocated: row.counts.allocated as f64,
        })
        .collect();
    if buckets.len() > BUCKETS {
        // Every kmalloc size is kept, and the caches that set most bytes aside.
        let rows = &report.slab.buckets;
        let by_bytes = order(rows, &[(SlabKey::Bytes, Direction::Descending)]);
        let caches: Vec<&BucketRow> = by_bytes
            .into_iter()
            .filter_map(|at| rows.get(at as usize))
            .filter(|row| !matches!(row.bucket, Bucket::Kmalloc(_)))
            .collect();
        let least = caches
            .get(BUCKETS.saturating_sub(rows.len() - caches.len()))
            .map_or(0.0, |row| row.counts.allocated as f64);
        buckets.retain(|row| row.is_kmalloc || row.allocated > least);
    }
    Summary {
        name: name.into(),
        headline: headline(context),
        facts: facts(context),
        events: trace.events().len() as f64,
        slab: trace.has_slab().then(|| slab_totals(context, report)),
        page: trace.has_pages().then(|| page_totals(report)),
        worst: by_waste.iter().take(WORST).map(|row| site(&resolver, row)).collect(),
        sites: charted.iter().map(|row| site(&resolver, row)).collect(),
        other_sites: rest.iter().map(|row| row.counts.allocated).sum::<u64>() as f64,
        buckets,
        notes: notes(context, report, &resolver),
        has_symbols: context.symbols.is_some(),
        took_ms: 0.0,
        complete: false,
    }
}

fn site(resolver: &Resolver<'_>, row: &CallSiteRow) -> Site {
    Site {
        key: format!("{:#x}", row.call_site),
        name: call_site(resolver, row.call_site, false),
        requested: row.counts.requested as f64,
        allocated: row.counts.allocated as f64,
        hits: row.counts.hits as f64,
    }
}

fn headline(context: &Context<'_>) -> Vec<String> {
    let facts = context.trace.facts();
    let mut parts = Vec::new();
    parts.extend(facts.hostname.clone());
    parts.extend(facts.os_release.clone());
    let nodes = context.topology().map_or(0, |topology| topology.nodes().count());
    match facts.cpus_online {
        Some(cpus) if nodes > 0 => parts.push(format!("{cpus} CPUs \u{d7} {nodes} nodes")),
        Some(cpus) => parts.push(format!("{cpus} CPUs")),
        None => {}
    }
    if let Some((first, last)) = facts.span {
        parts.push(format!("{:.3} s", last.saturating_sub(first) as f64 / 1e9));
    }
    parts
}

fn facts(context: &Context<'_>) -> Vec<Fact> {
    let facts = context.trace.facts();
    let mut list = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        list.extend(value.map(|value| Fact { name: name.into(), value }));
    };
    add("Host", facts.hostname.clone());
    add("Kernel", facts.os_release.clone());
    let order = if facts.big_endian { "big-endian" } else { "little-endian" };
    add("Machine", facts.arch.as_ref().map(|arch| format!("{arch}, {order}")));
    add("Processor", facts.cpu_description.clone());
    add(
        "CPUs",
        facts.cpus_online.map(|online| match facts.cpus_available {
            Some(available) => format!("{online} online of {available}"),
            None => online.to_string(),
        }),
    );
    add(
        "NUMA nodes",
        context.topology().map(|topology| {
            let nodes: Vec<String> = topology
                .nodes()
                .map(|node| {
                    let cpus: Vec<u32> = topology.cpus_of(node).collect();
                    format!("{}: {}", node.0, ranges(&cpus))
                })
                .collect();
            if nodes.is_empty() {
                String::from("none known")
            } else {
                format!("{} (CPUs {})", nodes.len(), nodes.join("; "))
            }
        }),
    );
    add("Memory", facts.total_memory_kib.map(|kib| format!("{:.1} GiB", kib as f64 / 1_048_576.0)));
    add("Page size", facts.page_size.map(|size| format!("{size} bytes")));
    let mode = if facts.pipe { "stream" } else { "file" };
    add("Recorded by", facts.perf_version.as_ref().map(|version| format!("perf {version} ({mode} mode)")));
    add("Command", (!facts.command_line.is_empty()).then(|| facts.command_line.join(" ")));
    if let Some((first, last)) = facts.span {
        add("Time", Some(format!("{} to {} s", seconds(first), seconds(last))));
        add("Duration", Some(format!("{} s", seconds(last.saturating_sub(first)))));
    }
    let events: Vec<String> = facts
        .events
        .iter()
        .filter(|event| event.samples > 0)
        .map(|event| format!("{} {}", event.name.strip_prefix("kmem:").unwrap_or(&event.name), event.samples))
        .collect();
    add("Events", (!events.is_empty()).then(|| events.join(", ")));
    list
}

/// A list of CPUs as the kernel writes it.
fn ranges(cpus: &[u32]) -> String {
    let mut out = String::new();
    let mut rest = cpus.iter().copied().peekable();
    while let Some(first) = rest.next() {
        let mut last = first;
        while rest.peek().is_some_and(|&next| next == last + 1) {
            last = rest.next().unwrap_or(last);
        }
        if !out.is_empty() {
            out.push(',');
        }
        out.push_str(&if first == last { first.to_string() } else { format!("{first}-{last}") });
    }
    out
}

fn slab_totals(context: &Context<'_>, report: &Report) -> SlabTotals {
    let summary = &report.slab.summary;
    SlabTotals {
        requested: summary.counts.requested as f64,
        allocated: summary.counts.allocated as f64,
        freed_perf: summary.freed.perf as f64,
        freed: summary.freed.right as f64,
        cross_perf: summary.cross_node.perf as f64,
        cross: context.knows_nodes().then_some(summary.cross_node.right as f64),
        hits: summary.counts.hits as f64,
        frees: summary.frees as f64,
        pingpong_perf: summary.pingpong.perf as f64,
        pingpong: summary.pingpong.right as f64,
        fragmentation: summary.counts.fragmentation(),
        live: summary.live.allocated as f64,
        call_sites: report.slab.call_sites.len() as f64,
        ptrs: report.slab.allocations.len() as f64,
    }
}

fn page_totals(report: &Report) -> PageTotals {
    let summary = &report.page.summary;
    let line = |what: &str, help: &str, counts: kmem::report::PageCounts| {
        (String::from(what), String::from(help), counts.blocks as f64, counts.bytes as f64)
    };
    PageTotals {
        lines: vec![
            line(
                "Allocation requests",
                "Allocations asked for, failed ones too (perf: Total allocation requests).",
                summary.allocations,
            ),
            line("Free requests", "Frees (perf: Total free requests).", summary.frees),
            line(
                "Allocated and freed",
                "Allocations that were freed again, whole or in parts (perf: Total alloc+freed requests).",
                summary.ended,
            ),
            line(
                "Still allocated",
                "Blocks allocated and not freed when the trace ends (perf: Total alloc-only requests, which count failed \
                 ones too).",
                summary.live,
            ),
            line(
                "Free-only requests",
                "Frees of pages that were not seen allocated (perf: Total free-only requests).",
                summary.free_only.right,
            ),
            line("Failures", "Allocations that failed (perf: Total allocation failures).", summary.failures),
        ],
        orders: report
            .page
            .orders
            .iter()
            .map(|(order, migrate_type, count)| OrderCell {
                order,
                migrate_type: migrate_type.name().into(),
                count: count as f64,
            })
            .collect(),
        page_size: report.page.page_size as f64,
        perf_aborts: report.page.perf_aborts.map(|aborts| aborts.to_string()),
    }
}

fn notes(context: &Context<'_>, report: &Report, resolver: &Resolver<'_>) -> Notes {
    let observations = &report.ledger.observations;
    let mut sentences = observations.notes.clone();
    sentences.extend(resolver.fit().note().map(String::from));
    let call_site_of = |id| call_site(resolver, context.trace.call_site(id), false);
    Notes {
        damage: observations.damage.clone(),
        sentences,
        lost_events: observations.lost_events as f64,
        lost_records: observations.lost_records as f64,
        lost: observations
            .lost
            .iter()
            .take(ANOMALIES)
            .map(|lost| LostSummary {
                time: lost.time.map_or_else(String::new, seconds),
                cpu: lost.cpu.map_or_else(String::new, |cpu| cpu.to_string()),
                events: lost.events as f64,
                offset: lost.offset as f64,
            })
            .collect(),
        out_of_order: observations.out_of_order as f64,
        unreadable: observations.unreadable_samples as f64,
        unknown_records: observations
            .unknown_records
            .iter()
            .map(|&(kind, count)| (kind, count as f64))
            .collect(),
        anomalies: report
            .ledger
            .groups
            .iter()
            .map(|group| AnomalySummary {
                title: group.anomaly.title().into(),
                meaning: group.anomaly.meaning().into(),
                count: group.count as f64,
                first: group
                    .first
                    .iter()
                    .take(ANOMALIES)
                    .map(|entry| {
                        (
                            seconds(entry.time),
                            entry.cpu.to_string(),
                            format!("{:#x}", entry.target),
                            entry.call_site.map_or_else(String::new, call_site_of),
                        )
                    })
                    .collect(),
            })
            .collect(),
        corrections: report.corrections.iter().map(correction).collect(),
    }
}

fn correction(correction: &Correction) -> CorrectionNote {
    CorrectionNote {
        what: correction.what.into(),
        perf: correction.perf_value.clone(),
        right: correction.right_value.clone(),
        why: correction.why.into(),
    }
}
