//! `bench FILE [ROUNDS]`: perf, the native command and the page on one recording, round after round, so that a machine
//! that is slow for a while is slow for all three; the ratios are what counts. Writes target/bench.json too.
//!
//! `KMEMSCOPE_COMMAND` names the native command, built for release.

mod in_page;
mod native;
mod queries;
mod spread;
mod wire;

use std::{env, fs, path::Path};

use serde_json::{Map, Value, json};
use spread::Spread;

const ROUNDS: usize = 5;

fn main() {
    let mut arguments = env::args_os().skip(1);
    let Some(file) = arguments.next() else {
        panic!("usage: bench FILE [ROUNDS]");
    };
    let file = fs::canonicalize(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let rounds = arguments.next().and_then(|rounds| rounds.to_str()?.parse().ok()).unwrap_or(ROUNDS);
    let command = env::var_os("KMEMSCOPE_COMMAND").expect("KMEMSCOPE_COMMAND names the native command");

    let queries = queries::of(&file);
    let (mut perf, mut own, mut pages) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        perf.extend(native::perf(&file));
        own.push(native::kmemscope(Path::new(&command), &file));
        pages.push(in_page::measure(&file, &queries));
    }
    let of = |value: fn(&in_page::Measured) -> f64| pages.iter().map(value).collect::<Vec<_>>();
    let (read, shown) = (of(|page| page.read), of(|page| page.shown));
    let computed: Vec<f64> = shown.iter().zip(&read).map(|(shown, read)| shown - read).collect();
    let queried: Vec<f64> = pages.iter().flat_map(|page| page.queries.iter().copied()).collect();

    let mut table = Table::default();
    println!(
        "{}, {} bytes, {rounds} rounds",
        file.display(),
        fs::metadata(&file).map_or(0, |file| file.len())
    );
    table.row("perf kmem stat", "ms", &perf, Goal::None);
    table.row("native command", "ms", &own, Goal::None);
    table.row("page: reading the bytes and no more", "ms", &read, Goal::None);
    table.row("page: drop to first full table", "ms", &shown, Goal::None);
    table.row("page: drop to table less reading", "ms", &computed, Goal::None);
    table.row("page: one query", "ms", &queried, Goal::P95(100.0));
    table.row("page: longest task of the main thread", "ms", &of(|page| page.longest_task), Goal::Most(50.0));
    table.row("page: first paint", "ms", &of(|page| page.first_paint), Goal::None);
    table.row("page: memory of the worker", "MiB", &of(|page| page.memory), Goal::None);
    table.row("page: over the wire, gzipped", "KiB", &[wire::page_kib()], Goal::Median(400.0));
    table.row("native / perf", "", &ratios(&own, &perf), Goal::Median(0.15));
    table.row("drop to table less reading / perf", "", &ratios(&computed, &perf), Goal::Median(0.10));
    table.row("drop to table / reading", "", &ratios(&shown, &read), Goal::Median(1.25));
    table.row("drop to table / perf", "", &ratios(&shown, &perf), Goal::Median(0.7));

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench.json");
    let text = json!({ "file": file, "rounds": rounds, "rows": table.rows });
    fs::write(&path, format!("{text:#}\n")).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    println!("{}", path.display());
}

/// Round by round; none where perf is not installed.
fn ratios(of: &[f64], to: &[f64]) -> Vec<f64> {
    of.iter().zip(to).map(|(of, to)| of / to).collect()
}

/// What a row should not exceed, and which of its values counts.
#[derive(Clone, Copy)]
enum Goal {
    None,
    Median(f64),
    P95(f64),
    Most(f64),
}

#[derive(Default)]
struct Table {
    rows: Map<String, Value>,
}

impl Table {
    /// Prints a row and keeps it.
    fn row(&mut self, name: &str, unit: &str, values: &[f64], goal: Goal) {
        let Some(spread) = Spread::of(values) else {
            println!("{name:40} not measured");
            return;
        };
        let digits = if unit.is_empty() { 3 } else { 1 };
        let judged = match goal {
            Goal::None => None,
            Goal::Median(limit) => Some((limit, spread.median)),
            Goal::P95(limit) => Some((limit, spread.p95)),
            Goal::Most(limit) => Some((limit, spread.most)),
        };
        let verdict = judged.map_or(String::new(), |(limit, value)| {
            let met = if value <= limit { "met" } else { "missed" };
            format!("  at most {limit}: {met}")
        });
        println!(
            "{name:40} {:9.digits$} {unit:3} ({:.digits$} to {:.digits$}, 95 % below {:.digits$}){verdict}",
            spread.median, spread.least, spread.most, spread.p95
        );
        self.rows.insert(
            name.to_owned(),
            json!({ "unit": unit, "median": spread.median, "least": spread.least, "most": spread.most,
                    "p95": spread.p95, "goal": judged.map(|(limit, _)| limit), "values": values }),
        );
    }
}
