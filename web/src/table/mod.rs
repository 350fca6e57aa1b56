//! The table: any number of rows, of which the worker sends those that are seen.

pub mod sort;
pub mod window;

use std::rc::Rc;

use gloo::events::EventListener;
use web_sys::Element;
use yew::prelude::*;

use crate::{
    format,
    protocol::{Cell, Column, ColumnKind, Row, Rows, Sort, TableId},
};
use window::Geometry;

/// What the table is given.
#[derive(Clone, PartialEq, Properties)]
pub struct TableProps {
    /// Which table.
    pub table: TableId,
    /// The rows that the worker sent last.
    pub rows: Option<Rc<Rows>>,
    /// The order in force.
    pub sort: Vec<Sort>,
    /// Exact numbers instead of human ones.
    pub exact: bool,
    /// The row whose details are shown, by its key.
    #[prop_or_default]
    pub selected: Option<AttrValue>,
    /// Changes whenever the rows asked for earlier are no longer true.
    pub version: u32,
    /// The user wants another order.
    pub on_sort: Callback<Vec<Sort>>,
    /// These rows are seen: first and how many.
    pub on_window: Callback<(u32, u32)>,
    /// A row was chosen.
    #[prop_or_default]
    pub on_select: Callback<Row>,
    /// What is said where there are no rows.
    #[prop_or("No rows: nothing in the trace matches.".into())]
    pub empty: AttrValue,
}

/// A sortable table with virtual scrolling.
#[component]
pub fn Table(props: &TableProps) -> Html {
    let viewport = use_node_ref();
    let scroll = use_state(|| 0.0f64);
    let view = use_state(|| 480.0f64);
    let cursor = use_state(|| 0u32);
    let total = props.rows.as_ref().map_or(0, |rows| rows.total);
    let geometry = Geometry { total, view: *view };
    let (first, count) = geometry.window(*scroll);

    // The window's height follows the layout.
    {
        let (viewport, view) = (viewport.clone(), view.clone());
        use_effect_with((), move |()| {
            let measure = {
                let viewport = viewport.clone();
                move || {
                    if let Some(element) = viewport.cast::<Element>() {
                        view.set(f64::from(element.client_height()).max(window::ROW_HEIGHT));
                    }
                }
            };
            measure();
            let listener = EventListener::new(&gloo::utils::window(), "resize", move |_| measure());
            move || drop(listener)
        });
    }
    // Ask for what is seen, once the order, the data or the window has changed.
    {
        let on_window = props.on_window.clone();
        let want = (first, count.max(64), props.sort.clone(), props.version, props.table);
        use_effect_with(want, move |&(first, count, ..)| on_window.emit((first, count)));
    }

    let onscroll = {
        let (viewport, scroll) = (viewport.clone(), scroll.clone());
        Callback::from(move |_: Event| {
            if let Some(element) = viewport.cast::<Element>() {
                scroll.set(f64::from(element.scroll_top()));
            }
        })
    };
    let move_to = {
        let (viewport, scroll, cursor) = (viewport.clone(), scroll.clone(), cursor.clone());
        move |row: u32| {
            let row = row.min(total.saturating_sub(1));
            cursor.set(row);
            if let Some(element) = viewport.cast::<Element>() {
                let to = geometry.reveal(row, *scroll);
                element.set_scroll_top(to as i32);
                scroll.set(to);
            }
        }
    };
    let shown = props.rows.clone();
    let row_of = move |at: u32| {
        shown.as_ref().and_then(|rows| rows.rows.get(at.checked_sub(rows.from)? as usize).cloned())
    };
    let onkeydown = {
        let (cursor, on_select, row_of) = (cursor.clone(), props.on_select.clone(), row_of.clone());
        let page = (*view / window::ROW_HEIGHT) as u32;
        Callback::from(move |event: KeyboardEvent| {
            let at = *cursor;
            match event.key().as_str() {
                "ArrowDown" => move_to(at.saturating_add(1)),
                "ArrowUp" => move_to(at.saturating_sub(1)),
                "PageDown" => move_to(at.saturating_add(page)),
                "PageUp" => move_to(at.saturating_sub(page)),
                "Home" => move_to(0),
                "End" => move_to(u32::MAX),
                "Enter" => {
                    if let Some(row) = row_of(at) {
                        on_select.emit(row);
                    }
                }
                _ => return,
            }
            event.prevent_default();
        })
    };

    let columns = props.table.columns();
    let template = template(columns);
    let body = (first..first.saturating_add(count)).map(|at| {
        let row = row_of(at);
        let style = format!("grid-template-columns:{template};top:{}px", geometry.top_of(at, *scroll));
        let selected = row.as_ref().is_some_and(|row| props.selected.as_deref() == Some(row.key.as_str()));
        let onclick = {
            let (row, on_select, cursor) = (row.clone(), props.on_select.clone(), cursor.clone());
            Callback::from(move |_: MouseEvent| {
                cursor.set(at);
                if let Some(row) = row.clone() {
                    on_select.emit(row);
                }
            })
        };
        html! {
            <div key={at} role="row" class={classes!("row", (at == *cursor).then_some("cursor"), selected.then_some("selected"))}
                aria-rowindex={(at + 2).to_string()} aria-selected={selected.to_string()} {style} {onclick}>
                { for columns.iter().enumerate().map(|(index, column)| cell(column, row.as_ref().and_then(|row| row.cells.get(index)), props.exact)) }
            </div>
        }
    });

    let height = format!("height:{}px", geometry.height());
    html! {
        <div class="table" role="grid" aria-rowcount={(total + 1).to_string()} aria-colcount={columns.len().to_string()}
            data-testid={format!("table-{}", props.table.name())}>
            <div class="scroller" ref={viewport} {onscroll} {onkeydown} tabindex="0" aria-label="Rows">
                <div class="head" role="row" aria-rowindex="1" style={format!("grid-template-columns:{template}")}>
                    { for columns.iter().map(|column| head(column, &props.sort, &props.on_sort)) }
                </div>
                if total == 0 {
                    <p class="empty">{ if props.rows.is_some() { props.empty.clone() } else { "Loading…".into() } }</p>
                }
                <div class="rows" style={height}>{ for body }</div>
            </div>
        </div>
    }
}

/// The first column takes what room there is.
fn template(columns: &[Column]) -> String {
    let mut out = String::new();
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            out.push(' ');
        }
        let grows = index == 0 || column.id == "callsite";
        out.push_str(&if grows {
            format!("minmax({}px,1fr)", column.width)
        } else {
            format!("{}px", column.width)
        });
    }
    out
}

fn is_number(kind: ColumnKind) -> bool {
    matches!(kind, ColumnKind::Bytes | ColumnKind::Count | ColumnKind::Percent)
}

fn head(column: &'static Column, keys: &[Sort], on_sort: &Callback<Vec<Sort>>) -> Html {
    let place = keys.iter().position(|sort| sort.key == column.id);
    let descending = place.is_some_and(|at| keys[at].descending);
    let aria = match place {
        Some(0) if descending => "descending",
        Some(0) => "ascending",
        Some(_) => "other",
        None => "none",
    };
    let onclick = {
        let (keys, on_sort) = (keys.to_vec(), on_sort.clone());
        Callback::from(move |event: MouseEvent| on_sort.emit(sort::click(&keys, column, event.shift_key())))
    };
    let class = classes!(is_number(column.kind).then_some("number"), place.map(|_| "sorted"));
    html! {
        <div role="columnheader" {class} aria-sort={aria} title={column.help}>
            if column.sortable {
                <button {onclick} data-testid={format!("head-{}", column.id)}>
                    <span class="title">{ column.title }</span>
                    if let Some(at) = place {
                        <span class="arrow" aria-hidden="true">
                            { if descending { "▾" } else { "▴" } }
                            if keys.len() > 1 { <sup>{ at + 1 }</sup> }
                        </span>
                    }
                </button>
            } else {
                <span class="title">{ column.title }</span>
            }
        </div>
    }
}

fn cell(column: &Column, cell: Option<&Cell>, exact: bool) -> Html {
    let class = match column.kind {
        ColumnKind::Code => "code",
        ColumnKind::Text => "text",
        _ => "number",
    };
    let (text, title, bar) = match cell {
        None => ("\u{2026}".to_string(), None, None),
        Some(Cell::None) => (String::new(), None, None),
        Some(Cell::Text(text)) => (text.clone(), Some(text.clone()), None),
        Some(Cell::Number(number)) => {
            let value = *number as f64;
            match column.kind {
                ColumnKind::Bytes => {
                    (format::size(value, exact), Some(format!("{} bytes", format::exact(value))), None)
                }
                _ => (format::exact(value), None, None),
            }
        }
        Some(Cell::Fraction(value)) => (format!("{value:.3}"), None, Some(*value)),
    };
    html! {
        <div role="gridcell" class={class} {title}>
            if let Some(value) = bar {
                <span class="bar" style={format!("--share:{:.4}", (value / 100.0).clamp(0.0, 1.0))}></span>
            }
            { text }
        </div>
    }
}
