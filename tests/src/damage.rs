//! The damaged files of `tests/data/damaged`, and what perf said of them.

use std::{fs, io::Result};

use crate::data::{checked_in, pack};

/// A damaged file.
#[derive(Debug, Clone)]
pub struct Damaged {
    /// Its name, with a number.
    pub name: String,
    /// What was done to it.
    pub about: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// What each perf made of `--caller stat`, without symbols: exit code and the SHA-1 of its output, as far as noted.
    pub perf: Vec<(i32, String)>,
}

/// All of them.
pub fn all() -> Result<Vec<Damaged>> {
    let folder = checked_in().join("damaged");
    let index = fs::read_to_string(folder.join("INDEX.tsv"))?;
    let results = fs::read_to_string(folder.join("RESULTS.tsv"))?;
    let files = pack::untar(&fs::read(folder.join("damaged.tar.zst"))?)?;
    let row = |table: &str, name: &str| -> Vec<Vec<String>> {
        table
            .lines()
            .skip(1)
            .map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>())
            .filter(|columns| columns[0] == name)
            .collect()
    };
    Ok(files
        .into_iter()
        .map(|(path, bytes)| {
            let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
            let about = row(&index, &name).first().map(|columns| columns[2].clone()).unwrap_or_default();
            let perf = row(&results, &name)
                .into_iter()
                .map(|columns| (columns[2].parse().unwrap_or(-1), columns[5].clone()))
                .collect();
            Damaged { name, about, bytes, perf }
        })
        .collect())
}

/// How many samples lie whole in the first bytes of a little-endian file in file mode, counted by walking from record
/// to record; stops where a record makes no sense.
pub fn whole_samples(bytes: &[u8]) -> u64 {
    const SAMPLE: u32 = 9;
    let u64_at = |at: usize| {
        bytes.get(at..at + 8).map(|field| u64::from_le_bytes(field.try_into().unwrap_or_default()))
    };
    let (Some(offset), Some(size)) = (u64_at(40), u64_at(48)) else {
        return 0;
    };
    let mut at = offset as usize;
    let end = offset.saturating_add(size).min(bytes.len() as u64) as usize;
    let mut samples = 0;
    while let Some(header) = bytes.get(at..at + 8) {
        let kind = u32::from_le_bytes([header[0], header[1], header[2], header[3]]);
        let size = usize::from(u16::from_le_bytes([header[6], header[7]]));
        if size < 8 || at + size > end {
            break;
        }
        samples += u64::from(kind == SAMPLE);
        at += size;
    }
    samples
}
