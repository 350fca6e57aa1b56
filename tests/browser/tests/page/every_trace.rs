//! The page opens every recording there is, packed as it lies in the repository, and shows perf's text of it.

use std::{fs, path::PathBuf};

use kmemscope_browser_tests::{Page, visit};
use kmemscope_tests::data::{Case, Folder, checked_in, folders};
use tempfile::TempDir;

use crate::{hook, problems};

/// Recordings in `tests/data`: one that goes missing is noticed.
const TRACES: usize = 34;

/// Lines of a text that are compared; `report.rs` and the parity test compare whole texts.
const LINES: usize = 200;

/// The run of perf whose text is compared: one with as many tables as there are, that perf did not stop in.
fn case(folder: &Folder) -> Case {
    // On s390x perf's names of modules' functions and of page call sites are left to chance.
    let labels: &[&str] = if folder.name.starts_with("s390x") {
        &["caller-alloc-raw"]
    } else {
        &["both-caller-alloc", "caller-alloc", "page-caller-alloc", "page-prefix-caller-alloc"]
    };
    let cases = folder.cases().expect("perf's texts");
    let found = labels.iter().find_map(|label| {
        cases.iter().find(|case| case.exit == 0 && case.label == *label && !case.stdout.is_empty())
    });
    found.unwrap_or_else(|| panic!("{} has none of {labels:?}", folder.name)).clone()
}

/// The packed recording under the name of an unpacked one, and what belongs to it.
fn files(folder: &Folder, place: &TempDir) -> Vec<PathBuf> {
    let packed = ["perf.data.zst", "perf.pipe.zst"].map(|name| folder.path().join(name));
    let packed = packed.into_iter().find(|path| path.is_file()).expect("a recording");
    let write = |name: &str, bytes: Vec<u8>| {
        let path = place.path().join(name);
        fs::write(&path, bytes).expect("room for the files");
        path
    };
    vec![
        write(&format!("{}.data", folder.name), fs::read(packed).expect("a recording")),
        write("kallsyms", folder.kallsyms().expect("kallsyms")),
        write("node-cpulist.txt", folder.text("node-cpulist.txt").unwrap_or_default().into_bytes()),
    ]
}

async fn open(page: &Page, folder: &Folder) {
    let place = TempDir::with_prefix("kmemscope-").expect("a folder for the files");
    page.drop_files(&files(folder, &place)).await;
    let name = format!("{}.data", folder.name);
    page.wait_for_text(&hook("trace-name"), &name).await;
    page.wait_for_text(&hook("status"), "read in").await;
    let case = case(folder);
    let words: Vec<&str> = case.options.iter().map(String::as_str).filter(|word| *word != "stat").collect();
    page.click(&hook("tab-report")).await;
    page.fill(&hook("report-words"), &format!("{}\u{e007}", words.join(" "))).await;
    let perfs = String::from_utf8(case.stdout).expect("perf prints UTF-8 here");
    let perfs: Vec<&str> = perfs.split('\n').take(LINES).collect();
    let lines = format!(
        "document.querySelector({:?})?.textContent.split('\\n').slice(0, {LINES})",
        hook("report-text")
    );
    let expected = serde_json::Value::from(perfs.join("\n"));
    if !page.becomes(&format!("{lines}?.join('\\n') === {expected}")).await {
        let shown: Vec<String> = page.eval(&format!("return {lines} ?? []")).await;
        let line = shown.iter().zip(&perfs).find(|(shown, perfs)| shown != perfs);
        panic!(
            "{name} {words:?}: (the page's line, perf's line): {line:#?}; problems: {:?}",
            problems(page).await
        );
    }
}

#[test]
fn every_trace_opens_and_has_perfs_text() {
    let folders = folders(&checked_in()).expect("tests/data is there");
    let mut opened = 0;
    visit(async |page| {
        for folder in &folders {
            open(page, folder).await;
            opened += 1;
        }
    });
    println!("page: {opened} traces opened, {opened} of perf's texts compared");
    assert_eq!(opened, TRACES);
}
