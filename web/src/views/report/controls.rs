//! Every option of `perf kmem stat` as a control.

use kmem::stat::Mode;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{
    form::{Form, Sorted, on_click},
    keys::keys,
};

/// What the controls are given.
pub(super) struct ControlsProps<'a> {
    /// What they show.
    pub(super) form: &'a Form,
    /// The name of the file that is open.
    pub(super) file: &'a str,
    /// The time span of the filter; empty if it has none.
    pub(super) filter_time: &'a str,
    /// The user changed an option.
    pub(super) on_form: Callback<Form>,
    /// The user changed what perf takes without `--slab` and `--page`.
    pub(super) on_default: Callback<Mode>,
}

/// Allocators, time and appearance above; below them a line a table.
pub(super) fn controls(props: &ControlsProps<'_>) -> Html {
    let ControlsProps { form, filter_time, on_form, on_default, .. } = props;
    let switch = |word: &str, name: &str, help: &str, is_on: bool, change: fn(&mut Form)| {
        let mut next = Form::clone(form);
        change(&mut next);
        let onclick = on_click(on_form, next);
        html! {
            <button class="toggle" aria-pressed={is_on.to_string()} title={format!("{help} (perf: {word})")} {onclick}
                data-testid={format!("option{word}")}>{ name }</button>
        }
    };
    let default = |mode: Mode, name: &str| {
        let onclick = on_default.reform(move |_: MouseEvent| mode);
        html! {
            <button aria-pressed={(form.options.default_mode == mode).to_string()} {onclick}
                data-testid={format!("kmem-default-{name}")}>{ name }</button>
        }
    };
    let (start, stop) = form.time();
    let options = &form.options;
    let idle = (form.slab || form.page).then_some("idle");
    html! {
        <section class="options" aria-label="Options">
            <div class="line">
                <div class="group" role="group" aria-label="Allocators">
                    { switch("--slab", "Slab", "The slab allocator’s tables and summary", form.slab, |form| form.slab = !form.slab) }
                    { switch("--page", "Pages", "The page allocator’s tables and summary", form.page, |form| form.page = !form.page) }
                    <span class={classes!("group", idle)} title="What perf shows without --slab and --page: kmem.default of its configuration">
                        <span class="muted">{ "else kmem.default" }</span>
                        <span class="segments" role="group" aria-label="kmem.default">
                            { default(Mode::Slab, "slab") }
                            { default(Mode::Page, "page") }
                        </span>
                    </span>
                </div>
                <div class="group" role="group" aria-label="Time span" title="Events of both ends count too (perf: --time)">
                    <span class="muted">{ "From" }</span>
                    { field(start, "time", "start", "Start of the time span in seconds", "time-start", on_form, form, |form, value| {
                        let stop = form.time().1.to_owned();
                        form.set_time(value, &stop);
                    }) }
                    <span class="muted">{ "to" }</span>
                    { field(stop, "time", "end", "End of the time span in seconds", "time-stop", on_form, form, |form, value| {
                        let start = form.time().0.to_owned();
                        form.set_time(&start, value);
                    }) }
                    <span class="muted">{ "s" }</span>
                    if !filter_time.is_empty() && options.time.as_deref() != Some(filter_time) {
                        <button class="quiet" data-testid="time-filter" onclick={{
                            let mut next = Form::clone(form);
                            next.options.time = Some((*filter_time).into());
                            on_click(on_form, next)
                        }}>{ "As filter" }</button>
                    }
                    if options.time.is_some() {
                        <button class="quiet" data-testid="time-whole" onclick={{
                            let mut next = Form::clone(form);
                            next.options.time = None;
                            on_click(on_form, next)
                        }}>{ "Whole trace" }</button>
                    }
                </div>
                <div class="group" role="group" aria-label="Shown">
                    { switch("--raw-ip", "Raw addresses", "Addresses instead of symbols in the slab tables", options.raw_ip, |form| form.options.raw_ip = !form.options.raw_ip) }
                    { switch("--live", "Live pages", "In the page tables only what is still allocated", options.live, |form| form.options.live = !form.options.live) }
                </div>
                <div class="group" role="group" aria-label="File">
                    { file(props) }
                    { switch("-f", "Any owner", "perf reads a file of another owner only with this; the page reads any", options.force, |form| form.options.force = !form.options.force) }
                </div>
            </div>
            <div class="line">
                { switch("--caller", "By call site", "A row a call site", options.caller, |form| form.options.caller = !form.options.caller) }
                if options.caller {
                    { lines(form, true, on_form) }
                    { sorts(form, Sorted::SlabCaller, Sorted::PageCaller, on_form) }
                }
            </div>
            <div class="line">
                { switch("--alloc", "By ptr or page", "A row a ptr or page", options.alloc, |form| form.options.alloc = !form.options.alloc) }
                if options.alloc {
                    { lines(form, false, on_form) }
                    { sorts(form, Sorted::SlabAlloc, Sorted::PageAlloc, on_form) }
                }
            </div>
        </section>
    }
}

/// The sort keys of a kind of table, of each allocator that is shown.
fn sorts(form: &Form, slab: Sorted, pages: Sorted, on_form: &Callback<Form>) -> Html {
    html! {
        <div class="sorts">
            if form.shows_slab() { { keys(form, slab, "Slab", on_form) } }
            if form.shows_pages() { { keys(form, pages, "Pages", on_form) } }
        </div>
    }
}

/// How many rows of a kind of table; empty means all.
fn lines(form: &Form, caller: bool, on_form: &Callback<Form>) -> Html {
    let value = if caller { form.options.caller_lines } else { form.options.alloc_lines };
    let value = value.map(|lines| lines.to_string()).unwrap_or_default();
    let (hook, set): (_, fn(&mut Form, &str)) = if caller {
        ("lines-caller", |form, value| form.options.caller_lines = value.parse().ok())
    } else {
        ("lines-alloc", |form, value| form.options.alloc_lines = value.parse().ok())
    };
    html! {
        <label class="group" title="How many rows are printed (perf: -l)">
            { field(&value, "rows", "all", "Rows printed", hook, on_form, form, set) }
            <span class="muted">{ "rows" }</span>
        </label>
    }
}

/// The file's name in the command line.
fn file(props: &ControlsProps<'_>) -> Html {
    let form = props.form;
    html! {
        <label class="group" title={format!("The file’s name in the command line; the page shows what is open, {} (perf: -i)", props.file)}>
            <span class="muted">{ "File" }</span>
            { field(form.options.input.as_deref().unwrap_or_default(), "file", "perf.data", "File name", "option-i", &props.on_form, form, |form, value| {
                form.options.input = Some(value.trim()).filter(|name| !name.is_empty()).map(String::from);
            }) }
        </label>
    }
}

/// A field whose text sets a part of the form.
#[allow(clippy::too_many_arguments)]
fn field(
    value: &str,
    class: &'static str,
    placeholder: &'static str,
    label: &'static str,
    hook: &'static str,
    on_form: &Callback<Form>,
    form: &Form,
    set: fn(&mut Form, &str),
) -> Html {
    let form = form.clone();
    let onchange = on_form.reform(move |event: Event| {
        let mut form = form.clone();
        if let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) {
            set(&mut form, &input.value());
        }
        form
    });
    html! {
        <input {class} value={value.to_owned()} {placeholder} aria-label={label} {onchange} spellcheck="false" data-testid={hook} />
    }
}
