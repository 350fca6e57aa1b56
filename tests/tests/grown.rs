//! Recordings repeated in time: all that is counted of them is counted as many times.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use kmem::{Context, Query, Report, Trace, Truth, report::Counts};
use kmemscope_tests::{
    data::{checked_in, folders},
    grown::{Grown, Until, grow},
    subject,
};

const COPIES: u64 = 3;

/// One of each form: ids at either place of a sample, with and without callchains, slabs, pages, both byte orders, fields
/// at other places, lost events.
const RECORDINGS: [&str; 8] = [
    "5.10-slab-lost",
    "6.1-1cpu-tiny",
    "6.1-slab-g",
    "6.1-page",
    "6.12-4node-page",
    "7.x-1cpu-tiny",
    "s390x-6.1-tiny",
    "s390x-6.1-slab-page",
];

/// A folder of its own for each test, gone at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        let path = env::temp_dir().join(format!("kmemscope-grown-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    fn unpack(&self, name: &str) -> PathBuf {
        let folders = folders(&checked_in()).unwrap();
        let folder = folders.iter().find(|folder| folder.name == name).expect("a checked-in trace");
        let path = self.0.join(name);
        fs::write(&path, folder.recording().unwrap()).unwrap();
        path
    }

    fn grow(&self, from: &Path, until: Until) -> (Grown, PathBuf) {
        let to = self.0.join("grown.data");
        (grow(from, &to, until).unwrap(), to)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn read(path: &Path) -> Trace {
    let (trace, damage) = subject::trace(&fs::read(path).unwrap());
    assert_eq!(damage, None, "{}", path.display());
    trace
}

fn report(trace: &Trace) -> Report {
    let context = Context { trace, symbols: None, topology: None };
    Query { truth: Truth::Perf, ..Query::default() }.run(&context)
}

fn times(counts: Counts) -> [u64; 3] {
    [counts.hits, counts.requested, counts.allocated].map(|count| count * COPIES)
}

fn once(counts: Counts) -> [u64; 3] {
    [counts.hits, counts.requested, counts.allocated]
}

fn without_null(ptrs: &[u64]) -> u64 {
    ptrs.iter().filter(|&&ptr| ptr != 0).count() as u64
}

#[test]
fn every_count_is_as_many_times() {
    for name in RECORDINGS {
        let scratch = Scratch::new(name);
        let from = scratch.unpack(name);
        let (grown, to) = scratch.grow(&from, Until::Copies(COPIES));
        assert_eq!((grown.copies, grown.bytes), (COPIES, fs::metadata(&to).unwrap().len()), "{name}");
        let (one, many) = (read(&from), read(&to));
        assert_eq!(many.events().len(), one.events().len() * COPIES as usize, "{name}");
        for event in &one.facts().events {
            let samples = many.facts().samples_of(&event.name);
            assert_eq!(samples, Some(event.samples * COPIES), "{name}: {}", event.name);
        }
        assert_eq!(without_null(many.ptrs()), without_null(one.ptrs()) * COPIES, "{name}");
        assert_eq!(many.pages().len(), one.pages().len() * COPIES as usize, "{name}");
        assert_eq!(many.observations().lost_events, one.observations().lost_events * COPIES, "{name}");
        assert_eq!(many.call_sites().len(), one.call_sites().len(), "{name}");

        let (one, many) = (report(&one), report(&many));
        let (own, all) = (one.slab.summary, many.slab.summary);
        assert_eq!(once(all.counts), times(own.counts), "{name}");
        assert_eq!(once(all.live), times(own.live), "{name}");
        assert_eq!(all.frees, own.frees * COPIES, "{name}");
        assert_eq!(all.freed.perf, own.freed.perf * COPIES, "{name}");
        assert_eq!(all.pingpong.perf, own.pingpong.perf * COPIES, "{name}");
        assert_eq!(all.cross_node.perf, own.cross_node.perf * COPIES, "{name}");
        assert_eq!(many.slab.call_sites.len(), one.slab.call_sites.len(), "{name}");
        for (own, all) in one.slab.call_sites.iter().zip(&many.slab.call_sites) {
            assert_eq!(once(all.counts), times(own.counts), "{name}");
        }
        let (own, all) = (one.page.summary, many.page.summary);
        assert_eq!(all.allocations.blocks, own.allocations.blocks * COPIES, "{name}");
        assert_eq!(all.frees.bytes, own.frees.bytes * COPIES, "{name}");
        assert_eq!(all.free_only.perf.blocks, own.free_only.perf.blocks * COPIES, "{name}");
        assert_eq!(all.live.bytes, own.live.bytes * COPIES, "{name}");
    }
}

#[test]
fn time_goes_on() {
    let scratch = Scratch::new("time");
    let from = scratch.unpack("6.1-slab-g");
    let (_, to) = scratch.grow(&from, Until::Copies(COPIES));
    let (one, many) = (read(&from), read(&to));
    let ((start, end), (grown_start, grown_end)) =
        (one.events().span().unwrap(), many.events().span().unwrap());
    assert_eq!(grown_start, start);
    assert!(grown_end - grown_start >= COPIES * (end - start));
    // perf's order needs no event to wait for a later copy, nor does one come too late more often than before.
    assert_eq!(many.observations().out_of_order, one.observations().out_of_order * COPIES);
    let copy = one.events().len();
    let times: Vec<u64> = many.events().iter(0..many.events().len()).map(|(_, event)| event.time).collect();
    assert!(times[..copy].iter().max() < times[copy..2 * copy].iter().min());
}

#[test]
fn a_size_is_reached_and_hardly_exceeded() {
    let scratch = Scratch::new("size");
    let from = scratch.unpack("6.1-slab");
    let wanted = 30_000_000;
    let (grown, to) = scratch.grow(&from, Until::Bytes(wanted));
    assert!((wanted..wanted + wanted / 10).contains(&grown.bytes), "{grown:?}");
    assert_eq!(grown.copies, 4);
    assert_eq!(read(&to).events().len() as u64, grown.samples);
}

#[test]
fn what_cannot_be_repeated_is_refused() {
    for name in ["6.1-slab-z", "6.1-slab-pipe"] {
        let scratch = Scratch::new(name);
        let from = scratch.unpack(name);
        let to = scratch.0.join("grown.data");
        assert!(grow(&from, &to, Until::Copies(2)).is_err(), "{name}");
        assert!(!to.exists());
    }
}

#[test]
fn sizes_are_read() {
    assert_eq!(Until::parse("2G"), Some(Until::Bytes(2_000_000_000)));
    assert_eq!(Until::parse("123"), Some(Until::Bytes(123)));
    assert_eq!(Until::parse("3x"), Some(Until::Copies(3)));
    for text in ["", "G", "0", "0x", "-1", "2T", "99999999999G"] {
        assert_eq!(Until::parse(text), None, "{text}");
    }
}
