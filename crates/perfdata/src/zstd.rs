//! A zstd stream that is decoded as it comes: pieces of any size in, bytes out (RFC 8878).
//!
//! Two users: whole packed files ([`unpack`](crate::unpack)) and the COMPRESSED records of a trace. The decoder (ruzstd)
//! gives its output out late: it keeps one window back as long as the frame goes on, and perf never ends its frame. The
//! records between (FINISHED_ROUND above all) must not overtake that output, so it must be known how far the stream has
//! been decoded. For them the decoder is first given one window of zeros, after which what it can give out is exactly
//! what it has decoded, one window late: [`decoded`](ZstdStream::decoded).

use alloc::vec::Vec;

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// The magic of a frame.
pub(crate) const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Bytes of a block's header.
const BLOCK_HEADER: usize = 3;
/// The largest block (RFC 8878, 3.1.1.2.4).
const BLOCK_LIMIT: u64 = 128 << 10;
/// The largest window that is followed: that of `zstd --ultra -22` and `--long=27`.
const WINDOW_LIMIT: u64 = 128 << 20;
/// How many zeros one stream may cost. perf writes one frame; a file of nothing but frame headers must not take hours.
const ZEROS_LIMIT: u64 = 512 << 20;

/// Unpacks one stream, as its pieces come.
#[derive(Debug, Default)]
pub(crate) struct ZstdStream {
    frame: Option<Frame>,
    /// The beginning of a frame header, block or skippable frame that a piece's end has cut.
    carry: Vec<u8>,
    /// Bytes of a skippable frame that are still to come.
    skip: u64,
    /// Bytes that the finished frames gave.
    before: u64,
    /// Whether each frame begins with one window of zeros.
    prefill: bool,
    zeros: u64,
    /// Where a damaged block began: what the decoder holds from there on is not to be trusted.
    limit: Option<u64>,
}

struct Frame {
    decoder: FrameDecoder,
    /// Zeros that were put in front.
    zeros: u64,
    /// Bytes that came out, the zeros included.
    drained: u64,
    checksum: bool,
}

impl core::fmt::Debug for Frame {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Frame").field("zeros", &self.zeros).field("drained", &self.drained).finish()
    }
}

/// What stands next in the stream.
enum Unit {
    /// So many bytes must be there before it can be told.
    Unknown(usize),
    /// A whole one of so many bytes.
    Whole(usize),
    /// A skippable frame: its header of 8 bytes, and then so many to pass over.
    Skippable(u32),
}

impl ZstdStream {
    /// A stream whose [`decoded`](Self::decoded) position is exact.
    pub(crate) fn with_position() -> ZstdStream {
        ZstdStream { prefill: true, ..ZstdStream::default() }
    }

    /// Takes some of `input`, decodes at most one block, appends to `out` what comes out, and says how much it took;
    /// 0 where there is no input.
    pub(crate) fn step(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, &'static str> {
        if self.skip > 0 {
            let used = usize::try_from(self.skip).unwrap_or(usize::MAX).min(input.len());
            self.skip -= used as u64;
            return Ok(used);
        }
        if self.carry.is_empty() {
            return match self.unit(input)? {
                Unit::Whole(len) if len <= input.len() => {
                    self.decode(&input[..len], out)?;
                    Ok(len)
                }
                Unit::Skippable(len) if input.len() >= 8 => {
                    self.skip = u64::from(len);
                    Ok(8)
                }
                _ => {
                    self.carry.extend_from_slice(input);
                    Ok(input.len())
                }
            };
        }
        let needed = match self.unit(&self.carry)? {
            Unit::Unknown(len) | Unit::Whole(len) => len,
            Unit::Skippable(_) => 8,
        };
        let used = needed.saturating_sub(self.carry.len()).min(input.len());
        self.carry.extend_from_slice(&input[..used]);
        let carry = core::mem::take(&mut self.carry);
        match self.unit(&carry)? {
            Unit::Whole(len) if len == carry.len() => self.decode(&carry, out)?,
            Unit::Skippable(len) if carry.len() == 8 => self.skip = u64::from(len),
            _ => {
                self.carry = carry;
                return Ok(used);
            }
        }
        self.carry = carry;
        self.carry.clear();
        Ok(used)
    }

    /// Whether the stream stands between two frames.
    pub(crate) fn is_complete(&self) -> bool {
        self.frame.is_none() && self.carry.is_empty() && self.skip == 0
    }

    /// Ends the stream wherever it stands: what the decoder held back comes out.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), &'static str> {
        self.carry.clear();
        let Some(frame) = &self.frame else { return Ok(()) };
        // An empty last block, and a checksum that nobody asks for where the frame has one.
        let len = BLOCK_HEADER + if frame.checksum { 4 } else { 0 };
        self.decode(&[1, 0, 0, 0, 0, 0, 0][..len], out)?;
        if let Some(limit) = self.limit {
            let excess = usize::try_from(self.before.saturating_sub(limit)).unwrap_or(usize::MAX);
            out.truncate(out.len().saturating_sub(excess));
            self.before = self.before.min(limit);
        }
        Ok(())
    }

    /// Bytes of the stream decoded so far, those included that have not come out yet; exact
    /// [`with_position`](Self::with_position) only.
    pub(crate) fn decoded(&self) -> u64 {
        // What came out lags one window behind what was decoded, and so many zeros went in first.
        self.before + self.frame.as_ref().map_or(0, |frame| frame.drained)
    }

    fn unit(&self, head: &[u8]) -> Result<Unit, &'static str> {
        if let Some(frame) = &self.frame {
            let Some(&[a, b, c]) = head.first_chunk::<BLOCK_HEADER>() else {
                return Ok(Unit::Unknown(BLOCK_HEADER));
            };
            let header = u32::from_le_bytes([a, b, c, 0]);
            let content = if header >> 1 & 3 == 1 { 1 } else { (header >> 3) as usize };
            let checksum = if header & 1 == 1 && frame.checksum { 4 } else { 0 };
            return Ok(Unit::Whole(BLOCK_HEADER + content + checksum));
        }
        let Some(magic) = head.first_chunk::<4>() else { return Ok(Unit::Unknown(4)) };
        if magic[1..] == [0x2a, 0x4d, 0x18] && magic[0] & 0xf0 == 0x50 {
            let Some(&[.., a, b, c, d]) = head.first_chunk::<8>() else { return Ok(Unit::Unknown(8)) };
            return Ok(Unit::Skippable(u32::from_le_bytes([a, b, c, d])));
        }
        if *magic != MAGIC {
            return Err("a zstd frame does not begin with its magic (28 b5 2f fd)");
        }
        let Some(&descriptor) = head.get(4) else { return Ok(Unit::Unknown(5)) };
        let single_segment = descriptor & 0x20 != 0;
        let window = usize::from(!single_segment);
        let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
        let content = [usize::from(single_segment), 2, 4, 8][usize::from(descriptor >> 6)];
        Ok(Unit::Whole(5 + window + dictionary + content))
    }

    /// One whole frame header or block.
    fn decode(&mut self, mut unit: &[u8], out: &mut Vec<u8>) -> Result<(), &'static str> {
        let Some(frame) = &mut self.frame else { return self.begin(unit) };
        if frame.decoder.decode_blocks(&mut unit, BlockDecodingStrategy::UptoBlocks(1)).is_err() {
            self.limit = Some(self.before + frame.drained);
            return Err("a block of its zstd stream is damaged");
        }
        if let Some(bytes) = frame.decoder.collect() {
            let zeros = frame.zeros.saturating_sub(frame.drained).min(bytes.len() as u64);
            frame.drained += bytes.len() as u64;
            out.extend_from_slice(bytes.get(zeros as usize..).unwrap_or(&[]));
        }
        if frame.decoder.is_finished() {
            self.before += frame.drained - frame.zeros.min(frame.drained);
            self.frame = None;
        }
        Ok(())
    }

    fn begin(&mut self, header: &[u8]) -> Result<(), &'static str> {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(WINDOW_LIMIT);
        decoder.init(&mut &*header).map_err(|_| "a zstd frame's header asks for what is not supported")?;
        let zeros =
            if self.prefill { window_size(header).ok_or("its zstd frame has no window")? } else { 0 };
        self.zeros += zeros;
        if self.zeros > ZEROS_LIMIT {
            return Err("it has more zstd frames than any perf writes");
        }
        let mut left = zeros;
        while left > 0 {
            let size = left.min(BLOCK_LIMIT);
            // An RLE block: its size, its type 1, and the byte that it repeats.
            let [a, b, c, _] = ((size as u32) << 3 | 1 << 1).to_le_bytes();
            decoder
                .decode_blocks(&mut &[a, b, c, 0][..], BlockDecodingStrategy::UptoBlocks(1))
                .map_err(|_| "its zstd window can't be filled")?;
            left -= size;
        }
        let checksum = header.get(4).is_some_and(|descriptor| descriptor & 4 != 0);
        self.frame = Some(Frame { decoder, zeros, drained: 0, checksum });
        Ok(())
    }
}

/// `Window_Size` of the frame header (RFC 8878, 3.1.1.1.2), as the decoder uses it.
fn window_size(frame: &[u8]) -> Option<u64> {
    let descriptor = *frame.get(4)?;
    if descriptor & 0x20 == 0 {
        let byte = *frame.get(5)?;
        let base = 1u64 << (10 + (byte >> 3));
        return Some(base + base / 8 * u64::from(byte & 7));
    }
    // A single segment: the content's size, which is the header's last field.
    let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let content = frame.get(5 + dictionary..)?;
    Some(match content.len() {
        1 => u64::from(content[0]),
        2 => u64::from(u16::from_le_bytes([content[0], content[1]])) + 256,
        4 => u64::from(u32::from_le_bytes(*content.first_chunk()?)),
        _ => u64::from_le_bytes(*content.first_chunk()?),
    })
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn whole(stream: &mut ZstdStream, packed: &[u8], chunk: usize) -> Result<Vec<u8>, &'static str> {
        let mut out = Vec::new();
        for mut piece in packed.chunks(chunk) {
            while !piece.is_empty() {
                let used = stream.step(piece, &mut out)?;
                piece = &piece[used..];
            }
        }
        Ok(out)
    }

    /// A frame by hand: a window of 1 KiB, a raw block, two RLE blocks, perhaps the end.
    fn frame(text: &[u8], run: u32, last: bool) -> Vec<u8> {
        let mut frame = MAGIC.to_vec();
        frame.extend([0, 0]);
        frame.extend(&((text.len() as u32) << 3).to_le_bytes()[..3]);
        frame.extend(text);
        for last in [false, last] {
            frame.extend(&(run << 3 | 2 | u32::from(last)).to_le_bytes()[..3]);
            frame.push(b'z');
        }
        frame
    }

    #[test]
    fn any_cut_gives_the_same_bytes() {
        let mut packed = frame(b"hello", 3, true);
        packed.extend(b"\x53\x2a\x4d\x18\x05\0\0\0inner");
        packed.extend(frame(b"again", 1000, true));
        let expected = [b"hellozzzzzzagain".to_vec(), vec![b'z'; 2000]].concat();
        for chunk in 1..packed.len() {
            let mut stream = ZstdStream::default();
            assert!(whole(&mut stream, &packed, chunk).is_ok_and(|out| out == expected), "{chunk}");
            assert!(stream.is_complete());
            let mut stream = ZstdStream::with_position();
            assert!(whole(&mut stream, &packed, chunk).is_ok_and(|out| out == expected), "{chunk}");
            assert_eq!(stream.decoded(), expected.len() as u64);
        }
    }

    #[test]
    fn an_unfinished_frame_tells_how_far_it_is_and_gives_the_rest_at_the_end() {
        let packed = frame(b"hello", 1000, false);
        let mut stream = ZstdStream::with_position();
        let mut out = whole(&mut stream, &packed, 7).expect("decodes");
        assert_eq!(out.len(), 2005 - 1024, "one window is held back");
        assert_eq!(stream.decoded(), 2005);
        stream.finish(&mut out).expect("ends");
        assert_eq!(out, [b"hello".to_vec(), vec![b'z'; 2000]].concat());
        assert_eq!(stream.decoded(), 2005);
    }

    #[test]
    fn frames_without_end_are_refused() {
        let mut header = MAGIC.to_vec();
        // A window of 128 MiB, and an empty last block.
        header.extend([0, 17 << 3, 1, 0, 0]);
        let mut stream = ZstdStream::with_position();
        assert!(whole(&mut stream, &header.repeat(5), 64).is_err());
        assert!(whole(&mut ZstdStream::default(), b"not zstd", 64).is_err());
    }
}
