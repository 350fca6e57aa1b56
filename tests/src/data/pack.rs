//! zstd with the long window that the recorded traces are packed with.

use std::io::{Read, Result, Write};

/// log2 of the window: 128 MiB, `zstd --long=27`.
const WINDOW_LOG: u32 = 27;

/// Packs as small as zstd can (`zstd --ultra -22 --long=27`).
pub fn pack(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 22)?;
    encoder.long_distance_matching(true)?;
    encoder.window_log(WINDOW_LOG)?;
    encoder.set_pledged_src_size(Some(bytes.len() as u64))?;
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// Unpacks a whole zstd file.
pub fn unpack(packed: &[u8]) -> Result<Vec<u8>> {
    let mut decoder = zstd::Decoder::new(packed)?;
    decoder.window_log_max(WINDOW_LOG)?;
    let mut bytes = Vec::new();
    decoder.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The regular files of a tar archive that was packed with zstd, as (path, content), in the archive's order.
pub fn untar(packed: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    let bytes = unpack(packed)?;
    let mut files = Vec::new();
    for entry in tar::Archive::new(bytes.as_slice()).entries()? {
        let mut entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = entry.path()?.to_string_lossy().trim_start_matches("./").to_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        files.push((path, content));
    }
    Ok(files)
}

/// Puts files into a tar archive and packs it; the same files always give the same bytes.
pub fn tar(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        builder.append_data(&mut header, path, content.as_slice())?;
    }
    pack(&builder.into_inner()?)
}
