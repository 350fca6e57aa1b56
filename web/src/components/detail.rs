//! Everything that is known of one row.

use std::rc::Rc;

use yew::prelude::*;

use crate::{
    charts::Timeline,
    components::CopyButton,
    format,
    protocol::{Cell, ColumnKind, Row, SiteDetail, TableId},
};

/// What the panel is given.
#[derive(Clone, PartialEq, Properties)]
pub struct DetailProps {
    /// Of which table the row is.
    pub table: TableId,
    /// The row's key; of a call site its address.
    pub key_of: AttrValue,
    /// The row, where it is among those that are there.
    pub row: Option<Row>,
    /// The call site in detail, where the row is one and its details are there.
    pub site: Option<Rc<SiteDetail>>,
    /// Only what belongs to this row is to be counted, in every view.
    #[prop_or_default]
    pub on_filter: Option<Callback<String>>,
    /// The panel is closed.
    pub on_close: Callback<()>,
}

/// The panel on the right.
#[component]
pub fn Detail(props: &DetailProps) -> Html {
    let address = props.key_of.split('/').next().unwrap_or_default().to_string();
    let title = match (&props.site, props.row.as_ref().and_then(|row| row.cells.first())) {
        (Some(site), _) => site.name.clone(),
        (None, Some(Cell::Text(name))) => name.clone(),
        _ => address.clone(),
    };
    let filter = address.clone();
    html! {
        <aside class="detail" data-testid="detail" aria-label="Details of the row">
            <header>
                <h2 class="code">{ &title }</h2>
                <button class="quiet" aria-label="Close" onclick={props.on_close.reform(|_| ())} data-testid="detail-close">{ "✕" }</button>
            </header>
            <dl>
                if title != address {
                    <dt>{ "Address" }</dt>
                    <dd class="code">{ &address }</dd>
                }
                if let Some(site) = &props.site {
                    { for site.facts.iter().map(|fact| html! { <><dt>{ &fact.name }</dt><dd>{ &fact.value }</dd></> }) }
                } else if let Some(row) = &props.row {
                    { cells(props.table, row) }
                }
            </dl>
            if let Some(site) = &props.site {
                { site_parts(site) }
            }
            <footer>
                <CopyButton text={title} label="Copy name" />
                if let Some(on_filter) = props.on_filter.clone() {
                    <button class="quiet" onclick={on_filter.reform(move |_| filter.clone())} data-testid="count-only">{ "Count only this" }</button>
                }
            </footer>
        </aside>
    }
}

fn cells(table: TableId, row: &Row) -> Html {
    let text = |cell: &Cell, kind: ColumnKind| match cell {
        Cell::None => "\u{2013}".to_string(),
        Cell::Text(text) => text.clone(),
        Cell::Number(value) if kind == ColumnKind::Bytes => {
            format!("{} ({})", format::exact(*value as f64), format::bytes(*value as f64))
        }
        Cell::Number(value) => format::exact(*value as f64),
        Cell::Fraction(value) => format!("{value:.3} %"),
    };
    html! {
        { for table.columns().iter().zip(&row.cells).skip(1).map(|(column, cell)| html! {
            <>
                <dt title={column.help}>{ column.title }</dt>
                <dd class={matches!(column.kind, ColumnKind::Code).then_some("code")}>{ text(cell, column.kind) }</dd>
            </>
        }) }
    }
}

fn site_parts(site: &Rc<SiteDetail>) -> Html {
    let most = site.sizes.iter().map(|(_, _, hits)| *hits).fold(1.0, f64::max);
    let step = site.timeline_step;
    let say = Callback::from(move |(at, value): (usize, f64)| {
        format!("{:.3} s after the start: {} allocated", at as f64 * step, format::bytes(value))
    });
    let most_on_cpu = site.cpus.iter().map(|(_, hits)| *hits).fold(1.0, f64::max);
    html! {
        <>
            <section>
                <h3>{ "Allocated over time" }</h3>
                <Timeline values={site.timeline.clone()} {say} label="Bytes allocated in equal parts of the time" />
            </section>
            <section>
                <h3>{ "Sizes" }</h3>
                <table class="plain">
                    <thead><tr><th class="number">{ "Requested" }</th><th class="number">{ "Allocated" }</th><th></th><th class="number">{ "Hits" }</th></tr></thead>
                    <tbody>{ for site.sizes.iter().map(|(requested, allocated, hits)| html! {
                        <tr>
                            <td class="number">{ format::exact(*requested) }</td>
                            <td class="number">{ format::exact(*allocated) }</td>
                            <td class="share">{ share(*hits / most) }</td>
                            <td class="number">{ format::exact(*hits) }</td>
                        </tr>
                    }) }</tbody>
                </table>
            </section>
            <section>
                <h3>{ "CPUs" }</h3>
                <table class="plain"><tbody>{ for site.cpus.iter().map(|(cpu, hits)| html! {
                    <tr><th scope="row">{ format!("CPU {cpu}") }</th><td class="share">{ share(*hits / most_on_cpu) }</td><td class="number">{ format::exact(*hits) }</td></tr>
                }) }</tbody></table>
            </section>
            <section>
                <h3>{ "Threads" }</h3>
                <table class="plain"><tbody>{ for site.threads.iter().map(|(name, hits)| html! {
                    <tr><th scope="row">{ name }</th><td class="number">{ format::exact(*hits) }</td></tr>
                }) }</tbody></table>
            </section>
            if !site.callers.is_empty() {
                <section>
                    <h3>{ "Callers" }</h3>
                    { for site.callers.iter().map(|(frames, hits)| html! {
                        <div class="callers">
                            <span class="number">{ format::exact(*hits) }</span>
                            <ol class="code">{ for frames.iter().map(|frame| html! { <li>{ frame }</li> }) }</ol>
                        </div>
                    }) }
                </section>
            }
        </>
    }
}

fn share(value: f64) -> Html {
    html! { <span style={format!("width:{:.1}%", 100.0 * value.clamp(0.0, 1.0))}></span> }
}
