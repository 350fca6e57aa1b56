use std::{env, path::Path, process::ExitCode};

use crate::{error::Result, process};

/// Compares kmemscope's texts with perf's for all traces of a folder, tests/data if none is given.
pub(crate) fn parity(folder: Option<&String>) -> Result<ExitCode> {
    let mut command = process::cargo();
    command.args(["run", "--quiet", "--release", "--package", "kmemscope-tests", "--bin", "parity", "--"]);
    if let Some(folder) = folder {
        // The command runs in the workspace's root, the user stands wherever.
        let here = env::current_dir().unwrap_or_default();
        command.arg(here.join(Path::new(folder)));
    }
    let status = process::status(&mut command)?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
