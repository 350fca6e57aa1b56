//! The table: any number of rows, of which the worker sends those that are seen.

pub mod sort;
pub mod window;

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use crate::{
    charts::{colour, use_size},
    format,
    protocol::{Cell, Column, ColumnKind, Row, Rows, Sort, TableId},
};
use window::Geometry;

/// Pixels of the head, its border included; table.css says the same.
const HEAD_HEIGHT: f64 = 28.0;
/// Fewer rows than these are not asked for.
const LEAST_ASKED: u32 = 64;
/// Per cent that a whole bar and the last colour stand for, as in the charts.
const FULL: f64 = 50.0;

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
    let cursor = use_state(|| 0u32);
    let columns = props.table.columns();
    let total = props.rows.as_ref().map_or(0, |rows| rows.total);
    let (_, height) = use_size(&viewport, props.table.name(), (1200.0, 480.0));
    // The head covers what lies behind it.
    let geometry = Geometry { total, view: (height - HEAD_HEIGHT).max(window::ROW_HEIGHT) };
    let (first, count) = geometry.window(*scroll);

    // Ask for what is seen, once the order, the data or the window has changed, unless it came with the data.
    {
        let (on_window, rows) = (props.on_window.clone(), props.rows.clone());
        let (first, count) = geometry.asked(*scroll);
        let want = (first, count.max(LEAST_ASKED), props.sort.clone(), props.version, props.table);
        use_effect_with(want, move |(first, count, sort, version, _)| {
            let is_there = rows.is_some_and(|rows| {
                let request = &rows.request;
                request.version == *version
                    && request.sort == *sort
                    && request.from <= *first
                    && request.from + request.count >= first + count
            });
            if !is_there {
                on_window.emit((*first, *count));
            }
        });
    }

    let onscroll = {
        let (viewport, scroll) = (viewport.clone(), scroll.clone());
        Callback::from(move |_: Event| {
            if let Some(element) = viewport.cast::<Element>() {
                let to = f64::from(element.scroll_top());
                // Elements scroll by whole pixels, which far beyond the limit are several rows.
                if (to - *scroll).abs() >= 1.0 {
                    scroll.set(to);
                }
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
        shown.as_ref().and_then(|rows| rows.rows.get(at.checked_sub(rows.request.from)? as usize).cloned())
    };
    let onkeydown = {
        let (cursor, on_select, row_of) = (cursor.clone(), props.on_select.clone(), row_of.clone());
        let page = ((geometry.view / window::ROW_HEIGHT) as u32).max(1);
        Callback::from(move |event: KeyboardEvent| {
            let at = *cursor;
            if is_copy(&event) {
                if let Some(row) = row_of(at) {
                    copy(columns, &row);
                    event.prevent_default();
                }
                return;
            }
            if event.ctrl_key() || event.meta_key() || event.alt_key() || is_on_button(&event) {
                return;
            }
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
            <div key={at} id={row_id(props.table, at)} role="row" class={classes!("row", (at == *cursor).then_some("cursor"), selected.then_some("selected"))}
                aria-rowindex={(at + 2).to_string()} aria-selected={selected.to_string()} {style} {onclick}>
                { for columns.iter().enumerate().map(|(index, column)| cell(column, row.as_ref().and_then(|row| row.cells.get(index)), props.exact)) }
            </div>
        }
    });

    let height = format!("height:{}px", geometry.height());
    let is_cursor_drawn = *cursor >= first && *cursor - first < count;
    html! {
        <div class="table" data-testid={format!("table-{}", props.table.name())}>
            <div class="scroller" ref={viewport} {onscroll} {onkeydown} tabindex="0" role="grid" aria-label="Rows"
                aria-rowcount={(total + 1).to_string()} aria-colcount={columns.len().to_string()}
                aria-activedescendant={is_cursor_drawn.then(|| row_id(props.table, *cursor))}>
                <div class="head" role="row" aria-rowindex="1" style={format!("grid-template-columns:{template}")}>
                    { for columns.iter().map(|column| head(column, &props.sort, &props.on_sort)) }
                </div>
                if total == 0 {
                    <p class="empty">{ if props.rows.is_some() { props.empty.clone() } else { "Loading…".into() } }</p>
                }
                <div class="rows" role="rowgroup" style={height}>{ for body }</div>
            </div>
        </div>
    }
}

fn row_id(table: TableId, at: u32) -> String {
    format!("{}-{at}", table.name())
}

/// Ctrl-C while no text is selected: the row is meant.
fn is_copy(event: &KeyboardEvent) -> bool {
    let nothing_selected = || {
        let selection = gloo::utils::window().get_selection().ok().flatten();
        selection.is_none_or(|selection| selection.is_collapsed())
    };
    (event.ctrl_key() || event.meta_key()) && event.key() == "c" && nothing_selected()
}

/// Heads sort with Enter; the rows must not take it from them.
fn is_on_button(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|element| element.tag_name() == "BUTTON")
        && matches!(event.key().as_str(), "Enter" | " ")
}

/// A row with its heads, cells apart by tabs, as spreadsheets and issue trackers take it.
fn copy(columns: &[Column], row: &Row) {
    let heads: Vec<&str> = columns.iter().map(|column| column.title).collect();
    let cells: Vec<String> = row.cells.iter().map(plain).collect();
    let text = format!("{}\n{}\n", heads.join("\t"), cells.join("\t"));
    let _ = gloo::utils::window().navigator().clipboard().write_text(&text);
}

fn plain(cell: &Cell) -> String {
    match cell {
        Cell::None => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Number(value) => value.to_string(),
        Cell::Fraction(value) => format!("{value:.3}"),
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
                <span class="bar" style={format!("--share:{:.3};background:{}", (value / FULL).clamp(0.0, 1.0), colour(value / FULL))}></span>
            }
            { text }
        </div>
    }
}
