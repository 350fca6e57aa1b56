//! gfp flags in words: the kernel's own names from the trace's format text, and perf's short forms of them.

use alloc::string::String;
use alloc::vec::Vec;

use crate::query::Truth;
use crate::trace::GfpNames;

/// gfp flags with their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GfpText {
    /// The bits.
    pub flags: u64,
    /// perf's short names, with `|` between; empty where perf knows none of them.
    pub compact: String,
    /// The kernel's names, with `|` between.
    pub names: String,
}

impl GfpText {
    /// The names of `flags` in a trace.
    #[must_use]
    pub fn of(flags: u64, names: &GfpNames) -> GfpText {
        let names = describe(flags, names);
        GfpText { flags, compact: compact(&names), names }
    }
}

/// perf's short names, as its man page lists them; two of them stand for two flags each.
const COMPACT: [(&str, &str); 34] = [
    ("GFP_TRANSHUGE", "THP"),
    ("GFP_TRANSHUGE_LIGHT", "THL"),
    ("GFP_HIGHUSER_MOVABLE", "HUM"),
    ("GFP_HIGHUSER", "HU"),
    ("GFP_USER", "U"),
    ("GFP_KERNEL_ACCOUNT", "KAC"),
    ("GFP_KERNEL", "K"),
    ("GFP_NOFS", "NF"),
    ("GFP_ATOMIC", "A"),
    ("GFP_NOIO", "NI"),
    ("GFP_NOWAIT", "NW"),
    ("GFP_DMA", "D"),
    ("__GFP_HIGHMEM", "HM"),
    ("GFP_DMA32", "D32"),
    ("__GFP_HIGH", "H"),
    ("__GFP_IO", "I"),
    ("__GFP_FS", "F"),
    ("__GFP_NOWARN", "NWR"),
    ("__GFP_RETRY_MAYFAIL", "R"),
    ("__GFP_NOFAIL", "NF"),
    ("__GFP_NORETRY", "NR"),
    ("__GFP_COMP", "C"),
    ("__GFP_ZERO", "Z"),
    ("__GFP_NOMEMALLOC", "NMA"),
    ("__GFP_MEMALLOC", "MA"),
    ("__GFP_HARDWALL", "HW"),
    ("__GFP_THISNODE", "TN"),
    ("__GFP_RECLAIMABLE", "RC"),
    ("__GFP_MOVABLE", "M"),
    ("__GFP_ACCOUNT", "AC"),
    ("__GFP_WRITE", "WR"),
    ("__GFP_RECLAIM", "R"),
    ("__GFP_DIRECT_RECLAIM", "DR"),
    ("__GFP_KSWAPD_RECLAIM", "KR"),
];

/// The names of gfp flags as `__print_flags` writes them: each mask of the table that is wholly set, in the table's
/// order, and what is left over as a number.
#[must_use]
pub fn describe(flags: u64, names: &GfpNames) -> String {
    if flags == 0
        && let Some(zero) = &names.zero
    {
        return zero.clone();
    }
    perfdata::print_fmt::write(&names.flags, flags, "|")
}

/// perf's short form of such a text; names that perf does not know are dropped, as perf drops them.
#[must_use]
pub fn compact(names: &str) -> String {
    let mut text = String::new();
    for name in names.split('|') {
        if let Some((_, short)) = COMPACT.iter().find(|(long, _)| *long == name) {
            if !text.is_empty() {
                text.push('|');
            }
            text.push_str(short);
        }
    }
    text
}

/// A short form that drops nothing and means one thing: names that perf does not know, or shortens to what already
/// means another flag, stay as they are but for their prefix.
fn compact_all(names: &str) -> String {
    let mut text = String::new();
    for name in names.split('|') {
        if !text.is_empty() {
            text.push('|');
        }
        let short = COMPACT
            .iter()
            .find(|(long, _)| *long == name && !matches!(name, "__GFP_NOFAIL" | "__GFP_RECLAIM"));
        text.push_str(short.map_or(name.trim_start_matches("__GFP_"), |(_, short)| short));
    }
    text
}

/// The legend of the page tables, and the width of its widest short form.
pub(crate) fn legend(flags: &[u64], names: &GfpNames, truth: Truth) -> (Vec<GfpText>, usize) {
    let text = |&flags: &u64| {
        let mut text = GfpText::of(flags, names);
        if truth == Truth::Right {
            text.compact = compact_all(&text.names);
        }
        text
    };
    let legend: Vec<GfpText> = flags.iter().map(text).collect();
    let width = legend.iter().map(|text| text.compact.len()).max().unwrap_or(0);
    (legend, width)
}

#[cfg(test)]
mod tests {
    use super::{GfpText, compact, describe};
    use crate::trace::GfpNames;
    use perfdata::print_fmt::Flag;

    fn names() -> GfpNames {
        GfpNames {
            flags: [
                (0xcc0, "GFP_KERNEL"),
                (0x400, "__GFP_DIRECT_RECLAIM"),
                (0x100, "__GFP_ZERO"),
                (0x80_0000, "__GFP_ZEROTAGS"),
            ]
            .map(|(bits, name)| Flag { bits, name: name.into() })
            .into(),
            zero: Some("none".into()),
            perf_fails: false,
        }
    }

    #[test]
    fn masks_are_taken_in_order() {
        assert_eq!(describe(0xdc0, &names()), "GFP_KERNEL|__GFP_ZERO");
        assert_eq!(describe(0x500, &names()), "__GFP_DIRECT_RECLAIM|__GFP_ZERO");
        assert_eq!(describe(0, &names()), "none");
        assert_eq!(describe(0x100_0100, &names()), "__GFP_ZERO|0x1000000");
        assert_eq!(describe(0x7, &GfpNames::default()), "0x7");
    }

    #[test]
    fn unknown_names_are_dropped() {
        assert_eq!(compact("GFP_KERNEL|__GFP_ZERO|__GFP_NEW"), "K|Z");
        assert_eq!(compact("none"), "");
        assert_eq!(super::compact_all("GFP_KERNEL|__GFP_NEW|__GFP_NOFAIL|0x100"), "K|NEW|NOFAIL|0x100");
        let text = GfpText::of(0x80_0dc0, &names());
        assert_eq!(
            (text.compact.as_str(), text.names.as_str()),
            ("K|Z", "GFP_KERNEL|__GFP_ZERO|__GFP_ZEROTAGS")
        );
    }
}
