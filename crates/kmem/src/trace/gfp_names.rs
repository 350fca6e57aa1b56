//! Names of gfp flags, from the trace's own format texts.

use alloc::string::String;
use alloc::vec::Vec;

use perfdata::TracingData;
use perfdata::print_fmt::{self, Flag};

/// What libtraceevent stops at: arm64's `pfn_to_page` depends on the size of a page's structure, which the preprocessor
/// leaves in this form.
const UNKNOWN_TO_PERF: &str = "__builtin_constant_p";

/// Names of gfp flags as the recording kernel writes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GfpNames {
    /// Mask and name, in the order of the kernel's table: `__print_flags` takes them in that order.
    pub flags: Vec<Flag>,
    /// How a value of 0 is written: `none` since Linux 4.6, `GFP_NOWAIT` before.
    pub zero: Option<String>,
    /// Whether perf gets no names at all, as its library does not understand the print format of `mm_page_alloc`.
    pub perf_fails: bool,
}

impl GfpNames {
    /// The names in the print formats of a trace: of `mm_page_alloc` first, as perf takes them from there.
    pub(crate) fn of(tracing: &TracingData) -> GfpNames {
        let kmem = || tracing.formats.iter().filter(|format| format.system == "kmem");
        let first = kmem().filter(|format| format.name == "mm_page_alloc");
        let perf_fails = first.clone().any(|format| format.print_fmt.contains(UNKNOWN_TO_PERF));
        for format in first.chain(kmem()) {
            let flags = print_fmt::flags(&format.print_fmt, "gfp_flags");
            if !flags.is_empty() {
                return GfpNames { flags, zero: zero(&format.print_fmt), perf_fails };
            }
        }
        GfpNames::default()
    }
}

/// `(REC->gfp_flags) ? __print_flags(…) : "none"`.
fn zero(print_fmt: &str) -> Option<String> {
    let (_, table) = print_fmt.split_once("REC->gfp_flags) ? __print_flags(")?;
    let (_, after) = table.split_once("} ) : \"").or_else(|| table.split_once("}) : \""))?;
    after.split('"').next().map(String::from)
}

#[cfg(test)]
mod tests {
    use super::zero;

    #[test]
    fn the_word_for_nothing() {
        let text = "\"gfp_flags=%s\", (REC->gfp_flags) ? __print_flags(REC->gfp_flags, \"|\", {0x10u, \"A\"}, {1, \"B\"} ) \
                    : \"none\", REC->node";
        assert_eq!(zero(text).as_deref(), Some("none"));
        assert_eq!(zero("\"ptr=%p\", REC->ptr"), None);
    }
}
