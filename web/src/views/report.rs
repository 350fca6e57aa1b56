//! perf's own text, for the options chosen here.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{components::CopyButton, protocol::ReportOptions, state::Choice};

/// What the view is given.
#[derive(Clone, PartialEq, Properties)]
pub struct ReportProps {
    /// What the user chose.
    pub choice: Choice,
    /// The text that the worker sent last: (text, whether it is an error, the command line).
    pub report: Option<Rc<(String, bool, String)>>,
    /// Changes when the text is no longer true.
    pub version: u32,
    /// Whether the trace has slab events.
    pub has_slab: bool,
    /// Whether the trace has page events.
    pub has_pages: bool,
    /// The text is wanted for these options.
    pub on_options: Callback<ReportOptions>,
    /// The user chooses.
    pub on_choice: Callback<Choice>,
}

/// The words that switch something on, with what they do.
const SWITCHES: [(&str, &str, &str); 6] = [
    ("--slab", "Slab", "The slab allocator's tables and summary."),
    ("--page", "Pages", "The page allocator's tables and summary."),
    ("--caller", "By call site", "A row a call site."),
    ("--alloc", "By ptr or page", "A row a ptr or page."),
    ("--raw-ip", "Raw addresses", "Addresses instead of symbols."),
    ("--live", "Live pages", "Only pages still allocated at the end."),
];

/// Options above, text below.
#[component]
pub fn ReportView(props: &ReportProps) -> Html {
    let words: Vec<String> = words(&props.choice.report, props.has_slab, props.has_pages);
    {
        let on_options = props.on_options.clone();
        let corrected = props.choice.corrected;
        use_effect_with((words.clone(), corrected, props.version), move |(words, corrected, ticket)| {
            on_options.emit(ReportOptions {
                arguments: words.clone(),
                corrected: *corrected,
                ticket: *ticket,
            });
        });
    }
    let set = |words: Vec<String>| Choice { report: words.join(" "), ..props.choice.clone() };
    let toggle = |word: &'static str| {
        let mut next = words.clone();
        match next.iter().position(|other| other == word) {
            Some(at) => drop(next.remove(at)),
            // What a table is sorted by follows its name, so a new word goes in front.
            None => next.insert(0, word.into()),
        }
        let choice = set(next);
        props.on_choice.reform(move |_: MouseEvent| choice.clone())
    };
    let on_words = {
        let choice = props.choice.clone();
        props.on_choice.reform(move |event: Event| {
            let value = event
                .target()
                .and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
                .map(|input| input.value());
            Choice { report: value.unwrap_or_default(), ..choice.clone() }
        })
    };
    let corrected = props.choice.corrected;
    let truth = |right: bool| {
        let choice = Choice { corrected: right, ..props.choice.clone() };
        props.on_choice.reform(move |_: MouseEvent| choice.clone())
    };
    let (text, is_error, command) = props.report.as_deref().cloned().unwrap_or_default();
    html! {
        <div class="view">
            <div class="tools">
                <div class="segments" role="group" aria-label="Whose numbers">
                    <button aria-pressed={(!corrected).to_string()} onclick={truth(false)} data-testid="compatible" title="Byte for byte what perf prints">{ "As perf" }</button>
                    <button aria-pressed={corrected.to_string()} onclick={truth(true)} data-testid="corrected" title="The same tables with the right numbers, each difference with a note">{ "Corrected" }</button>
                </div>
                { for SWITCHES.iter().filter(|(word, ..)| match *word {
                    "--slab" => props.has_slab,
                    "--page" | "--live" => props.has_pages,
                    _ => true,
                }).map(|(word, name, help)| html! {
                    <button class="toggle" aria-pressed={words.iter().any(|other| other == word).to_string()} title={*help}
                        onclick={toggle(word)} data-testid={format!("option{word}")}>{ *name }</button>
                }) }
                <span class="space"></span>
                <CopyButton text={text.clone()} label="Copy text" />
            </div>
            <label class="command">
                <span class="code muted">{ "perf kmem" }</span>
                <input class="code" value={words.join(" ")} onchange={on_words} spellcheck="false" data-testid="report-words"
                    aria-label="Options of perf kmem" title="Any options of perf kmem: --caller -s bytes,hit -l 20 --time 1.5,2 …" />
                <span class="code muted">{ "stat" }</span>
                <CopyButton text={command} label="Copy command" />
            </label>
            <pre class={classes!("text", is_error.then_some("error"))} tabindex="0" data-testid="report-text">{ text }</pre>
        </div>
    }
}

/// The words of the command line; without any, the tables of what the trace has.
fn words(chosen: &str, has_slab: bool, has_pages: bool) -> Vec<String> {
    if chosen.trim().is_empty() {
        return if has_pages && !has_slab {
            vec!["--page".into()]
        } else {
            vec!["--caller".into(), "--alloc".into(), "-l".into(), "50".into()]
        };
    }
    chosen.split_whitespace().map(String::from).collect()
}
