//! Programs, by the clock on the wall.

use std::{
    fs::File,
    io::{BufReader, Result},
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use kmemscope_tests::subject;

/// Milliseconds that `perf kmem` of this machine takes; nothing where there is none.
pub(crate) fn perf(file: &Path) -> Option<f64> {
    let mut command = Command::new("perf");
    // perf reads only files of its own user, unless it is forced.
    command.args(["kmem", "-f", "-i"]).arg(file).args(["--caller", "--alloc", "stat"]);
    time(command)
}

/// Milliseconds that the native command takes for the same text.
pub(crate) fn kmemscope(program: &Path, file: &Path) -> f64 {
    let mut command = Command::new(program);
    command.args(["stat", "--caller", "--alloc", "-i"]).arg(file);
    time(command).unwrap_or_else(|| panic!("{} fails on {}", program.display(), file.display()))
}

fn time(mut command: Command) -> Option<f64> {
    command.env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().ok()?;
    status.success().then(|| start.elapsed().as_secs_f64() * 1000.0)
}

/// `perf version` of this machine.
pub(crate) fn perf_version() -> Option<String> {
    let output = Command::new("perf").arg("--version").output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// What memory is measured by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counts {
    /// kmem events.
    pub(crate) events: f64,
    /// Distinct ptrs and pages.
    pub(crate) ptrs: f64,
}

/// Counts of a recording, by the library itself.
///
/// # Errors
/// Of the file system.
pub(crate) fn counts(file: &Path) -> Result<Counts> {
    let trace = subject::trace_of(&mut BufReader::new(File::open(file)?))?;
    let ptrs = trace.ptrs().len() + trace.pages().len();
    Ok(Counts { events: trace.events().len() as f64, ptrs: ptrs as f64 })
}
