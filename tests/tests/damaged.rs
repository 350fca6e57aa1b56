//! Damaged files: no panic, no hang, no memory out of proportion, and at least what perf shows.

use std::time::{Duration, Instant};

use kmem::{Context, Query, stat};
use kmemscope_tests::{damage, memory::Counting, subject};
use sha1_smol::Sha1;

#[global_allocator]
static MEMORY: Counting = Counting::new();

/// Far more than any of these files takes.
const LIMIT: Duration = Duration::from_secs(20);

/// Bytes of memory that a file of `length` bytes may cost; a compressed one holds forty times its length.
fn allowed(length: usize) -> usize {
    (64 << 20) + 100 * length
}

/// One test, since the allocator counts for the whole process.
#[test]
fn damage_is_survived_and_what_came_before_it_is_shown() {
    let all = damage::all().unwrap();
    assert_eq!(all.len(), 42);
    let mut same_as_perf = 0;
    for file in all {
        let start = Instant::now();
        let ((samples, text), peak) = MEMORY.peak_of(|| show(&file.bytes));
        let took = start.elapsed();
        assert!(took < LIMIT, "{}: took {took:?}", file.name);
        let allowed = allowed(file.bytes.len());
        assert!(peak < allowed, "{}: {peak} bytes of memory for a file of {}", file.name, file.bytes.len());

        let shown: Vec<&String> =
            file.perf.iter().filter(|(exit, _)| *exit == 0).map(|(_, sha1)| sha1).collect();
        if !shown.is_empty() {
            let ours = Sha1::from(&text).digest().to_string();
            assert!(
                shown.iter().any(|perf| ours.starts_with(perf.as_str())),
                "{} ({}): perf's text is another one\n{text}",
                file.name,
                file.about
            );
            same_as_perf += 1;
        }
        if file.name.contains("-trunc-") && file.bytes.starts_with(b"PERFILE2") && !file.name.contains("pipe")
        {
            let whole = damage::whole_samples(&file.bytes);
            assert!(samples >= whole, "{}: {samples} samples of {whole} before the cut", file.name);
        }
    }
    assert_eq!(same_as_perf, 13);

    truncated_anywhere();
    flipped_bits();
}

fn show(bytes: &[u8]) -> (u64, String) {
    let (trace, _) = subject::trace(bytes);
    let context = Context { trace: &trace, symbols: None, topology: None };
    let report = Query::default().run(&context);
    let options = stat::Options::parse(["--caller", "stat"]).unwrap();
    let text = stat::text(&context, &options).unwrap_or_default();
    assert!(report.slab.call_sites.len() <= bytes.len());
    (trace.facts().samples, text)
}

/// A small file of each kind, cut at every byte.
fn truncated_anywhere() {
    use kmemscope_tests::fuzz::seeds;
    for (index, whole) in seeds::files().iter().take(9).chain(seeds::pipes().iter().take(9)).enumerate() {
        let (all, _) = show(whole);
        let mut most = 0;
        for end in 0..whole.len() {
            let start = Instant::now();
            let (samples, _) = show(&whole[..end]);
            assert!(start.elapsed() < LIMIT, "seed {index} cut at {end}");
            assert!(samples <= all, "seed {index} cut at {end} shows more than the whole");
            most = most.max(samples);
        }
        assert_eq!(most, all, "seed {index}: cut at its last byte it shows all");
    }
}

/// A real trace with bits flipped, by seed.
fn flipped_bits() {
    use kmemscope_tests::{
        data::{checked_in, folders},
        fuzz::Random,
    };
    let folders = folders(&checked_in()).unwrap();
    for name in ["6.1-1cpu-tiny", "s390x-6.1-tiny", "7.x-1cpu-tiny"] {
        let folder = folders.iter().find(|folder| folder.name == name).unwrap();
        let whole = folder.recording().unwrap();
        for seed in 0..60 {
            let mut random = Random::new(seed);
            let mut bytes = whole.clone();
            for _ in 0..1 << random.below(10) {
                let at = random.below(bytes.len());
                bytes[at] ^= 1 << random.below(8);
            }
            let start = Instant::now();
            let (_, peak) = MEMORY.peak_of(|| show(&bytes));
            assert!(
                start.elapsed() < LIMIT && peak < allowed(bytes.len()),
                "{name} with bits flipped by {seed}"
            );
        }
    }
}
