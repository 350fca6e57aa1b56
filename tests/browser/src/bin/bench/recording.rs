//! What is measured on.

use std::{
    env,
    fs::{self, File},
    io::{self, BufReader, Error, Result},
    path::{Path, PathBuf},
};

use kmemscope_tests::{
    data::{Folder, checked_in, folders},
    grown::{Until, grow},
};

/// The large recording, where the traces that are not checked in are at hand.
const LARGE: &str = "6.1-big";
/// What is repeated otherwise, and how large it then is: about as large as the other.
const SMALL: &str = "6.1-slab";
const SMALL_GROWN: (&str, u64) = ("470M", 470_000_000);

/// log2 of the window that recordings are packed with.
const WINDOW_LOG: u32 = 27;

/// The recording to measure on if none is named: the large one of `KMEMSCOPE_TRACES` or ../shared/traces, else one of
/// tests/data, repeated until it is as large.
///
/// # Errors
/// Of the file system.
pub(crate) fn default() -> Result<PathBuf> {
    let traces = env::var_os("KMEMSCOPE_TRACES")
        .map(PathBuf::from)
        .unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/traces")));
    let packed = traces.join(LARGE).join("perf.data.zst");
    if packed.is_file() {
        return unpacked(&packed, &folder()?.join(format!("{LARGE}.data")));
    }
    eprintln!("no {}: {SMALL} is repeated instead", packed.display());
    let small = folder()?.join(format!("{SMALL}.data"));
    if !small.is_file() {
        let all = folders(&checked_in())?;
        let found = all.iter().find(|folder| folder.name == SMALL).map(Folder::recording);
        written(&small, &found.ok_or_else(|| Error::other(format!("no {SMALL} in tests/data")))??)?;
    }
    grown(&small, SMALL_GROWN)
}

/// The recording repeated until it has the size, which has a name. Kept in target/bench for the next time.
///
/// # Errors
/// Of the file system, or because the recording can't be repeated.
pub(crate) fn grown(from: &Path, (name, bytes): (&str, u64)) -> Result<PathBuf> {
    let name_of_source = from.file_name().unwrap_or_default().to_string_lossy();
    let stem = name_of_source.strip_suffix(".data").unwrap_or(&name_of_source);
    let source = fs::metadata(from)?;
    let to = folder()?.join(format!("{stem}-{name}.data"));
    // A file is there only if it was finished; one that is older was made of something else.
    let fits = |kept: fs::Metadata| {
        (bytes..bytes + bytes / 10 + source.len()).contains(&kept.len())
            && matches!((kept.modified(), source.modified()), (Ok(kept), Ok(source)) if kept >= source)
    };
    if !fs::metadata(&to).is_ok_and(fits) {
        eprintln!("writing {}", to.display());
        grow(from, &to, Until::Bytes(bytes))?;
    }
    Ok(to)
}

/// target/bench.
///
/// # Errors
/// Where it can't be made.
pub(crate) fn folder() -> Result<PathBuf> {
    // This program lies in target/debug.
    let program = env::current_exe()?;
    let target = program.ancestors().nth(2).unwrap_or(Path::new("."));
    let folder = target.join("bench");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn unpacked(packed: &Path, to: &Path) -> Result<PathBuf> {
    if !to.is_file() {
        eprintln!("unpacking {}", packed.display());
        let part = to.with_extension("part");
        let mut decoder = zstd::Decoder::with_buffer(BufReader::new(File::open(packed)?))?;
        decoder.window_log_max(WINDOW_LOG)?;
        io::copy(&mut decoder, &mut File::create(&part)?)?;
        fs::rename(&part, to)?;
    }
    Ok(to.to_owned())
}

fn written(to: &Path, bytes: &[u8]) -> Result<()> {
    let part = to.with_extension("part");
    fs::write(&part, bytes)?;
    fs::rename(&part, to)
}

/// Reads the file once, so that the first who is measured does not wait for the disk; its size.
///
/// # Errors
/// Of the file system.
pub(crate) fn warm(file: &Path) -> Result<u64> {
    io::copy(&mut File::open(file)?, &mut io::sink())
}
