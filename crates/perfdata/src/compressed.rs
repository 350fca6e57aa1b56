//! COMPRESSED and COMPRESSED2 records: one zstd stream that goes on over all of a file's compressed records.
//!
//! The decoder gives its output out late: it keeps one window back as long as the frame goes on, and perf never ends
//! it. The records between (FINISHED_ROUND above all) must not overtake that output. So the decoder is first given one
//! window of zeros, after which the bytes it holds beyond its window are exactly the file's: [`decoded`](Inflater::decoded)
//! says how far the stream has come, and the caller lets what stands between wait until that much is out.

use alloc::vec::Vec;

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// Bytes of the longest frame header, its magic included (RFC 8878, 3.1.1).
const HEADER_LIMIT: usize = 18;
/// Bytes of a block's header.
const BLOCK_HEADER: usize = 3;
/// The largest block.
const BLOCK_LIMIT: u64 = 128 << 10;
/// The largest window that perf's levels use.
const WINDOW_LIMIT: u64 = 128 << 20;

/// Unpacks one stream, as its pieces come.
#[derive(Debug, Default)]
pub(crate) struct Inflater {
    frame: Option<Frame>,
    /// Input that is not yet a whole block.
    input: Vec<u8>,
    /// Bytes of the frames before this one.
    before: u64,
}

struct Frame {
    decoder: FrameDecoder,
    window: u64,
    /// Bytes that came out, the zeros included.
    drained: u64,
}

impl core::fmt::Debug for Frame {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Frame").field("window", &self.window).field("drained", &self.drained).finish()
    }
}

impl Inflater {
    /// Takes one more piece of the stream in.
    pub(crate) fn push(&mut self, piece: &[u8]) {
        self.input.extend_from_slice(piece);
    }

    /// Decodes one block and appends to `out` what comes out; `false` where the input has no whole block.
    pub(crate) fn step(&mut self, out: &mut Vec<u8>) -> Result<bool, &'static str> {
        if self.frame.as_ref().is_some_and(|frame| frame.decoder.is_finished()) {
            self.drain(out);
            self.before = self.decoded();
            self.frame = None;
        }
        if self.frame.is_none() && !self.begin()? {
            return Ok(false);
        }
        let Some(frame) = &mut self.frame else { return Ok(false) };
        let Some(len) = block_len(&self.input) else { return Ok(false) };
        let mut block = &self.input[..len];
        frame
            .decoder
            .decode_blocks(&mut block, BlockDecodingStrategy::UptoBlocks(1))
            .map_err(|_| "its zstd stream is damaged")?;
        let used = len - block.len();
        self.input.drain(..used);
        self.drain(out);
        Ok(true)
    }

    /// Ends the stream: what the decoder held back comes out.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), &'static str> {
        if self.frame.is_none() {
            return Ok(());
        }
        // An empty last block, and a checksum that nobody asks for where the frame has one.
        self.input.clear();
        self.input.extend_from_slice(&[1, 0, 0, 0, 0, 0, 0]);
        self.step(out)?;
        self.drain(out);
        Ok(())
    }

    /// Bytes of the stream decoded so far, those included that have not come out yet.
    pub(crate) fn decoded(&self) -> u64 {
        let Some(frame) = &self.frame else { return self.before };
        let zeros = if frame.decoder.is_finished() { frame.window } else { 0 };
        let here = frame.drained + frame.decoder.can_collect() as u64;
        self.before + here.saturating_sub(zeros)
    }

    /// Begins a frame and gives its decoder one window of zeros.
    fn begin(&mut self) -> Result<bool, &'static str> {
        if self.input.len() < HEADER_LIMIT + BLOCK_HEADER {
            return Ok(false);
        }
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(WINDOW_LIMIT);
        let mut source = &self.input[..];
        decoder.init(&mut source).map_err(|_| "it does not begin with a zstd frame")?;
        let used = self.input.len() - source.len();
        let window = window_size(&self.input).ok_or("its zstd frame has no window")?;
        let mut left = window;
        while left > 0 {
            let size = left.min(BLOCK_LIMIT);
            // An RLE block: its size, its type 1, and the byte that it repeats.
            let header = (size as u32) << 3 | 1 << 1;
            let [a, b, c, _] = header.to_le_bytes();
            let zeros = [a, b, c, 0];
            decoder
                .decode_blocks(&mut &zeros[..], BlockDecodingStrategy::UptoBlocks(1))
                .map_err(|_| "its zstd window can't be filled")?;
            left -= size;
        }
        self.input.drain(..used);
        self.frame = Some(Frame { decoder, window, drained: 0 });
        Ok(true)
    }

    fn drain(&mut self, out: &mut Vec<u8>) {
        let Some(frame) = &mut self.frame else { return };
        if let Some(bytes) = frame.decoder.collect() {
            let zeros = frame.window.saturating_sub(frame.drained).min(bytes.len() as u64);
            frame.drained += bytes.len() as u64;
            out.extend_from_slice(&bytes[zeros as usize..]);
        }
    }
}

/// Bytes of the input's first block and of what must be there behind it, or `None` where it isn't whole yet.
fn block_len(input: &[u8]) -> Option<usize> {
    let &[a, b, c] = input.first_chunk()?;
    let header = u32::from_le_bytes([a, b, c, 0]);
    let content = if header >> 1 & 3 == 1 { 1 } else { (header >> 3) as usize };
    // A checksum may follow the last block.
    let checksum = if header & 1 == 1 { input.len().min(BLOCK_HEADER + content + 4) } else { 0 };
    let len = (BLOCK_HEADER + content).max(checksum);
    (input.len() >= len).then_some(len)
}

/// `Window_Size` of the frame header (RFC 8878, 3.1.1.1.2), as the decoder uses it.
fn window_size(frame: &[u8]) -> Option<u64> {
    let descriptor = *frame.get(4)?;
    if descriptor & 0x20 != 0 {
        return None;
    }
    let byte = *frame.get(5)?;
    let base = 1u64 << (10 + (byte >> 3));
    Some(base + base / 8 * u64::from(byte & 7))
}
