//! Speed, memory and weight.

mod arguments;

use std::{env, process::ExitCode};

pub(crate) use arguments::Arguments;

use crate::{
    build,
    error::Result,
    process,
    setup::{self, Needs},
    test, workspace,
};

pub(crate) fn bench(arguments: Arguments) -> Result<ExitCode> {
    setup::ensure(Needs::Tests)?;
    build::site()?;
    match arguments {
        Arguments::Budget => budget(),
        Arguments::Measure(words) => measure(&words),
    }
}

/// Writes what the libraries and the page take to tests/budget.json.
fn budget() -> Result<ExitCode> {
    let mut command = process::cargo();
    process::run(command.args(["run", "--package", "kmemscope-browser-tests", "--bin", "budget"]))?;
    Ok(ExitCode::SUCCESS)
}

/// Measures perf, the native command and the page on one recording.
fn measure(words: &[String]) -> Result<ExitCode> {
    let mut command = process::cargo();
    process::run(command.args(["build", "--release", "--package", "kmemscope-cli"]))?;
    let mut command = process::cargo();
    command.args(["run", "--package", "kmemscope-browser-tests", "--bin", "bench", "--"]);
    command.args(words);
    test::in_browser(&mut command);
    let native = workspace::target().join("release").join(format!("kmemscope{}", env::consts::EXE_SUFFIX));
    command.env("KMEMSCOPE_COMMAND", native);
    let status = process::status(&mut command)?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
