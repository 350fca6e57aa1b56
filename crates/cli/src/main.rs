//! `kmemscope stat`: what `perf kmem stat` prints, without perf.

mod arguments;
mod bytes;
mod load;
mod read;
mod unpacked;

use std::io::Write as _;
use std::process::ExitCode;

use arguments::Arguments;
use kmem::query::Context;
use kmem::stat;

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(stop) => return stop.report(),
    };
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{}", failure.message);
            ExitCode::from(failure.code)
        }
    }
}

/// Why there is no result.
struct Failure {
    message: String,
    code: u8,
}

impl Failure {
    /// Something that perf has no words for.
    fn new(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), code: 1 }
    }

    /// A file that cannot be read.
    fn cannot_read(path: &std::path::Path, error: &std::io::Error) -> Failure {
        Failure { message: format!("failed to open {}: {error}", path.display()), code: 254 }
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut inputs = load::load(arguments)?;
    for note in &inputs.notes {
        eprintln!("kmemscope: {note}");
    }
    let context = Context {
        trace: &inputs.trace,
        symbols: inputs.symbols.as_ref(),
        topology: inputs.topology.as_ref(),
    };
    let output = stat::output_after(&context, &arguments.options, arguments.truth(), &mut inputs.running)
        .map_err(|error| Failure { code: error.exit_code() as u8, message: error.to_string() })?;
    if let Some(aborts) = output.perf_aborts {
        eprintln!("kmemscope: {aborts}; the tables are shown all the same");
    }
    let mut out = std::io::stdout().lock();
    match out.write_all(output.text.as_bytes()).and_then(|()| out.flush()) {
        // Whoever reads has seen enough, as `head` has.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(|error| Failure::new(format!("cannot write the text: {error}"))),
    }
}
