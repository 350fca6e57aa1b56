use std::{
    process::Command,
    time::{Duration, Instant},
};

use super::{SILENCE, count::Count, totals::is_total};
use crate::{
    error::{Error, Result},
    process,
};

/// One thing that is checked.
pub(super) struct Step {
    pub(super) name: &'static str,
    how: How,
}

/// How a step ended.
pub(super) struct Outcome {
    pub(super) count: Count,
    /// Lines in which its tests say how much they compared.
    pub(super) totals: Vec<String>,
    pub(super) took: Duration,
}

enum How {
    /// Counts as one, which its exit code decides.
    Check(Command),
    /// Prints result lines of test runners.
    Tests(Command),
    /// Counts as one.
    Job(&'static str, fn() -> Result<()>),
}

impl Step {
    pub(super) fn check(name: &'static str, command: Command) -> Step {
        Step { name, how: How::Check(command) }
    }

    pub(super) fn tests(name: &'static str, command: Command) -> Step {
        Step { name, how: How::Tests(command) }
    }

    pub(super) fn job(name: &'static str, what: &'static str, job: fn() -> Result<()>) -> Step {
        Step { name, how: How::Job(what, job) }
    }

    /// What the step runs.
    pub(super) fn what(&self) -> String {
        match &self.how {
            How::Check(command) | How::Tests(command) => process::line(command),
            How::Job(what, _) => (*what).to_owned(),
        }
    }

    /// Runs the step. One that fails without a failed test to show for it counts as one failure.
    pub(super) fn run(self) -> Outcome {
        let start = Instant::now();
        let mut count = Count::default();
        let mut totals = Vec::new();
        let succeeded = match self.how {
            How::Check(mut command) => process::run(&mut command),
            How::Job(_, job) => job(),
            How::Tests(mut command) => {
                let mut seen = Count::default();
                let status = process::watch(&mut command, SILENCE, |line| {
                    seen.read(line);
                    if is_total(line) {
                        totals.push(line.to_owned());
                    }
                });
                count = seen;
                let line = process::line(&command);
                match status {
                    Ok(status) if status.success() && count.ran() == 0 => {
                        Err(Error::Failed { command: line, how: "it ran no test".to_owned() })
                    }
                    Ok(status) if status.success() => {
                        return Outcome { count, totals, took: start.elapsed() };
                    }
                    Ok(status) => Err(Error::Failed { command: line, how: status.to_string() }),
                    Err(error) => Err(error),
                }
            }
        };
        match succeeded {
            Ok(()) => count.passed += 1,
            Err(error) => {
                eprintln!("cargo xtask: {error}");
                count.failed = count.failed.max(1);
            }
        }
        Outcome { count, totals, took: start.elapsed() }
    }
}
