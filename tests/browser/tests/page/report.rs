//! perf's text on the page is perf's text.

use kmemscope_browser_tests::{Inputs, visit};

use crate::{hook, wait_until_read};

/// Every text that perf printed for this trace, through the wasm build.
fn compare(name: &str) {
    let inputs = Inputs::of(name);
    let cases = inputs.perfs_texts();
    assert!(cases.len() > 5, "{name} has few texts");
    visit(async |page| {
        page.drop_files(&inputs.all()).await;
        wait_until_read(page).await;
        page.click(&hook("tab-report")).await;
        for (words, text) in cases {
            page.fill(&hook("report-words"), &format!("{words}\u{e007}")).await;
            let condition = format!(
                "document.querySelector({:?})?.textContent === {}",
                hook("report-text"),
                serde_json::Value::from(text.clone())
            );
            if !page.becomes(&condition).await {
                let shown: String = page
                    .eval(&format!(
                        "return document.querySelector({:?})?.textContent ?? ''",
                        hook("report-text")
                    ))
                    .await;
                let line = shown.lines().zip(text.lines()).find(|(shown, perfs)| shown != perfs);
                panic!(
                    "{name} {words}: perf prints {} bytes, the page {}: {line:#?}",
                    text.len(),
                    shown.len()
                );
            }
        }
    });
}

#[test]
fn slab_texts_of_6_1() {
    compare("6.1-slab");
}

#[test]
fn slab_and_page_texts_of_6_12() {
    compare("6.12-slab-page");
}

#[test]
fn compressed_texts_of_7() {
    compare("7.x-slab-z");
}

#[test]
fn big_endian_texts() {
    compare("s390x-6.1-tiny");
}

#[test]
fn options_can_be_switched() {
    let inputs = Inputs::of("6.1-1cpu-tiny");
    visit(async |page| {
        page.drop_files(&inputs.all()).await;
        wait_until_read(page).await;
        page.click(&hook("tab-report")).await;
        page.wait_for_text(&hook("report-text"), "Alloc Ptr").await;
        page.click(&hook("option--alloc")).await;
        page.wait_until(&format!(
            "!document.querySelector({:?}).innerText.includes('Alloc Ptr')",
            hook("report-text")
        ))
        .await;
        page.fill(&hook("report-words"), "--caller -s nosuch\u{e007}").await;
        page.wait_for_text(&hook("report-text"), "nosuch").await;
    });
}
