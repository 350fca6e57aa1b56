use std::{env, process::ExitCode};

use crate::{
    build,
    error::Result,
    process,
    setup::{self, Needs},
    test, workspace,
};

/// Measures perf, the native command and the page on one recording; `arguments` are its path and the rounds.
pub(crate) fn bench(arguments: &[String]) -> Result<ExitCode> {
    setup::ensure(Needs::Tests)?;
    build::site()?;
    let mut command = process::cargo();
    process::run(command.args(["build", "--release", "--package", "kmemscope-cli"]))?;
    let mut command = process::cargo();
    command.args(["run", "--package", "kmemscope-browser-tests", "--bin", "bench", "--"]);
    let (file, rounds) = arguments.split_at(arguments.len().min(1));
    if let Some(file) = file.first() {
        // The command runs in the workspace's root, the user stands wherever.
        command.arg(env::current_dir().unwrap_or_default().join(file));
    }
    command.args(rounds);
    test::in_browser(&mut command);
    let native = workspace::target().join("release").join(format!("kmemscope{}", env::consts::EXE_SUFFIX));
    command.env("KMEMSCOPE_COMMAND", native);
    let status = process::status(&mut command)?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
