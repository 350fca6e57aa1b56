//! Gets what is missing, and says what and why.

mod cargo_tool;
mod chromium;
mod std_from_source;
mod wasm_target;

pub(crate) use chromium::{chromedriver, chromium};

use crate::error::Result;

/// What a command needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Needs {
    /// To build and serve the page.
    Page,
    /// All of that, and a browser to test it in.
    Tests,
}

/// Installs what is missing, skips what is there.
pub(crate) fn ensure(needs: Needs) -> Result<()> {
    wasm_target::ensure()?;
    cargo_tool::ensure(&cargo_tool::wasm_bindgen()?)?;
    cargo_tool::ensure(&cargo_tool::trunk())?;
    if needs >= Needs::Tests {
        chromium::ensure()?;
    }
    Ok(())
}

/// Tells the user what is about to be installed, and what it is needed for.
fn say(what: &str, why: &str, how: &str) {
    eprintln!("cargo xtask: installing {what}, {why}: {how}");
}
