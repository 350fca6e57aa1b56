//! One call site in detail: one pass over its events.

use std::{cmp::Reverse, collections::HashMap};

use kmem::{
    Context, Query, Report,
    ids::{Address, StackId, ThreadId},
    sort::sorted_by_key,
    trace::Origin,
};

use super::names::call_site;
use crate::protocol::{Fact, SiteDetail};

/// Parts of the time line.
const STEPS: usize = 96;
/// Rows of each list.
const LISTED: usize = 8;
/// Frames of a callchain that are shown.
const FRAMES: usize = 8;

pub(crate) fn detail(
    context: &Context<'_>,
    report: &Report,
    query: &Query,
    address: Address,
) -> Option<SiteDetail> {
    let trace = context.trace;
    let at = report.slab.call_sites.binary_search_by_key(&address, |row| row.call_site).ok()?;
    let row = report.slab.call_sites.get(at)?;
    let resolver = context.resolver();
    let events = trace.events();
    let (start, end) = match query.filter.time {
        Some(time) => {
            let (first, last) = events.span().unwrap_or_default();
            (time.start.max(first), time.end.min(last))
        }
        None => events.span().unwrap_or_default(),
    };
    let step = (end.saturating_sub(start) / STEPS as u64 + 1).max(1);
    let mut timeline = vec![0.0; STEPS];
    let mut sizes: HashMap<(u64, u64), u64> = HashMap::new();
    let mut cpus: HashMap<u32, u64> = HashMap::new();
    let mut threads: HashMap<ThreadId, u64> = HashMap::new();
    let mut stacks: HashMap<StackId, u64> = HashMap::new();
    for (_, event) in events.iter(events.range(start, end)) {
        let Some(&Origin { call_site, class, requested, allocated }) = trace.origin_of(&event) else {
            continue;
        };
        if call_site != row.id || !trace.class(class).kind.is_slab_alloc() {
            continue;
        }
        if let Some(sum) = timeline.get_mut((event.time.saturating_sub(start) / step) as usize) {
            *sum += allocated as f64;
        }
        *sizes.entry((requested, allocated)).or_default() += 1;
        if let Some(actor) = trace.actor_of(&event) {
            *cpus.entry(actor.cpu.into()).or_default() += 1;
            *threads.entry(actor.thread).or_default() += 1;
        }
        if let Some(stack) = event.stack {
            *stacks.entry(stack).or_default() += 1;
        }
    }
    let fact = |name: &str, value: String| Fact { name: name.into(), value };
    let mut facts = vec![
        fact("Hits", row.counts.hits.to_string()),
        fact("Allocated", format!("{} bytes", row.counts.allocated)),
        fact("Requested", format!("{} bytes", row.counts.requested)),
        fact("Waste", format!("{} bytes", row.counts.waste())),
        fact("Fragmentation", format!("{:.3} %", row.counts.fragmentation())),
        fact("Freed", format!("{} of {} allocations", row.frees, row.counts.hits)),
        fact("Still live", format!("{} bytes in {}", row.live.allocated, row.live.hits)),
        fact("Ping-pong", row.pingpong.right.to_string()),
        fact("Cross-node", row.cross_node.to_string()),
    ];
    if let Some(mean) = row.lifetime.checked_div(row.frees) {
        facts.push(fact("Mean lifetime", duration(mean)));
    }
    if let Some(cache) = row.cache.and_then(|cache| trace.caches().get(cache.index())) {
        facts.push(fact("Cache", cache.clone()));
    }
    let cpus: Vec<(u32, f64)> = cpus.into_iter().map(|(cpu, hits)| (cpu, hits as f64)).collect();
    let cpus = sorted_by_key(&cpus, |&(cpu, _)| cpu);
    let frame = |&frame: &u64| call_site(&resolver, Address(frame), false);
    Some(SiteDetail {
        key: format!("{address:#x}"),
        name: call_site(&resolver, address, false),
        facts,
        sizes: most(sizes)
            .into_iter()
            .map(|((requested, allocated), hits)| (requested as f64, allocated as f64, hits))
            .collect(),
        timeline,
        timeline_step: step as f64 / 1e9,
        cpus,
        threads: most(threads)
            .into_iter()
            .filter_map(|(id, hits)| {
                let thread = trace.threads().get(id)?;
                Some((format!("{} ({})", trace.threads().comm(thread), thread.tid), hits))
            })
            .collect(),
        callers: most(stacks)
            .into_iter()
            .map(|(id, hits)| (trace.stacks().get(id).iter().take(FRAMES).map(frame).collect(), hits))
            .collect(),
    })
}

/// The most frequent, in an order that doesn't depend on the table's.
fn most<K: Ord + Copy>(counts: HashMap<K, u64>) -> Vec<(K, f64)> {
    let list: Vec<(K, u64)> = counts.into_iter().collect();
    sorted_by_key(&list, |&(key, count)| (Reverse(count), key))
        .into_iter()
        .take(LISTED)
        .map(|(key, count)| (key, count as f64))
        .collect()
}

fn duration(nanoseconds: u64) -> String {
    match nanoseconds as f64 {
        ns if ns < 1e3 => format!("{ns} ns"),
        ns if ns < 1e6 => format!("{:.1} \u{b5}s", ns / 1e3),
        ns if ns < 1e9 => format!("{:.1} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}
