//! The page in a fresh browser.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use kmemscope_browser_tests::{Page, visit};
use serde::de::DeserializeOwned;

/// What one browser took, in milliseconds and MiB.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// Reading all bytes of the file in a worker.
    pub(crate) read: f64,
    /// From the drop until all is read and a table of it is drawn.
    pub(crate) shown: f64,
    /// From each query until the page stands still.
    pub(crate) queries: Vec<f64>,
    pub(crate) longest_task: f64,
    pub(crate) first_paint: f64,
    pub(crate) memory: f64,
}

/// Large recordings on busy machines take their time.
const PATIENCE: Duration = Duration::from_secs(300);

/// Takes the place of the page's own drop: reads the file in slices of the page's size and does nothing with it.
const READ: &str = "
    window.read = null;
    addEventListener('drop', event => {
        event.preventDefault();
        event.stopImmediatePropagation();
        const work = ({ data: file }) => {
            const reader = new FileReaderSync();
            const start = performance.now();
            for (let at = 0; at < file.size; at += 32 << 20) {
                reader.readAsArrayBuffer(file.slice(at, at + (32 << 20)));
            }
            postMessage(performance.now() - start);
        };
        const worker = new Worker(URL.createObjectURL(new Blob([`onmessage = ${work}`])));
        worker.onmessage = ({ data }) => { window.read = data; worker.terminate(); };
        worker.postMessage(event.dataTransfer.files[0]);
    }, { capture: true, once: true });";

/// Takes the time from the drop to the frame in which the whole trace's table stands.
const SHOW: &str = "
    window.shown = null;
    window.longest = 0;
    new PerformanceObserver(list => {
        for (const task of list.getEntries()) longest = Math.max(longest, task.duration);
    }).observe({ type: 'longtask' });
    let start;
    addEventListener('drop', () => { start = performance.now(); }, { capture: true, once: true });
    const look = new MutationObserver(() => {
        const status = document.querySelector('[data-testid=status]')?.textContent ?? '';
        const row = document.querySelector('.rows [role=row]')?.textContent ?? '\u{2026}';
        if (!status.includes('read in') || row.includes('\u{2026}')) return;
        look.disconnect();
        requestAnimationFrame(() => setTimeout(() => { window.shown = performance.now() - start; }));
    });
    look.observe(document.body, { childList: true, subtree: true, characterData: true });";

/// Goes to an address and takes the time until the last change of the page that follows.
const QUERY: &str = "
    window.queried = null;
    const start = performance.now();
    let last = start;
    const look = new MutationObserver(() => { last = performance.now(); });
    look.observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true });
    const wait = setInterval(() => {
        if (performance.now() - last < 400) return;
        clearInterval(wait);
        look.disconnect();
        window.queried = last - start;
    }, 50);";

pub(crate) fn measure(file: &Path, queries: &[String]) -> Measured {
    let mut measured = Measured::default();
    visit(async |page| {
        measured.first_paint = page
            .eval("return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0")
            .await;
        page.eval::<()>(READ).await;
        page.drop_files(&[file.to_owned()]).await;
        measured.read = wait(page, "read").await;

        page.open("?#tab=callsites").await;
        page.wait_for("[data-testid=sample]:not(:disabled)").await;
        page.eval::<()>(SHOW).await;
        page.drop_files(&[file.to_owned()]).await;
        measured.shown = wait(page, "shown").await;
        measured.memory = memory(&page.text("[data-testid=status]").await);
        for query in queries {
            page.eval::<()>(&format!("{QUERY} location.hash = {query:?};")).await;
            measured.queries.push(wait(page, "queried").await);
        }
        measured.longest_task = page.eval("return longest").await;
    });
    measured
}

async fn wait<T: DeserializeOwned>(page: &Page, variable: &str) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = page.eval::<Option<T>>(&format!("return window.{variable} ?? null")).await {
            return value;
        }
        assert!(start.elapsed() < PATIENCE, "no {variable}; the page says: {}", page.text("body").await);
        page.pause().await;
    }
}

/// The last size in the status line, in MiB.
fn memory(status: &str) -> f64 {
    let words: Vec<&str> = status.split_whitespace().collect();
    let mut sizes = words.windows(2).filter_map(|pair| {
        let factor = match pair[1] {
            "KiB" => 1.0 / 1024.0,
            "MiB" => 1.0,
            "GiB" => 1024.0,
            _ => return None,
        };
        Some(pair[0].parse::<f64>().ok()? * factor)
    });
    sizes.next_back().unwrap_or(0.0)
}
