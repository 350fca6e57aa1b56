//! Where things lie, and which versions are pinned.

use std::{fs, path::PathBuf};

use crate::error::{Error, Result};

/// The folder of the root Cargo.toml.
pub(crate) fn root() -> PathBuf {
    let mut root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.pop();
    root.pop();
    root
}

/// cargo's output folder.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// The static site.
pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}

/// The version of a package that Cargo.lock names.
pub(crate) fn locked(package: &'static str) -> Result<String> {
    let path = root().join("Cargo.lock");
    let lock = fs::read_to_string(&path).map_err(Error::file(&path))?;
    locked_in(&lock, package).ok_or(Error::NotLocked { package })
}

fn locked_in(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    Some(lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::locked_in;

    #[test]
    fn version_is_that_of_the_package_of_this_very_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.1\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_in(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_in(lock, "wasm"), None);
    }
}
