//! The standard library for wasm32-unknown-unknown.

use std::{env, fs, path::PathBuf, time::Duration};

use super::std_from_source;
use crate::{
    error::{Error, Result},
    process,
};

pub(super) const TARGET: &str = "wasm32-unknown-unknown";

/// Set to anything, this variable leaves rustup out, so that the way without it can be tried on any machine.
const NO_RUSTUP: &str = "KMEMSCOPE_NO_RUSTUP";

/// rustup waits long for a server that does not answer.
const PATIENCE: Duration = Duration::from_secs(300);

pub(super) fn ensure() -> Result<()> {
    if is_there()? {
        return Ok(());
    }
    let why = "for which the page is compiled";
    let mut tried = Vec::new();
    if env::var_os(NO_RUSTUP).is_none() && process::find("rustup").is_some() {
        let mut command = process::program("rustup");
        command.args(["target", "add", TARGET]).env("RUSTUP_MAX_RETRIES", "1");
        super::say(&format!("the target {TARGET}"), why, &format!("`{}`", process::line(&command)));
        match process::run_within(&mut command, PATIENCE) {
            Ok(()) if is_there()? => return Ok(()),
            Ok(()) => tried.push("rustup added it to another toolchain than the one in use".to_owned()),
            Err(error) => tried.push(error.to_string()),
        }
    }
    super::say(
        &format!("the target {TARGET}"),
        why,
        "building it from the source of this very rustc, as Debian packages it",
    );
    match std_from_source::install() {
        Ok(()) if is_there()? => return Ok(()),
        Ok(()) => tried.push("the library was built, but rustc does not see it".to_owned()),
        Err(error) => tried.push(error.to_string()),
    }
    Err(Error::CannotInstall {
        what: "the standard library for wasm32-unknown-unknown",
        why: tried.join("; "),
        by_hand: format!("rustup target add {TARGET}"),
    })
}

/// Where rustc looks for the target's standard library.
pub(super) fn library() -> Result<PathBuf> {
    let mut command = process::program("rustc");
    process::output(command.args(["--print", "target-libdir", "--target", TARGET])).map(PathBuf::from)
}

fn is_there() -> Result<bool> {
    let Ok(entries) = fs::read_dir(library()?) else {
        return Ok(false);
    };
    let mut names = entries.flatten().map(|entry| entry.file_name());
    Ok(names.any(|name| name.to_string_lossy().starts_with("libstd-")))
}
