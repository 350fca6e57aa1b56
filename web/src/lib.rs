//! The page: a yew application, and the workers that read and compute for it.
//!
//! The analyser owns the trace; the page holds only what it shows. They speak [`protocol`].

// yew's properties hold callbacks, which have nothing to show.
#![allow(missing_debug_implementations)]

pub mod app;
pub mod charts;
pub mod components;
pub mod format;
pub mod program;
pub mod protocol;
pub mod state;
pub mod table;
pub mod views;
pub mod worker;

/// The files that a file field holds.
pub(crate) fn app_files(input: &web_sys::HtmlInputElement) -> Vec<web_sys::File> {
    input.files().map(|files| app::list(&files)).unwrap_or_default()
}

#[cfg(test)]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
