use std::{io, path::PathBuf};

use crate::build::BUDGET;

pub(crate) type Result<T> = std::result::Result<T, Error>;

/// Why a job could not be done, in one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{arguments}` is not understood, see `cargo xtask help`")]
    Usage { arguments: String },

    #[error("{what} cannot be installed ({why}); by hand: `{by_hand}`")]
    CannotInstall { what: &'static str, why: String, by_hand: String },

    #[error("{program} cannot be run: {error}")]
    CannotRun { program: String, error: io::Error },

    #[error("`{command}` failed ({how})")]
    Failed { command: String, how: String },

    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },

    #[error("Cargo.lock names no {package}, run `cargo generate-lockfile`")]
    NotLocked { package: &'static str },

    #[error("the page weighs {gzip} bytes gzipped without the sample, and may weigh {BUDGET}")]
    TooHeavy { gzip: u64 },
}

impl Error {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Error::File { path, error }
    }
}
