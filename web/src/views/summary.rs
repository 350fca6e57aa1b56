//! perf's summary, the trace's facts, the worst call sites, and fragmentation by bucket.

use std::{cmp::Reverse, rc::Rc};

use kmem::sort::sorted_by_key;
use yew::prelude::*;

use crate::{
    charts::{Bar, Bars},
    format,
    protocol::{BucketSummary, FileKind, PageTotals, Site, SlabTotals, Slot, Summary},
};

/// What the view is given.
#[derive(Clone)]
pub struct SummaryProps {
    /// The trace.
    pub summary: Rc<Summary>,
    /// Where symbols and nodes come from.
    pub slots: Vec<Slot>,
    /// Exact numbers instead of human ones.
    pub exact: bool,
    /// A call site was chosen, by its address.
    pub on_site: Callback<AttrValue>,
}

/// Cards.
pub fn summary_view(props: &SummaryProps) -> Html {
    let summary = &props.summary;
    html! {
        <div class="view scrolls">
            { notices(summary) }
            <div class="overview">
                <div class="stack">
                    if let Some(slab) = &summary.slab {
                        { totals(slab, props.exact) }
                    }
                    if let Some(page) = &summary.page {
                        { page_totals(page, props.exact) }
                    }
                    <section class="card" data-testid="facts">
                        <h2>{ "This trace" }</h2>
                        <dl class="facts">
                            { for summary.facts.iter().map(|fact| html! { <><dt>{ &fact.name }</dt><dd>{ &fact.value }</dd></> }) }
                            { for props.slots.iter().filter(|slot| slot.kind != FileKind::Trace).map(|slot| html! {
                                <>
                                    <dt>{ if slot.kind == FileKind::Symbols { "Symbols from" } else { "Nodes from" } }</dt>
                                    <dd>{ format!("{} ({})", slot.name, slot.detail) }</dd>
                                </>
                            }) }
                        </dl>
                    </section>
                </div>
                <div class="stack">
                    if summary.slab.is_some() {
                        { worst(&summary.worst, props.exact, &props.on_site) }
                    }
                    if !summary.buckets.is_empty() {
                        { buckets(&summary.buckets, props.exact) }
                    }
                </div>
            </div>
        </div>
    }
}

/// What has to be said before any number.
fn notices(summary: &Summary) -> Html {
    let notes = &summary.notes;
    html! {
        <>
            if let Some(damage) = &notes.damage {
                <p class="warning" data-testid="damage">{ format!("The file is damaged: {damage}. What came before it is shown.") }</p>
            }
            if notes.lost_events > 0.0 {
                <p class="warning" data-testid="lost">{ format!(
                    "{} events were lost while recording, so counts are too low and some frees have no allocation. Record with a larger buffer: perf kmem record -m 4096.",
                    format::exact(notes.lost_events)
                ) }</p>
            }
            { for notes.sentences.iter().map(|sentence| html! { <p class="warning">{ sentence }</p> }) }
            if summary.slab.is_none() && summary.page.is_some() {
                <p class="note" data-testid="pages-only">{ "This trace has page events only, so there are no slab tables; perf kmem record --slab records those." }</p>
            }
            if !summary.has_symbols {
                <p class="note" data-testid="no-symbols">{ "Call sites are addresses until the symbols of the recorded boot are there: drop /proc/kallsyms anywhere on the page." }</p>
            }
        </>
    }
}

fn page_totals(page: &PageTotals, exact: bool) -> Html {
    html! {
        <section class="card" data-testid="page-summary">
            <h2>{ "Page allocator" }</h2>
            <dl class="facts">
                { for page.lines.iter().map(|(what, help, requests, bytes)| html! {
                    <><dt title={help.clone()}>{ what }</dt>
                    <dd class="number">{ format!("{} ({})", format::size(*bytes, exact), format::exact(*requests)) }</dd></>
                }) }
            </dl>
        </section>
    }
}

fn totals(slab: &SlabTotals, exact: bool) -> Html {
    let size = |value| format::size(value, exact);
    let waste = slab.allocated - slab.requested;
    let line = |name: &'static str, help: &'static str, value: String, perf: Option<String>| {
        html! {
            <>
                <dt title={help}>{ name }</dt>
                <dd class="number">
                    { value }
                    if let Some(perf) = perf {
                        <span class="differs" title="perf prints another number; Notes says why">{ format!("perf: {perf}") }</span>
                    }
                </dd>
            </>
        }
    };
    let differs = |perf: f64, right: f64, write: &dyn Fn(f64) -> String| (perf != right).then(|| write(perf));
    let count = |value: f64| format::exact(value);
    let (cross, cross_perf) = match slab.cross {
        Some(cross) => (count(cross), differs(slab.cross_perf, cross, &count)),
        None => ("unknown".into(), Some(count(slab.cross_perf))),
    };
    html! {
        <section class="card" data-testid="slab-summary">
            <h2>{ "Slab allocator" }</h2>
            <dl class="facts">
                { line("Requested", "Bytes that were asked for (perf: Total bytes requested).", size(slab.requested), None) }
                { line("Allocated", "Bytes that the allocator set aside (perf: Total bytes allocated).", size(slab.allocated), None) }
                { line("Freed", "Bytes given back (perf: Total bytes freed).", size(slab.freed), differs(slab.freed_perf, slab.freed, &count)) }
                { line("Live at the end", "Allocated and not freed when the trace ends (perf: Net total bytes allocated).", size(slab.live), None) }
                { line("Waste", "Allocated − requested (perf: Total bytes wasted on internal fragmentation).", size(waste), None) }
                { line("Fragmentation", "100 − 100·requested/allocated (perf: Internal fragmentation).", format!("{:.6} %", slab.fragmentation), None) }
                { line("Allocations", "Number of allocations (perf: the second number of Cross CPU allocations).", count(slab.hits), None) }
                { line("Cross-node", "Allocations that asked for another node than the CPU's own (perf: Cross CPU allocations).", cross, cross_perf) }
                { line("Ping-pong", "Frees on another CPU than the allocation's.", count(slab.pingpong), differs(slab.pingpong_perf, slab.pingpong, &count)) }
                { line("Call sites", "Places in the kernel that allocated.", count(slab.call_sites), None) }
                { line("Ptrs", "Distinct addresses.", count(slab.ptrs), None) }
            </dl>
        </section>
    }
}

fn worst(sites: &[Site], exact: bool, on_site: &Callback<AttrValue>) -> Html {
    html! {
        <section class="card" data-testid="worst">
            <h2>{ "Worst call sites by waste" }</h2>
            <table class="plain">
                <thead><tr>
                    <th>{ "Call site" }</th><th class="number">{ "Waste" }</th><th class="number">{ "of allocated" }</th><th class="number">{ "Hits" }</th>
                </tr></thead>
                <tbody>
                    { for sites.iter().map(|site| {
                        let waste = site.allocated - site.requested;
                        let share = if site.allocated > 0.0 { 100.0 * waste / site.allocated } else { 0.0 };
                        let key = AttrValue::from(site.key.clone());
                        html! {
                            <tr>
                                <td class="code"><button class="link" onclick={on_site.reform(move |_| key.clone())}>{ &site.name }</button></td>
                                <td class="number" title={format!("{} bytes", format::exact(waste))}>{ format::size(waste, exact) }</td>
                                <td class="number">{ format!("{share:.1} %") }</td>
                                <td class="number">{ format::exact(site.hits) }</td>
                            </tr>
                        }
                    }) }
                </tbody>
            </table>
        </section>
    }
}

/// A bucket wastes at most about half of what it sets aside, as sizes double from one to the next.
const FULL: f64 = 0.5;

/// Fragmentation by bucket: kmalloc's sizes ascending, then the caches that waste most.
fn buckets(buckets: &[BucketSummary], exact: bool) -> Html {
    let waste = |bucket: &BucketSummary| (bucket.allocated - bucket.requested).max(0.0);
    let rows: Vec<&BucketSummary> = buckets.iter().collect();
    let rows = sorted_by_key(&rows, |bucket| match bucket.is_kmalloc {
        true => (false, bucket.size as u64, Reverse(0), Reverse(0)),
        false => (true, 0, Reverse(waste(bucket) as u64), Reverse(bucket.allocated as u64)),
    });
    let bars: Vec<Bar> = rows
        .into_iter()
        .map(|bucket| {
            let waste = waste(bucket);
            let share = if bucket.allocated > 0.0 { waste / bucket.allocated } else { 0.0 };
            Bar {
                name: bucket.name.clone().into(),
                length: share / FULL,
                share: share / FULL,
                detail: format!(
                    "{}: objects of {} bytes, {} bytes allocated, {} requested, {} waste, {} hits",
                    bucket.name,
                    format::exact(bucket.size),
                    format::exact(bucket.allocated),
                    format::exact(bucket.requested),
                    format::exact(waste),
                    format::exact(bucket.hits)
                )
                .into(),
                numbers: vec![
                    format!("{:.1}", 100.0 * share).into(),
                    format::size(waste, exact).into(),
                    format::size(bucket.allocated, exact).into(),
                    format::exact(bucket.hits).into(),
                ],
            }
        })
        .collect();
    let heads = ["Bucket or cache", "Fragmentation, 0 to 50 %", "Frag %", "Waste", "Allocated", "Hits"];
    html! {
        <section class="card">
            <h2>{ "Fragmentation by bucket" }</h2>
            <Bars heads={heads.map(AttrValue::from).to_vec()} {bars} hook="buckets" />
        </section>
    }
}
