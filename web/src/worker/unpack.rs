//! Packed inputs: what is inside becomes a blob of the browser's, which is read at random like any file and needs no
//! memory of the worker's.

use js_sys::{Array, Uint8Array};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ReadableWritablePair, Response};

use super::source::{FileSource, describe};

/// Unpacked bytes are handed to the browser in parts of about this many.
const PART: usize = 8 << 20;
/// Read from a packed file at a time.
const CHUNK: u64 = 4 << 20;
/// Larger windows than `zstd --long=27` makes need more memory than a tab should give.
const MAX_WINDOW: u64 = 129 << 20;
/// Bytes of a tar header and the unit of its contents.
const TAR_BLOCK: u64 = 512;
/// A tar with more files than this is not a set of the three inputs.
const MAX_ENTRIES: usize = 256;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = DecompressionStream)]
    type DecompressionStream;

    #[wasm_bindgen(constructor, js_class = "DecompressionStream", catch)]
    fn new(format: &str) -> Result<DecompressionStream, JsValue>;
}

/// Unpacks gzip, with the browser's own unpacker.
pub(crate) async fn gzip(blob: &Blob) -> Result<Blob, String> {
    let damaged = |error: JsValue| format!("its gzip packing is damaged or cut ({})", describe(&error));
    let unpacker = DecompressionStream::new("gzip").map_err(damaged)?;
    let pair: &ReadableWritablePair = unpacker.unchecked_ref();
    let stream = blob.stream().pipe_through(pair);
    let response = Response::new_with_opt_readable_stream(Some(&stream)).map_err(damaged)?;
    let unpacked = JsFuture::from(response.blob().map_err(damaged)?).await.map_err(damaged)?;
    Ok(unpacked.unchecked_into())
}

/// Unpacks Zstandard, frame after frame. Where the packing is damaged, what came before it is returned with a sentence.
pub(crate) fn zstd(blob: &Blob) -> Result<(Blob, Option<String>), String> {
    let mut input = Input { source: FileSource::new(blob.clone())?, position: 0, chunk: Vec::new(), at: 0 };
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(MAX_WINDOW);
    let parts = Array::new();
    let mut damage = None;
    while !input.is_at_end() {
        if let Err(error) = unpack_frame(&mut decoder, &mut input, &parts) {
            damage =
                Some(format!("its zstd packing is damaged or cut near byte {} ({error})", input.offset()));
            break;
        }
    }
    if parts.length() == 0
        && let Some(damage) = damage
    {
        return Err(damage);
    }
    Ok((join(&parts)?, damage))
}

fn unpack_frame(decoder: &mut FrameDecoder, input: &mut Input, parts: &Array) -> Result<(), String> {
    decoder.reset(&mut *input).map_err(|error| error.to_string())?;
    loop {
        let result = decoder.decode_blocks(&mut *input, BlockDecodingStrategy::UptoBytes(PART));
        if let Some(bytes) = decoder.collect()
            && !bytes.is_empty()
        {
            let part = Array::of1(&Uint8Array::from(bytes.as_slice()));
            let part = Blob::new_with_u8_array_sequence(&part).map_err(|error| describe(&error))?;
            parts.push(&part);
        }
        match result {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}

fn join(parts: &Array) -> Result<Blob, String> {
    Blob::new_with_blob_sequence(parts).map_err(|error| describe(&error))
}

/// A packed blob, read in chunks.
struct Input {
    source: FileSource,
    position: u64,
    chunk: Vec<u8>,
    at: usize,
}

impl Input {
    fn offset(&self) -> u64 {
        self.position - (self.chunk.len() - self.at) as u64
    }

    fn is_at_end(&self) -> bool {
        self.offset() >= self.source.len()
    }
}

impl ruzstd::io::Read for &mut Input {
    fn read(&mut self, space: &mut [u8]) -> Result<usize, ruzstd::io::Error> {
        if self.at == self.chunk.len() {
            let position = self.position;
            let this = &mut **self;
            match this.source.read(position, CHUNK).map(|bytes| bytes.to_vec()) {
                Ok(bytes) => {
                    this.chunk.clear();
                    this.chunk.extend_from_slice(&bytes);
                    this.position += bytes.len() as u64;
                    this.at = 0;
                }
                Err(error) => {
                    return Err(ruzstd::io::Error::new(ruzstd::io::ErrorKind::Other, Box::new(error)));
                }
            }
        }
        let rest = self.chunk.get(self.at..).unwrap_or_default();
        let count = rest.len().min(space.len());
        if let (Some(to), Some(from)) = (space.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.at += count;
        Ok(count)
    }
}

/// The files in a tar: names and contents, which stay where they are.
pub(crate) fn tar(blob: &Blob) -> Result<Vec<(String, Blob)>, String> {
    let source = FileSource::new(blob.clone())?;
    let total = source.len();
    let mut files = Vec::new();
    let mut offset = 0;
    while offset + TAR_BLOCK <= total && files.len() < MAX_ENTRIES {
        let header = source.read(offset, TAR_BLOCK)?.to_vec();
        if header.iter().all(|&byte| byte == 0) {
            break;
        }
        let Some(size) = header.get(124..136).and_then(tar_number) else {
            return Err(format!("its tar header at byte {offset} has no size that can be read"));
        };
        let kind = header.get(156).copied().unwrap_or(0);
        let name = header.get(..100).unwrap_or_default();
        let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
        let name = String::from_utf8_lossy(name).into_owned();
        let start = offset + TAR_BLOCK;
        let end = start.saturating_add(size).min(total);
        // Links, folders and extended headers hold no input.
        if matches!(kind, 0 | b'0' | b'7') && size > 0 {
            let file =
                blob.slice_with_f64_and_f64(start as f64, end as f64).map_err(|error| describe(&error))?;
            files.push((name, file));
        }
        offset = start.saturating_add(size.div_ceil(TAR_BLOCK).saturating_mul(TAR_BLOCK));
    }
    Ok(files)
}

/// An octal number, or a base-256 one where the first bit is set.
fn tar_number(field: &[u8]) -> Option<u64> {
    if field.first().is_some_and(|byte| byte & 0x80 != 0) {
        return field
            .iter()
            .skip(4)
            .try_fold(0u64, |sum, &byte| sum.checked_mul(256).map(|sum| sum + u64::from(byte)));
    }
    let text = core::str::from_utf8(field).ok()?;
    u64::from_str_radix(text.trim_matches(['\0', ' ']), 8).ok()
}
