//! The browser that the page is tested in, and the program that drives it.

use std::{env, path::PathBuf};

use crate::{
    error::{Error, Result},
    process,
};

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const PACKAGES: [&str; 3] = ["chromium", "chromium-driver", "fonts-dejavu-core"];

/// The browser: `$CHROMIUM`, or one in PATH.
pub(crate) fn chromium() -> Option<PathBuf> {
    given("CHROMIUM").or_else(|| BROWSERS.iter().find_map(|name| process::find(name)))
}

/// Its driver: `$CHROMEDRIVER`, or one in PATH.
pub(crate) fn chromedriver() -> Option<PathBuf> {
    given("CHROMEDRIVER").or_else(|| process::find("chromedriver"))
}

fn given(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|path| path.is_file())
}

pub(super) fn ensure() -> Result<()> {
    if chromium().is_some() && chromedriver().is_some() {
        return Ok(());
    }
    let by_hand = format!("apt-get update && apt-get install {}", PACKAGES.join(" "));
    let cannot = |why: String| Error::CannotInstall { what: "Chromium", why, by_hand: by_hand.clone() };
    super::say(
        "Chromium and chromedriver",
        "in which the page is tested (another browser: set CHROMIUM and CHROMEDRIVER)",
        &format!("`{by_hand}`"),
    );
    if process::find("apt-get").is_none() {
        return Err(cannot("there is no apt-get here".to_owned()));
    }
    // A list of packages that is out of date is still good enough if the installation then succeeds.
    let updated = process::run(apt_get().arg("update"));
    let mut install = apt_get();
    install.args(["install", "--yes", "--no-install-recommends"]).args(PACKAGES);
    process::run(&mut install).map_err(|error| match updated {
        Ok(()) => cannot(error.to_string()),
        Err(update) => cannot(update.to_string()),
    })?;
    if chromium().is_some() && chromedriver().is_some() {
        return Ok(());
    }
    Err(cannot("the packages brought no chromium and chromedriver in PATH".to_owned()))
}

fn apt_get() -> std::process::Command {
    let mut command = if is_root() {
        process::program("apt-get")
    } else {
        let mut sudo = process::program("sudo");
        sudo.args(["--non-interactive", "apt-get"]);
        sudo
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn is_root() -> bool {
    process::output(process::program("id").arg("-u")).is_ok_and(|id| id == "0")
}
