//! The list of keys.

use yew::prelude::*;

const KEYS: [(&str, &str); 7] = [
    ("↑ ↓  PgUp PgDn  Home End", "move through a table"),
    ("Enter", "show the row's details"),
    ("Click, Shift-click on a head", "sort by it; add it as a further key"),
    ("/", "filter"),
    ("Ctrl-V", "paste kallsyms or a NUMA topology"),
    ("?", "this list"),
    ("Esc", "close"),
];

/// What the list is given.
#[derive(Clone)]
pub struct KeysProps {
    /// It is closed.
    pub on_close: Callback<()>,
}

/// A dialog with all keys.
pub fn keys(props: &KeysProps) -> Html {
    html! {
        <div class="veil" onclick={props.on_close.reform(|_| ())}>
            <div class="dialog" role="dialog" aria-modal="true" aria-label="Keys">
                <h2>{ "Keys" }</h2>
                <dl>
                    { for KEYS.iter().map(|(key, what)| html! { <><dt>{ *key }</dt><dd>{ *what }</dd></> }) }
                </dl>
                <button class="quiet" autofocus={true}>{ "Close" }</button>
            </div>
        </div>
    }
}
