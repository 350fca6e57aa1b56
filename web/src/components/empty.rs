//! The page before anything is open.

use wasm_bindgen::JsCast;
use web_sys::{File, HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use crate::{
    app_files,
    components::CopyButton,
    protocol::{FileKind, Slot},
};

/// What the page is given.
#[derive(Clone, PartialEq, Properties)]
pub struct EmptyProps {
    /// What is there already.
    pub slots: Vec<Slot>,
    /// Whether something is being opened.
    pub is_busy: bool,
    /// Files were picked.
    pub on_files: Callback<Vec<File>>,
    /// A text was typed in.
    pub on_text: Callback<String>,
    /// The sample is asked for.
    pub on_sample: Callback<()>,
}

const PLACES: [(FileKind, &str, &str, &str); 3] = [
    (FileKind::Trace, "perf.data", "the recording", "slot-trace"),
    (FileKind::Symbols, "kallsyms", "names of call sites", "slot-kallsyms"),
    (FileKind::Topology, "NUMA topology", "only if the trace lacks it", "slot-numa"),
];

const COMMANDS: [(&str, &str); 3] = [
    ("Record for ten seconds", "sudo perf kmem record -o perf.data -- sleep 10"),
    ("Symbols of the same boot", "sudo cat /proc/kallsyms > kallsyms"),
    ("NUMA topology", "grep . /sys/devices/system/node/node*/cpulist > numa.txt"),
];

/// The drop zone, the sample, and how to record.
#[component]
pub fn Empty(props: &EmptyProps) -> Html {
    let pasted = use_node_ref();
    let onchange = {
        let on_files = props.on_files.clone();
        Callback::from(move |event: Event| {
            if let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
            {
                on_files.emit(app_files(&input));
                input.set_value("");
            }
        })
    };
    let use_text = {
        let (pasted, on_text) = (pasted.clone(), props.on_text.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(area) = pasted.cast::<HtmlTextAreaElement>() {
                if !area.value().trim().is_empty() {
                    on_text.emit(area.value());
                }
                area.set_value("");
            }
        })
    };
    html! {
        <main class="landing">
            <section class="zone" aria-label="Open a trace" aria-busy={props.is_busy.to_string()}>
                <h1>{ "Where the Linux kernel’s memory goes" }</h1>
                <p>{ "Drop what " }<code>{ "perf kmem record" }</code>{ " left, anywhere on this page. It is read in this tab; nothing leaves your machine." }</p>
                <ul class="slots">
                    { for PLACES.iter().map(|place| slot(place, &props.slots)) }
                </ul>
                <div class="choices">
                    <label class="button">
                        { "Choose files…" }
                        <input type="file" multiple={true} class="hidden" {onchange} data-testid="choose" />
                    </label>
                    <button class="primary" disabled={props.is_busy} onclick={props.on_sample.reform(|_| ())} data-testid="sample">
                        { if props.is_busy { "Opening…" } else { "Open the sample" } }
                    </button>
                </div>
                <details>
                    <summary>{ "Paste kallsyms or the topology as text" }</summary>
                    <textarea ref={pasted} rows="4" spellcheck="false" aria-label="kallsyms or NUMA topology" data-testid="paste-text" />
                    <button onclick={use_text} data-testid="paste-use">{ "Use this text" }</button>
                </details>
            </section>
            <section class="recipes" aria-label="How to record">
                { for COMMANDS.iter().map(|(what, command)| html! {
                    <div class="recipe">
                        <span>{ *what }</span>
                        <code>{ *command }</code>
                        <CopyButton text={*command} />
                    </div>
                }) }
            </section>
        </main>
    }
}

fn slot(
    &(kind, name, what, hook): &(FileKind, &'static str, &'static str, &'static str),
    slots: &[Slot],
) -> Html {
    let filled = slots.iter().find(|slot| slot.kind == kind);
    html! {
        <li class={classes!("slot", filled.map(|_| "filled"))} data-testid={hook}>
            <strong>{ name }</strong>
            if let Some(slot) = filled {
                <span>{ &slot.name }</span>
                <span class="muted">{ &slot.detail }</span>
            } else {
                <span class="muted">{ what }</span>
            }
        </li>
    }
}
