//! perf's own text, for the options chosen here.

mod controls;
mod form;
mod keys;

use std::rc::Rc;

use kmem::stat::{Mode, words};
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    components::CopyButton,
    protocol::{ReportOptions, ReportText, Summary},
    state::{Choice, Tab},
};
use controls::{ControlsProps, controls};
use form::Form;

/// What the view is given.
#[derive(Clone, PartialEq, Properties)]
pub struct ReportProps {
    /// The trace.
    pub summary: Rc<Summary>,
    /// What the user chose.
    pub choice: Choice,
    /// The text that the worker sent last.
    pub report: Option<Rc<ReportText>>,
    /// In how many places perf's text is not right, once the worker has counted them.
    pub differs: u32,
    /// Changes when the text is no longer true.
    pub version: u32,
    /// The text is wanted for these options.
    pub on_options: Callback<ReportOptions>,
    /// The user chooses.
    pub on_choice: Callback<Choice>,
}

/// Options above, text below.
#[component]
pub fn ReportView(props: &ReportProps) -> Html {
    let ReportProps { summary, choice, on_choice, .. } = props;
    let line = choice
        .report
        .clone()
        .unwrap_or_else(|| form::initial(summary.slab.is_some(), summary.page.is_some()).into());
    {
        let on_options = props.on_options.clone();
        let asked = (line.clone(), choice.default_page, choice.corrected, props.version);
        use_effect_with(asked, move |(line, default_page, corrected, ticket)| {
            on_options.emit(ReportOptions {
                arguments: words(line),
                default_page: *default_page,
                corrected: *corrected,
                ticket: *ticket,
            });
        });
    }
    let on_words = {
        let choice = choice.clone();
        on_choice.reform(move |event: Event| {
            let value = event
                .target()
                .and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
                .map(|input| input.value());
            Choice { report: value, ..choice.clone() }
        })
    };
    let to = |change: fn(&mut Choice)| {
        let mut choice = choice.clone();
        change(&mut choice);
        on_choice.reform(move |_: MouseEvent| choice.clone())
    };
    let mode = if choice.default_page { Mode::Page } else { Mode::Slab };
    let form = Form::read_until_error(&words(&line), mode);
    let on_form = {
        let choice = choice.clone();
        on_choice.reform(move |form: Form| Choice { report: Some(form.words()), ..choice.clone() })
    };
    let on_default = {
        let choice = choice.clone();
        on_choice.reform(move |mode| Choice { default_page: mode == Mode::Page, ..choice.clone() })
    };
    let report = props.report.as_deref().cloned().unwrap_or_default();
    html! {
        <div class="view report">
            <div class="tools">
                <div class="segments" role="group" aria-label="Whose numbers">
                    <button aria-pressed={(!choice.corrected).to_string()} onclick={to(|choice| choice.corrected = false)} data-testid="compatible" title="Byte for byte what perf prints">{ "As perf" }</button>
                    <button aria-pressed={choice.corrected.to_string()} onclick={to(|choice| choice.corrected = true)} data-testid="corrected" title="The same tables with the right numbers, each difference with a note">{ "Corrected" }</button>
                </div>
                if props.differs > 0 {
                    <span class="muted" data-testid="report-differs">
                        { places(props.differs, choice.corrected) }
                        if !choice.corrected {
                            <button class="link" onclick={to(|choice| choice.corrected = true)}>{ "Corrected" }</button>
                            { " has the right ones; " }
                        }
                        <button class="link" onclick={to(|choice| choice.tab = Tab::Notes)}>{ "Notes" }</button>
                        { " say why." }
                    </span>
                }
                if !choice.selection.text.is_empty() || !choice.selection.time.is_empty() {
                    <span class="muted" data-testid="report-unfiltered">{ "As in perf, the filter above does not count here." }</span>
                }
                <span class="space"></span>
                if choice.report.is_some() || choice.default_page {
                    <button class="quiet" data-testid="report-reset" onclick={to(|choice| {
                        choice.report = None;
                        choice.default_page = false;
                    })}>{ "Reset options" }</button>
                }
                <CopyButton text={report.text.clone()} label="Copy text" />
            </div>
            { controls(&ControlsProps { form: &form, file: &summary.name, filter_time: choice.selection.time.trim(), on_form, on_default }) }
            <div class="command">
                <label>
                    <span class="code muted">{ "perf kmem" }</span>
                    <input class="code" value={line} onchange={on_words} spellcheck="false" data-testid="report-words"
                        aria-label="Options of perf kmem" title="Any options of perf kmem: --caller -s bytes,hit -l 20 --time 1.5,2 …" />
                    <span class="code muted">{ "stat" }</span>
                </label>
                <CopyButton text={report.command} label="Copy command" />
            </div>
            if let Some(aborts) = &report.aborts {
                <p class="note" data-testid="report-aborts">{ "With these options perf prints nothing: " }{ aborts }{ "." }</p>
            }
            <pre class={classes!("text", report.is_error.then_some("error"))} tabindex="0" data-testid="report-text">{ report.text }</pre>
        </div>
    }
}

/// In how many places perf's text is not right.
fn places(count: u32, corrected: bool) -> String {
    let (count, places) = (count, if count == 1 { "place" } else { "places" });
    if corrected {
        format!("Differs from perf’s text in {count} {places}, listed below it; ")
    } else {
        format!("In {count} {places} perf’s numbers are not the right ones: ")
    }
}
