//! Bytes of a file, read at once, while the worker waits.

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use web_sys::{Blob, FileReaderSync};

/// A file, or anything else that is read the same way.
pub(crate) struct FileSource {
    blob: Blob,
    reader: FileReaderSync,
}

impl FileSource {
    pub(crate) fn new(blob: Blob) -> Result<FileSource, String> {
        let reader = FileReaderSync::new().map_err(|error| describe(&error))?;
        Ok(FileSource { blob, reader })
    }

    pub(crate) fn len(&self) -> u64 {
        self.blob.size() as u64
    }

    /// Up to `len` bytes at `offset`; fewer where the file ends.
    pub(crate) fn read(&self, offset: u64, len: u64) -> Result<Uint8Array, String> {
        let end = offset.saturating_add(len).min(self.len());
        let slice = self
            .blob
            .slice_with_f64_and_f64(offset.min(end) as f64, end as f64)
            .map_err(|error| describe(&error))?;
        let bytes = self.reader.read_as_array_buffer(&slice).map_err(|error| describe(&error))?;
        Ok(Uint8Array::new(&bytes))
    }
}

/// What a browser's error says.
pub(crate) fn describe(error: &JsValue) -> String {
    js_sys::Reflect::get(error, &JsValue::from_str("message"))
        .ok()
        .and_then(|message| message.as_string())
        .unwrap_or_else(|| String::from("the browser gives no reason"))
}
