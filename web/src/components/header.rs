//! The line at the top.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{app_files, format, protocol::Summary};

/// What the line is given.
#[derive(Clone, PartialEq, Properties)]
pub struct HeaderProps {
    /// The trace that is open.
    pub summary: Option<Rc<Summary>>,
    /// Files were picked.
    pub on_files: Callback<Vec<web_sys::File>>,
    /// The keys are asked for.
    pub on_keys: Callback<()>,
}

/// Name, facts and the few commands.
#[component]
pub fn Header(props: &HeaderProps) -> Html {
    let picker = use_node_ref();
    let open = {
        let picker = picker.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(input) = picker.cast::<HtmlInputElement>() {
                input.click();
            }
        })
    };
    let onchange = {
        let on_files = props.on_files.clone();
        Callback::from(move |event: Event| {
            let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
            if let Some(input) = input {
                on_files.emit(app_files(&input));
                input.set_value("");
            }
        })
    };
    html! {
        <header class="top">
            <span class="brand">{ "kmemscope" }</span>
            if let Some(summary) = &props.summary {
                <h1 data-testid="trace-name">{ &summary.name }</h1>
                <span class="facts">
                    { for summary.headline.iter().map(|fact| html! { <span>{ fact }</span> }) }
                    <span>{ format!("{} events", format::exact(summary.events)) }</span>
                </span>
            }
            <span class="space"></span>
            <input ref={picker} type="file" multiple={true} hidden={true} {onchange} data-testid="picker" />
            if props.summary.is_some() {
                <button class="quiet" onclick={open}>{ "Open…" }</button>
            }
            <button class="quiet" onclick={Callback::from(|_: MouseEvent| switch_theme())} title="Light or dark">{ "Theme" }</button>
            <button class="quiet" onclick={props.on_keys.reform(|_| ())} title="Keys (?)" aria-label="Keys">{ "?" }</button>
        </header>
    }
}

/// Light becomes dark and dark light, whatever the system prefers; remembered.
fn switch_theme() {
    let Some(root) = gloo::utils::document().document_element() else { return };
    let prefers_dark = gloo::utils::window()
        .match_media("(prefers-color-scheme: dark)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches());
    let is_dark = root.get_attribute("data-theme").map_or(prefers_dark, |theme| theme == "dark");
    let theme = if is_dark { "light" } else { "dark" };
    let _ = root.set_attribute("data-theme", theme);
    if let Ok(Some(storage)) = gloo::utils::window().local_storage() {
        let _ = storage.set_item("theme", theme);
    }
}
