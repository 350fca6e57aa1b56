//! `pack FROM TO`: makes `tests/data` out of a folder of traces, losing nothing that is kept
//! (`tests/data/README.md` says what is).

use std::{
    collections::BTreeMap,
    env, fs,
    io::{Error, Result},
    path::Path,
};

use kmemscope_tests::data::{Folder, folders, kallsyms, pack};

/// Copied as they are.
const TEXTS: [&str; 8] = [
    "kmem.tsv",
    "record.cmd",
    "uname.txt",
    "node-cpulist.txt",
    "numactl-hardware.txt",
    "lscpu.txt",
    "lscpu-p.txt",
    "sys-node-ls.txt",
];

/// Larger than all of `tests/data` may be.
const LEFT_OUT: [&str; 1] = ["6.1-big"];

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [from, to] = arguments.as_slice() else {
        return Err(Error::other("usage: pack FROM TO"));
    };
    let (from, to) = (Path::new(from), Path::new(to));
    let mut store: BTreeMap<Vec<u8>, String> = BTreeMap::new();
    for folder in folders(from)? {
        if !LEFT_OUT.contains(&folder.name.as_str()) {
            println!("{}", folder.name);
            pack_trace(&folder, &to.join(&folder.name), &mut store)?;
        }
    }
    pack_store(store, to)?;
    pack_damaged(&from.join("damaged"), &to.join("damaged"))
}

fn pack_trace(folder: &Folder, to: &Path, store: &mut BTreeMap<Vec<u8>, String>) -> Result<()> {
    fs::create_dir_all(to)?;
    let name = if folder.is_pipe() { "perf.pipe.zst" } else { "perf.data.zst" };
    fs::write(to.join(name), pack::pack(&folder.recording()?)?)?;
    let mut texts = pack::untar(&fs::read(folder.path().join("oracle.tar.zst"))?)?;
    texts.sort();
    fs::write(to.join("oracle.tar.zst"), pack::tar(&texts)?)?;
    for text in TEXTS {
        fs::write(to.join(text), folder.text(text)?)?;
    }
    let stored = store.entry(folder.kallsyms()?).or_insert_with(|| folder.name.clone());
    fs::write(to.join("kallsyms.name"), format!("{stored}\n"))
}

fn pack_store(store: BTreeMap<Vec<u8>, String>, to: &Path) -> Result<()> {
    let mut entries = Vec::new();
    for (text, name) in store {
        let text = String::from_utf8(text).map_err(Error::other)?;
        let differences = kallsyms::to_differences(&text)
            .ok_or_else(|| Error::other(format!("{name}: not a kernel's kallsyms")))?;
        if kallsyms::from_differences(&differences).as_deref() != Some(text.as_str()) {
            return Err(Error::other(format!("{name}: kallsyms would not come back")));
        }
        entries.push((name, differences.into_bytes()));
    }
    entries.sort();
    fs::write(to.join("kallsyms.tar.zst"), pack::tar(&entries)?)
}

fn pack_damaged(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for name in ["INDEX.tsv", "RESULTS.tsv"] {
        fs::write(to.join(name), fs::read(from.join(name))?)?;
    }
    let files = pack::untar(&fs::read(from.join("damaged.tar.zst"))?)?;
    fs::write(to.join("damaged.tar.zst"), pack::tar(&files)?)
}
