//! The slab allocator's tables and summary.

use alloc::string::String;
use alloc::vec::Vec;

use super::lookup::Lookup;
use super::{Options, RULE, number, put, shown};
use crate::ids::Address;
use crate::query::Truth;
use crate::report::{Counts, SlabReport, Told};
use crate::sort::{self, Direction, SlabKey, Sortable};

const DEFAULT_SORT: [SlabKey; 3] = [SlabKey::Frag, SlabKey::Hit, SlabKey::Bytes];

const DOTS: &str = " ...                                | ...             | ...             | ...      | ...       | ...   \n";

pub(super) fn write(
    out: &mut String,
    report: &SlabReport,
    options: &Options,
    mut lookup: Lookup<'_, '_>,
    truth: Truth,
) {
    if options.caller {
        head(out, "Callsite");
        let rows = &report.call_sites;
        table(out, rows, &keys(&options.slab_caller_sort, truth), options.caller_lines, |out, row| {
            let name = (!options.raw_ip).then(|| lookup.resolve(row.call_site)).flatten();
            let start = out.len() + 1;
            match name {
                Some(found) => put(out, format_args!(" {}+{:x}", found.name, found.offset)),
                None => address(out, row.call_site),
            }
            pad(out, start);
            line(out, &row.counts, told(row.pingpong, truth));
        });
    }
    if options.alloc {
        head(out, "Alloc Ptr");
        let rows = &report.allocations;
        table(out, rows, &keys(&options.slab_alloc_sort, truth), options.alloc_lines, |out, row| {
            let start = out.len() + 1;
            address(out, row.ptr);
            pad(out, start);
            line(out, &row.counts, u64::from(told(row.pingpong, truth)));
        });
    }
    summary(out, report, truth);
}

/// The keys given, or perf's own; ping-pong is sorted by the numbers that are shown.
fn keys(given: &[SlabKey], truth: Truth) -> Vec<(SlabKey, Direction)> {
    let keys = if given.is_empty() { &DEFAULT_SORT[..] } else { given };
    keys.iter()
        .map(|&key| match (key, truth) {
            (SlabKey::PingPong, Truth::Right) => (SlabKey::RightPingPong, Direction::Descending),
            (key, _) => (key, Direction::Descending),
        })
        .collect()
}

fn told<T: Copy>(told: Told<T>, truth: Truth) -> T {
    match truth {
        Truth::Perf => told.perf,
        Truth::Right => told.right,
    }
}

fn head(out: &mut String, first: &str) {
    out.push_str(RULE);
    put(
        out,
        format_args!(" {first:<34} | Total_alloc/Per | Total_req/Per   | Hit      | Ping-pong | Frag\n"),
    );
    out.push_str(RULE);
}

fn table<R: Sortable<SlabKey>>(
    out: &mut String,
    rows: &[R],
    keys: &[(SlabKey, Direction)],
    lines: Option<i32>,
    mut write_row: impl FnMut(&mut String, &R),
) {
    let (count, dots) = shown(rows.len(), lines);
    if count > 0 {
        out.reserve(count.saturating_mul(RULE.len()));
        for index in sort::order(rows, keys).into_iter().take(count) {
            if let Some(row) = rows.get(index as usize) {
                write_row(out, row);
            }
        }
    }
    if dots {
        out.push_str(DOTS);
    }
    out.push_str(RULE);
}

/// C's `%#llx`, which writes 0 without the prefix.
fn address(out: &mut String, address: Address) {
    if address.0 == 0 {
        out.push_str(" 0");
    } else {
        put(out, format_args!(" {address:#x}"));
    }
}

fn pad(out: &mut String, start: usize) {
    let written = out.len() - start;
    number::fill(out, 34usize.saturating_sub(written));
    out.push_str(" |");
}

fn line(out: &mut String, counts: &Counts, pingpong: u64) {
    out.push(' ');
    number::right(out, counts.allocated, 9);
    out.push('/');
    number::left(out, counts.allocated_per_hit(), 5);
    out.push_str(" | ");
    number::right(out, counts.requested, 9);
    out.push('/');
    number::left(out, counts.requested_per_hit(), 5);
    out.push_str(" | ");
    number::right(out, counts.hits, 8);
    out.push_str(" | ");
    number::right(out, pingpong, 9);
    out.push_str(" | ");
    number::thousandths(out, counts.fragmentation());
    out.push_str("%\n");
}

fn summary(out: &mut String, report: &SlabReport, truth: Truth) {
    let summary = &report.summary;
    let counts = &summary.counts;
    let freed = told(summary.freed, truth);
    out.push_str("\nSUMMARY (SLAB allocator)\n========================\n");
    put(out, format_args!("Total bytes requested: {}\n", counts.requested));
    put(out, format_args!("Total bytes allocated: {}\n", counts.allocated));
    put(out, format_args!("Total bytes freed:     {freed}\n"));
    if counts.allocated > freed {
        put(out, format_args!("Net total bytes allocated: {}\n", counts.allocated - freed));
    }
    put(
        out,
        format_args!(
            "Total bytes wasted on internal fragmentation: {}\n",
            counts.allocated.wrapping_sub(counts.requested)
        ),
    );
    put(out, format_args!("Internal fragmentation: {:.6}%\n", counts.fragmentation()));
    let what = match truth {
        Truth::Perf => "Cross CPU allocations",
        Truth::Right => "Cross node allocations",
    };
    put(out, format_args!("{what}: {}/{}\n", told(summary.cross_node, truth), counts.hits));
}
