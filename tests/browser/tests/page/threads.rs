//! A directory of `perf record --threads`: its files are dropped together.

use std::{fs, path::PathBuf};

use kmemscope_browser_tests::{Page, visit};
use kmemscope_tests::data::Threads;
use tempfile::TempDir;

use crate::{hook, only_problem, problems, wait_until_read};

async fn shows_perfs_texts(page: &Page, threads: &Threads) {
    wait_until_read(page).await;
    assert_eq!(problems(page).await, [""; 0]);
    page.click(&hook("tab-report")).await;
    for (options, text) in &threads.texts {
        page.fill(&hook("report-words"), &format!("{options}\u{e007}")).await;
        let shown = format!("document.querySelector({:?})?.textContent", hook("report-text"));
        let expected = serde_json::Value::from(text.as_str());
        assert!(page.becomes(&format!("{shown} === {expected}")).await, "{options}");
    }
}

#[test]
fn files_of_a_directory() {
    let threads = Threads::checked_in().unwrap();
    let place = TempDir::with_prefix("kmemscope-").unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path: PathBuf = place.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let mut files: Vec<PathBuf> = threads.files.iter().map(|(name, bytes)| write(name, bytes)).collect();
    // A file manager has an order of its own.
    files.reverse();
    visit(async |page| {
        page.drop_files(&files).await;
        shows_perfs_texts(page, &threads).await;
    });
    visit(async |page| {
        page.drop_files(&[place.path().to_owned()]).await;
        shows_perfs_texts(page, &threads).await;
    });
    let packed = write("recording.tar.zst", &threads.packed);
    visit(async |page| {
        page.drop_files(&[packed]).await;
        shows_perfs_texts(page, &threads).await;
    });
    visit(async |page| {
        page.drop_files(&[place.path().join("data.1")]).await;
        only_problem(page, &["data.1", "together with the file"]).await;
    });
    visit(async |page| {
        page.drop_files(&[place.path().join("data")]).await;
        only_problem(page, &["data.0, data.1 and so on"]).await;
    });
}
