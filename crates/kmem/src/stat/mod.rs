//! The text of `perf kmem stat`: as perf prints it, byte for byte, or with the right numbers in the same layout.

mod lookup;
mod number;
mod options;
mod page_text;
mod shell;
mod slab_text;

use alloc::string::String;
use alloc::vec::Vec;

pub use options::{Mode, Options, OptionsError};
pub use shell::{quoted, words};

use crate::ledger::Counter;
use crate::query::{Accept, Context, Running, Truth, slab_report};
use crate::report::{Correction, PageReport, PerfAborts, SlabReport, corrections, large_sizes};
use crate::slab::Sizes;
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

/// A text and what stands beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// The tables and summaries.
    pub text: String,
    /// Where `perf kmem stat` itself would have stopped with an error and printed nothing, if it would.
    pub perf_aborts: Option<PerfAborts>,
}

/// The text that the recording's version of `perf kmem stat` prints for a trace, in the C locale. Where perf itself
/// stops with an error ([`output`] says so) the tables are printed all the same.
///
/// # Errors
/// As perf: the events that the options ask for are missing, or `--time` is no range.
pub fn text(context: &Context<'_>, options: &Options) -> Result<String, StatError> {
    output(context, options, Truth::Perf).map(|output| output.text)
}

/// The same tables with the right numbers, and a note for each place where perf prints something else.
///
/// # Errors
/// As [`text`].
pub fn corrected_text(context: &Context<'_>, options: &Options) -> Result<String, StatError> {
    output(context, options, Truth::Right).map(|output| output.text)
}

/// The text by either truth, and whether perf would have printed it.
///
/// # Errors
/// As [`text`].
pub fn output(context: &Context<'_>, options: &Options, truth: Truth) -> Result<Output, StatError> {
    print(context, options, truth, None)
}

/// As [`output`], where `running` has counted the events by the same truth already. It is of use without `--time`.
///
/// # Errors
/// As [`text`].
pub fn output_after(
    context: &Context<'_>,
    options: &Options,
    truth: Truth,
    running: &mut Running,
) -> Result<Output, StatError> {
    print(context, options, truth, Some(running))
}

fn print(
    context: &Context<'_>,
    options: &Options,
    truth: Truth,
    running: Option<&mut Running>,
) -> Result<Output, StatError> {
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
    let mut text = String::new();
    let mut slab = SlabReport::default();
    let mut page = PageReport::default();
    if options.slab {
        (slab, ledger) = slab_report(running, context, &accept, Sizes::by(truth));
        slab_text::write(&mut text, &slab, options, lookup::Lookup::new(&resolver, trace, truth), truth);
    }
    if options.page {
        page = page::analyse(context, &resolver, &accept, options.live, truth, &mut ledger);
        page_text::write(&mut text, &page, context, options, &resolver, truth);
    } else if trace.has_pages() {
        // perf handles the events of pages whatever the options, and stops at them too.
        let aside = &mut Counter::default();
        page.perf_aborts = page::analyse(context, &resolver, &accept, options.live, truth, aside).perf_aborts;
    }
    if truth == Truth::Right {
        notes(&mut text, &places(context, &accept, &slab, &page));
    }
    Ok(Output { text, perf_aborts: page.perf_aborts })
}

/// The places where the text that perf prints with these options is not right: what [`corrected_text`] notes below it,
/// but for a stop of perf, which [`output`] tells. It counts the events once more.
///
/// # Errors
/// As [`text`].
pub fn differences(context: &Context<'_>, options: &Options) -> Result<Vec<Correction>, StatError> {
    let filter = Filter { time: options.time_range()?, ..Filter::default() };
    let resolver = context.resolver();
    let accept = Accept::new(&filter, context, &resolver);
    let mut slab = SlabReport::default();
    let mut page = PageReport::default();
    if options.slab {
        (slab, _) = slab::analyse(context, &accept, Sizes::Whole);
    }
    if options.page {
        let aside = &mut Counter::default();
        page = page::analyse(context, &resolver, &accept, options.live, Truth::Right, aside);
        page.perf_aborts = None;
    }
    Ok(places(context, &accept, &slab, &page))
}

/// Where perf prints something else than these right numbers.
fn places(
    context: &Context<'_>,
    accept: &Accept<'_>,
    slab: &SlabReport,
    page: &PageReport,
) -> Vec<Correction> {
    let mut places = corrections(context, slab, page);
    if slab.summary.counts.hits != 0 && context.has_large_sizes() {
        let (cut, _) = slab::analyse(context, accept, Sizes::AsPerf);
        places.extend(large_sizes(&cut, slab));
    }
    places
}

fn notes(out: &mut String, corrections: &[Correction]) {
    if corrections.is_empty() {
        return;
    }
    out.push_str("\nNOTES\n=====\n");
    for (number, correction) in (1..).zip(corrections) {
        let Correction { what, perf_value, right_value, why } = correction;
        put(
            out,
            format_args!("[{number}] {what}: perf prints {perf_value}, right is {right_value}. {why}\n"),
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
