//! The whole page, as a user meets it.

mod bad_input;
mod charts;
mod every_trace;
mod keys;
mod opening;
mod options;
mod report;
mod tables;
mod threads;

use kmemscope_browser_tests::Page;

/// Selects the element that the page marks with a name for tests.
fn hook(name: &str) -> String {
    format!("[data-testid=\"{name}\"]")
}

/// Waits until a trace is read whole and shown.
async fn wait_until_read(page: &Page) {
    page.wait_for_text(&hook("status"), "read in").await;
}

/// What the page complains of.
async fn problems(page: &Page) -> Vec<String> {
    page.texts(&format!("{} > span", hook("problem"))).await
}

/// Waits for a complaint with these words; gives the whole sentence, which is the only one.
async fn only_problem(page: &Page, words: &[&str]) -> String {
    page.wait_for(&hook("problem")).await;
    let problems = problems(page).await;
    let [sentence] = problems.as_slice() else { panic!("one sentence is enough: {problems:#?}") };
    for word in words {
        assert!(sentence.contains(word), "{sentence:?} does not say {word:?}");
    }
    sentence.clone()
}
