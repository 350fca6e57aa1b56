use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use kmemscope_tests::budget::Amounts;

use crate::dist;

/// Bytes of the page as static hosts send it: each file of dist/ gzipped, without the sample, which is loaded when asked
/// for.
///
/// # Panics
/// Where dist/ can't be read.
#[must_use]
pub fn page_bytes() -> u64 {
    files().iter().map(|path| gzipped(path)).sum()
}

/// Bytes of each wasm file, plain and gzipped, and of the whole page.
///
/// # Panics
/// Where dist/ can't be read.
#[must_use]
pub fn weights() -> Amounts {
    let mut weights = Amounts::new();
    for path in files() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.ends_with(".wasm") {
            continue;
        }
        let name = without_hash(&name);
        let bytes = fs::metadata(&path).expect("a file of dist/ has a size").len();
        weights.insert(format!("{name}: bytes"), bytes);
        weights.insert(format!("{name}: bytes gzipped"), gzipped(&path));
    }
    weights.insert("the whole page: bytes gzipped".to_owned(), page_bytes());
    weights
}

fn files() -> Vec<PathBuf> {
    let folder = dist();
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect()
}

/// `app-278d9dfc4d978a97_bg.wasm` is `app_bg.wasm`.
fn without_hash(name: &str) -> String {
    match name.split_once('-') {
        Some((start, rest)) if rest.len() > 16 && rest.as_bytes()[..16].iter().all(u8::is_ascii_hexdigit) => {
            format!("{start}{}", &rest[16..])
        }
        _ => name.to_owned(),
    }
}

/// Size after gzip at its default level, which is what static hosts use.
fn gzipped(path: &Path) -> u64 {
    let bytes = fs::read(path).expect("a file of dist/ can be read");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all").len() as u64
}

#[cfg(test)]
mod tests {
    use super::without_hash;

    #[test]
    fn names_stay_when_the_content_changes() {
        assert_eq!(without_hash("app-278d9dfc4d978a97_bg.wasm"), "app_bg.wasm");
        assert_eq!(without_hash("worker_bg.wasm"), "worker_bg.wasm");
        assert_eq!(without_hash("two-words.wasm"), "two-words.wasm");
    }
}
