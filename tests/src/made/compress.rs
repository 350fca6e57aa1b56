//! COMPRESSED records: one zstd stream that goes on over all of them.

use zstd::stream::raw::{Encoder, InBuffer, Operation, OutBuffer};

use super::{
    bytes::Bytes,
    form::{Compression, Form},
    record::record,
};

const COMPRESSED: u32 = 81;
const COMPRESSED2: u32 = 83;

/// Compresses all record bytes of a file.
pub(super) struct Compressor {
    encoder: Option<Encoder<'static>>,
}

impl Compressor {
    pub(super) fn new(form: &Form) -> Compressor {
        let encoder =
            (form.compression != Compression::None).then(|| Encoder::new(1).expect("level 1 is a level"));
        Compressor { encoder }
    }

    /// The records as they go into the file: as they are, or cut at any byte and wrapped.
    pub(super) fn wrap(&mut self, records: Vec<u8>, form: &Form) -> Vec<u8> {
        let Some(encoder) = &mut self.encoder else {
            return records;
        };
        let mut bytes = Bytes::new(form.endian);
        for piece in records.chunks(form.compressed_bytes.clamp(1, 60_000)) {
            let packed = pack(encoder, piece);
            if form.compression == Compression::Compressed {
                record(&mut bytes, COMPRESSED, 0, |bytes| bytes.raw(&packed));
            } else {
                record(&mut bytes, COMPRESSED2, 0, |bytes| {
                    bytes.u64(packed.len() as u64);
                    let start = bytes.len();
                    bytes.raw(&packed);
                    bytes.pad(start, 8);
                });
            }
        }
        bytes.all
    }
}

/// Compresses a piece and flushes, so that it can be unpacked without what follows.
fn pack(encoder: &mut Encoder<'_>, piece: &[u8]) -> Vec<u8> {
    let mut place = vec![0; zstd::zstd_safe::compress_bound(piece.len()) + 256];
    let mut input = InBuffer::around(piece);
    let mut output = OutBuffer::around(place.as_mut_slice());
    while input.pos() < piece.len() {
        encoder.run(&mut input, &mut output).expect("the buffer holds the worst case");
    }
    while encoder.flush(&mut output).expect("the buffer holds the worst case") > 0 {}
    let length = output.pos();
    place.truncate(length);
    place
}
