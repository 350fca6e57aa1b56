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
    if case.label == "bad-sort" {
        Rule::NotCompared
    } else if perf_stopped(&case.stderr).is_some() {
        Rule::PerfStopped
    } else if folder.starts_with("s390x") && shows_pages(case) && case.exit == 0 {
        Rule::WithoutPageCallSites
    } else {
        Rule::Whole
    }
}

/// Whether a run has page tables.
fn shows_pages(case: &Case) -> bool {
    case.options.iter().any(|option| option == "--page")
}

/// perf's error number, where it stopped in the middle of the events.
pub fn perf_stopped(stderr: &str) -> Option<i32> {
    let (_, number) = stderr.split_once("error during process events: ")?;
    number.split(|c: char| c != '-' && !c.is_ascii_digit()).next()?.parse().ok()
}

/// A text with the last column of its page tables blanked.
pub(super) fn mask(text: &[u8]) -> Vec<u8> {
    let mut masked = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let columns = line.iter().filter(|byte| **byte == b'|').count();
        let last = line.iter().rposition(|byte| *byte == b'|');
        match last {
            // `#` lines are the legend of the flags, which are joined by the same sign.
            Some(at) if columns >= PAGE_COLUMNS && line[0] != b'#' && !line.ends_with(b"%\n") => {
                masked.extend_from_slice(&line[..at]);
                masked.push(b'\n');
            }
            _ => masked.extend_from_slice(line),
        }
    }
    masked
}

/// Separators in a row of the smaller page table.
const PAGE_COLUMNS: usize = 5;

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn only_page_rows_lose_their_last_column() {
        let page =
            b"            14500 |      3625 |     0 |  RECLAIM | HUM|C               | __find_get_block\n";
        assert_eq!(mask(page), b"            14500 |      3625 |     0 |  RECLAIM | HUM|C               \n");
        let slab = b" alloc_fdtable+8a                   |       256/256   |       256/256   |        1 |         1 |  0.000%\n";
        assert_eq!(mask(slab), slab);
        let legend = b"# 000d20c0:    I|F|NWR|NR|C|NMA: __GFP_IO|__GFP_FS\n";
        assert_eq!(mask(legend), legend);
    }
}
