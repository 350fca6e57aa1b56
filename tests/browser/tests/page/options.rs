//! Every option of `perf kmem stat` is a control, and controls and words say the same.

use kmemscope_browser_tests::{Inputs, Page, Size, Theme, visit};
use serde_json::json;

use crate::{hook, wait_until_read};

/// The key that empties a field whose text is selected.
const DELETE: &str = "\u{e017}";

async fn open(page: &Page, inputs: &Inputs) {
    page.drop_files(&inputs.all()).await;
    wait_until_read(page).await;
    page.click(&hook("tab-report")).await;
}

/// Waits until the words are these.
async fn wait_for_words(page: &Page, words: &str) {
    let condition =
        format!("document.querySelector({}).value === {}", json!(hook("report-words")), json!(words));
    if !page.becomes(&condition).await {
        let shown: String =
            page.eval(&format!("return document.querySelector({}).value", json!(hook("report-words")))).await;
        panic!("the words are {shown:?}, not {words:?}");
    }
}

/// Waits until the text is perf's.
async fn wait_for_report(page: &Page, text: &str) {
    let shown = format!("document.querySelector({})?.textContent", json!(hook("report-text")));
    page.wait_until(&format!("{shown} === {}", json!(text))).await;
}

async fn is_pressed(page: &Page, name: &str) -> bool {
    page.eval(&format!("return document.querySelector({}).ariaPressed === 'true'", json!(hook(name)))).await
}

async fn enter(page: &Page, name: &str, text: &str) {
    page.fill(&hook(name), &format!("{text}\u{e007}")).await;
}

#[test]
fn controls_write_the_words() {
    let inputs = Inputs::of("6.1-slab-page");
    visit(async |page| {
        open(page, &inputs).await;
        wait_for_words(page, "--caller --alloc -l 50").await;
        page.click(&hook("option--slab")).await;
        page.click(&hook("option--alloc")).await;
        wait_for_words(page, "--slab --caller").await;
        page.click(&hook("key-slab-caller-hit")).await;
        page.click(&hook("key-slab-caller-bytes")).await;
        wait_for_words(page, "--slab --caller -s hit,bytes").await;
        page.click(&hook("earlier-slab-caller-bytes")).await;
        wait_for_words(page, "--slab --caller -s bytes,hit").await;
        wait_for_report(page, &inputs.perfs_text("caller-s-bytes,hit")).await;
        page.click(&hook("without-slab-caller-hit")).await;
        wait_for_report(page, &inputs.perfs_text("caller-s-bytes")).await;
        page.click(&hook("without-slab-caller-bytes")).await;
        enter(page, "lines-caller", "5").await;
        page.click(&hook("option--alloc")).await;
        enter(page, "lines-alloc", "7").await;
        wait_for_words(page, "--slab --caller -l 5 --alloc -l 7").await;
        wait_for_report(page, &inputs.perfs_text("both-l")).await;
        enter(page, "lines-caller", DELETE).await;
        enter(page, "lines-alloc", DELETE).await;
        page.click(&hook("option--raw-ip")).await;
        wait_for_report(page, &inputs.perfs_text("caller-alloc-raw")).await;
        page.click(&hook("option--raw-ip")).await;
        page.click(&hook("option--page")).await;
        wait_for_report(page, &inputs.perfs_text("both-caller-alloc")).await;
        page.click(&hook("option--live")).await;
        wait_for_words(page, "--slab --caller --alloc --page --live").await;
        page.click(&hook("report-reset")).await;
        wait_for_words(page, "--caller --alloc -l 50").await;
    });
}

#[test]
fn words_set_the_controls() {
    let inputs = Inputs::of("6.1-slab-page");
    visit(async |page| {
        open(page, &inputs).await;
        enter(page, "report-words", "--page --live --caller -s order,hit -l 20 --time 90.5,91 -f -i my.data")
            .await;
        page.wait_for(&hook("earlier-page-caller-hit")).await;
        page.wait_for(&hook("without-page-caller-order")).await;
        for (name, value) in
            [("time-start", "90.5"), ("time-stop", "91"), ("lines-caller", "20"), ("option-i", "my.data")]
        {
            page.wait_until(&format!("document.querySelector({}).value === '{value}'", json!(hook(name))))
                .await;
        }
        for (name, pressed) in [
            ("option--page", true),
            ("option--live", true),
            ("option-f", true),
            ("option--slab", false),
            ("option--alloc", false),
        ] {
            assert_eq!(is_pressed(page, name).await, pressed, "{name}");
        }
        page.click(&hook("time-whole")).await;
        wait_for_words(page, "-f -i my.data --page --caller -s order,hit -l 20 --live").await;
        // The address holds it all.
        let address = page.address().await;
        assert!(address.contains("report=-f%20-i%20my.data%20--page"), "{address}");
    });
}

#[test]
fn time_and_its_errors_are_perfs() {
    let inputs = Inputs::of("6.1-slab-page");
    visit(async |page| {
        open(page, &inputs).await;
        enter(page, "report-words", "--slab --caller --alloc").await;
        enter(page, "time-start", "90.488672").await;
        wait_for_report(page, &inputs.perfs_text("time-from")).await;
        enter(page, "time-stop", "91.003296").await;
        wait_for_report(page, &inputs.perfs_text("time-mid")).await;
        page.click(&hook("time-whole")).await;
        enter(page, "time", ",91.003296").await;
        page.wait_for_text(&hook("report-unfiltered"), "does not count").await;
        page.click(&hook("time-filter")).await;
        wait_for_report(page, &inputs.perfs_text("time-to")).await;
        enter(page, "time-start", "92").await;
        page.wait_for_text(&hook("report-text"), "Invalid time string").await;
        enter(page, "report-words", "--caller -s nosuch").await;
        page.wait_for_text(&hook("report-text"), "Unknown slab --sort key: 'nosuch'").await;
        assert!(is_pressed(page, "option--caller").await, "controls show what perf had read until its error");
    });
}

#[test]
fn the_default_decides_where_no_word_does() {
    let inputs = Inputs::of("6.1-slab-page");
    visit(async |page| {
        open(page, &inputs).await;
        enter(page, "report-words", "--caller --alloc").await;
        wait_for_report(page, &inputs.perfs_text("caller-alloc")).await;
        page.click(&hook("kmem-default-page")).await;
        wait_for_report(page, &inputs.perfs_text("page-caller-alloc")).await;
        wait_for_words(page, "--caller --alloc").await;
        page.click(&hook("option--slab")).await;
        wait_for_report(page, &inputs.perfs_text("caller-alloc")).await;
        page.eval::<()>("history.go(-1)").await;
        wait_for_report(page, &inputs.perfs_text("page-caller-alloc")).await;
    });
}

#[test]
fn where_perf_is_wrong_is_said() {
    let inputs = Inputs::of("7.x-page");
    visit(async |page| {
        open(page, &inputs).await;
        enter(page, "report-words", "--page --caller").await;
        page.wait_for_text(&hook("report-aborts"), "error during process events: -12").await;
        enter(page, "report-words", "--page --time ,40.392640 --caller").await;
        page.wait_until_gone(&hook("report-aborts")).await;
        page.wait_for_text(&hook("report-differs"), "not the right ones").await;
        page.click(&format!("{} button", hook("report-differs"))).await;
        page.wait_for_text(&hook("report-differs"), "Differs from").await;
        page.wait_for_text(&hook("report-text"), "NOTES").await;
        page.click(&format!("{} button", hook("report-differs"))).await;
        page.wait_for(&hook("corrections")).await;
    });
}

#[test]
fn all_controls_are_within_a_narrow_page() {
    let inputs = Inputs::of("6.1-slab-page");
    visit(async |page| {
        open(page, &inputs).await;
        enter(page, "report-words", "--page --slab --caller -s hit,bytes --alloc -s ptr").await;
        page.wait_for(&hook("earlier-slab-caller-bytes")).await;
        for size in [Size(480, 800), Size(1280, 720)] {
            page.appear(size, Theme::Light).await;
            page.wait_until(&format!("innerWidth === {}", size.0)).await;
            let outside: Vec<String> = page
                .eval(
                    "return [...document.querySelectorAll('.options *, .command *')]
                         .filter(element => element.getBoundingClientRect().right > innerWidth)
                         .map(element => element.outerHTML.slice(0, 80))",
                )
                .await;
            assert!(outside.is_empty(), "{size:?}: {outside:#?}");
        }
        let height: f64 = page
            .eval(&format!("return document.querySelector({}).clientHeight", json!(hook("report-text"))))
            .await;
        assert!(height > 250.0, "{height} pixels are left for the text at 1280x720");
    });
}
