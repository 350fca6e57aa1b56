//! Packed files: what comes out of gzip, zstd and tar, in memory.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use perfdata::unpack::{Member, Packing, Sink, Unpacker};

use crate::Failure;

/// Files that came out, in their order, with their names.
#[derive(Debug, Default)]
pub(crate) struct Unpacked {
    pub(crate) files: Vec<(Option<String>, Vec<u8>)>,
    /// Where unpacking had to stop; what came before is in the files.
    pub(crate) damage: Option<String>,
}

impl Sink for Unpacked {
    fn begin(&mut self, member: Member<'_>) {
        self.files.push((member.name.map(str::to_owned), Vec::new()));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if let Some((_, file)) = self.files.last_mut() {
            file.extend_from_slice(bytes);
        }
    }

    fn end(&mut self) {}
}

/// Whether a file that begins with `head` is packed.
pub(crate) fn is_packed(head: &[u8]) -> bool {
    Packing::recognise(head).is_some()
}

/// Unpacks a whole file; `chunk` is the space to read into.
pub(crate) fn unpack(path: &Path, chunk: &mut [u8]) -> Result<Unpacked, Failure> {
    let mut file = File::open(path).map_err(|error| Failure::cannot_read(path, &error))?;
    let mut unpacker = Unpacker::new();
    let mut unpacked = Unpacked::default();
    loop {
        let got = file.read(chunk).map_err(|error| Failure::cannot_read(path, &error))?;
        let result = match chunk.get(..got) {
            None | Some([]) => unpacker.finish(&mut unpacked),
            Some(bytes) => unpacker.push(bytes, &mut unpacked),
        };
        if let Err(error) = result {
            unpacked.damage = Some(error.to_string());
            return Ok(unpacked);
        }
        if got == 0 {
            return Ok(unpacked);
        }
    }
}
