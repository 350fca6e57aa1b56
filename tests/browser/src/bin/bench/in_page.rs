//! The page in a fresh browser.

use std::{
    panic::{self, AssertUnwindSafe},
    path::Path,
    time::{Duration, Instant},
};

use kmemscope_browser_tests::{Page, visit};
use serde::{Deserialize, de::DeserializeOwned};

/// What one browser took, in milliseconds and MiB.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// Reading all bytes of the file in a worker, in the page's slices.
    pub(crate) read: f64,
    /// From the drop until the page says how far it is.
    pub(crate) begun: f64,
    /// From the drop until the first rows are drawn, of what is read by then.
    pub(crate) partial: f64,
    /// From the drop until all is read and a table of it is drawn.
    pub(crate) shown: f64,
    /// What the workers computed in that time, where the page says it.
    pub(crate) computed: Option<f64>,
    /// From each query until the page stands still.
    pub(crate) queries: Vec<f64>,
    /// The longest task of the main thread up to the first table; 0 where none took 50 ms, since shorter ones are not
    /// told.
    pub(crate) longest_opening: f64,
    /// The longest one during the queries.
    pub(crate) longest_querying: f64,
    pub(crate) first_paint: f64,
    /// wasm memory of the worker. It never shrinks, so that this is its peak.
    pub(crate) memory: f64,
    pub(crate) events: f64,
    /// Distinct ptrs and pages, where the page says it.
    pub(crate) ptrs: Option<f64>,
}

/// What the page says of its own work; see web/README.md.
#[derive(Debug, Deserialize)]
struct Said {
    text: String,
    compute: Option<f64>,
    memory: Option<f64>,
    events: Option<f64>,
    ptrs: Option<f64>,
}

/// Large recordings on busy machines take their time.
const PATIENCE: Duration = Duration::from_secs(600);

const SETTLING: Duration = Duration::from_secs(2);

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
    window.shown = window.begun = window.partial = null;
    window.longest = 0;
    new PerformanceObserver(list => {
        for (const task of list.getEntries()) longest = Math.max(longest, task.duration);
    }).observe({ type: 'longtask' });
    let start;
    addEventListener('drop', () => { start = performance.now(); }, { capture: true, once: true });
    const look = new MutationObserver(() => {
        const status = document.querySelector('[data-testid=status]')?.textContent ?? '';
        const row = document.querySelector('.rows [role=row]')?.textContent ?? '\u{2026}';
        const now = performance.now() - start;
        if (document.querySelector('[data-testid=progress]')) begun ??= now;
        if (!row.includes('\u{2026}')) partial ??= now;
        if (!status.includes('read in') || row.includes('\u{2026}')) return;
        look.disconnect();
        requestAnimationFrame(() => setTimeout(() => { window.shown = performance.now() - start; }));
    });
    look.observe(document.body, { childList: true, subtree: true, characterData: true });";

/// What the status line says, and what it carries for programs.
const SAID: &str = "
    const status = document.querySelector('[data-testid=status]');
    const number = text => text == null || isNaN(text) ? null : Number(text);
    return {
        text: status.innerText,
        compute: number(status.dataset.computeMs ?? window.kmemscopeTimes?.compute),
        memory: number(status.dataset.memory),
        events: number(status.dataset.events),
        ptrs: number(status.dataset.ptrs),
    };";

/// The longest task since the last time.
const LONGEST: &str = "const until = longest; longest = 0; return until";

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

/// Opens the recording in a fresh browser and puts the queries to it.
///
/// # Errors
/// With what the page says where it does not open the recording.
pub(crate) fn measure(file: &Path, queries: &[String]) -> Result<Measured, String> {
    panic::catch_unwind(AssertUnwindSafe(|| {
        let mut measured = Ok(Measured::default());
        visit(async |page| measured = measure_in(page, file, queries).await);
        measured
    }))
    .unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        Err(said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("the page died").to_owned())
    })
}

async fn measure_in(page: &Page, file: &Path, queries: &[String]) -> Result<Measured, String> {
    let mut measured = Measured {
        first_paint: page
            .eval("return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0")
            .await,
        ..Measured::default()
    };
    settle().await;
    page.eval::<()>(READ).await;
    page.drop_files(&[file.to_owned()]).await;
    measured.read = wait(page, "read").await?;

    page.open("?#tab=callsites").await;
    page.wait_for("[data-testid=sample]:not(:disabled)").await;
    settle().await;
    page.eval::<()>(SHOW).await;
    page.drop_files(&[file.to_owned()]).await;
    measured.shown = wait(page, "shown").await?;
    measured.begun = page.eval("return begun ?? shown").await;
    measured.partial = page.eval("return partial ?? shown").await;
    let said: Said = page.eval(SAID).await;
    measured.computed = said.compute;
    measured.memory = said.memory.map_or_else(|| last_size(&said.text), |bytes| bytes / 1048576.0);
    measured.events = said.events.unwrap_or_else(|| first_number(&said.text));
    measured.ptrs = said.ptrs;
    measured.longest_opening = page.eval(LONGEST).await;
    for query in queries {
        page.eval::<()>(&format!("{QUERY} location.hash = {query:?};")).await;
        measured.queries.push(wait(page, "queried").await?);
    }
    measured.longest_querying = page.eval(LONGEST).await;
    Ok(measured)
}

/// Lets the page come to rest: nobody drops a file within the moment in which it starts.
async fn settle() {
    tokio::time::sleep(SETTLING).await;
}

/// A variable of the page, once it is set; the page's own words where it has a problem instead.
async fn wait<T: DeserializeOwned>(page: &Page, variable: &str) -> Result<T, String> {
    let start = Instant::now();
    loop {
        if let Some(value) = page.eval::<Option<T>>(&format!("return window.{variable} ?? null")).await {
            return Ok(value);
        }
        let problem = page.text("[data-testid=problem]").await;
        if !problem.is_empty() {
            return Err(format!("the page says: {problem}"));
        }
        if start.elapsed() > PATIENCE {
            return Err(format!("no {variable}; the page says: {}", page.text("body").await));
        }
        page.pause().await;
    }
}

/// The last size in the status line, in MiB.
fn last_size(status: &str) -> f64 {
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

/// The number that the status line begins with, grouped by whatever is no digit: the events.
fn first_number(status: &str) -> f64 {
    let number = status.split("events").next().unwrap_or_default();
    number.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::{first_number, last_size};

    #[test]
    fn the_status_line_is_understood() {
        let status = "4,204,847 events query 50 ms read in 1.2 s 203 MiB";
        assert_eq!((first_number(status), last_size(status)), (4_204_847.0, 203.0));
    }
}
