use std::process::ExitCode;

use crate::{
    build,
    error::Result,
    process,
    setup::{self, Needs},
    test,
};

/// Takes pictures of every view of the page, light and dark, small and wide.
pub(crate) fn screenshots() -> Result<ExitCode> {
    setup::ensure(Needs::Tests)?;
    build::site()?;
    let mut command = process::cargo();
    command.args(["run", "--package", "kmemscope-browser-tests", "--bin", "screenshots"]);
    test::in_browser(&mut command);
    let status = process::status(&mut command)?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
