//! Traces on their way into the page.

use kmemscope_browser_tests::{Inputs, Page, visit};

use crate::{hook, only_problem, problems, wait_until_read};

/// Notes everything that the progress says from now on.
async fn watch_progress(page: &Page) {
    page.eval::<()>(&format!(
        "window.progress = [];
         const note = () => {{
             const text = document.querySelector({hook:?})?.innerText;
             if (text) progress.push(text);
         }};
         new MutationObserver(note).observe(document.body, {{ childList: true, subtree: true, characterData: true }})",
        hook = hook("progress"),
    ))
    .await;
}

/// Presses a button as soon as the progress is shown.
async fn while_reading(page: &Page, action: &str) {
    page.eval::<()>(&format!(
        "const watch = new MutationObserver(() => {{
             if (document.querySelector({hook:?})) {{ watch.disconnect(); {action} }}
         }});
         watch.observe(document.body, {{ childList: true, subtree: true }})",
        hook = hook("progress"),
    ))
    .await;
}

#[test]
fn three_files_dropped_at_once_become_the_tables() {
    let inputs = Inputs::of("6.1-slab");
    visit(async |page| {
        watch_progress(page).await;
        page.drop_files(&inputs.all()).await;
        wait_until_read(page).await;
        assert_eq!(page.text(&hook("trace-name")).await, "perf.data");
        assert_eq!(problems(page).await, [""; 0]);
        let progress: Vec<String> = page.eval("return progress").await;
        assert!(progress.iter().any(|text| text.contains(" events")), "progress: {progress:?}");
        assert!(!page.text("body").await.contains("Cancel"), "nothing is read any more");
        page.wait_for_text(&hook("slab-summary"), "Requested").await;
        page.click(&hook("tab-callsites")).await;
        // The trace was recorded while files were opened, so names of kallsyms are among the call sites.
        page.wait_until("[...document.querySelectorAll('[role=gridcell]')].some(cell => /[a-z_]+\\+0x|[a-z]{4}_/.test(cell.innerText))")
            .await;
    });
}

#[test]
fn files_may_come_one_after_the_other() {
    let inputs = Inputs::of("6.12-slab");
    visit(async |page| {
        page.drop_files(&[inputs.kallsyms()]).await;
        page.wait_for_text(&hook("slot-kallsyms"), "symbols").await;
        page.drop_files(&[inputs.topology()]).await;
        page.wait_for_text(&hook("slot-numa"), "node").await;
        page.drop_files(&[inputs.perf_data()]).await;
        wait_until_read(page).await;
        assert_eq!(problems(page).await, [""; 0]);
    });
}

#[test]
fn a_text_can_be_pasted() {
    visit(async |page| {
        page.click("details > summary").await;
        page.fill(&hook("paste-text"), "node 0 cpus: 0 1 2 3").await;
        page.click(&hook("paste-use")).await;
        page.wait_for_text(&hook("slot-numa"), "1 node").await;
    });
}

#[test]
fn the_address_names_a_file_of_the_same_host() {
    visit(async |page| {
        page.open("?sample").await;
        wait_until_read(page).await;
    });
}

#[test]
fn reading_can_be_cancelled() {
    let long = Inputs::of("6.12-4node-slab").repeated(12);
    visit(async |page| {
        while_reading(page, &format!("document.querySelector({:?}).click();", hook("cancel"))).await;
        page.drop_files(&[long.perf_data()]).await;
        wait_until_read(page).await;
        page.click(&hook("tab-notes")).await;
        page.wait_for_text(&hook("notes"), "stopped by you").await;
    });
}

#[test]
fn a_second_trace_takes_the_place_of_the_first_while_that_is_read() {
    let long = Inputs::of("6.12-4node-slab").repeated(12);
    let other = Inputs::of("6.1-1cpu-tiny");
    let other = other.with("other.data", &std::fs::read(other.perf_data()).unwrap());
    visit(async |page| {
        page.drop_files(&[long.perf_data()]).await;
        page.wait_for(&hook("progress")).await;
        page.drop_files(&[other]).await;
        page.wait_for_text(&hook("trace-name"), "other.data").await;
        wait_until_read(page).await;
        only_problem(page, &["perf.data", "stopped", "another trace"]).await;
        assert_eq!(page.text(&hook("trace-name")).await, "other.data");
    });
}

#[test]
fn a_trace_that_does_not_fit_is_shown_in_parts() {
    let inputs = Inputs::of("6.1-slab").repeated(4);
    let events = async |page: &Page| -> f64 {
        let events = format!("return Number(document.querySelector({:?}).dataset.events)", hook("status"));
        page.eval(&events).await
    };
    visit(async |page| {
        page.open("?memory=1").await;
        page.drop_files(&[inputs.perf_data()]).await;
        wait_until_read(page).await;
        let sentence = only_problem(page, &["Only the first", "fit this tab's memory", "time range"]).await;
        let first = events(page).await;
        assert!(first > 0.0 && first < 290_000.0, "{first}");
        let times =
            sentence.split("events from ").nth(1).and_then(|rest| rest.split(" s are").next()).unwrap();
        let (from, to) = times.split_once(" to ").unwrap();
        let middle = f64::midpoint(from.parse().unwrap(), to.parse().unwrap());
        let range = format!("{middle:.3},{to}");
        page.click(&format!("{} button", hook("problem"))).await;
        page.wait_until_gone(&hook("problem")).await;

        page.eval::<()>(&format!("location.hash = '#time={range}'")).await;
        page.wait_until(&format!("document.querySelector({:?}).dataset.events == {first}", hook("status")))
            .await;
        page.drop_files(&[inputs.perf_data()]).await;
        page.wait_until(&format!(
            "document.querySelector({0:?})?.dataset.computeMs && document.querySelector({0:?}).dataset.events != {first}",
            hook("status")
        ))
        .await;
        page.click(&hook("tab-notes")).await;
        page.wait_for_text("main", &format!("Only the time range {range} was kept")).await;
        page.click(&hook("tab-callsites")).await;
        page.wait_for("[role=gridcell]").await;
    });
}

#[test]
fn without_nodes_nobody_knows_what_crosses_them() {
    let inputs = Inputs::of("s390x-6.1-tiny");
    let topology = inputs.with("numactl.txt", b"No NUMA available on this system\n");
    visit(async |page| {
        page.drop_files(&[inputs.perf_data(), inputs.kallsyms(), topology]).await;
        wait_until_read(page).await;
        assert_eq!(problems(page).await, [""; 0]);
        page.wait_for_text(&hook("facts"), "the machine has no nodes").await;
        let summary = page.text(&hook("slab-summary")).await;
        let line =
            summary.lines().skip_while(|line| !line.starts_with("Cross-node")).take(3).collect::<String>();
        assert!(line.contains("unknown") && line.contains("perf: "), "{summary}");
    });
}
