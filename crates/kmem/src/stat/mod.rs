//! The text of `perf kmem stat`: as perf prints it, byte for byte, or with the right numbers in the same layout.

mod options;
mod page_text;
mod slab_text;

use alloc::string::String;

pub use options::{Mode, Options, OptionsError};

use crate::ledger::Counter;
use crate::query::{Accept, Context, Truth};
use crate::report::corrections;
use crate::{Filter, page, slab};

/// Rules in the tables: perf prints the first 105 characters of a longer line.
const RULE: &str = "---------------------------------------------------------------------------------------------------------\n";

/// Why there is no text, in perf's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatError {
    /// The file has no `kmem:kmalloc` event, by which perf tells slab traces.
    #[error("No slab allocation events found.  Have you run 'perf kmem record --slab'?")]
    NoSlabEvents,
    /// The file has no `kmem:mm_page_alloc` event, by which perf tells page traces.
    #[error("No page allocation events found.  Have you run 'perf kmem record --page'?")]
    NoPageEvents,
    /// The options are refused.
    #[error(transparent)]
    Options(#[from] OptionsError),
}

impl StatError {
    /// perf's exit code.
    #[must_use]
    pub fn exit_code(&self) -> i32 {
        match self {
            StatError::NoSlabEvents | StatError::NoPageEvents => 255,
            StatError::Options(error) => error.exit_code(),
        }
    }
}

/// The text that the recording's version of `perf kmem stat` prints for a trace, in the C locale. Where perf itself
/// stops with an error (see [`crate::report::PerfAborts`]) the tables are printed all the same.
///
/// # Errors
/// As perf: the events that the options ask for are missing, or `--time` is no range.
pub fn text(context: &Context<'_>, options: &Options) -> Result<String, StatError> {
    render(context, options, Truth::Perf)
}

/// The same tables with the right numbers, and a note for each place where perf prints something else.
///
/// # Errors
/// As [`text`].
pub fn corrected_text(context: &Context<'_>, options: &Options) -> Result<String, StatError> {
    render(context, options, Truth::Right)
}

fn render(context: &Context<'_>, options: &Options, truth: Truth) -> Result<String, StatError> {
    let trace = context.trace;
    if options.slab && !trace.has_slab() {
        return Err(StatError::NoSlabEvents);
    }
    if options.page && !trace.has_pages() {
        return Err(StatError::NoPageEvents);
    }
    let filter = Filter { time: options.time_range()?, ..Filter::default() };
    let resolver = context.resolver();
    let accept = Accept::new(&filter, context, &resolver);
    let mut ledger = Counter::default();
    let mut out = String::new();
    let mut slab_report = crate::report::SlabReport::default();
    let mut page_report = crate::report::PageReport::default();
    if options.slab {
        let sizes = if truth == Truth::Perf { slab::Sizes::AsPerf } else { slab::Sizes::Whole };
        slab_report = slab::analyse(context, &accept, sizes, &mut ledger);
        slab_text::write(&mut out, &slab_report, options, &resolver, truth);
    }
    if options.page {
        page_report = page::analyse(context, &resolver, &accept, options.live, truth, &mut ledger);
        page_text::write(&mut out, &page_report, context, options, &resolver, truth);
    }
    if truth == Truth::Right {
        notes(&mut out, &corrections(context, &slab_report, &page_report));
    }
    Ok(out)
}

fn notes(out: &mut String, corrections: &[crate::Correction]) {
    if corrections.is_empty() {
        return;
    }
    out.push_str("\nNOTES\n=====\n");
    for (index, correction) in corrections.iter().enumerate() {
        put(
            out,
            format_args!(
                "[{}] {}: perf prints {}, right is {}. {}\n",
                index + 1,
                correction.what,
                correction.perf_value,
                correction.right_value,
                correction.why
            ),
        );
    }
}

/// Appends formatted text; a `String` takes all of it.
fn put(out: &mut String, text: core::fmt::Arguments<'_>) {
    let _ = core::fmt::Write::write_fmt(out, text);
}

/// How many of `rows` perf prints with `-l lines`, and whether a row of dots follows: where rows are left out, and, by an
/// accident of its counting, for an empty table without `-l`.
fn shown(rows: usize, lines: Option<i32>) -> (usize, bool) {
    match lines {
        None | Some(-1) => (rows, rows == 0),
        Some(lines) => match usize::try_from(lines) {
            Ok(lines) => (rows.min(lines), rows > lines),
            Err(_) => (rows, false),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn dots_follow_as_in_perf() {
        assert_eq!(shown(5, None), (5, false));
        assert_eq!(shown(0, None), (0, true));
        assert_eq!(shown(0, Some(0)), (0, false));
        assert_eq!(shown(5, Some(0)), (0, true));
        assert_eq!(shown(5, Some(5)), (5, false));
        assert_eq!(shown(5, Some(4)), (4, true));
        assert_eq!(shown(5, Some(-7)), (5, false));
    }
}
