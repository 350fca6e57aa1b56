//! What is asked of the page once a trace is open, as addresses of its own.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use perfdata::{Metadata, Reader, Record, Source, Visitor, Wants};

/// Orders, filters by names of caches and threads and by a part of addresses, and ranges of the time that the trace
/// covers: each changes what is seen.
pub(crate) fn of(file: &Path) -> Vec<String> {
    let mut queries: Vec<String> = [
        "#tab=callsites&sort.callsites=hit",
        "#tab=callsites&sort.callsites=frag,waste",
        "#tab=callsites&filter=dentry",
        "#tab=callsites&filter=a1",
        "#tab=callsites&filter=kworker",
        "#tab=callsites",
        "#tab=allocations&sort.allocations=hit,bytes",
        "#tab=allocations&sort.allocations=-ptr",
        "#tab=allocations&filter=inode",
        "#tab=allocations",
    ]
    .map(str::to_owned)
    .to_vec();
    if let Some((first, last)) = covered(file) {
        let at = |share: f64| first + (last - first) * share;
        for (from, to) in [(0.0, 0.5), (0.4, 0.45), (0.9, 1.0)] {
            queries.push(format!("#tab=callsites&time={:.6},{:.6}", at(from), at(to)));
        }
    }
    queries
}

/// Times of the first and last sample in seconds, as the file's SAMPLE_TIME says.
fn covered(path: &Path) -> Option<(f64, f64)> {
    struct Nothing;
    impl Visitor for Nothing {
        fn record(&mut self, _: &Metadata, _: Record<'_>) {}
    }

    let mut file = File::open(path).ok()?;
    let mut reader = Reader::new(Source::File { len: file.metadata().ok()?.len() });
    loop {
        if let Some((first, last)) = reader.metadata().features.sample_time {
            return Some((first.0 as f64 / 1e9, last.0 as f64 / 1e9));
        }
        let Wants::Bytes { offset, len } = reader.wants() else { return None };
        file.seek(SeekFrom::Start(offset)).ok()?;
        let mut bytes = Vec::new();
        file.by_ref().take(len.min(1 << 20)).read_to_end(&mut bytes).ok()?;
        if bytes.is_empty() {
            return None;
        }
        reader.feed(&bytes, &mut Nothing).ok()?;
    }
}
