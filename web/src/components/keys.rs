//! The list of keys.

use web_sys::HtmlDialogElement;
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
    /// The dialog, which is to be opened once it is there.
    pub dialog: NodeRef,
    /// It is closed.
    pub on_close: Callback<()>,
}

/// A dialog with all keys.
pub fn keys(props: &KeysProps) -> Html {
    let onclick = {
        let dialog = props.dialog.clone();
        Callback::from(move |_: MouseEvent| {
            dialog.cast::<HtmlDialogElement>().iter().for_each(HtmlDialogElement::close)
        })
    };
    // By a click or by Escape.
    let onclose = props.on_close.reform(|_: Event| ());
    html! {
        <dialog ref={props.dialog.clone()} class="dialog" aria-label="Keys" {onclick} {onclose} data-testid="keys">
            <h2>{ "Keys" }</h2>
            <dl>
                { for KEYS.iter().map(|(key, what)| html! { <><dt>{ *key }</dt><dd>{ *what }</dd></> }) }
            </dl>
            <button class="quiet">{ "Close" }</button>
        </dialog>
    }
}

/// Opens the dialog. The browser keeps the focus in it, and gives it back where it was.
pub fn open_keys(dialog: &NodeRef) {
    if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
        // A browser that refuses shows no list.
        let _ = dialog.show_modal();
    }
}
