//! The command line: a few options of our own, all others are those of `perf kmem`.

use std::path::PathBuf;
use std::process::ExitCode;

use kmem::query::Truth;
use kmem::stat::{Mode, Options, OptionsError};

const USAGE: &str = "\
usage: kmemscope stat [-i perf.data] [--kallsyms FILE] [--numa FILE|none] [options of perf kmem]

  -i, --input FILE     the recording; gzip, zstd or tar packed ones too [perf.data]
  --kallsyms FILE      /proc/kallsyms or System.map of the recorded kernel
  --numa FILE|none     NUMA topology as text (numactl --hardware, lscpu, ...); none: no nodes known
                       [what the recording itself says]
  --formats FILE       the recording kernel's /sys/kernel/tracing/events/kmem/*/format, one after the other, for a
                       recording that was cut before its own
  --corrected          the right numbers where perf prints wrong ones, with a note for each
  --default slab|page  what perf's configuration kmem.default would say [slab]

options of perf kmem, in any place:
  --slab --page --caller --alloc --live --raw-ip -s/--sort KEYS -l/--line N --time START,STOP
";

/// What the command line asks for.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) input: PathBuf,
    pub(crate) kallsyms: Option<PathBuf>,
    pub(crate) numa: Option<Numa>,
    pub(crate) formats: Option<PathBuf>,
    pub(crate) corrected: bool,
    pub(crate) options: Options,
}

/// Where the NUMA topology comes from, if not from the recording.
#[derive(Debug)]
pub(crate) enum Numa {
    File(PathBuf),
    /// No nodes known, as on a machine without them.
    None,
}

/// Why the command line leads to no analysis.
#[derive(Debug)]
pub(crate) enum Stop {
    Help,
    Usage(String),
    Options(OptionsError),
}

impl Stop {
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Stop::Help => {
                print!("{USAGE}");
                ExitCode::SUCCESS
            }
            Stop::Usage(what) => {
                eprint!("kmemscope: {what}\n\n{USAGE}");
                ExitCode::from(2)
            }
            Stop::Options(error) => {
                eprint!("{}", error.perf_text());
                ExitCode::from(error.exit_code() as u8)
            }
        }
    }
}

impl Arguments {
    /// Whose numbers the text is to have.
    pub(crate) fn truth(&self) -> Truth {
        if self.corrected { Truth::Right } else { Truth::Perf }
    }

    pub(crate) fn parse(args: impl Iterator<Item = String>) -> Result<Arguments, Stop> {
        let mut input = PathBuf::from("perf.data");
        let (mut kallsyms, mut numa, mut formats, mut corrected) = (None, None, None, false);
        let mut default = Mode::Slab;
        let mut rest = Vec::new();
        let mut args = args;
        let mut is_stat = false;
        while let Some(arg) = args.next() {
            let (name, joined) = match arg.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
                _ => (arg.clone(), None),
            };
            let value = |args: &mut dyn Iterator<Item = String>| {
                joined
                    .clone()
                    .or_else(|| args.next())
                    .ok_or_else(|| Stop::Usage(format!("{name} needs a value")))
            };
            match name.as_str() {
                "-h" | "--help" | "help" => return Err(Stop::Help),
                "-i" | "--input" => input = value(&mut args)?.into(),
                "--kallsyms" => kallsyms = Some(value(&mut args)?.into()),
                "--formats" => formats = Some(value(&mut args)?.into()),
                "--numa" => {
                    let value = value(&mut args)?;
                    numa = Some(if value == "none" { Numa::None } else { Numa::File(value.into()) });
                }
                "--corrected" => corrected = true,
                "--default" => {
                    default = match value(&mut args)?.as_str() {
                        "slab" => Mode::Slab,
                        "page" => Mode::Page,
                        other => return Err(Stop::Options(OptionsError::InvalidDefault(other.to_owned()))),
                    };
                }
                // perf's own options that take a value: theirs is not to be taken for one of ours.
                "-s" | "--sort" | "-l" | "--line" | "--time" if joined.is_none() => {
                    rest.push(arg);
                    rest.extend(args.next());
                }
                _ => {
                    is_stat |= arg == "stat";
                    rest.push(arg);
                }
            }
        }
        if !is_stat {
            return Err(if rest.is_empty() {
                Stop::Help
            } else {
                Stop::Usage("the command is missing: stat".into())
            });
        }
        let options = Options::parse_with(rest.iter().map(String::as_str), default).map_err(Stop::Options)?;
        Ok(Arguments { input, kallsyms, numa, formats, corrected, options })
    }
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Numa, Stop};

    fn parse(line: &str) -> Result<Arguments, Stop> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn ours_and_perfs_mix() {
        let arguments = parse("--caller -i a.data stat --numa none -s hit --kallsyms=k --time 1,2").unwrap();
        assert_eq!(arguments.input.to_str(), Some("a.data"));
        assert_eq!(arguments.kallsyms.unwrap().to_str(), Some("k"));
        assert!(matches!(arguments.numa, Some(Numa::None)));
        assert!(arguments.options.caller);
        assert_eq!(arguments.options.time.as_deref(), Some("1,2"));
    }

    #[test]
    fn what_is_missing_is_said() {
        assert!(matches!(parse(""), Err(Stop::Help)));
        assert!(matches!(parse("--caller"), Err(Stop::Usage(_))));
        assert!(matches!(parse("stat -i"), Err(Stop::Usage(_))));
        assert!(matches!(parse("stat -s nosuch"), Err(Stop::Options(_))));
    }
}
