//! A table with its commands and the details of the row that is chosen.

use std::{collections::HashMap, rc::Rc};

use wasm_bindgen::JsCast;
use yew::prelude::*;

use crate::{
    components::Detail,
    format,
    protocol::{CsvTarget, Row, Rows, SiteDetail, TableId},
    state::Choice,
    table::Table,
};

/// What every view with tables needs.
#[derive(Clone, PartialEq)]
pub struct Tables {
    /// Rows that the worker sent last.
    pub rows: HashMap<TableId, Rc<Rows>>,
    /// What the user chose.
    pub choice: Choice,
    /// Changes when rows asked for earlier are no longer true.
    pub version: u32,
    /// The user chooses.
    pub on_choice: Callback<Choice>,
    /// Rows are seen: of which table, the first, how many.
    pub on_rows: Callback<(TableId, u32, u32)>,
    /// A table is wanted as CSV.
    pub on_csv: Callback<(TableId, CsvTarget)>,
}

/// What the frame is given.
#[derive(Clone, PartialEq, Properties)]
pub struct FramedProps {
    /// The wires.
    pub tables: Tables,
    /// Which table.
    pub table: TableId,
    /// What stands left of the commands.
    #[prop_or_default]
    pub children: Html,
    /// What is said where there are no rows.
    #[prop_or("No rows: nothing in the trace matches the filter.".into())]
    pub empty: AttrValue,
    /// Whether a row's address can be made the filter.
    #[prop_or(true)]
    pub can_filter: bool,
    /// The call site that was looked at last, in detail.
    #[prop_or_default]
    pub site: Option<Rc<SiteDetail>>,
    /// One call site is wanted in detail, by its address.
    #[prop_or_default]
    pub on_site: Callback<String>,
    /// A row was chosen elsewhere, by its key.
    #[prop_or_default]
    pub picked: Option<AttrValue>,
}

/// A table with its commands and details.
#[component]
pub fn Framed(props: &FramedProps) -> Html {
    let FramedProps { tables, table, .. } = props.clone();
    let chosen = use_state(|| None::<AttrValue>);
    {
        let chosen = chosen.clone();
        use_effect_with(props.picked.clone(), move |picked| {
            if picked.is_some() {
                chosen.set(picked.clone());
            }
        });
    }
    {
        // The details are those of the events that count now.
        let on_site = props.on_site.clone();
        use_effect_with(((*chosen).clone(), tables.version), move |(chosen, _)| {
            if let Some(key) = chosen {
                on_site.emit(key.to_string());
            }
        });
    }
    {
        let chosen = chosen.clone();
        use_effect_with((), move |()| {
            let listener =
                gloo::events::EventListener::new(&gloo::utils::window(), "keydown", move |event| {
                    if event.dyn_ref::<web_sys::KeyboardEvent>().is_some_and(|key| key.key() == "Escape") {
                        chosen.set(None);
                    }
                });
            move || drop(listener)
        });
    }
    let rows = tables.rows.get(&table).cloned();
    let total = rows.as_ref().map_or(0, |rows| rows.total);
    let on_sort = tables.on_choice.reform({
        let choice = tables.choice.clone();
        move |sort| {
            let mut choice = choice.clone();
            choice.set_sort(table, sort);
            choice
        }
    });
    let on_window = tables.on_rows.reform(move |(from, count)| (table, from, count));
    let on_select = {
        let chosen = chosen.clone();
        Callback::from(move |row: Row| chosen.set(Some(row.key.into())))
    };
    let on_close = {
        let chosen = chosen.clone();
        Callback::from(move |()| chosen.set(None))
    };
    let on_filter = props.can_filter.then(|| {
        tables.on_choice.reform({
            let choice = tables.choice.clone();
            move |address: String| {
                let mut choice = choice.clone();
                choice.selection.text = address;
                choice
            }
        })
    });
    let selected = (*chosen).clone();
    let row = rows
        .as_ref()
        .zip(selected.as_ref())
        .and_then(|(rows, key)| rows.rows.iter().find(|row| row.key == **key))
        .cloned();
    html! {
        <section class="framed">
            <div class="tools">
                { props.children.clone() }
                <span class="space"></span>
                <span class="muted" data-testid={format!("count-{}", table.name())}>{ format!("{} rows", format::exact(total.into())) }</span>
                <button class="quiet" onclick={tables.on_csv.reform(move |_| (table, CsvTarget::Clipboard))} data-testid="copy-csv">{ "Copy as CSV" }</button>
                <button class="quiet" onclick={tables.on_csv.reform(move |_| (table, CsvTarget::File))} data-testid="csv">{ "Save as CSV" }</button>
            </div>
            <div class="split">
                <Table {table} {rows} sort={tables.choice.sort(table)} exact={tables.choice.exact} version={tables.version}
                    {selected} {on_sort} {on_window} {on_select} empty={props.empty.clone()} />
                if let Some(key_of) = (*chosen).clone() {
                    <Detail {table} {row} site={props.site.clone().filter(|site| site.key == *key_of)} {key_of} {on_filter} {on_close} />
                }
            </div>
        </section>
    }
}
