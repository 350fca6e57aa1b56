use std::{fs, io::Write, path::Path};

use flate2::{Compression, write::GzEncoder};
use kmemscope_browser_tests::dist;

/// KiB of dist/ gzipped file by file, without the sample, which is loaded when asked for.
pub(crate) fn page_kib() -> f64 {
    weigh(&dist()) as f64 / 1024.0
}

fn weigh(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let files = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file());
    files.map(|path| gzipped(&fs::read(path).expect("a file of dist/ can be read"))).sum()
}

fn gzipped(bytes: &[u8]) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all").len()
}
