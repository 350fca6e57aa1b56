//! `bench [FILE] [ROUNDS] [--grow]`: perf, the native command and the page on one recording, round after round, so that a
//! machine that is slow for a while is slow for all three; the ratios are what counts. Writes target/bench.json too. With
//! `--grow` also what becomes of them on the same recording repeated to 2 and 5 GB.
//!
//! `KMEMSCOPE_COMMAND` names the native command, built for release.

mod growth;
mod in_page;
mod native;
mod queries;
mod recording;
mod spread;
mod table;

use std::{
    env, fs,
    io::{Error, Result},
    path::PathBuf,
    process::ExitCode,
    thread,
};

use in_page::Measured;
use kmemscope_browser_tests::page_bytes;
use serde_json::json;
use table::{Goal, Table};

const ROUNDS: usize = 5;

struct Arguments {
    file: Option<PathBuf>,
    rounds: usize,
    grow: bool,
}

impl Arguments {
    fn of(words: impl Iterator<Item = String>) -> Arguments {
        let mut arguments = Arguments { file: None, rounds: ROUNDS, grow: false };
        for word in words {
            match word.parse() {
                Ok(rounds) => arguments.rounds = rounds,
                Err(_) if word == "--grow" => arguments.grow = true,
                Err(_) => arguments.file = Some(PathBuf::from(word)),
            }
        }
        arguments
    }
}

fn main() -> Result<ExitCode> {
    let Arguments { file, rounds, grow } = Arguments::of(env::args().skip(1));
    let command = env::var_os("KMEMSCOPE_COMMAND").map(PathBuf::from);
    let command = command.ok_or_else(|| Error::other("KMEMSCOPE_COMMAND has to name the native command"))?;
    let file = fs::canonicalize(file.map_or_else(recording::default, Ok)?)?;
    let bytes = recording::warm(&file)?;

    let queries = queries::of(&file);
    let (mut perf, mut own, mut pages) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        perf.extend(native::perf(&file));
        own.push(native::kmemscope(&command, &file));
        pages.push(in_page::measure(&file, &queries).map_err(Error::other)?);
    }
    // By query, since the slowest are what the row's percentile comes from.
    let each_query: Vec<_> = (0..queries.len())
        .map(|at| {
            let taken: Vec<f64> = pages.iter().filter_map(|page| page.queries.get(at).copied()).collect();
            json!({ "query": queries[at], "ms": taken })
        })
        .collect();
    let (events, ptrs) = match pages.first() {
        Some(Measured { events, ptrs: Some(ptrs), .. }) => (*events, *ptrs),
        _ => {
            let counts = native::counts(&file)?;
            (counts.events, counts.ptrs)
        }
    };

    println!("{}: {bytes} bytes, {events} events, {ptrs} distinct ptrs; {rounds} rounds", file.display());
    let mut table = Table::default();
    rows(&mut table, &perf, &own, &pages, (events, ptrs));
    if grow {
        let base = growth::Base { native: own, pages };
        growth::rows(&mut table, &file, &command, &base)?;
    } else {
        table.missing("2 GB and 5 GB", Goal::None, "only with --grow");
    }
    table.print();

    let path = recording::folder()?.with_extension("json");
    let machine = json!({
        "processors": thread::available_parallelism().map_or(0, usize::from),
        "perf": native::perf_version(),
    });
    let text = json!({
        "file": file, "bytes": bytes, "events": events, "ptrs": ptrs, "rounds": rounds, "machine": machine,
        "rows": table.json(), "queries": each_query,
    });
    fs::write(&path, format!("{text:#}\n"))?;
    println!("{}", path.display());
    Ok(ExitCode::SUCCESS)
}

/// What was measured, then what is held against the goals.
fn rows(table: &mut Table, perf: &[f64], own: &[f64], pages: &[Measured], (events, ptrs): (f64, f64)) {
    let of = |value: fn(&Measured) -> f64| pages.iter().map(value).collect::<Vec<_>>();
    let (read, shown) = (of(|page| page.read), of(|page| page.shown));
    let said: Option<Vec<f64>> = pages.iter().map(|page| page.computed).collect();
    let computing = if said.is_some() { "computing" } else { "drop to table less reading" };
    // What the page doesn't say can't be more than what is left without reading, as long as nothing is done at once.
    let computed =
        said.unwrap_or_else(|| shown.iter().zip(&read).map(|(shown, read)| shown - read).collect());
    let queried: Vec<f64> = pages.iter().flat_map(|page| page.queries.iter().copied()).collect();
    let memory = of(|page| page.memory);
    // 40 bytes an event and 64 a distinct ptr.
    let allowed = (40.0 * events + 64.0 * ptrs) / 1048576.0;
    let bytes_an_event: Vec<f64> = memory.iter().map(|memory| memory * 1048576.0 / events).collect();

    table.row("perf kmem --caller --alloc stat", "ms", perf, Goal::None);
    table.row("native command", "ms", own, Goal::None);
    table.row("page: reading the bytes and no more", "ms", &read, Goal::None);
    table.row(format!("page: {computing}"), "ms", &computed, Goal::None);
    table.row("page: drop to first sign of progress", "ms", &of(|page| page.begun), Goal::None);
    table.row("page: drop to first rows", "ms", &of(|page| page.partial), Goal::None);
    table.row("page: drop to first full table", "ms", &shown, Goal::None);
    table.row("page: peak wasm memory", "MiB", &memory, Goal::None);
    table.row("page: peak wasm memory an event", "B", &bytes_an_event, Goal::None);

    table.row("compute in the tab / perf", "", &ratios(&computed, perf), Goal::Median(0.10));
    table.row("drop to first full table / reading", "", &ratios(&shown, &read), Goal::Median(1.25));
    table.row("drop to first full table / perf", "", &ratios(&shown, perf), Goal::Median(0.7));
    table.row("native command / perf", "", &ratios(own, perf), Goal::Median(0.15));
    table.row("re-query", "ms", &queried, Goal::P95(100.0));
    for (when, longest) in
        [("opening", of(|page| page.longest_opening)), ("re-querying", of(|page| page.longest_querying))]
    {
        let name = format!("longest main-thread task, {when} (0: under 50)");
        table.row(name, "ms", &longest, Goal::Most(50.0));
    }
    let relative: Vec<f64> = memory.iter().map(|memory| memory / allowed).collect();
    table.row("memory / (40 B an event + 64 B a ptr)", "", &relative, Goal::Most(1.0));
    table.row("over the wire, gzipped", "KiB", &[page_bytes() as f64 / 1024.0], Goal::Most(400.0));
    table.row("first paint", "ms", &of(|page| page.first_paint), Goal::None);
}

/// Round by round; none where perf is not installed.
fn ratios(of: &[f64], to: &[f64]) -> Vec<f64> {
    of.iter().zip(to).map(|(of, to)| of / to).collect()
}
