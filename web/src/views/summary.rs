//! perf's summary, the trace's facts, the worst call sites, and fragmentation by bucket.

use std::rc::Rc;

use yew::prelude::*;

use crate::{
    charts::{Bar, Bars, Legend},
    format,
    protocol::{BucketSummary, Site, SlabTotals, Summary},
};

/// What the view is given.
#[derive(Clone, PartialEq, Properties)]
pub struct SummaryProps {
    /// The trace.
    pub summary: Rc<Summary>,
    /// Exact numbers instead of human ones.
    pub exact: bool,
    /// A call site was chosen, by its address.
    pub on_site: Callback<AttrValue>,
}

/// Cards.
#[component]
pub fn SummaryView(props: &SummaryProps) -> Html {
    let summary = &props.summary;
    html! {
        <div class="view scrolls">
            <div class="cards">
                if let Some(slab) = &summary.slab {
                    { totals(slab, props.exact) }
                    { worst(&summary.worst, props.exact, &props.on_site) }
                }
                if let Some(page) = &summary.page {
                    <section class="card">
                        <h2>{ "Page allocator" }</h2>
                        <dl class="facts">
                            { for page.lines.iter().map(|(what, help, requests, bytes)| html! {
                                <><dt title={help.clone()}>{ what }</dt>
                                <dd class="number">{ format!("{} ({})", format::size(*bytes, props.exact), format::exact(*requests)) }</dd></>
                            }) }
                        </dl>
                    </section>
                }
                if !summary.buckets.is_empty() {
                    { buckets(&summary.buckets, props.exact) }
                }
                <section class="card">
                    <h2>{ "This trace" }</h2>
                    <dl class="facts">
                        { for summary.facts.iter().map(|fact| html! { <><dt>{ &fact.name }</dt><dd>{ &fact.value }</dd></> }) }
                    </dl>
                </section>
            </div>
        </div>
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
    html! {
        <section class="card" data-testid="slab-summary">
            <h2>{ "Slab allocator" }</h2>
            <dl class="facts">
                { line("Requested", "Bytes that were asked for (perf: Total bytes requested).", size(slab.requested), None) }
                { line("Allocated", "Bytes that the allocator set aside (perf: Total bytes allocated).", size(slab.allocated), None) }
                { line("Freed", "Bytes given back (perf: Total bytes freed).", size(slab.freed), differs(slab.freed_perf, slab.freed, &size)) }
                { line("Live at the end", "Allocated and not freed when the trace ends (perf: Net total bytes allocated).", size(slab.live), None) }
                { line("Waste", "Allocated − requested (perf: Total bytes wasted on internal fragmentation).", size(waste), None) }
                { line("Fragmentation", "100 − 100·requested/allocated (perf: Internal fragmentation).", format!("{:.6} %", slab.fragmentation), None) }
                { line("Allocations", "Number of allocations (perf: the second number of Cross CPU allocations).", count(slab.hits), None) }
                { line("Cross-node", "Allocations that asked for another node than the CPU's own (perf: Cross CPU allocations).", count(slab.cross), differs(slab.cross_perf, slab.cross, &count)) }
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

/// Fragmentation by bucket: a bar is the bytes set aside, its filled part the bytes that were asked for.
fn buckets(buckets: &[BucketSummary], exact: bool) -> Html {
    let most = buckets.iter().map(|bucket| bucket.allocated).fold(1.0, f64::max);
    let bars: Vec<Bar> = buckets
        .iter()
        .map(|bucket| {
            let waste = bucket.allocated - bucket.requested;
            let share = if bucket.allocated > 0.0 { waste / bucket.allocated } else { 0.0 };
            Bar {
                name: bucket.name.clone().into(),
                length: bucket.allocated / most,
                filled: 1.0 - share,
                share,
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
                    format::size(bucket.allocated, exact).into(),
                    format::size(waste, exact).into(),
                    format!("{:.1}", 100.0 * share).into(),
                    format::exact(bucket.hits).into(),
                ],
            }
        })
        .collect();
    let heads =
        ["Bucket or cache", "Allocated, filled as far as requested", "Allocated", "Waste", "Frag %", "Hits"];
    html! {
        <section class="card buckets">
            <div class="card-head"><h2>{ "Fragmentation by bucket" }</h2><Legend title="Fragmentation" low="0 %" high="100 %" /></div>
            <Bars heads={heads.map(AttrValue::from).to_vec()} {bars} hook="buckets" />
        </section>
    }
}
