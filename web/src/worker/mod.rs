//! The analyser: it owns the trace and answers the page; and the worker that reads for it.

mod ahead;
mod csv;
mod job;
mod memory;
mod names;
mod open;
mod reader;
mod recent;
mod session;
mod site;
mod source;
mod summary;
mod tables;
mod unpack;

pub use reader::start_reader;
pub use session::Session;

use std::{cell::RefCell, rc::Rc};

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{DedicatedWorkerGlobalScope, File, MessageEvent};

use crate::protocol::{self, Reply, Request};
use ahead::ReadingWorker;

/// The session, shared by the message handler and the jobs that it starts.
pub(crate) type Shared = Rc<RefCell<Session>>;

/// Listens to the page. To be called once, in the worker that analyses.
pub fn start() {
    std::panic::set_hook(Box::new(|panic| {
        let place =
            panic.location().map(|place| format!(" ({}:{})", place.file(), place.line())).unwrap_or_default();
        post(&Reply::Problem(format!(
            "An error in kmemscope itself stopped the analysis{place}: please report it; drop the files again to go on."
        )));
    }));
    let session: Shared = Rc::default();
    let handler = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        // A message is the pair [request, files].
        let data: Array = event.data().unchecked_into();
        match protocol::decode::<Request>(data.get(0)) {
            Ok(request) => {
                let files =
                    data.get(1).dyn_into::<Array>().map(|files| files.iter().filter_map(file).collect());
                handle(&session, request, files.unwrap_or_default());
            }
            Err(error) => post(&Reply::Problem(format!(
                "The page sent what its worker doesn't know: {error}; reload the page."
            ))),
        }
    });
    scope().set_onmessage(Some(handler.as_ref().unchecked_ref()));
    handler.forget();
    post(&Reply::Ready);
}

fn file(value: JsValue) -> Option<File> {
    value.dyn_into().ok()
}

fn handle(session: &Shared, request: Request, files: Vec<File>) {
    match request {
        Request::Begin { script, memory } => {
            let mut session = session.borrow_mut();
            session.read_by(ReadingWorker::start(&script));
            session.limit(memory);
        }
        Request::Files => job::open_files(session, files),
        Request::Paste(text) => job::open_text(session, &text),
        Request::Fetch { urls, base } => job::fetch(session, urls, base),
        Request::Cancel => session.borrow_mut().cancel(),
        Request::Select(selection, rows) => {
            let mut session = session.borrow_mut();
            let selected = session.select(selection);
            if let Err(sentence) = &selected {
                post(&Reply::Problem(sentence.clone()));
            }
            session.watch(rows);
            match selected {
                Ok(true) => session.publish_with_rows(),
                _ => session.tell_rows(),
            }
        }
        Request::Rows(request) => {
            let mut session = session.borrow_mut();
            session.watch(Some(request));
            session.tell_rows();
        }
        Request::Csv(request, target) => {
            let text = session.borrow_mut().csv(&request);
            post(&Reply::Csv { target, name: format!("{}.csv", request.table.name()), text });
        }
        Request::Site(key) => {
            if let Some(detail) = session.borrow_mut().site(&key) {
                post(&Reply::Site(Box::new(detail)));
            }
        }
        Request::Report(options) => {
            let report = session.borrow().report(&options);
            post(&Reply::Report(Box::new(report)));
            let places = session.borrow_mut().differs(&options);
            post(&Reply::Differs(places));
        }
    }
}

/// Sends a reply to the page.
pub(crate) fn post(reply: &Reply) {
    // A reply that can't be expressed can't be told of either.
    if let Ok(message) = protocol::encode(reply) {
        let _ = scope().post_message(&message);
    }
}

pub(crate) fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Milliseconds since the worker began.
pub(crate) fn now() -> f64 {
    scope().performance().map_or(0.0, |performance| performance.now())
}
