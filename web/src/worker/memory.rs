//! How much of a trace fits.

use kmem::TraceBuilder;
use wasm_bindgen::JsCast;

/// Bytes that a trace may take while it is read. The address space of wasm ends at 4 GiB, and browsers give a tab little
/// more.
const LIMIT: f64 = 2.3e9;
/// The end of the address space, with room for what is asked of the worker later.
const END: f64 = 3.6e9;
/// Bytes that counting takes for each ptr or page beside the trace: its state, while that grows twice, its row, and its place in an order.
const COUNTING: f64 = 200.0;

/// Bytes of this worker's wasm memory.
pub(crate) fn bytes() -> f64 {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let buffer: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
    f64::from(buffer.byte_length())
}

/// Whether no more of a trace should be read; `limit` takes the place of the usual one. wasm memory never shrinks, so that
/// its size says nothing of a trace that is read after another.
pub(crate) fn is_full(builder: &TraceBuilder, limit: Option<f64>) -> bool {
    let trace = builder.trace();
    let bytes = builder.memory() as f64;
    let counting = (trace.ptrs().len() + trace.pages().len()) as f64 * COUNTING;
    bytes > limit.unwrap_or(LIMIT) || bytes + counting > END
}
