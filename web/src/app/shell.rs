//! The page as a whole: what is open, which view, and the wires between them.

use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;
use yew::prelude::*;

use super::{
    Link,
    drop::{self, Given},
};
use crate::{
    components::{
        Empty, FilterBar, Header, KeysProps, ProblemsProps, ReadingBarProps, StatusLineProps, TabsProps,
        copy, keys, open_keys, problems, reading_bar, save, status_line, tabs,
    },
    protocol::{CsvTarget, Reply, ReportOptions, Request, RowsRequest, Sort, TableId},
    state::{Action, Choice, Model, Tab},
    views,
};

/// What the sample is fetched from: beside the page.
const SAMPLE: &str = "sample/sample.tar.zst";

/// The page.
#[component]
pub fn App() -> Html {
    let model = use_reducer(|| Model { choice: read_hash(), ..Model::default() });
    let is_over = use_state(|| false);
    let shows_keys = use_state(|| false);
    let link = use_link(&model);

    let give = {
        let (link, model, is_over) = (link.clone(), model.dispatcher(), is_over.clone());
        Callback::from(move |given: Given| match given {
            Given::Hover(over) => is_over.set(over),
            Given::Files(files) => {
                model.dispatch(Action::Opening);
                link.send_files(&Request::Files, &files);
            }
            Given::Text(text) => {
                model.dispatch(Action::Opening);
                link.send(&Request::Paste(text));
            }
        })
    };
    let sample = {
        let (link, model) = (link.clone(), model.dispatcher());
        Callback::from(move |()| {
            model.dispatch(Action::Opening);
            link.send(&fetch(vec![SAMPLE.into()]));
        })
    };
    {
        let give = give.clone();
        use_effect_with((), move |()| {
            let listeners = drop::listen(&give);
            move || std::mem::drop(listeners)
        });
    }
    {
        // Files named in the address are opened once.
        let (link, model, sample) = (link.clone(), model.dispatcher(), sample.clone());
        use_effect_with((), move |()| {
            let urls = named_in_address();
            if urls == [SAMPLE] {
                sample.emit(());
            } else if !urls.is_empty() {
                model.dispatch(Action::Opening);
                link.send(&fetch(urls));
            }
        });
    }
    let choose = use_choose(&model);
    let dialog = use_keys(&shows_keys);
    use_selection(&model, &link);

    let on_close_keys = {
        let shows_keys = shows_keys.clone();
        Callback::from(move |()| shows_keys.set(false))
    };
    let on_cancel = {
        let link = link.clone();
        Callback::from(move |()| link.send(&Request::Cancel))
    };
    let on_dismiss = {
        let model = model.dispatcher();
        Callback::from(move |at| model.dispatch(Action::Dismiss(at)))
    };
    let to_tab = choose.reform({
        let choice = model.choice.clone();
        move |tab| Choice { tab, ..choice.clone() }
    });
    // A view of ten thousand nodes need not be drawn anew because reading goes on.
    let view = (*use_memo(model.changes, |_| view(&model, &link, &choose))).clone();
    let on_notes = to_tab.reform(|()| Tab::Notes);
    let is_open = model.summary.is_some();
    let class = classes!("app", is_open.then_some("open"), is_over.then_some("over"));
    html! {
        <div {class}>
            <Header summary={model.summary.clone()} on_files={give.reform(Given::Files)}
                on_keys={let shows_keys = shows_keys.clone(); Callback::from(move |()| shows_keys.set(true))} />
            { problems(&ProblemsProps { problems: model.problems.clone(), on_dismiss }) }
            if let Some(progress) = model.progress {
                { reading_bar(&ReadingBarProps { progress, on_cancel }) }
            }
            if is_open {
                <nav class="bar">
                    { tabs(&TabsProps { tabs: model.tabs(), current: model.choice.tab, notes: note_count(&model), on_tab: to_tab }) }
                    <FilterBar choice={model.choice.clone()} on_choice={choose.clone()} />
                </nav>
                <main>{ view }</main>
                { status_line(&StatusLineProps { model: (*model).clone(), on_notes }) }
            } else {
                <Empty slots={model.slots.clone()} is_busy={model.is_opening || model.progress.is_some()}
                    on_files={give.reform(Given::Files)} on_text={give.reform(Given::Text)} on_sample={sample} />
            }
            if *shows_keys {
                { keys(&KeysProps { dialog, on_close: on_close_keys }) }
            }
        </div>
    }
}

/// The worker, started once.
#[hook]
fn use_link(model: &UseReducerHandle<Model>) -> Rc<Link> {
    let dispatcher = model.dispatcher();
    (*use_memo((), move |()| {
        let told = dispatcher.clone();
        let on_reply = move |reply: Reply| match reply {
            Reply::Csv { target: CsvTarget::File, name, text } => save(&name, &text),
            Reply::Csv { target: CsvTarget::Clipboard, text, .. } => copy(&text),
            reply => told.dispatch(Action::Told(Box::new(reply))),
        };
        Rc::new(Link::new(on_reply, move |why| dispatcher.dispatch(Action::WorkerLost(why))))
    }))
    .clone()
}

/// The user's choices go through the address, so that back undoes them.
#[hook]
fn use_choose(model: &UseReducerHandle<Model>) -> Callback<Choice> {
    let dispatcher = model.dispatcher();
    use_effect_with((), {
        let dispatcher = dispatcher.clone();
        move |()| {
            let listener = EventListener::new(&gloo::utils::window(), "popstate", move |_| {
                dispatcher.dispatch(Action::Choose(read_hash()));
            });
            move || std::mem::drop(listener)
        }
    });
    Callback::from(move |choice: Choice| {
        let hash = choice.to_hash();
        let url = if hash.is_empty() { String::from("#") } else { format!("#{hash}") };
        if let Ok(history) = gloo::utils::window().history() {
            // Where history can't be written, the choice counts all the same.
            let _ = history.push_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&url));
        }
        dispatcher.dispatch(Action::Choose(choice));
    })
}

/// `?` shows the keys, `/` goes to the filter. Returns where the dialog with the keys is.
#[hook]
fn use_keys(shows_keys: &UseStateHandle<bool>) -> NodeRef {
    let dialog = use_node_ref();
    {
        let dialog = dialog.clone();
        use_effect_with(**shows_keys, move |shows_keys| {
            if *shows_keys {
                open_keys(&dialog);
            }
        });
    }
    let shows_keys = shows_keys.clone();
    use_effect_with((), move |()| {
        let listener = EventListener::new_with_options(
            &gloo::utils::window(),
            "keydown",
            EventListenerOptions::enable_prevent_default(),
            move |event| {
                let Some(key) = event.dyn_ref::<KeyboardEvent>() else { return };
                match key.key().as_str() {
                    _ if drop::is_field(event) || key.ctrl_key() || key.meta_key() || key.alt_key() => {}
                    "?" => shows_keys.set(true),
                    "/" => {
                        let field = gloo::utils::document().get_element_by_id("filter");
                        if let Some(field) =
                            field.and_then(|field| field.dyn_into::<web_sys::HtmlElement>().ok())
                        {
                            event.prevent_default();
                            let _ = field.focus();
                        }
                    }
                    _ => {}
                }
            },
        );
        move || std::mem::drop(listener)
    });
    dialog
}

/// The worker learns of a new selection, before anything is drawn anew: it can answer meanwhile.
#[hook]
fn use_selection(model: &UseReducerHandle<Model>, link: &Rc<Link>) {
    let (link, model) = (link.clone(), model.clone());
    let of = (model.choice.selection.clone(), model.finished.is_some());
    use_memo(of, move |(selection, finished)| {
        if *finished {
            link.select(selection, rows_in_view(&model));
        }
    });
}

fn view(model: &UseReducerHandle<Model>, link: &Rc<Link>, choose: &Callback<Choice>) -> Html {
    let Some(summary) = model.summary.clone() else { return html! {} };
    let tables = views::Tables {
        rows: model.rows.clone(),
        choice: model.choice.clone(),
        version: model.version,
        on_choice: choose.clone(),
        on_rows: {
            let (link, model) = (link.clone(), model.clone());
            Callback::from(move |(table, from, count): (TableId, u32, u32)| {
                let rows = rows_request(&model, table, from, count);
                if model.finished.is_some() {
                    link.ask(&model.choice.selection, rows);
                } else {
                    link.send(&Request::Rows(rows));
                }
            })
        },
        on_csv: {
            let (link, model) = (link.clone(), model.clone());
            Callback::from(move |(table, target)| {
                link.send(&Request::Csv(rows_request(&model, table, 0, u32::MAX), target));
            })
        },
    };
    let tab = if model.tabs().contains(&model.choice.tab) { model.choice.tab } else { Tab::Summary };
    match tab {
        Tab::Summary => views::summary_view(&views::SummaryProps {
            summary,
            slots: model.slots.clone(),
            exact: model.choice.exact,
            on_site: to_site(model, choose),
        }),
        Tab::CallSites => {
            let on_site = {
                let link = link.clone();
                Callback::from(move |key: String| link.send(&Request::Site(key)))
            };
            html! { <views::CallSitesView {summary} {tables} site={model.site.clone()} {on_site} /> }
        }
        Tab::Allocations => views::allocations_view(&views::AllocationsProps { summary, tables }),
        Tab::Pages => html! { <views::PagesView {summary} {tables} /> },
        Tab::Notes => views::notes_view(&views::NotesProps { summary }),
        Tab::Report => {
            let on_options = {
                let link = link.clone();
                Callback::from(move |options: ReportOptions| link.send(&Request::Report(options)))
            };
            html! {
                <views::ReportView {summary} choice={model.choice.clone()} report={model.report.clone()} differs={model.differs}
                    version={model.version} {on_options} on_choice={choose.clone()} />
            }
        }
    }
}

/// From a call site in the summary to its row.
fn to_site(model: &UseReducerHandle<Model>, choose: &Callback<Choice>) -> Callback<AttrValue> {
    let choice = model.choice.clone();
    choose.reform(move |key: AttrValue| {
        let mut choice = Choice { tab: Tab::CallSites, ..choice.clone() };
        choice.selection.text = key.to_string();
        choice
    })
}

/// The rows that the current view showed last, as they are to be shown now.
fn rows_in_view(model: &Model) -> Option<RowsRequest> {
    let tables: &[TableId] = match model.choice.tab {
        Tab::CallSites => &[TableId::CallSites],
        Tab::Allocations => &[TableId::Allocations],
        Tab::Pages => &[TableId::Pages, TableId::PageCallSites],
        _ => &[],
    };
    let latest =
        tables.iter().filter_map(|table| model.rows.get(table)).max_by_key(|rows| rows.request.version);
    let RowsRequest { table, from, count, .. } = latest?.request;
    Some(rows_request(model, table, from, count))
}

fn rows_request(model: &Model, table: TableId, from: u32, count: u32) -> RowsRequest {
    let sort: Vec<Sort> = model.sort(table);
    RowsRequest { table, sort, from, count, raw: model.choice.raw, version: model.version }
}

fn note_count(model: &Model) -> usize {
    let Some(summary) = &model.summary else { return 0 };
    let notes = &summary.notes;
    usize::from(notes.damage.is_some()) + usize::from(notes.lost_events > 0.0) + notes.sentences.len()
}

fn read_hash() -> Choice {
    Choice::from_hash(&gloo::utils::window().location().hash().unwrap_or_default())
}

fn fetch(urls: Vec<String>) -> Request {
    let location = gloo::utils::window().location();
    Request::Fetch { urls, base: location.href().unwrap_or_default() }
}

/// `?sample`, or `?trace=…&kallsyms=…&numa=…`.
fn named_in_address() -> Vec<String> {
    let search = gloo::utils::window().location().search().unwrap_or_default();
    let Ok(params) = web_sys::UrlSearchParams::new_with_str(&search) else { return Vec::new() };
    if params.has("sample") {
        return vec![SAMPLE.into()];
    }
    ["trace", "kallsyms", "numa"].iter().filter_map(|name| params.get(name)).collect()
}
