//! Bytes of a file, read at once, while the worker waits.

use std::cell::RefCell;

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use web_sys::{Blob, FileReaderSync};

/// Each read is a way to the browser's process and back, which takes as long as reading this many bytes.
const BLOCK: u64 = 128 << 10;

/// A file, or anything else that is read the same way.
pub(crate) struct FileSource {
    blob: Blob,
    reader: FileReaderSync,
    /// The block in which the last few bytes were read, and where it begins.
    block: RefCell<Option<(u64, Uint8Array)>>,
}

impl FileSource {
    pub(crate) fn new(blob: Blob) -> Result<FileSource, String> {
        let reader = FileReaderSync::new().map_err(|error| describe(&error))?;
        Ok(FileSource { blob, reader, block: RefCell::default() })
    }

    pub(crate) fn len(&self) -> u64 {
        self.blob.size() as u64
    }

    /// As [`FileSource::read`], for a few bytes that have others near them which will be read soon.
    pub(crate) fn read_few(&self, offset: u64, len: u64) -> Result<Uint8Array, String> {
        if len >= BLOCK {
            return self.read(offset, len);
        }
        let end = offset.saturating_add(len).min(self.len()).max(offset);
        let mut block = self.block.borrow_mut();
        let is_in = |(start, bytes): &&(u64, Uint8Array)| {
            *start <= offset && end <= start.saturating_add(bytes.length().into())
        };
        let (start, bytes) = match block.as_ref().filter(is_in) {
            Some(block) => block.clone(),
            None => block.insert((offset, self.read(offset, BLOCK)?)).clone(),
        };
        Ok(bytes.subarray((offset - start) as u32, (end - start) as u32))
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
