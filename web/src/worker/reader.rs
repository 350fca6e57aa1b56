//! The worker that reads: it turns parts of files into bytes, while the analyser works on those before.
//!
//! It begins by sending an empty message: what is sent to it before is lost. A request is `[number, blob]`; the answer is `[number, bytes]`, or `[number, undefined, reason]`.

use js_sys::{Array, ArrayBuffer};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, MessageEvent};

use super::{scope, source::describe};

/// Listens to the analyser. To be called once, in the worker that reads.
pub fn start_reader() {
    let handler = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| {
        let request: Array = event.data().unchecked_into();
        let (number, blob) = (request.get(0), request.get(1).unchecked_into::<Blob>());
        // Several parts are on their way at a time; each is sent when it is there.
        spawn_local(async move {
            let bytes: Result<ArrayBuffer, JsValue> =
                JsFuture::from(blob.array_buffer()).await.map(JsCast::unchecked_into);
            let _ = match bytes {
                Ok(bytes) => {
                    let message = Array::of2(&number, &bytes);
                    scope().post_message_with_transfer(&message, &Array::of1(&bytes))
                }
                Err(error) => {
                    let reason = describe(&error).into();
                    scope().post_message(&Array::of3(&number, &JsValue::UNDEFINED, &reason))
                }
            };
        });
    });
    scope().set_onmessage(Some(handler.as_ref().unchecked_ref()));
    handler.forget();
    let _ = scope().post_message(&Array::new());
}
