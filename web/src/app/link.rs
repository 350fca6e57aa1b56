//! The page's end of the wire to its worker.

use std::{cell::RefCell, rc::Rc};

use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{ErrorEvent, File, MessageEvent, Worker};

use crate::{
    program::{self, Role},
    protocol::{self, Reply, Request, RowsRequest, Selection},
};

type OnReply = Rc<dyn Fn(Reply)>;
type OnLost = Rc<dyn Fn(String)>;

/// A running worker. Requests sent before it listens wait.
#[derive(Clone)]
pub struct Link(Rc<Inner>);

struct Inner {
    worker: RefCell<Option<Running>>,
    waiting: RefCell<Vec<JsValue>>,
    /// The selection that the worker has.
    selection: RefCell<Selection>,
    is_ready: RefCell<bool>,
    on_reply: OnReply,
    on_lost: OnLost,
}

struct Running {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl PartialEq for Link {
    fn eq(&self, other: &Link) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Link")
    }
}

impl Link {
    /// Starts a worker.
    pub fn new(on_reply: impl Fn(Reply) + 'static, on_lost: impl Fn(String) + 'static) -> Link {
        let link = Link(Rc::new(Inner {
            worker: RefCell::new(None),
            waiting: RefCell::default(),
            selection: RefCell::default(),
            is_ready: RefCell::new(false),
            on_reply: Rc::new(on_reply),
            on_lost: Rc::new(on_lost),
        }));
        link.spawn();
        link
    }

    fn spawn(&self) {
        *self.0.is_ready.borrow_mut() = false;
        self.0.selection.take();
        let worker = match program::start(Role::Analyser, &program::script()) {
            Ok(worker) => worker,
            Err(_) => {
                return (self.0.on_lost)("This browser refuses to start the page's worker: serve the page over http, not from a file.".into());
            }
        };
        let on_message = {
            let link = Rc::downgrade(&self.0);
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                let Some(inner) = link.upgrade() else { return };
                match protocol::decode::<Reply>(event.data()) {
                    Ok(Reply::Ready) => Link(inner).ready(),
                    Ok(reply) => (inner.on_reply)(reply),
                    Err(error) => (inner.on_reply)(Reply::Problem(format!(
                        "The worker sent what the page doesn't know: {error}; reload the page."
                    ))),
                }
            })
        };
        let on_error = {
            let link = Rc::downgrade(&self.0);
            Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
                if let Some(inner) = link.upgrade() {
                    event.prevent_default();
                    Link(inner).lost(&event.message());
                }
            })
        };
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        *self.0.worker.borrow_mut() = Some(Running { worker, _on_message: on_message, _on_error: on_error });
    }

    fn ready(&self) {
        *self.0.is_ready.borrow_mut() = true;
        self.send(&Request::Begin { script: program::script(), memory: memory_limit() });
        let waiting = self.0.waiting.take();
        for message in waiting {
            self.post(&message);
        }
        (self.0.on_reply)(Reply::Ready);
    }

    /// The worker died: a fresh one takes its place, what was open is gone.
    fn lost(&self, why: &str) {
        let was_ready = *self.0.is_ready.borrow();
        if let Some(running) = self.0.worker.take() {
            running.worker.terminate();
        }
        (self.0.on_lost)(if why.contains("memory") || why.contains("unreachable") {
            format!(
                "The analysis stopped ({why}): the tab may have run out of memory; a shorter recording will fit. Drop other files to go on."
            )
        } else {
            format!("The analysis stopped ({why}); drop the files again to go on.")
        });
        if was_ready {
            self.spawn();
        }
    }

    fn post(&self, message: &JsValue) {
        if let Some(running) = &*self.0.worker.borrow()
            && running.worker.post_message(message).is_err()
        {
            (self.0.on_reply)(Reply::Problem("The worker can't be reached: reload the page.".into()));
        }
    }

    /// Sends a request.
    pub fn send(&self, request: &Request) {
        self.send_files(request, &[]);
    }

    /// Asks for rows of the events that `selection` lets count: rows of what is no longer selected are not worth waiting
    /// for.
    pub fn ask(&self, selection: &Selection, rows: RowsRequest) {
        if *self.0.selection.borrow() == *selection {
            self.send(&Request::Rows(rows));
        } else {
            self.select(selection, Some(rows));
        }
    }

    /// Tells which events count and which rows are seen, where the worker does not know it yet.
    pub fn select(&self, selection: &Selection, rows: Option<RowsRequest>) {
        if self.0.selection.replace(selection.clone()) != *selection {
            self.send(&Request::Select(selection.clone(), rows));
        }
    }

    /// Sends a request with files: their handles, not their bytes.
    pub fn send_files(&self, request: &Request, files: &[File]) {
        let Ok(request) = protocol::encode(request) else { return };
        let files: Array = files.iter().collect();
        let message: JsValue = Array::of2(&request, &files).into();
        if *self.0.is_ready.borrow() {
            self.post(&message);
        } else {
            self.0.waiting.borrow_mut().push(message);
        }
    }
}

/// The memory that the page's address allows a trace, `?memory=MIB`.
fn memory_limit() -> Option<f64> {
    let search = gloo::utils::window().location().search().ok()?;
    let mib: u32 = web_sys::UrlSearchParams::new_with_str(&search).ok()?.get("memory")?.parse().ok()?;
    Some(f64::from(mib) * f64::from(1 << 20))
}
