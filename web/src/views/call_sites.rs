//! Slab allocations by call site.

use std::{cmp::Reverse, rc::Rc};

use kmem::sort::sorted_by_key;
use yew::prelude::*;

use super::{Framed, Tables};
use crate::{
    charts::{Area, Treemap, legend},
    format,
    protocol::{Site, SiteDetail, Summary, TableId},
};

/// What the view is given.
#[derive(Clone, PartialEq, Properties)]
pub struct CallSitesProps {
    /// The trace.
    pub summary: Rc<Summary>,
    /// The wires.
    pub tables: Tables,
    /// The call site that was looked at last, in detail.
    pub site: Option<Rc<SiteDetail>>,
    /// One call site is wanted in detail, by its address.
    pub on_site: Callback<String>,
}

/// What an area's size says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Measure {
    Allocated,
    Waste,
    Hits,
}

const MEASURES: [(Measure, &str, &str); 3] = [
    (Measure::Waste, "Waste", "An area is allocated \u{2212} requested"),
    (Measure::Allocated, "Allocated", "An area is the bytes that the allocator set aside"),
    (Measure::Hits, "Hits", "An area is the number of allocations"),
];

/// The last colour stands for this fragmentation: rounding up to powers of two seldom wastes more than half.
const FULL: f64 = 0.5;

/// The chart of waste above the table.
#[component]
pub fn CallSitesView(props: &CallSitesProps) -> Html {
    let measure = use_state(|| Measure::Waste);
    let picked = use_state(|| None::<AttrValue>);
    let shows_chart = use_state(|| true);
    let on_pick = {
        let picked = picked.clone();
        Callback::from(move |key: AttrValue| picked.set(Some(key)))
    };
    let on_chart = {
        let shows_chart = shows_chart.clone();
        Callback::from(move |_: MouseEvent| shows_chart.set(!*shows_chart))
    };
    let areas = areas(&props.summary, *measure, props.tables.choice.exact);
    html! {
        <div class="view">
            if *shows_chart && !areas.is_empty() {
                <Treemap {areas} {on_pick} picked={(*picked).clone()} hint="Point at an area for its numbers; click it for details. The table below has every call site."
                    label={label(*measure)} />
            }
            <Framed tables={props.tables.clone()} table={TableId::CallSites} site={props.site.clone()} on_site={props.on_site.clone()} picked={(*picked).clone()}>
                <button class="toggle" aria-pressed={shows_chart.to_string()} onclick={on_chart} data-testid="toggle-chart">{ "Chart" }</button>
                if *shows_chart {
                    <div class="segments" role="group" aria-label="What an area is">
                        { for MEASURES.iter().map(|&(choice, name, help)| {
                            let measure = measure.clone();
                            html! {
                                <button aria-pressed={(*measure == choice).to_string()} title={help}
                                    onclick={Callback::from(move |_: MouseEvent| measure.set(choice))}>{ name }</button>
                            }
                        }) }
                    </div>
                    { legend("Fragmentation", "0 %", "50 % and more") }
                }
            </Framed>
        </div>
    }
}

/// What the chart shows, in a picture's title and for those who do not see it.
fn label(measure: Measure) -> &'static str {
    match measure {
        Measure::Allocated => "Call sites: area allocated, colour fragmentation (0 to 50 % and more)",
        Measure::Waste => "Call sites: area waste, colour fragmentation (0 to 50 % and more)",
        Measure::Hits => "Call sites: area hits, colour fragmentation (0 to 50 % and more)",
    }
}

fn areas(summary: &Summary, measure: Measure, exact: bool) -> Vec<Area> {
    let value = |site: &Site| match measure {
        Measure::Allocated => site.allocated,
        Measure::Waste => (site.allocated - site.requested).max(0.0),
        Measure::Hits => site.hits,
    };
    let sites: Vec<&Site> = summary.sites.iter().filter(|site| value(site) > 0.0).collect();
    let sites = sorted_by_key(&sites, |site| Reverse(value(site) as u64));
    let mut areas: Vec<Area> = sites.into_iter().map(|site| area(site, value(site), exact)).collect();
    if measure == Measure::Allocated && summary.other_sites > 0.0 {
        let others = Area {
            key: AttrValue::default(),
            label: "all others".into(),
            detail: format!("All other call sites: {} allocated", format::size(summary.other_sites, exact))
                .into(),
            size: summary.other_sites,
            share: None,
        };
        // Areas come in descending order.
        let at = areas.iter().position(|area| area.size < summary.other_sites).unwrap_or(areas.len());
        areas.insert(at, others);
    }
    areas
}

fn area(site: &Site, size: f64, exact: bool) -> Area {
    let waste = site.allocated - site.requested;
    let share = if site.allocated > 0.0 { waste / site.allocated } else { 0.0 };
    Area {
        key: site.key.clone().into(),
        label: site.name.clone().into(),
        detail: format!(
            "{}: {} allocated, {} requested, {} waste ({:.1} %), {} hits",
            site.name,
            format::size(site.allocated, exact),
            format::size(site.requested, exact),
            format::size(waste, exact),
            100.0 * share,
            format::exact(site.hits)
        )
        .into(),
        size,
        share: Some(share / FULL),
    }
}
