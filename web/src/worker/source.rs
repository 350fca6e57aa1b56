//! Bytes of a file, read slice by slice into the worker's memory.

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use web_sys::{Blob, FileReaderSync};

/// Slices of this many bytes: smaller ones are read three times slower.
pub(crate) const SLICE: u64 = 32 << 20;

/// A file, or anything else that is read the same way.
pub(crate) struct FileSource {
    blob: Blob,
    reader: FileReaderSync,
    buffer: Vec<u8>,
}

impl FileSource {
    pub(crate) fn new(blob: Blob) -> Result<FileSource, String> {
        let reader = FileReaderSync::new().map_err(|error| describe(&error))?;
        Ok(FileSource { blob, reader, buffer: Vec::new() })
    }

    pub(crate) fn len(&self) -> u64 {
        self.blob.size() as u64
    }

    /// Up to `len` bytes at `offset`; fewer where the file ends.
    pub(crate) fn read(&mut self, offset: u64, len: u64) -> Result<&[u8], String> {
        let end = offset.saturating_add(len).min(self.len());
        let slice = self
            .blob
            .slice_with_f64_and_f64(offset.min(end) as f64, end as f64)
            .map_err(|error| describe(&error))?;
        let bytes = self.reader.read_as_array_buffer(&slice).map_err(|error| describe(&error))?;
        let bytes = Uint8Array::new(&bytes);
        self.buffer.resize(bytes.length() as usize, 0);
        bytes.copy_to(&mut self.buffer);
        Ok(&self.buffer)
    }
}

/// What a browser's error says.
pub(crate) fn describe(error: &JsValue) -> String {
    js_sys::Reflect::get(error, &JsValue::from_str("message"))
        .ok()
        .and_then(|message| message.as_string())
        .unwrap_or_else(|| String::from("the browser gives no reason"))
}
