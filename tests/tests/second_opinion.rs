//! Other readers see the same records: linux-perf-data, where it can read the file, and perf itself.

use kmemscope_tests::{
    data::{checked_in, folders},
    tally,
};

#[test]
fn linux_perf_data_sees_the_same_records() {
    let mut compared = Vec::new();
    for folder in folders(&checked_in()).unwrap() {
        let bytes = folder.recording().unwrap();
        // Its pipe mode takes the tracing data's payload for records.
        if folder.is_pipe() {
            continue;
        }
        match tally::linux_perf_data(&bytes) {
            Ok(theirs) => {
                let ours = tally::ours(&bytes).unwrap_or_else(|error| panic!("{}: {error}", folder.name));
                assert_eq!(ours.records, theirs.records, "{}", folder.name);
                assert!(ours.samples == theirs.samples, "{}: samples differ", folder.name);
                compared.push(folder.name);
            }
            Err(error) => println!("{}: linux-perf-data cannot read it: {error}", folder.name),
        }
    }
    println!("second opinion: {} traces", compared.len());
    assert!(compared.len() >= 25, "only {compared:?}");
}

#[test]
fn perf_counts_the_same_records() {
    for folder in folders(&checked_in()).unwrap() {
        let perf = tally::perf(&folder.said("report-stats").unwrap());
        assert!(perf.contains_key(&9), "{}: no samples in report-stats", folder.name);
        let ours = tally::ours(&folder.recording().unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", folder.name));
        for (kind, count) in perf {
            let ours = ours.records.get(&kind).copied().unwrap_or(0);
            assert_eq!(ours, count, "{}: type {kind}", folder.name);
        }
    }
}
