//! What becomes of time and memory when the recording is longer.

use std::{io::Result, path::Path};

use crate::{
    in_page::{self, Measured},
    native, recording,
    spread::Spread,
    table::{Goal, Table},
};

/// How large the recording is to become, in words and in bytes.
const SIZES: [(&str, u64); 2] = [("2G", 2_000_000_000), ("5G", 5_000_000_000)];
/// How often the longer ones are measured.
const ROUNDS: usize = 2;
/// What counts as linear: time and memory an event, relative to the recording itself.
const LINEAR: f64 = 1.25;
/// MiB that the worker's memory may have, for the largest: 2.5 GB.
const MEMORY: f64 = 2.5e9 / 1048576.0;

/// What the recording itself took, to which the longer ones are compared.
pub(crate) struct Base {
    /// Milliseconds of the native command.
    pub(crate) native: Vec<f64>,
    pub(crate) pages: Vec<Measured>,
}

/// Adds the rows of growth.
///
/// # Errors
/// Of the file system, or because the recording can't be repeated.
pub(crate) fn rows(table: &mut Table, file: &Path, command: &Path, base: &Base) -> Result<()> {
    let events = base.pages.first().map_or(0.0, |page| page.events);
    let per_event = |values: Vec<f64>, events: f64| Spread::of(&values).map(|spread| spread.median / events);
    let shown = per_event(base.pages.iter().map(|page| page.shown).collect(), events);
    let memory = per_event(base.pages.iter().map(|page| page.memory).collect(), events);
    let native = per_event(base.native.clone(), events);
    for size in SIZES {
        let name = size.0;
        let grown = recording::grown(file, size)?;
        recording::warm(&grown)?;
        let (mut pages, mut times) = (Vec::new(), Vec::new());
        let mut refused = String::new();
        for round in 1..=ROUNDS {
            eprintln!("{name}, round {round} of {ROUNDS}");
            times.push(native::kmemscope(command, &grown));
            match in_page::measure(&grown, &[]) {
                Ok(page) => pages.push(page),
                Err(why) => {
                    refused = why;
                    break;
                }
            }
        }
        // Where the page didn't open it, the native command's time still needs a number of events.
        let grown_events = match pages.first() {
            Some(page) => page.events,
            None => native::counts(&grown)?.events,
        };
        let relative = |values: Vec<f64>, base: Option<f64>| -> Vec<f64> {
            let Some(base) = base else { return Vec::new() };
            values.iter().map(|value| value / grown_events / base).collect()
        };
        let linear = Goal::Median(LINEAR);
        table.row(
            format!("{name}: native time an event / the same at 0.5 GB"),
            "",
            &relative(times, native),
            linear,
        );
        let of = |value: fn(&Measured) -> f64| pages.iter().map(value).collect::<Vec<_>>();
        let rows = [
            ("drop to table, time an event / the same at 0.5 GB", relative(of(|page| page.shown), shown)),
            ("wasm memory an event / the same at 0.5 GB", relative(of(|page| page.memory), memory)),
        ];
        for (what, values) in rows {
            if pages.is_empty() {
                table.missing(format!("{name}: {what}"), linear, &refused);
            } else {
                table.row(format!("{name}: {what}"), "", &values, linear);
            }
        }
        if pages.is_empty() {
            table.missing(format!("{name}: opens in the tab"), Goal::None, &refused);
        } else {
            table.row(format!("{name}: drop to first full table"), "ms", &of(|page| page.shown), Goal::None);
            table.row(
                format!("{name}: peak wasm memory"),
                "MiB",
                &of(|page| page.memory),
                Goal::Most(MEMORY.floor()),
            );
        }
    }
    Ok(())
}
