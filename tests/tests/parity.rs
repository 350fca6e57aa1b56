//! kmemscope's text equals perf's, for every trace and every option line of `tests/data`.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use kmemscope_tests::{
    data::{checked_in, folders},
    parity::{Total, compare},
};

/// A thread here holds one trace and its kallsyms at a time.
const THREADS: usize = 2;

/// Texts of perf in `tests/data`, but for the 29 `bad-sort`: a folder that goes missing is noticed.
const TEXTS: usize = 1244 - 29;

#[test]
fn every_text_equals_perfs() {
    let folders = folders(&checked_in()).expect("tests/data is there");
    let next = AtomicUsize::new(0);
    let total = Mutex::new(Total::default());
    let differences = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some(folder) = folders.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let comparison = compare(folder).expect("a trace's folder is whole");
                    total.lock().unwrap().add(&comparison);
                    for verdict in comparison.verdicts {
                        if let Some(difference) = verdict.difference {
                            let difference = format!("{}/{}\n{difference}", folder.name, verdict.label);
                            differences.lock().unwrap().push(difference);
                        }
                    }
                }
            });
        }
    });
    let total = total.into_inner().unwrap();
    println!("{total}");
    let differences = differences.into_inner().unwrap();
    assert!(differences.is_empty(), "{} texts differ:\n{}", differences.len(), differences.join("\n"));
    assert_eq!(total.compared, TEXTS);
}
