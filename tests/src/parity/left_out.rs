//! What is not compared, and why. The reasons are faults of perf (docs/perf-kmem-parity.md).

use crate::data::Case;

/// How a text of perf is compared with ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Byte for byte, and the exit code.
    Whole,
    /// Byte for byte but for the name of the page's call site, which perf takes out of a wrong map.
    WithoutPageCallSites,
    /// perf stopped with an error and printed nothing; we print the tables and say so.
    PerfStopped,
    /// Not at all: perf sorts by memory that it never wrote.
    NotCompared,
}

/// The rule for one run of perf.
pub fn rule(folder: &str, case: &Case) -> Rule {
    let shows_pages = case.options.iter().any(|option| option == "--page" || option == "--live");
    if case.label == "bad-sort" {
        Rule::NotCompared
    } else if PERF_STOPPED.contains(&case.exit) && shows_pages {
        Rule::PerfStopped
    } else if folder.starts_with("s390x") && shows_pages && case.exit == 0 {
        Rule::WithoutPageCallSites
    } else {
        Rule::Whole
    }
}

/// Exit codes of `perf kmem --page` that found a block freed in another order than it was allocated in: −ENOMEM, and
/// −ENOENT with `--live`.
const PERF_STOPPED: [i32; 2] = [256 - 12, 256 - 2];
