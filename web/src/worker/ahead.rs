//! Reads a file ahead of who needs it, by the worker that reads.

use std::{cell::RefCell, collections::HashMap, collections::VecDeque, rc::Rc};

use js_sys::{Array, Function, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ErrorEvent, MessageEvent, Worker};

use super::source::describe;
use crate::program::{self, Role};

/// So many parts are on their way at most.
const DEPTH: usize = 3;
/// The first parts are small, so that there is something to show soon; each later one is twice as long.
const FIRST: u64 = 1 << 20;
/// Longer parts are read no faster.
const LONGEST: u64 = 16 << 20;

/// The worker that reads, and who waits for it.
#[derive(Clone, Debug)]
pub(crate) struct ReadingWorker {
    worker: Worker,
    waiting: Rc<RefCell<Waiting>>,
}

#[derive(Debug, Default)]
struct Waiting {
    /// Whether the worker listens.
    listens: bool,
    next: u32,
    /// Who takes the bytes of a part, and who takes the reason why there are none.
    parts: HashMap<u32, (Function, Function)>,
}

impl ReadingWorker {
    /// Starts it; `None` where the browser has no workers of workers.
    pub(crate) fn start(script: &str) -> Option<ReadingWorker> {
        let worker = program::start(Role::Reader, script).ok()?;
        let waiting: Rc<RefCell<Waiting>> = Rc::default();
        let on_message = {
            let waiting = waiting.clone();
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                let answer: Array = event.data().unchecked_into();
                if answer.length() == 0 {
                    waiting.borrow_mut().listens = true;
                    return;
                }
                let number = answer.get(0).as_f64().unwrap_or_default() as u32;
                let Some((take, refuse)) = waiting.borrow_mut().parts.remove(&number) else { return };
                let bytes = answer.get(1);
                let _ = if bytes.is_undefined() {
                    refuse.call1(&JsValue::NULL, &answer.get(2))
                } else {
                    take.call1(&JsValue::NULL, &bytes)
                };
            })
        };
        let on_error = {
            let waiting = waiting.clone();
            Closure::<dyn FnMut(ErrorEvent)>::new(move |event: ErrorEvent| {
                event.prevent_default();
                let parts = {
                    let mut waiting = waiting.borrow_mut();
                    waiting.listens = false;
                    std::mem::take(&mut waiting.parts)
                };
                for (_, refuse) in parts.into_values() {
                    let _ = refuse.call1(&JsValue::NULL, &event.message().into());
                }
            })
        };
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        on_message.forget();
        on_error.forget();
        Some(ReadingWorker { worker, waiting })
    }

    /// Whether it is there to be asked.
    pub(crate) fn listens(&self) -> bool {
        self.waiting.borrow().listens
    }

    fn request(&self, part: &Blob) -> Promise {
        Promise::new(&mut |take, refuse| {
            let number = {
                let mut waiting = self.waiting.borrow_mut();
                waiting.next = waiting.next.wrapping_add(1);
                let number = waiting.next;
                waiting.parts.insert(number, (take, refuse.clone()));
                number
            };
            if let Err(error) = self.worker.post_message(&Array::of2(&number.into(), part)) {
                let _ = refuse.call1(&JsValue::NULL, &describe(&error).into());
            }
        })
    }
}

/// One file, read ahead.
pub(crate) struct Ahead {
    worker: ReadingWorker,
    blob: Blob,
    /// Parts on their way, one behind the other: where each begins and ends.
    parts: VecDeque<(u64, u64, JsFuture)>,
    longest: u64,
}

impl Ahead {
    pub(crate) fn new(worker: ReadingWorker, blob: Blob) -> Ahead {
        Ahead { worker, blob, parts: VecDeque::new(), longest: FIRST }
    }

    /// The next bytes from `offset` on, and no byte from `end` on.
    pub(crate) async fn read(&mut self, offset: u64, end: u64) -> Result<Uint8Array, String> {
        if self.parts.front().is_none_or(|&(start, ..)| start != offset) {
            self.parts.clear();
        }
        let mut next = self.parts.back().map_or(offset, |&(_, next, _)| next);
        while self.parts.len() < DEPTH && next < end {
            let until = next.saturating_add(self.longest).min(end);
            let part = self
                .blob
                .slice_with_f64_and_f64(next as f64, until as f64)
                .map_err(|error| describe(&error))?;
            self.parts.push_back((next, until, JsFuture::from(self.worker.request(&part))));
            self.longest = (self.longest * 2).min(LONGEST);
            next = until;
        }
        match self.parts.pop_front() {
            Some((.., part)) => {
                let bytes =
                    part.await.map_err(|reason| reason.as_string().unwrap_or_else(|| describe(&reason)))?;
                Ok(Uint8Array::new(&bytes))
            }
            None => Ok(Uint8Array::new_with_length(0)),
        }
    }
}
