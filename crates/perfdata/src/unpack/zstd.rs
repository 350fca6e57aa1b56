//! A whole file packed by zstd: any number of frames.

use alloc::vec::Vec;

use super::UnpackError;
use crate::zstd::ZstdStream;

const WHAT: &str = "the zstd file";

/// The layer on its own, for whoever follows layers by other means.
#[derive(Debug, Default)]
pub struct Zstd {
    stream: ZstdStream,
    out: Vec<u8>,
    offset: u64,
}

/// Takes unpacked bytes.
pub type Out<'a> = dyn FnMut(&[u8]) -> Result<(), UnpackError> + 'a;

impl Zstd {
    /// Takes the next bytes of the file.
    ///
    /// # Errors
    /// Where the packed bytes are damaged; what came before has been given to `out`. Also what `out` returns.
    pub fn push(&mut self, mut bytes: &[u8], out: &mut Out<'_>) -> Result<(), UnpackError> {
        while !bytes.is_empty() {
            let step = self.stream.step(bytes, &mut self.out);
            self.give(out)?;
            let used = step.map_err(|why| {
                // What the decoder holds back lies before the damage.
                _ = self.stream.finish(&mut self.out);
                _ = self.give(out);
                UnpackError::Damaged { what: WHAT, offset: self.offset, why }
            })?;
            self.offset += used as u64;
            bytes = &bytes[used..];
        }
        Ok(())
    }

    /// The end of the file, at which no frame should be open.
    ///
    /// # Errors
    /// Where one is; what it held back has been given to `out`. Also what `out` returns.
    pub fn finish(&mut self, out: &mut Out<'_>) -> Result<(), UnpackError> {
        let complete = self.stream.is_complete();
        _ = self.stream.finish(&mut self.out);
        self.give(out)?;
        if complete { Ok(()) } else { Err(UnpackError::Truncated { what: WHAT, offset: self.offset }) }
    }

    fn give(&mut self, out: &mut Out<'_>) -> Result<(), UnpackError> {
        let given = if self.out.is_empty() { Ok(()) } else { out(&self.out) };
        self.out.clear();
        given
    }
}
