//! A bounded, seeded run of every fuzz target, and the inputs that once failed.

use std::{fs, path::Path, thread, time::Duration};

use kmemscope_tests::fuzz::{Mutator, TARGETS, Target};

/// Spoiled inputs a target; `KMEMSCOPE_FUZZ_RUNS` asks for more.
const RUNS: u64 = 3000;

/// Far above what any input takes.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs a target in a thread of its own and says what its input was if it fails or hangs.
fn run(target: Target, bytes: &[u8], what: &str) {
    let input = bytes.to_vec();
    let (done, finished) = std::sync::mpsc::channel();
    let worker = thread::spawn(move || {
        (target.run)(&input);
        done.send(()).ok();
    });
    let result = finished.recv_timeout(LIMIT);
    if result.is_err() {
        let kept = std::env::temp_dir().join(format!("kmemscope-fuzz-{}", target.name));
        fs::write(&kept, bytes).ok();
        if worker.is_finished() {
            worker.join().ok();
        }
        panic!("{}: {what} fails ({result:?}); its bytes are in {}", target.name, kept.display());
    }
    worker.join().expect("it has said that it is done");
}

#[test]
fn valid_inputs_pass() {
    for target in TARGETS {
        for (index, seed) in (target.seeds)().iter().enumerate() {
            run(target, seed, &format!("seed {index}"));
        }
    }
}

#[test]
fn spoiled_inputs_pass() {
    let runs = std::env::var("KMEMSCOPE_FUZZ_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(RUNS);
    for target in TARGETS {
        let seeds = (target.seeds)();
        for seed in 0..runs {
            run(target, &Mutator::new(seed).spoil(&seeds), &format!("spoiled input {seed}"));
        }
    }
}

#[test]
fn regressions_pass() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/regressions");
    for target in TARGETS {
        let Ok(inputs) = fs::read_dir(root.join(target.name)) else {
            continue;
        };
        for input in inputs {
            let path = input.unwrap().path();
            run(target, &fs::read(&path).unwrap(), &path.display().to_string());
        }
    }
}
