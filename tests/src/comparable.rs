//! A report without anything that depends on how the file was written: ids of interned things, which are given out in
//! the order of the file, become what they stand for.

use kmem::{
    Report, Trace,
    ids::{CallSiteId, PtrId, ThreadId},
    report::Bucket,
};

/// A report that can be compared with that of another file of the same events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparable {
    /// Everything else, as text.
    pub tables: String,
    /// Rows and entries, with their ids spelled out; each group in its own order or, if that follows ids, sorted.
    pub named: Vec<String>,
}

/// Spells the report's ids out.
pub fn comparable(report: &Report, trace: &Trace) -> Comparable {
    let mut report = report.clone();
    let mut named = Vec::new();
    let cache = |id: kmem::ids::CacheId| trace.caches().get(id.index()).cloned().unwrap_or_default();

    for row in &mut report.slab.call_sites {
        row.id = CallSiteId(0);
        named.push(format!("{:x} {:?}", row.call_site, row.cache.take().map(cache)));
    }
    for row in &mut report.slab.allocations {
        row.id = PtrId(0);
        row.call_site_id = CallSiteId(0);
    }
    let mut buckets: Vec<String> = report
        .slab
        .buckets
        .drain(..)
        .map(|row| {
            let bucket = match row.bucket {
                Bucket::Cache(id) => cache(id),
                other => format!("{other:?}"),
            };
            format!("{bucket} {} {:?} {:?}", row.object_size, row.counts, row.live)
        })
        .collect();
    buckets.sort();
    let mut threads: Vec<String> = report
        .slab
        .threads
        .drain(..)
        .map(|row| format!("{} {:?} {:?}", thread(trace, row.thread), row.counts, row.live))
        .collect();
    threads.sort();
    named.append(&mut buckets);
    named.append(&mut threads);
    for row in &mut report.page.pages {
        row.id = kmem::ids::PageId(0);
    }
    for group in &mut report.ledger.groups {
        for entry in &mut group.first {
            named.push(format!(
                "{:?} {:?}",
                group.anomaly,
                entry.call_site.take().map(|id| trace.call_site(id))
            ));
        }
    }
    for lost in &mut report.ledger.observations.lost {
        // Where a record lies, and whether it says when, is a matter of form.
        lost.offset = 0;
        lost.time = None;
        lost.cpu = None;
    }
    // What perf makes of it is a matter of form too: it sees no failed allocation of a 32-bit kernel.
    report.corrections.retain(|place| place.what != "Total allocation failures");
    report.ledger.observations.lost.sort_by_key(|lost| lost.events);
    Comparable { tables: format!("{report:#?}"), named }
}

fn thread(trace: &Trace, id: ThreadId) -> String {
    let threads = trace.threads();
    threads
        .all()
        .get(id.index())
        .map(|thread| format!("{}/{} {}", thread.pid, thread.tid, threads.comm(thread)))
        .unwrap_or_default()
}
