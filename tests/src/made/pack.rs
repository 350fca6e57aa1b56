//! Packing of whole files.

use std::io::Write;

use super::form::Packing;

pub(super) fn pack(bytes: Vec<u8>, packing: Packing) -> Vec<u8> {
    match packing {
        Packing::None => bytes,
        Packing::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(&bytes).and_then(|()| encoder.finish()).expect("memory takes every byte")
        }
        Packing::Zstd => zstd(&bytes),
        Packing::Tar => tar(&bytes),
        Packing::TarZstd => zstd(&tar(&bytes)),
    }
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(bytes, 1).expect("memory takes every byte")
}

fn tar(bytes: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    let mut builder = tar::Builder::new(Vec::new());
    builder
        .append_data(&mut header, "perf.data", bytes)
        .and_then(|()| builder.into_inner())
        .expect("memory takes every byte")
}
