//! A recording of `perf record --threads`: a directory of several files.

use std::{fs, io::Result};

use super::{checked_in, pack};

/// The directory, and what perf 6.1 printed of it.
#[derive(Clone, Debug)]
pub struct Threads {
    /// The whole directory as a tar packed by zstd.
    pub packed: Vec<u8>,
    /// (name within the directory, content): `data`, then `data.0` and `data.1`.
    pub files: Vec<(String, Vec<u8>)>,
    /// (options, what perf printed).
    pub texts: Vec<(String, String)>,
}

impl Threads {
    /// Reads it from `tests/data/threads`.
    ///
    /// # Errors
    /// Where a file is missing or damaged.
    pub fn checked_in() -> Result<Threads> {
        let folder = checked_in().join("threads");
        let packed = fs::read(folder.join("recording.tar.zst"))?;
        let files = pack::untar(&packed)?.into_iter();
        let files =
            files.map(|(path, bytes)| (path.rsplit('/').next().unwrap_or_default().to_owned(), bytes));
        let texts = pack::untar(&fs::read(folder.join("texts.tar.zst"))?)?;
        let options = fs::read_to_string(folder.join("options.txt"))?;
        let texts = options
            .lines()
            .zip(texts)
            .map(|(options, (_, text))| (options.to_owned(), String::from_utf8_lossy(&text).into_owned()))
            .collect();
        Ok(Threads { packed, files: files.collect(), texts })
    }
}
