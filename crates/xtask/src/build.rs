//! The static site, and what it weighs over the wire.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};

use crate::{
    error::{Error, Result},
    process,
    setup::{self, Needs},
    workspace,
};

/// What the page may weigh gzipped, in bytes, the sample left out.
pub(crate) const BUDGET: u64 = 400 * 1024;

/// Folder of the site that is loaded only when the user asks for it.
const SAMPLE: &str = "sample";

pub(crate) fn build() -> Result<()> {
    setup::ensure(Needs::Page)?;
    site()?;
    weigh()
}

/// Builds dist/; the tools must be there.
pub(crate) fn site() -> Result<()> {
    let mut command = process::program("trunk");
    process::run(command.args(["build", "--release", "--offline", "--skip-version-check"]))
}

/// Prints the size of every file of dist/; an error if the page is over its budget.
pub(crate) fn weigh() -> Result<()> {
    let dist = workspace::dist();
    let mut files = Vec::new();
    collect(&dist, &mut files)?;
    files.sort();
    let mut page = 0;
    println!("{:>10} {:>10}  dist/", "bytes", "gzip");
    for path in files {
        let bytes = fs::read(&path).map_err(Error::file(&path))?;
        let gzip = gzipped(&bytes).map_err(Error::file(&path))?;
        let name = path.strip_prefix(&dist).unwrap_or(&path);
        println!("{:>10} {gzip:>10}  {}", bytes.len(), name.display());
        if !name.starts_with(SAMPLE) {
            page += gzip;
        }
    }
    println!("{:>10} {page:>10}  the page without the sample, of at most {BUDGET}", "");
    if page > BUDGET { Err(Error::TooHeavy { gzip: page }) } else { Ok(()) }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).map_err(Error::file(folder))? {
        let path = entry.map_err(Error::file(folder))?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// Size after gzip at its default level, which is what static hosts use.
fn gzipped(bytes: &[u8]) -> std::io::Result<u64> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len() as u64)
}
