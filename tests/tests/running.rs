//! What is counted while a trace is read is what is counted at its end.

use kmem::{
    Context, Query, Running, Topology, Truth,
    stat::{self, Options},
};
use kmemscope_tests::{
    arbitrary::{Limits, forms, recordings},
    data::{checked_in, folders},
    made,
    subject::{self, Keep},
};
use proptest::prelude::*;

const LIMITS: Limits = Limits { narrow: false, equal_times: true, events: 200 };

fn text(context: &Context<'_>, options: &Options, running: Option<&mut Running>) -> String {
    let output = match running {
        Some(running) => stat::output_after(context, options, Truth::Perf, running),
        None => stat::output(context, options, Truth::Perf),
    };
    output.map_or_else(|error| error.to_string(), |output| output.text)
}

fn assert_same(bytes: &[u8], piece: usize, what: &str) {
    let mut running = Running::new(Truth::Right);
    let trace = subject::counted(bytes, piece, Keep::All, &mut running, |_| None);
    let context = Context { trace: &trace, symbols: None, topology: None };
    let query = Query::default();
    assert_eq!(query.run_after(&context, &mut running), query.run(&context), "{what}");

    for words in [["--slab", "--caller", "--alloc"], ["--slab", "--page", "--caller"]] {
        let options = Options::parse(words).unwrap();
        let mut running = Running::new(Truth::Perf);
        let rest = subject::counted(bytes, piece, Keep::Uncounted, &mut running, |_| None);
        let forgetful = Context { trace: &rest, symbols: None, topology: None };
        let counted = text(&forgetful, &options, Some(&mut running));
        assert_eq!(counted, text(&context, &options, None), "{what}: {words:?}");
    }
}

#[test]
fn recordings_are_counted_as_they_come() {
    let folders = folders(&checked_in()).unwrap();
    assert!(folders.len() > 20);
    for folder in folders {
        assert_same(&folder.recording().unwrap(), 100_000, &folder.path().display().to_string());
    }
}

#[test]
fn nodes_that_come_late_count_from_the_start() {
    let folder =
        folders(&checked_in()).unwrap().into_iter().find(|one| one.path().ends_with("6.12-4node-slab"));
    let bytes = folder.unwrap().recording().unwrap();
    let topology = Topology::from_cpu_lists([(0, "0"), (1, "1-3")]).unwrap();
    let mut running = Running::new(Truth::Right);
    let trace = subject::counted(&bytes, 10_000, Keep::All, &mut running, |pieces| {
        (pieces > 40).then_some(&topology)
    });
    let context = Context { trace: &trace, symbols: None, topology: Some(&topology) };
    let query = Query::default();
    let counted = query.run_after(&context, &mut running);
    assert_eq!(counted, query.run(&context));
    assert_ne!(counted, query.run(&Context { topology: None, ..context }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn made_recordings_are_counted_as_they_come(
        recording in recordings(LIMITS),
        form in forms(LIMITS),
        piece in 200..20_000usize,
    ) {
        assert_same(&made::write(&recording, &form), piece, "made");
    }
}
