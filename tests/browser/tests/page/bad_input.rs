//! What cannot be used gives one sentence, and the page goes on.

use kmemscope_browser_tests::{Inputs, Page, visit};

use crate::{hook, only_problem, problems, wait_until_read};

/// The page still opens a trace.
async fn is_usable(page: &Page, inputs: &Inputs) {
    page.drop_files(&inputs.all()).await;
    wait_until_read(page).await;
    assert_eq!(problems(page).await, [""; 0]);
    page.click(&hook("tab-callsites")).await;
    page.wait_for("[role=gridcell]").await;
}

/// A recording in which no event is one of kmem's any more, though all else is as it was.
fn without_kmem(recording: &[u8]) -> Vec<u8> {
    const NAMES: [(&[u8], &[u8]); 4] =
        [(b"kmem", b"jbd2"), (b"kmalloc", b"journal"), (b"kfree", b"jfree"), (b"mm_page", b"jn_page")];
    let mut other = recording.to_vec();
    for (from, to) in NAMES {
        for at in 0..other.len().saturating_sub(from.len()) {
            if other[at..].starts_with(from) {
                other[at..at + to.len()].copy_from_slice(to);
            }
        }
    }
    other
}

#[test]
fn files_of_other_kinds() {
    let inputs = Inputs::of("6.1-1cpu-tiny");
    let recording = std::fs::read(inputs.perf_data()).unwrap();
    let zeros = "0000000000000000 T _text\n0000000000000000 T schedule\n".repeat(50);
    let files: [(&str, &[u8], &[&str]); 7] = [
        ("photo.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0 and so on", &["photo.jpg", "picture", "perf.data"]),
        ("nothing.data", b"", &["nothing.data", "empty"]),
        ("ext4.data", &without_kmem(&recording), &["ext4.data", "no kmem events", "journal"]),
        ("hidden", zeros.as_bytes(), &["hidden", "zero", "root"]),
        ("numa.txt", b"dear diary, today the nodes were far away\n", &["numa.txt", "NUMA"]),
        ("nodes.txt", b"available: 2 nodes (0-1)\nnode distances:\n", &["nodes.txt", "NUMA"]),
        ("head.data", &recording[..50], &["head.data", "byte"]),
    ];
    visit(async |page| {
        for (name, bytes, words) in files {
            page.drop_files(&[inputs.with(name, bytes)]).await;
            let sentence = only_problem(page, words).await;
            assert!(sentence.ends_with('.') || sentence.ends_with('?'), "no sentence: {sentence:?}");
            page.click(&format!("{} button", hook("problem"))).await;
            page.wait_until_gone(&hook("problem")).await;
        }
        is_usable(page, &inputs).await;
    });
}

#[test]
fn a_trace_stays_when_something_useless_is_dropped() {
    let inputs = Inputs::of("6.1-slab");
    let photo = inputs.with("photo.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0 and so on");
    visit(async |page| {
        is_usable(page, &inputs).await;
        page.drop_files(&[photo]).await;
        only_problem(page, &["picture"]).await;
        assert_eq!(page.text(&hook("trace-name")).await, "perf.data");
        page.wait_for("[role=gridcell]").await;
    });
}

#[test]
fn a_trace_cut_in_the_middle_shows_what_came_before() {
    let inputs = Inputs::of("6.1-slab");
    let recording = std::fs::read(inputs.perf_data()).unwrap();
    let cut = inputs.with("cut.data", &recording[..recording.len() / 2]);
    visit(async |page| {
        page.drop_files(&[cut]).await;
        wait_until_read(page).await;
        page.click(&hook("tab-notes")).await;
        let damage = page.wait_for_text(&hook("damage"), "byte").await;
        assert!(damage.chars().any(|c| c.is_ascii_digit()), "{damage:?} does not say where");
        page.click(&hook("tab-callsites")).await;
        page.wait_for("[role=gridcell]").await;
        is_usable(page, &inputs).await;
    });
}

#[test]
fn page_events_alone_have_their_own_views() {
    let inputs = Inputs::of("6.1-page");
    visit(async |page| {
        page.drop_files(&inputs.all()).await;
        wait_until_read(page).await;
        assert_eq!(problems(page).await, [""; 0]);
        page.wait_until_gone(&hook("slab-summary")).await;
        page.wait_until_gone(&hook("tab-callsites")).await;
        page.click(&hook("tab-pages")).await;
        page.wait_for("[role=gridcell]").await;
    });
}

#[test]
fn the_same_file_twice_is_read_once() {
    let inputs = Inputs::of("6.1-slab");
    visit(async |page| {
        is_usable(page, &inputs).await;
        page.drop_files(&[inputs.perf_data()]).await;
        only_problem(page, &["perf.data", "already"]).await;
        assert_eq!(page.text(&hook("trace-name")).await, "perf.data");
    });
}

#[test]
fn what_comes_before_a_cut_in_a_packing_is_shown() {
    let inputs = Inputs::of("6.1-slab");
    let recording = std::fs::read(inputs.perf_data()).unwrap();
    let gzip = gzipped(&recording);
    let zstd = kmemscope_tests::data::pack::pack(&recording).unwrap();
    for (name, packed) in [("perf.data.gz", gzip), ("perf.data.zst", zstd)] {
        let cut = inputs.with(name, &packed[..packed.len() * 4 / 5]);
        visit(async |page| {
            page.drop_files(&[cut]).await;
            wait_until_read(page).await;
            page.click(&hook("tab-notes")).await;
            page.wait_for_text("main", "damaged or cut").await;
            page.click(&hook("tab-callsites")).await;
            page.wait_for("[role=gridcell]").await;
        });
    }
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, bytes).unwrap();
    encoder.finish().unwrap()
}
