//! Our text beside perf's, for every option line that was recorded of a trace.

mod diff;
mod left_out;
mod module_names;

use std::{fmt, io::Result};

use kmem::{
    Context, Symbols, Topology, Trace, Truth,
    ids::Address,
    stat::{self, Options},
    symbols::Resolver,
    trace::KernelMap,
};

use crate::{
    data::{Case, Folder},
    subject,
};

pub use diff::first_difference;
pub use left_out::{Rule, perf_stopped, rule};

/// What a command printed, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Exit code.
    pub exit: i32,
    /// What it said beside it.
    pub stderr: String,
}

/// How one text compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The run's label.
    pub label: String,
    /// How it was compared.
    pub rule: Rule,
    /// `None`: equal.
    pub difference: Option<String>,
}

/// How all texts of a trace compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The trace.
    pub name: String,
    /// One a run that was compared.
    pub verdicts: Vec<Verdict>,
    /// Runs that were not.
    pub left_out: usize,
    /// Texts that are equal but for a module's name that perf finds on one machine and not on another.
    pub names_by_chance: usize,
}

/// Texts compared and equal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Total {
    /// Texts that were compared.
    pub compared: usize,
    /// Those that were equal.
    pub equal: usize,
}

impl Total {
    /// Adds a trace's.
    pub fn add(&mut self, comparison: &Comparison) {
        self.compared += comparison.verdicts.len();
        self.equal += comparison.verdicts.iter().filter(|verdict| verdict.difference.is_none()).count();
    }
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "parity: {} texts compared, {} equal", self.compared, self.equal)
    }
}

/// A trace with all that its texts were made from.
#[derive(Debug)]
pub struct Subject {
    trace: Trace,
    symbols: Option<Symbols>,
    topology: Topology,
}

impl Subject {
    /// Reads a folder's recording, kallsyms and nodes, each once.
    pub fn open(folder: &Folder) -> Result<Subject> {
        let recording = folder.recording()?;
        let (trace, _) = subject::trace(&recording);
        let symbols = Symbols::parse(&folder.kallsyms()?).ok();
        // Machines without nodes have an empty text: every CPU's node is unknown then, as for perf.
        let nodes = folder.text("node-cpulist.txt")?;
        let topology = if nodes.trim().is_empty() {
            Topology::none()
        } else {
            Topology::parse(&nodes).map_err(std::io::Error::other)?
        };
        Ok(Subject { trace, symbols, topology })
    }

    /// Runs one option line.
    pub fn run(&self, options: &[String], nodes_known: bool) -> Outcome {
        let none = Topology::none();
        let context = Context {
            trace: &self.trace,
            symbols: self.symbols.as_ref(),
            topology: Some(if nodes_known { &self.topology } else { &none }),
        };
        let options = match Options::parse(perf_reads(options).iter().map(String::as_str)) {
            Ok(options) => options,
            Err(error) => {
                return Outcome { stdout: Vec::new(), exit: error.exit_code(), stderr: error.perf_text() };
            }
        };
        match stat::output(&context, &options, Truth::Perf) {
            Ok(output) => Outcome {
                stdout: output.text.into_bytes(),
                exit: 0,
                stderr: output.perf_aborts.map(|aborts| aborts.to_string()).unwrap_or_default(),
            },
            Err(error) => Outcome { stdout: Vec::new(), exit: error.exit_code(), stderr: error.to_string() },
        }
    }

    /// The traces of s390x were analysed on another machine, some of their texts without its modules' files.
    fn differs_by_chance(&self, rule: Rule, case: &Case, ours: &Outcome) -> bool {
        if !self.trace.facts().big_endian || exit(case, ours).is_some() {
            return false;
        }
        let (perf, ours) = match rule {
            Rule::Whole => (case.stdout.clone(), ours.stdout.clone()),
            Rule::WithoutPageCallSites => (left_out::mask(&case.stdout), left_out::mask(&ours.stdout)),
            Rule::PerfStopped | Rule::NotCompared => return false,
        };
        let resolver = Resolver::new(self.symbols.as_ref(), self.trace.facts());
        module_names::differ_by_chance(&perf, &ours, |address| {
            resolver.map_of(Address(address)).and_then(KernelMap::module_name)
        })
    }
}

/// Compares all texts of a trace.
pub fn compare(folder: &Folder) -> Result<Comparison> {
    let cases = folder.cases()?;
    let subject = Subject::open(folder)?;
    let mut comparison =
        Comparison { name: folder.name.clone(), verdicts: Vec::new(), left_out: 0, names_by_chance: 0 };
    for case in &cases {
        let rule = rule(&folder.name, case);
        if rule == Rule::NotCompared {
            comparison.left_out += 1;
            continue;
        }
        let ours = subject.run(&case.options, !case.label.ends_with("-nonuma"));
        let mut difference = difference(rule, case, &ours);
        if difference.is_some() && subject.differs_by_chance(rule, case, &ours) {
            comparison.names_by_chance += 1;
            difference = None;
        }
        comparison.verdicts.push(Verdict { label: case.label.clone(), rule, difference });
    }
    Ok(comparison)
}

/// Compares one run of perf with ours; `None` if they are equal as far as the rule goes.
pub fn difference(rule: Rule, case: &Case, ours: &Outcome) -> Option<String> {
    match rule {
        Rule::NotCompared => None,
        Rule::PerfStopped => stopped(case, ours),
        Rule::WithoutPageCallSites => exit(case, ours)
            .or_else(|| first_difference(&left_out::mask(&case.stdout), &left_out::mask(&ours.stdout))),
        Rule::Whole => exit(case, ours)
            .or_else(|| first_difference(&case.stdout, &ours.stdout))
            .or_else(|| sentence(case, ours)),
    }
}

/// perf printed nothing; we print the tables and say with which error perf would have stopped.
fn stopped(case: &Case, ours: &Outcome) -> Option<String> {
    if ours.exit != 0 || ours.stdout.is_empty() {
        return Some(format!("perf stopped here; we should print the tables, not exit with {}", ours.exit));
    }
    let (perf, said) = (left_out::perf_stopped(&case.stderr), left_out::perf_stopped(&ours.stderr));
    (perf != said).then(|| format!("perf stopped with {perf:?}, we say {said:?}: {}", ours.stderr))
}

fn exit(case: &Case, ours: &Outcome) -> Option<String> {
    (case.exit != ours.exit)
        .then(|| format!("perf exits with {}, we with {}: {}", case.exit, ours.exit, ours.stderr))
}

/// Where perf fails, it says why; ours must be one of its lines, which may come after warnings about other things.
fn sentence(case: &Case, ours: &Outcome) -> Option<String> {
    let ours = ours.stderr.lines().next().unwrap_or_default();
    let said = case.stderr.lines().any(|line| line.trim_end() == ours.trim_end());
    (case.exit != 0 && !said).then(|| format!("perf says {:?}, we {ours:?}", case.stderr))
}

/// perf stops reading options at the first word that is none.
fn perf_reads(options: &[String]) -> &[String] {
    let end = options.iter().position(|option| option == "stat").map_or(options.len(), |at| at + 1);
    &options[..end]
}
