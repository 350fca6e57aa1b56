use std::{
    collections::BTreeMap,
    fs,
    io::{Error, ErrorKind, Result},
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock},
};

use super::{kallsyms, pack};

/// One trace: a folder under a root of traces.
#[derive(Debug, Clone)]
pub struct Folder {
    /// The folder's name, such as `6.1-slab`.
    pub name: String,
    path: PathBuf,
}

/// One run of the real perf: `perf kmem -i perf.data OPTIONS`.
#[derive(Debug, Clone)]
pub struct Case {
    /// Name of the run within its trace.
    pub label: String,
    /// What perf exited with; over 128 also where it was meant to fail.
    pub exit: i32,
    /// Everything behind `perf kmem -i perf.data`.
    pub options: Vec<String>,
    /// What perf printed, byte for byte.
    pub stdout: Vec<u8>,
    /// What perf said beside it: warnings and errors.
    pub stderr: String,
}

/// The traces below `root`, by name: every folder that holds a recording.
pub fn folders(root: &Path) -> Result<Vec<Folder>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root)? {
        let path = entry?.path();
        let folder =
            Folder { name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(), path };
        if folder.recording_path().is_some() {
            found.push(folder);
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

impl Folder {
    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn recording_path(&self) -> Option<PathBuf> {
        ["perf.data.zst", "perf.pipe.zst"]
            .map(|name| self.path.join(name))
            .into_iter()
            .find(|path| path.is_file())
    }

    /// Whether perf wrote this recording to a pipe.
    pub fn is_pipe(&self) -> bool {
        self.path.join("perf.pipe.zst").is_file()
    }

    /// The recording, unpacked.
    pub fn recording(&self) -> Result<Vec<u8>> {
        pack::unpack(&fs::read(self.recording_path().ok_or(ErrorKind::NotFound)?)?)
    }

    /// A text of the folder, such as `node-cpulist.txt`.
    pub fn text(&self, name: &str) -> Result<String> {
        fs::read_to_string(self.path.join(name))
    }

    /// The machine's `/proc/kallsyms`: the folder's own, or the one of the common store that `kallsyms.name` names.
    pub fn kallsyms(&self) -> Result<Vec<u8>> {
        let own = self.path.join("kallsyms.zst");
        if own.is_file() {
            return pack::unpack(&fs::read(own)?);
        }
        let name = self.text("kallsyms.name")?;
        let store = self.path.with_file_name("kallsyms.tar.zst");
        let entry = from_store(&store, name.trim())?;
        kallsyms::from_differences(&entry)
            .map(String::into_bytes)
            .ok_or_else(|| Error::new(ErrorKind::InvalidData, format!("{name} in {}", store.display())))
    }

    /// The runs of perf that were kept, in the order of `kmem.tsv`.
    pub fn cases(&self) -> Result<Vec<Case>> {
        let mut texts = self.oracle()?;
        let table = match self.text("kmem.tsv") {
            Ok(table) => table,
            Err(error) if error.kind() == ErrorKind::NotFound => return self.lone_case(),
            Err(error) => return Err(error),
        };
        let mut cases = Vec::new();
        for line in table.lines().skip(1).filter(|line| !line.is_empty()) {
            let invalid = || Error::new(ErrorKind::InvalidData, format!("{}/kmem.tsv: {line}", self.name));
            let mut columns = line.splitn(3, '\t');
            let (Some(label), Some(exit), Some(options)) = (columns.next(), columns.next(), columns.next())
            else {
                return Err(invalid());
            };
            let stdout = texts.remove(&format!("{label}.out")).ok_or_else(invalid)?;
            let stderr = texts.remove(&format!("{label}.err")).unwrap_or_default();
            cases.push(Case {
                label: label.to_owned(),
                exit: exit.parse().map_err(|_| invalid())?,
                options: options.split_whitespace().map(str::to_owned).collect(),
                stdout,
                stderr: String::from_utf8_lossy(&stderr).into_owned(),
            });
        }
        Ok(cases)
    }

    /// What perf's other commands said of the trace, by name: `header`, `evlist-v`, `report-stats`, ….
    pub fn said(&self, name: &str) -> Result<String> {
        let text = self.oracle()?.remove(&format!("{name}.out")).ok_or(ErrorKind::NotFound)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn oracle(&self) -> Result<BTreeMap<String, Vec<u8>>> {
        match fs::read(self.path.join("oracle.tar.zst")) {
            Ok(packed) => Ok(pack::untar(&packed)?.into_iter().collect()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => Err(error),
        }
    }

    /// The big trace comes with one text and no table of runs.
    fn lone_case(&self) -> Result<Vec<Case>> {
        match fs::read(self.path.join("caller-alloc-l20.out")) {
            Ok(stdout) => Ok(vec![Case {
                label: "caller-alloc-l20".to_owned(),
                exit: 0,
                options: ["--caller", "--alloc", "-l", "20", "stat"].map(str::to_owned).to_vec(),
                stdout,
                stderr: String::new(),
            }]),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// One entry of the common kallsyms store, which is unpacked once a process.
fn from_store(store: &Path, name: &str) -> Result<String> {
    type Stores = Mutex<BTreeMap<PathBuf, BTreeMap<String, String>>>;
    static STORES: OnceLock<Stores> = OnceLock::new();
    let mut stores =
        STORES.get_or_init(Stores::default).lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if !stores.contains_key(store) {
        let entries = pack::untar(&fs::read(store)?)?
            .into_iter()
            .map(|(name, text)| (name, String::from_utf8_lossy(&text).into_owned()))
            .collect();
        stores.insert(store.to_owned(), entries);
    }
    stores[store]
        .get(name)
        .cloned()
        .ok_or_else(|| Error::new(ErrorKind::NotFound, format!("{name} in {}", store.display())))
}
