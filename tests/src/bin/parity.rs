//! `parity [DIR]`: compares kmemscope's texts with perf's, for every trace below a folder (`tests/data` by default),
//! and shows where each text that differs does so first. Exit code 1 if one does.

use std::{env, io::Result, path::PathBuf, process::ExitCode, time::Instant};

use kmemscope_tests::{
    data::{checked_in, folders},
    parity::{Rule, Total, compare},
};

/// Differences shown in full a trace; of the rest only the label.
const SHOWN: usize = 3;

fn main() -> Result<ExitCode> {
    let root = env::args_os().nth(1).map_or_else(checked_in, PathBuf::from);
    let mut total = Total::default();
    for folder in folders(&root)? {
        let start = Instant::now();
        let comparison = compare(&folder)?;
        total.add(&comparison);
        let differs: Vec<_> =
            comparison.verdicts.iter().filter(|verdict| verdict.difference.is_some()).collect();
        let stopped = comparison.verdicts.iter().filter(|verdict| verdict.rule == Rule::PerfStopped).count();
        println!(
            "{:20} {:3} compared {:3} differ {stopped:3} where perf stops {:3} left out {:3} names by chance {:6.2} s",
            comparison.name,
            comparison.verdicts.len(),
            differs.len(),
            comparison.left_out,
            comparison.names_by_chance,
            start.elapsed().as_secs_f64()
        );
        for (index, verdict) in differs.iter().enumerate() {
            println!("  {}/{}", comparison.name, verdict.label);
            if index < SHOWN {
                let difference = verdict.difference.as_deref().unwrap_or_default();
                for line in difference.lines() {
                    println!("    {line}");
                }
            }
        }
    }
    println!("{total}");
    Ok(if total.compared == total.equal { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
