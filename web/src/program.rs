//! The program itself: which part of it runs here, and how it starts its other parts.

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, Worker, WorkerOptions, WorkerType};

/// The script that starts a worker; relative, so that the page works in any folder.
const STARTER: &str = "./worker.js";

/// A part of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What the user sees.
    Page,
    /// Owns the trace and answers the page.
    Analyser,
    /// Reads the file for the analyser, so that reading and analysing go on at the same time.
    Reader,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Role::Page => "page",
            Role::Analyser => "analyser",
            Role::Reader => "reader",
        }
    }
}

/// What this instance is: a worker has its role as its name.
pub fn role() -> Role {
    match js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() {
        Ok(scope) if scope.name() == Role::Reader.name() => Role::Reader,
        Ok(_) => Role::Analyser,
        Err(_) => Role::Page,
    }
}

/// Starts another part of the program as a worker of this one. `script` is that of [`script`].
///
/// # Errors
/// Where the browser refuses to.
pub fn start(role: Role, script: &str) -> Result<Worker, JsValue> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    options.set_name(role.name());
    let worker = Worker::new_with_options(STARTER, &options)?;
    // The compiled program is shared: it is neither loaded nor compiled again.
    worker.post_message(&Array::of2(&script.into(), &wasm_bindgen::module()))?;
    Ok(worker)
}

/// The program's own script, whose name changes with each build: trunk tells the page to load it early.
pub fn script() -> String {
    let preload = gloo::utils::document().query_selector("link[rel=modulepreload]").ok().flatten();
    preload.and_then(|link| link.get_attribute("href")).unwrap_or_default()
}
