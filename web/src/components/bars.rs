//! Tabs, the filter, the progress of reading, and the line at the bottom.

use gloo::timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::{
    format,
    protocol::Progress,
    state::{Choice, Model, Tab},
};

/// What the tabs are given.
#[derive(Clone)]
pub struct TabsProps {
    /// The views that there are.
    pub tabs: Vec<Tab>,
    /// The one that is shown.
    pub current: Tab,
    /// How many warnings the notes hold.
    pub notes: usize,
    /// Another one is chosen.
    pub on_tab: Callback<Tab>,
}

/// The views.
pub fn tabs(props: &TabsProps) -> Html {
    html! {
        <div class="tabs" role="tablist">
            { for props.tabs.iter().map(|&tab| {
                let is_current = tab == props.current;
                html! {
                    <button key={tab.id()} role="tab" aria-selected={is_current.to_string()} data-testid={format!("tab-{}", tab.id())}
                        onclick={props.on_tab.reform(move |_| tab)}>
                        { tab.title() }
                        if tab == Tab::Notes && props.notes > 0 {
                            <span class="badge">{ props.notes }</span>
                        }
                    </button>
                }
            }) }
        </div>
    }
}

/// What the filter is given.
#[derive(Clone, PartialEq, Properties)]
pub struct FilterBarProps {
    /// What the user chose.
    pub choice: Choice,
    /// The user chooses.
    pub on_choice: Callback<Choice>,
}

/// What was typed and does not count yet: it stays whatever else changes on the page.
#[derive(Clone, Default)]
struct Draft {
    text: Option<String>,
    time: Option<String>,
}

/// Milliseconds without a key after which the filter counts.
const PAUSE: u32 = 200;

/// Text and time, and how things are written.
#[component]
pub fn FilterBar(props: &FilterBarProps) -> Html {
    let timer = use_mut_ref(|| None::<Timeout>);
    let draft = use_mut_ref(Draft::default);
    // Other things may be chosen before what is typed counts.
    let latest = use_mut_ref(|| props.clone());
    *latest.borrow_mut() = props.clone();
    let later = |note: fn(&mut Draft, String)| {
        let (timer, draft, latest) = (timer.clone(), draft.clone(), latest.clone());
        Callback::from(move |event: InputEvent| {
            let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
            let Some(input) = input else { return };
            note(&mut draft.borrow_mut(), input.value());
            let (draft, latest) = (draft.clone(), latest.clone());
            *timer.borrow_mut() = Some(Timeout::new(PAUSE, move || {
                let Draft { text, time } = draft.take();
                let FilterBarProps { mut choice, on_choice } = latest.borrow().clone();
                let selection = &mut choice.selection;
                selection.text = text.unwrap_or_else(|| selection.text.clone());
                selection.time = time.unwrap_or_else(|| selection.time.clone());
                on_choice.emit(choice);
            }));
        })
    };
    let toggle = |change: fn(&mut Choice)| {
        let mut choice = props.choice.clone();
        change(&mut choice);
        props.on_choice.reform(move |_: MouseEvent| choice.clone())
    };
    let clear = {
        let mut choice = props.choice.clone();
        choice.selection = Default::default();
        let (timer, draft) = (timer.clone(), draft.clone());
        props.on_choice.reform(move |_: MouseEvent| {
            timer.take();
            draft.take();
            choice.clone()
        })
    };
    let selection = &props.choice.selection;
    let Draft { text, time } = draft.borrow().clone();
    let (text, time) = (text.unwrap_or(selection.text.clone()), time.unwrap_or(selection.time.clone()));
    html! {
        <div class="filter">
            <input id="filter" type="search" placeholder="Filter: function, address, cache, process  ( / )" value={text}
                oninput={later(|draft, text| draft.text = Some(text))} data-testid="filter" aria-label="Filter" spellcheck="false"
                title="Counts only allocations whose function, call-site address, cache or process contains this, in every view" />
            <input class="time" placeholder="Time: from,to (s)" value={time} aria-label="Time range in seconds"
                oninput={later(|draft, time| draft.time = Some(time))} data-testid="time" spellcheck="false"
                title="Counts only events of this time, seconds of the recorder's clock (perf: --time)" />
            if !selection.text.is_empty() || !selection.time.is_empty() {
                <button class="quiet" onclick={clear} data-testid="clear">{ "Clear" }</button>
            }
            <button class="toggle" aria-pressed={props.choice.raw.to_string()} onclick={toggle(|choice| choice.raw = !choice.raw)}
                data-testid="raw" title="Addresses instead of symbols (perf: --raw-ip)">{ "Addresses" }</button>
            <button class="toggle" aria-pressed={props.choice.exact.to_string()} onclick={toggle(|choice| choice.exact = !choice.exact)}
                data-testid="exact" title="Exact bytes instead of KiB and MiB">{ "Exact" }</button>
        </div>
    }
}

/// What the bar is given.
#[derive(Clone)]
pub struct ReadingBarProps {
    /// How far reading is.
    pub progress: Progress,
    /// Reading is to stop.
    pub on_cancel: Callback<()>,
}

/// How far reading is, how long it will take, and a way to stop it.
pub fn reading_bar(props: &ReadingBarProps) -> Html {
    let Progress { bytes, total, events, elapsed_ms } = props.progress;
    let share = if total > 0.0 { (bytes / total).clamp(0.0, 1.0) } else { 0.0 };
    let left = (share > 0.02).then(|| elapsed_ms / share * (1.0 - share));
    html! {
        <div class="reading" data-testid="progress" role="status">
            <progress value={format!("{share:.4}")} max="1"></progress>
            <span>
                { format!("{} of {}, {} events", format::bytes(bytes), format::bytes(total), format::exact(events)) }
                if let Some(left) = left { { format!(", {} left", format::milliseconds(left)) } }
            </span>
            <button class="quiet" onclick={props.on_cancel.reform(|_| ())} data-testid="cancel">{ "Cancel" }</button>
        </div>
    }
}

/// What the line is given.
#[derive(Clone)]
pub struct StatusLineProps {
    /// The state.
    pub model: Model,
    /// The notes are asked for.
    pub on_notes: Callback<()>,
}

/// Events, warnings, time and memory.
pub fn status_line(props: &StatusLineProps) -> Html {
    let Some(summary) = &props.model.summary else { return html! {} };
    let lost = summary.notes.lost_events;
    let finished = props.model.finished.as_ref();
    html! {
        <footer class="status" data-testid="status" data-events={summary.events.to_string()}
            data-compute-ms={finished.map(|finished| finished.compute_ms.to_string())}
            data-memory={finished.map(|finished| finished.memory.to_string())}
            data-ptrs={finished.map(|finished| finished.targets.to_string())}>
            <span>{ format!("{} events", format::exact(summary.events)) }</span>
            if !summary.complete {
                <span>{ "so far" }</span>
            }
            if lost > 0.0 {
                <button class="warning" onclick={props.on_notes.reform(|_| ())}>{ format!("{} events lost", format::exact(lost)) }</button>
            }
            if summary.notes.damage.is_some() {
                <button class="warning" onclick={props.on_notes.reform(|_| ())}>{ "damaged" }</button>
            }
            <span class="space"></span>
            <span title="Time that the last query took in the worker">{ format!("query {}", format::milliseconds(summary.took_ms)) }</span>
            if let Some(finished) = finished {
                <span title="From the drop to the last number">{ format!("read in {}", format::milliseconds(finished.took_ms)) }</span>
                <span title="Memory of the worker">{ format::bytes(finished.memory) }</span>
            }
        </footer>
    }
}
