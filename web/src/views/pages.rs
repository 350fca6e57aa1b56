//! The page allocator: totals, order by migrate type, and its two tables.

use std::rc::Rc;

use yew::prelude::*;

use super::{Framed, Tables};
use crate::{
    charts::paint,
    format,
    protocol::{PageTotals, Summary, TableId},
    state::Choice,
};

/// What the view is given.
#[derive(Clone, PartialEq, Properties)]
pub struct PagesProps {
    /// The trace.
    pub summary: Rc<Summary>,
    /// The wires.
    pub tables: Tables,
}

/// Totals and matrix above, the table below.
#[component]
pub fn PagesView(props: &PagesProps) -> Html {
    let by_page = use_state(|| false);
    let Some(totals) = &props.summary.page else { return html! {} };
    let table = if *by_page { TableId::Pages } else { TableId::PageCallSites };
    let choose = |pages: bool| {
        let by_page = by_page.clone();
        Callback::from(move |_: MouseEvent| by_page.set(pages))
    };
    let live = props.tables.choice.selection.live_pages;
    let on_live = props.tables.on_choice.reform({
        let choice = props.tables.choice.clone();
        move |_: MouseEvent| {
            let mut choice: Choice = choice.clone();
            choice.selection.live_pages = !live;
            choice
        }
    });
    html! {
        <div class="view">
            if let Some(sentence) = &totals.perf_aborts {
                <p class="note">{ sentence }</p>
            }
            <div class="cards">
                { lines(totals, props.tables.choice.exact) }
                { matrix(totals) }
            </div>
            <Framed key={table.name()} tables={props.tables.clone()} {table} can_filter={!*by_page}>
                <div class="segments" role="group" aria-label="Rows">
                    <button aria-pressed={(!*by_page).to_string()} onclick={choose(false)} data-testid="by-callsite">{ "By call site" }</button>
                    <button aria-pressed={by_page.to_string()} onclick={choose(true)} data-testid="by-page">{ "By page" }</button>
                </div>
                <button class="toggle" aria-pressed={live.to_string()} onclick={on_live} data-testid="live"
                    title="Count only what is still allocated when the trace ends (perf: --live)">{ "Live only" }</button>
            </Framed>
        </div>
    }
}

fn lines(totals: &PageTotals, exact: bool) -> Html {
    html! {
        <section class="card">
            <h2>{ "Page allocator" }</h2>
            <table class="plain">
                <thead><tr><th></th><th class="number">{ "Requests" }</th><th class="number">{ "Bytes" }</th></tr></thead>
                <tbody>
                    { for totals.lines.iter().map(|(what, help, requests, bytes)| html! {
                        <tr title={help.clone()}>
                            <th scope="row">{ what }</th>
                            <td class="number">{ format::exact(*requests) }</td>
                            <td class="number" title={format!("{} bytes", format::exact(*bytes))}>{ format::size(*bytes, exact) }</td>
                        </tr>
                    }) }
                </tbody>
            </table>
        </section>
    }
}

/// Order by migrate type; a cell's colour is the logarithm of its count, of the largest.
fn matrix(totals: &PageTotals) -> Html {
    let mut kinds: Vec<&str> = Vec::new();
    for cell in &totals.orders {
        if !kinds.contains(&cell.migrate_type.as_str()) {
            kinds.push(&cell.migrate_type);
        }
    }
    let highest = totals.orders.iter().map(|cell| cell.order).max().unwrap_or(0);
    let most = totals.orders.iter().map(|cell| cell.count).fold(1.0, f64::max);
    let count = |order: u32, kind: &str| {
        totals
            .orders
            .iter()
            .find(|cell| cell.order == order && cell.migrate_type == kind)
            .map_or(0.0, |cell| cell.count)
    };
    html! {
        <section class="card" data-testid="orders">
            <h2>{ "Allocations by order and migrate type" }</h2>
            <table class="plain matrix">
                <thead><tr>
                    <th class="number">{ "Order" }</th>
                    { for kinds.iter().map(|kind| html! { <th class="number">{ *kind }</th> }) }
                </tr></thead>
                <tbody>
                    { for (0..=highest).map(|order| html! {
                        <tr>
                            <th scope="row" class="number">{ order }</th>
                            { for kinds.iter().map(|kind| {
                                let value = count(order, kind);
                                if value == 0.0 {
                                    return html! { <td class="number muted">{ "\u{00b7}" }</td> };
                                }
                                let share = value.ln_1p() / most.ln_1p();
                                html! { <td class="number" style={paint(share)}>{ format::exact(value) }</td> }
                            }) }
                        </tr>
                    }) }
                </tbody>
            </table>
        </section>
    }
}
