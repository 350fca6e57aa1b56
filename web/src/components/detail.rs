//! Everything that is known of one row.

use yew::prelude::*;

use crate::{
    components::CopyButton,
    format,
    protocol::{Cell, ColumnKind, Row, TableId},
};

/// What the panel is given.
#[derive(Clone, PartialEq, Properties)]
pub struct DetailProps {
    /// Of which table the row is.
    pub table: TableId,
    /// The row.
    pub row: Row,
    /// Only what belongs to this row is to be counted, in every view.
    #[prop_or_default]
    pub on_filter: Option<Callback<String>>,
    /// The panel is closed.
    pub on_close: Callback<()>,
}

/// The panel on the right.
#[component]
pub fn Detail(props: &DetailProps) -> Html {
    let text = |cell: &Cell, kind: ColumnKind| match cell {
        Cell::None => "\u{2013}".to_string(),
        Cell::Text(text) => text.clone(),
        Cell::Number(value) if kind == ColumnKind::Bytes => {
            format!("{} ({})", format::exact(*value as f64), format::bytes(*value as f64))
        }
        Cell::Number(value) => format::exact(*value as f64),
        Cell::Fraction(value) => format!("{value:.3} %"),
    };
    let columns = props.table.columns();
    let title = props.row.cells.first().map(|cell| text(cell, ColumnKind::Code)).unwrap_or_default();
    let filter = props.row.key.split('/').next().unwrap_or_default().to_string();
    html! {
        <aside class="detail" data-testid="detail" aria-label="Details of the row">
            <header>
                <h2 class="code">{ &title }</h2>
                <button class="quiet" aria-label="Close" onclick={props.on_close.reform(|_| ())}>{ "✕" }</button>
            </header>
            <dl>
                if title != props.row.key {
                    <dt>{ "Address" }</dt>
                    <dd class="code">{ &filter }</dd>
                }
                { for columns.iter().zip(&props.row.cells).skip(1).map(|(column, cell)| html! {
                    <>
                        <dt title={column.help}>{ column.title }</dt>
                        <dd class={matches!(column.kind, ColumnKind::Code).then_some("code")}>{ text(cell, column.kind) }</dd>
                    </>
                }) }
            </dl>
            <footer>
                <CopyButton text={title} label="Copy name" />
                if let Some(on_filter) = props.on_filter.clone() {
                    <button class="quiet" onclick={on_filter.reform(move |_| filter.clone())}>{ "Count only this" }</button>
                }
            </footer>
        </aside>
    }
}
