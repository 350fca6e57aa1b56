use std::{fs, path::PathBuf};

use kmemscope_tests::data::{Folder, checked_in, folders};
use tempfile::TempDir;

/// A recorded trace of tests/data, as files that a user would have: they live as long as this value.
#[derive(Debug)]
pub struct Inputs {
    folder: Folder,
    files: TempDir,
}

impl Inputs {
    /// The trace of this name, such as `6.1-slab`.
    ///
    /// # Panics
    /// Where there is no such trace, or no room to unpack it.
    #[must_use]
    pub fn of(name: &str) -> Inputs {
        let folder = folders(&checked_in())
            .expect("tests/data is there")
            .into_iter()
            .find(|folder| folder.name == name)
            .unwrap_or_else(|| panic!("tests/data holds no {name}"));
        let files = TempDir::with_prefix("kmemscope-").expect("a folder for the files");
        let write = |name: &str, bytes: &[u8]| {
            fs::write(files.path().join(name), bytes).expect("room for the files");
        };
        write("perf.data", &folder.recording().expect("a recording"));
        write("kallsyms", &folder.kallsyms().expect("kallsyms"));
        write("node-cpulist.txt", folder.text("node-cpulist.txt").unwrap_or_default().as_bytes());
        Inputs { folder, files }
    }

    /// The recording.
    #[must_use]
    pub fn perf_data(&self) -> PathBuf {
        self.files.path().join("perf.data")
    }

    /// The symbols.
    #[must_use]
    pub fn kallsyms(&self) -> PathBuf {
        self.files.path().join("kallsyms")
    }

    /// The NUMA topology.
    #[must_use]
    pub fn topology(&self) -> PathBuf {
        self.files.path().join("node-cpulist.txt")
    }

    /// All three.
    #[must_use]
    pub fn all(&self) -> [PathBuf; 3] {
        [self.perf_data(), self.kallsyms(), self.topology()]
    }

    /// Puts another file beside them.
    ///
    /// # Panics
    /// Where there is no room for it.
    #[must_use]
    pub fn with(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.files.path().join(name);
        fs::write(&path, bytes).expect("room for the file");
        path
    }

    /// The same trace with its events this many times over, to have one that takes a while to read.
    ///
    /// # Panics
    /// Where it is not a file of this machine's byte order, as perf writes it today.
    #[must_use]
    pub fn repeated(self, times: usize) -> Inputs {
        let recording = fs::read(self.perf_data()).expect("the recording was written");
        fs::write(self.perf_data(), repeat(&recording, times)).expect("room for the file");
        self
    }

    /// Options and text of every run of perf on this trace that succeeded and whose text is perf's to define.
    ///
    /// # Panics
    /// Where perf printed what is no text.
    #[must_use]
    pub fn perfs_texts(&self) -> Vec<(String, String)> {
        let cases = self.folder.cases().expect("perf's texts").into_iter().filter(|case| {
            // The first ran where no nodes were known; in the second perf sorts uninitialised memory.
            case.exit == 0 && !matches!(case.label.as_str(), "stat-plain-nonuma" | "bad-sort")
        });
        cases
            .map(|case| {
                let words: Vec<_> = case.options.into_iter().filter(|word| word != "stat").collect();
                (words.join(" "), String::from_utf8(case.stdout).expect("perf prints UTF-8 here"))
            })
            // On the page no options mean all tables.
            .filter(|(words, _)| !words.is_empty())
            .collect()
    }

    /// What perf printed of the trace for one option line, such as `stat-caller`; `kmem.tsv` lists them.
    ///
    /// # Panics
    /// Where perf was not asked this.
    #[must_use]
    pub fn perfs_text(&self, label: &str) -> String {
        let cases = self.folder.cases().expect("perf's texts");
        let case = cases.into_iter().find(|case| case.label == label);
        let case = case.unwrap_or_else(|| panic!("{} has no text {label}", self.folder.name));
        String::from_utf8(case.stdout).expect("perf prints UTF-8 here")
    }
}

/// Repeats the data section of a perf.data and moves what follows it. The header (`struct perf_file_header`) has the
/// data section's offset and size at byte 40; the table behind the data has an offset and a size for each feature.
fn repeat(recording: &[u8], times: usize) -> Vec<u8> {
    let number = |at: usize| u64::from_le_bytes(recording[at..at + 8].try_into().expect("eight bytes"));
    let (offset, size) = (number(40) as usize, number(48) as usize);
    let moved = (size * (times - 1)) as u64;
    let end = offset + size;
    let features: u32 = recording[72..104].iter().map(|byte| byte.count_ones()).sum();
    let mut repeated = recording[..offset].to_vec();
    repeated[48..56].copy_from_slice(&(size as u64 + moved).to_le_bytes());
    repeated.extend(recording[offset..end].repeat(times));
    for feature in 0..features as usize {
        let at = end + 16 * feature;
        repeated.extend((number(at) + moved).to_le_bytes());
        repeated.extend(number(at + 8).to_le_bytes());
    }
    repeated.extend(&recording[end + 16 * features as usize..]);
    repeated
}
