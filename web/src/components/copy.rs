//! Copying a text, and saving one as a file.

use gloo::timers::callback::Timeout;
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};
use yew::prelude::*;

/// What the button is given.
#[derive(Clone, PartialEq, Properties)]
pub struct CopyButtonProps {
    /// The text to copy.
    pub text: AttrValue,
    /// What the button says.
    #[prop_or("Copy".into())]
    pub label: AttrValue,
}

/// Copies a text and says so for a moment.
#[component]
pub fn CopyButton(props: &CopyButtonProps) -> Html {
    let is_done = use_state(|| false);
    let onclick = {
        let (text, is_done) = (props.text.clone(), is_done.clone());
        Callback::from(move |_: MouseEvent| {
            copy(&text);
            is_done.set(true);
            let is_done = is_done.clone();
            Timeout::new(1500, move || is_done.set(false)).forget();
        })
    };
    html! {
        <button class="quiet copy" {onclick} data-testid="copy">
            { if *is_done { "Copied".into() } else { props.label.clone() } }
        </button>
    }
}

/// Puts a text into the clipboard; where the browser refuses, nothing happens.
pub fn copy(text: &str) {
    let _ = gloo::utils::window().navigator().clipboard().write_text(text);
}

/// Saves a text as a file.
pub fn save(name: &str, text: &str) {
    let options = BlobPropertyBag::new();
    options.set_type("text/csv;charset=utf-8");
    let parts = Array::of1(&JsValue::from_str(text));
    let Ok(blob) = Blob::new_with_str_sequence_and_options(&parts, &options) else { return };
    let Ok(url) = Url::create_object_url_with_blob(&blob) else { return };
    let anchor =
        gloo::utils::document().create_element("a").ok().and_then(|a| a.dyn_into::<HtmlAnchorElement>().ok());
    if let Some(anchor) = anchor {
        anchor.set_href(&url);
        anchor.set_download(name);
        anchor.click();
    }
    // The browser has its own reference by now.
    let _ = Url::revoke_object_url(&url);
}
