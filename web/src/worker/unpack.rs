//! Packed inputs: what is inside becomes a blob of the browser's, which is read at random like any file and needs no
//! memory of the worker's.

use js_sys::{Array, Reflect, Uint8Array};
use perfdata::unpack::Zstd;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ReadableStreamDefaultReader, ReadableWritablePair};

use super::source::{FileSource, describe};

/// Unpacked bytes are handed to the browser in parts of about this many.
const PART: usize = 8 << 20;
/// Read from a packed file at a time.
const CHUNK: u64 = 4 << 20;
/// Bytes of a tar header and the unit of its contents.
const TAR_BLOCK: u64 = 512;
/// A tar with more files than this is not a set of the three inputs.
const MAX_ENTRIES: usize = 256;

/// What came out of a packing.
pub(crate) struct Unpacked {
    pub(crate) blob: Blob,
    /// A sentence, where the packing is damaged behind that.
    pub(crate) damage: Option<String>,
}

/// The files of a tar, and a sentence where it is damaged behind them.
pub(crate) struct Untarred {
    /// Names and contents.
    pub(crate) files: Vec<(String, Blob)>,
    pub(crate) damage: Option<String>,
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = DecompressionStream)]
    type DecompressionStream;

    #[wasm_bindgen(constructor, js_class = "DecompressionStream", catch)]
    fn new(format: &str) -> Result<DecompressionStream, JsValue>;
}

/// Unpacks gzip, with the browser's own unpacker. Where the packing is damaged, what came before it is returned with a
/// sentence.
pub(crate) async fn gzip(blob: &Blob) -> Result<Unpacked, String> {
    let damaged = |error: JsValue| format!("its gzip packing is damaged or cut ({})", describe(&error));
    let unpacker = DecompressionStream::new("gzip").map_err(damaged)?;
    let pair: &ReadableWritablePair = unpacker.unchecked_ref();
    let stream = blob.stream().pipe_through(pair);
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let mut parts = Array::new();
    // The browser hands out small pieces; each blob of them is worth some work.
    let (pieces, mut size) = (Array::new(), 0);
    let mut damage = None;
    loop {
        let piece = match JsFuture::from(reader.read()).await {
            Ok(piece) => piece,
            Err(error) => {
                damage = Some(damaged(error));
                break;
            }
        };
        let Ok(value) = Reflect::get(&piece, &"value".into()).and_then(JsCast::dyn_into::<Uint8Array>) else {
            break;
        };
        size += value.length() as usize;
        pieces.push(&value);
        if size >= PART {
            add(&mut parts, &pieces)?;
            pieces.set_length(0);
            size = 0;
        }
    }
    add(&mut parts, &pieces)?;
    finish(&parts, damage)
}

/// Unpacks Zstandard, frame after frame. Where the packing is damaged, what came before it is returned with a sentence.
pub(crate) fn zstd(blob: &Blob) -> Result<Unpacked, String> {
    let source = FileSource::new(blob.clone())?;
    let mut layer = Zstd::default();
    let mut parts = Array::new();
    let mut bytes = Vec::new();
    let mut offset = 0;
    let damage = loop {
        let chunk = source.read(offset, CHUNK)?.to_vec();
        offset += chunk.len() as u64;
        let mut take = |unpacked: &[u8]| {
            bytes.extend_from_slice(unpacked);
            Ok(())
        };
        let result = if chunk.is_empty() { layer.finish(&mut take) } else { layer.push(&chunk, &mut take) };
        if bytes.len() >= PART || chunk.is_empty() || result.is_err() {
            add(&mut parts, &Array::of1(&Uint8Array::from(bytes.as_slice())))?;
            bytes.clear();
        }
        match result {
            Ok(()) if chunk.is_empty() => break None,
            Ok(()) => {}
            Err(error) => break Some(format!("its zstd packing is damaged or cut: {error}")),
        }
    };
    finish(&parts, damage)
}

/// Makes pieces a part: bytes that the browser may keep outside this worker's memory.
fn add(parts: &mut Array, pieces: &Array) -> Result<(), String> {
    let part = Blob::new_with_u8_array_sequence(pieces).map_err(|error| describe(&error))?;
    if part.size() > 0.0 {
        parts.push(&part);
    }
    Ok(())
}

/// What came out of a packing; a damaged one from which nothing came is only its damage.
fn finish(parts: &Array, damage: Option<String>) -> Result<Unpacked, String> {
    match damage {
        Some(damage) if parts.length() == 0 => Err(damage),
        damage => {
            let blob = Blob::new_with_blob_sequence(parts).map_err(|error| describe(&error))?;
            Ok(Unpacked { blob, damage })
        }
    }
}

/// The files in a tar: names and contents, which stay where they are.
pub(crate) fn tar(blob: &Blob) -> Result<Untarred, String> {
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
            let damage = format!("its tar header at byte {offset} has no size that can be read");
            return if files.is_empty() { Err(damage) } else { Ok(Untarred { files, damage: Some(damage) }) };
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
    Ok(Untarred { files, damage: None })
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
