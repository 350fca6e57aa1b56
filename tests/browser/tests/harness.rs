//! The harness itself: what it finds on a page with manners, and on one without.

use std::fs;

use kmemscope_browser_tests::{Size, Theme, visit_site};
use tempfile::TempDir;

/// Lists the files that are dropped, with their sizes.
const PAGE: &str = r#"<!doctype html><link rel="icon" href="data:,"><title>harness</title>
<style>body { background: white } @media (prefers-color-scheme: dark) { body { background: black } }</style>
<button onclick="document.querySelector('output').textContent = event.shiftKey ? 'shift' : 'plain'">press</button>
<input value="old"><output></output><ul></ul>
<script>
addEventListener("dragover", event => event.preventDefault());
addEventListener("drop", async event => {
    event.preventDefault();
    for (const file of event.dataTransfer.files) {
        const item = document.createElement("li");
        item.textContent = `${file.name} ${(await file.text()).length}`;
        document.querySelector("ul").append(item);
    }
});
</script>"#;

fn site(page: &str) -> TempDir {
    let folder = TempDir::with_prefix("kmemscope-").unwrap();
    fs::write(folder.path().join("index.html"), page).unwrap();
    folder
}

#[test]
fn files_are_dropped_and_read() {
    let site = site(PAGE);
    let files = ["one", "two"].map(|name| site.path().join(name));
    for file in &files {
        fs::write(file, "x".repeat(1000)).unwrap();
    }
    visit_site(site.path().to_owned(), async |page| {
        page.drop_files(&files).await;
        page.wait_for_text("ul", "two 1000").await;
        assert_eq!(page.texts("li").await, ["one 1000", "two 1000"]);
    });
}

#[test]
fn keys_mouse_and_preferences_reach_the_page() {
    visit_site(site(PAGE).path().to_owned(), async |page| {
        page.click("button").await;
        page.wait_for_text("output", "plain").await;
        page.shift_click("button").await;
        page.wait_for_text("output", "shift").await;
        page.fill("input", "new").await;
        page.wait_until("document.querySelector('input').value === 'new'").await;
        page.appear(Size(1280, 720), Theme::Dark).await;
        page.wait_until("getComputedStyle(document.body).backgroundColor === 'rgb(0, 0, 0)'").await;
        page.wait_until("innerWidth === 1280 && innerHeight === 720").await;
    });
}

#[test]
#[should_panic(expected = "errors on the console")]
fn an_error_on_the_console_is_a_failure() {
    visit_site(site(PAGE).path().to_owned(), async |page| {
        page.eval::<()>("setTimeout(() => { throw new Error('seen') }, 0)").await;
        page.wait_for_text("button", "press").await;
    });
}

#[test]
#[should_panic(expected = "seen.png")]
fn a_missing_file_is_a_failure() {
    let page = format!("{PAGE}<img src='seen.png'>");
    visit_site(site(&page).path().to_owned(), async |page| {
        page.wait_until("document.images[0].complete").await;
    });
}

#[test]
#[should_panic(expected = "errors on the console")]
fn another_host_is_a_failure() {
    let page = format!("{PAGE}<img src='http://other.invalid/'>");
    visit_site(site(&page).path().to_owned(), async |page| {
        page.wait_until("document.images[0].complete").await;
    });
}
