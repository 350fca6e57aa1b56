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
