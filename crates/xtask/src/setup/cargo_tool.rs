//! Programs that `cargo install` builds.

use std::{env, process::Stdio};

use crate::{
    error::{Error, Result},
    process, workspace,
};

/// A program of a crate, in one certain version.
pub(super) struct Tool {
    krate: &'static str,
    program: &'static str,
    version: String,
    /// Whether to build with the dependencies that the crate was published with.
    locked: bool,
    why: &'static str,
}

/// Builds and serves the page. Later versions want a newer rustc.
pub(super) fn trunk() -> Tool {
    Tool {
        krate: "trunk",
        program: "trunk",
        version: "0.21.14".to_owned(),
        locked: true,
        why: "which builds and serves the page",
    }
}

/// Must be of the very version that the page is linked with. Its own lock file names a package that was withdrawn.
pub(super) fn wasm_bindgen() -> Result<Tool> {
    Ok(Tool {
        krate: "wasm-bindgen-cli",
        program: "wasm-bindgen",
        version: workspace::locked("wasm-bindgen")?,
        locked: false,
        why: "which joins the wasm with the browser, and runs tests in one",
    })
}

pub(super) fn ensure(tool: &Tool) -> Result<()> {
    if tool.is_there() {
        return Ok(());
    }
    let mut command = process::cargo();
    // Outside of the workspace, whose configuration is not meant for others' crates.
    command.current_dir(env::temp_dir());
    // By force, since cargo does not look whether a program that it once installed is still there.
    command.args(["install", tool.krate, "--version", &tool.version, "--force"]);
    if tool.locked {
        command.arg("--locked");
    }
    let by_hand = process::line(&command);
    super::say(&format!("{} {}", tool.krate, tool.version), tool.why, &format!("`{by_hand}`"));
    process::run(&mut command).map_err(|error| Error::CannotInstall {
        what: tool.krate,
        why: error.to_string(),
        by_hand: by_hand.clone(),
    })?;
    if tool.is_there() {
        return Ok(());
    }
    let why = format!("another version of {} comes first in PATH", tool.program);
    Err(Error::CannotInstall { what: tool.krate, why, by_hand })
}

impl Tool {
    fn is_there(&self) -> bool {
        let Some(path) = process::find(self.program) else {
            return false;
        };
        let said = process::output(process::program(path).arg("--version").stderr(Stdio::null()));
        said.is_ok_and(|said| said.split_whitespace().nth(1) == Some(&self.version))
    }
}
