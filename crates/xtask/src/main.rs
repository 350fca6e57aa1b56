//! `cargo xtask …`: sets the machine up, serves, builds and tests kmemscope.

mod bench;
mod build;
mod error;
mod parity;
mod process;
mod screenshots;
mod serve;
mod setup;
mod test;
mod workspace;

use std::{env, process::ExitCode};

use error::{Error, Result};
use setup::Needs;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  serve [TRUNK-OPTIONS]  get what is missing, build the page and serve it
  build                  the static site in dist/, and what it weighs
  test                   every check and test there is; the last line counts them
  parity [DIR]           compare with perf's own texts over a folder of traces (tests/data)
  screenshots            every view of the page, light and dark, to target/screenshots
  bench [FILE] [ROUNDS] [--grow]
                         perf, the native command and the page on one recording, against the goals;
                         --grow: and on the recording repeated to 2 and 5 GB
  bench --budget         write what memory and wasm may take to tests/budget.json
  setup                  get everything that the commands above need";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cargo xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<ExitCode> {
    let (command, rest) = match arguments {
        [] => ("help", arguments),
        [command, rest @ ..] => (command.as_str(), rest),
    };
    match (command, rest) {
        ("serve", options) => serve::serve(options),
        ("build", []) => build::build().map(|()| ExitCode::SUCCESS),
        ("test", []) => test::test(),
        ("parity", folder @ ([] | [_])) => parity::parity(folder.first()),
        ("screenshots", []) => screenshots::screenshots(),
        ("bench", words) => {
            let here = env::current_dir().unwrap_or_default();
            match bench::Arguments::parse(words, &here) {
                Some(arguments) => bench::bench(arguments),
                None => Err(Error::Usage { arguments: arguments.join(" ") }),
            }
        }
        ("setup", []) => setup::ensure(Needs::Tests).map(|()| ExitCode::SUCCESS),
        ("help" | "--help" | "-h", _) => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        _ => Err(Error::Usage { arguments: arguments.join(" ") }),
    }
}
