//! Other programs: found, run with their output shown, or asked for a line.

use std::{
    env,
    ffi::{OsStr, OsString},
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::{
    error::{Error, Result},
    workspace,
};

/// A program that starts in the workspace's root, reads nothing, and finds what `cargo install` put in place.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(workspace::root()).stdin(Stdio::null()).env("PATH", search_path());
    command
}

/// The cargo that runs this.
pub(crate) fn cargo() -> Command {
    program(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// PATH, and behind it the folder of `cargo install`.
fn search_path() -> OsString {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::split_paths(&path).collect();
    folders.extend(installed_programs());
    env::join_paths(folders).unwrap_or(path)
}

/// Where `cargo install` puts programs.
fn installed_programs() -> Option<PathBuf> {
    let home = env::var_os("CARGO_INSTALL_ROOT")
        .or_else(|| env::var_os("CARGO_HOME"))
        .map(PathBuf::from)
        .or_else(|| Some(env::home_dir()?.join(".cargo")))?;
    Some(home.join("bin"))
}

/// The path of a program that can be run, if there is one of this name.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    env::split_paths(&search_path()).map(|folder| folder.join(name)).find(|path| is_program(path))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file() || path.with_extension("exe").is_file()
}

/// The command as one would type it.
pub(crate) fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Runs with the output shown as it comes; an error if it does not succeed.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = status(command)?;
    if status.success() { Ok(()) } else { Err(failed(command, status)) }
}

/// Runs with the output shown as it comes.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus> {
    command.status().map_err(|error| cannot_run(command, error))
}

/// Runs with the output shown as it comes, but not for longer than `limit`.
pub(crate) fn run_within(command: &mut Command, limit: Duration) -> Result<()> {
    let mut child = command.spawn().map_err(|error| cannot_run(command, error))?;
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(|error| cannot_run(command, error))? {
            return if status.success() { Ok(()) } else { Err(failed(command, status)) };
        }
        if start.elapsed() > limit {
            stop(&mut child);
            let how = format!("no answer within {} s", limit.as_secs());
            return Err(Error::Failed { command: line(command), how });
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// What a program prints when it succeeds, without the blanks around it.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| cannot_run(command, error))?;
    if !output.status.success() {
        return Err(failed(command, output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs with the output shown as it comes, each line of it handed over too; ends the program when neither of its
/// outputs has said anything for `silence`.
pub(crate) fn watch(
    command: &mut Command,
    silence: Duration,
    mut each: impl FnMut(&str),
) -> Result<ExitStatus> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| cannot_run(command, error))?;
    let (sender, lines) = mpsc::channel();
    if let Some(out) = child.stdout.take() {
        let sender = sender.clone();
        thread::spawn(move || each_line(out, |line| sender.send((false, line)).is_ok()));
    }
    if let Some(err) = child.stderr.take() {
        thread::spawn(move || each_line(err, |line| sender.send((true, line)).is_ok()));
    }
    loop {
        match lines.recv_timeout(silence) {
            Ok((is_error, line)) => {
                if is_error {
                    eprintln!("{line}");
                } else {
                    println!("{line}");
                }
                each(&line);
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                stop(&mut child);
                let how = format!("silent for {} s", silence.as_secs());
                return Err(Error::Failed { command: line(command), how });
            }
        }
    }
    child.wait().map_err(|error| cannot_run(command, error))
}

fn each_line(stream: impl Read, mut each: impl FnMut(String) -> bool) {
    let mut stream = BufReader::new(stream);
    let mut bytes = Vec::new();
    while stream.read_until(b'\n', &mut bytes).is_ok_and(|length| length > 0) {
        let line = String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned();
        if !each(line) {
            return;
        }
        bytes.clear();
    }
}

fn stop(child: &mut Child) {
    // It may have ended by itself in the meantime.
    let _ = child.kill();
    let _ = child.wait();
}

fn cannot_run(command: &Command, error: std::io::Error) -> Error {
    Error::CannotRun { program: command.get_program().to_string_lossy().into_owned(), error }
}

fn failed(command: &Command, status: ExitStatus) -> Error {
    Error::Failed { command: line(command), how: status.to_string() }
}
