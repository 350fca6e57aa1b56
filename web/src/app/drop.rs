//! Files that are dropped anywhere on the page, and texts that are pasted.

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, DragEvent, Element, Event, File, FileList};
use yew::Callback;

use super::folder;

/// What the user gave.
#[derive(Clone, Debug)]
pub(super) enum Given {
    /// Files.
    Files(Vec<File>),
    /// A text.
    Text(String),
    /// Files are held over the page, or no longer.
    Hover(bool),
}

/// Listens until dropped.
pub(super) fn listen(on_given: &Callback<Given>) -> Vec<EventListener> {
    let window = gloo::utils::window();
    let on = |name: &'static str, act: fn(&Event, &Callback<Given>)| {
        let on_given = on_given.clone();
        let options = EventListenerOptions::enable_prevent_default();
        EventListener::new_with_options(&window, name, options, move |event| act(event, &on_given))
    };
    vec![
        on("dragover", |event, on_given| {
            event.prevent_default();
            on_given.emit(Given::Hover(true));
        }),
        on("dragleave", |event, on_given| {
            // Leaving the window, not an element of it.
            if event.dyn_ref::<DragEvent>().is_some_and(|event| event.related_target().is_none()) {
                on_given.emit(Given::Hover(false));
            }
        }),
        on("drop", |event, on_given| {
            event.prevent_default();
            on_given.emit(Given::Hover(false));
            if let Some(data) = event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer) {
                let on_given = on_given.clone();
                folder::files(&data, move |files| {
                    if !files.is_empty() {
                        on_given.emit(Given::Files(files));
                    }
                });
            }
        }),
        on("paste", |event, on_given| {
            if is_field(event) {
                return;
            }
            let Some(data) = event.dyn_ref::<ClipboardEvent>().and_then(ClipboardEvent::clipboard_data)
            else {
                return;
            };
            let files = data.files().map(|files| list(&files)).unwrap_or_default();
            if !files.is_empty() {
                on_given.emit(Given::Files(files));
            } else if let Ok(text) = data.get_data("text")
                && !text.is_empty()
            {
                on_given.emit(Given::Text(text));
            }
        }),
    ]
}

/// The files of a list.
pub(crate) fn list(files: &FileList) -> Vec<File> {
    (0..files.length()).filter_map(|at| files.get(at)).collect()
}

/// Whether the event happened in a field that takes text itself.
pub(super) fn is_field(event: &Event) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    element.is_some_and(|element| matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"))
}
