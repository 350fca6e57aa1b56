use kmem::{
    Context, Query, Truth,
    stat::{self, Options},
};

use super::Amounts;
use crate::{
    data::{checked_in, folders},
    memory::{Counting, Taken},
    subject,
};

/// A plain recording, a compressed one, a stream, and one with both allocators and callchains.
const RECORDINGS: [&str; 4] = ["6.1-slab", "6.1-slab-z", "7.x-slab-pipe", "6.12-slab-page"];

/// What reading recordings, a query and perf's text take, as the process's allocator counts it.
///
/// # Panics
/// Where a checked-in recording can't be read.
pub fn native(allocator: &Counting) -> Amounts {
    let mut amounts = Amounts::new();
    let folders = folders(&checked_in()).expect("the checked-in traces");
    for folder in folders.iter().filter(|folder| RECORDINGS.contains(&folder.name.as_str())) {
        let mut note = |work: &str, Taken { allocations, peak }| {
            let name = &folder.name;
            amounts.insert(format!("{name}, {work}: allocations"), allocations as u64);
            amounts.insert(format!("{name}, {work}: most bytes at once"), peak as u64);
        };
        let bytes = folder.recording().expect("a recording");
        let source = if folder.is_pipe() {
            perfdata::Source::Stream
        } else {
            perfdata::Source::File { len: bytes.len() as u64 }
        };
        let ((trace, damage), taken) =
            allocator.taken_by(|| subject::trace_from(&bytes, source, subject::CHUNK));
        assert_eq!(damage, None);
        note("reading", taken);
        let context = Context { trace: &trace, symbols: None, topology: None };
        let query = Query { truth: Truth::Right, ..Query::default() };
        let (_, taken) = allocator.taken_by(|| query.run(&context));
        note("query", taken);
        let options = Options::parse(["--raw-ip", "--caller", "--alloc", "stat"]).expect("perf's options");
        let (output, taken) = allocator.taken_by(|| stat::output(&context, &options, Truth::Perf));
        output.expect("a slab trace");
        note("text", taken);
    }
    amounts
}
