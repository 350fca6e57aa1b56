//! Every check and test there is.

mod count;
mod step;
mod totals;

use std::{
    process::{Command, ExitCode},
    time::Duration,
};

use crate::{
    build,
    error::Result,
    process,
    setup::{self, Needs},
};
use count::Count;
use step::{Outcome, Step};

/// No step says nothing for so long unless it hangs.
const SILENCE: Duration = Duration::from_secs(600);

const WASM: &str = "wasm32-unknown-unknown";

/// Runs all; the last line printed is `N passed, N failed`, the ones before it say how many of perf's texts were compared.
pub(crate) fn test() -> Result<ExitCode> {
    setup::ensure(Needs::Tests)?;
    let mut results = Vec::new();
    for step in steps() {
        println!("\n== {}: {}", step.name, step.what());
        let name = step.name;
        results.push((name, step.run()));
    }
    println!();
    let mut total = Count::default();
    for (name, Outcome { count, took, .. }) in &results {
        println!(
            "{name:32} {:5} passed {:3} failed {:3} ignored {:6.1} s",
            count.passed,
            count.failed,
            count.ignored,
            took.as_secs_f64()
        );
        total.add(*count);
    }
    for line in results.iter().flat_map(|(_, outcome)| &outcome.totals) {
        println!("{line}");
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    Ok(if total.failed == 0 && total.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn steps() -> Vec<Step> {
    // What is compiled for the browser only, and what drives one.
    const IN_BROWSER: [&str; 4] = ["--exclude", "kmemscope-web", "--exclude", "kmemscope-browser-tests"];
    let mut doc = cargo(&["doc", "--workspace", "--no-deps", "--exclude", "kmemscope-web"]);
    doc.env("RUSTDOCFLAGS", "-D warnings");
    let mut doc_page = cargo(&["doc", "--package", "kmemscope-web", "--no-deps", "--target", WASM]);
    doc_page.env("RUSTDOCFLAGS", "-D warnings");
    let mut page_logic = cargo(&["test", "--package", "kmemscope-web", "--target", WASM, "--no-fail-fast"]);
    in_browser(&mut page_logic);
    page_logic.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner");
    let mut page = cargo(&["test", "--package", "kmemscope-browser-tests", "--no-fail-fast"]);
    page.args(["--", "--show-output"]);
    in_browser(&mut page);
    let mut native = cargo(&["test", "--workspace", "--no-fail-fast"]);
    native.args(IN_BROWSER).args(["--", "--show-output"]);
    vec![
        Step::check("format", cargo(&["fmt", "--all", "--check"])),
        Step::check(
            "clippy",
            cargo(&[
                "clippy",
                "--workspace",
                "--exclude",
                "kmemscope-web",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ]),
        ),
        Step::check(
            "clippy of the page",
            cargo(&[
                "clippy",
                "--package",
                "kmemscope-web",
                "--all-targets",
                "--target",
                WASM,
                "--",
                "-D",
                "warnings",
            ]),
        ),
        Step::check("documentation", doc),
        Step::check("documentation of the page", doc_page),
        Step::check(
            "libraries link without std",
            cargo(&["build", "--package", "kmemscope-no-std", "--release", "--target", WASM]),
        ),
        Step::tests("native tests", native),
        Step::tests("page's own tests, in Chromium", page_logic),
        Step::job("page builds", "trunk build --release", build::site),
        Step::job("page's weight", "at most 400 KB gzipped", build::weigh),
        Step::tests("whole page, in Chromium", page),
    ]
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = process::cargo();
    command.args(arguments);
    command
}

/// Tells a command where the browser and its driver are.
pub(crate) fn in_browser(command: &mut Command) {
    if let Some(browser) = setup::chromium() {
        command.env("CHROMIUM", browser);
    }
    if let Some(driver) = setup::chromedriver() {
        command.env("CHROMEDRIVER", driver);
    }
}
