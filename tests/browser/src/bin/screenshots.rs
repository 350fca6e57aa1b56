//! Pictures of every view, light and dark, at two sizes, in target/screenshots.

use kmemscope_browser_tests::{Page, Size, Theme, visit};

const SIZES: [Size; 2] = [Size(1280, 720), Size(1920, 1080)];
const THEMES: [(Theme, &str); 2] = [(Theme::Light, "light"), (Theme::Dark, "dark")];

fn main() {
    visit(async |page| {
        pictures(page, "empty").await;
        page.click("[data-testid=sample]").await;
        page.wait_for_text("[data-testid=status]", "read in").await;
        for tab in page.texts("[role=tab]").await {
            let name = file_name(&tab);
            // A badge may stand behind the name.
            page.click(&format!("[role=tab][data-testid=tab-{}]", name.replace('-', ""))).await;
            page.wait_until("!document.querySelector('main').innerText.includes('Loading')").await;
            pictures(page, &name).await;
            if page.eval("return document.querySelectorAll('[role=gridcell]').length > 0").await {
                page.click(".rows [role=row]:nth-child(2)").await;
                page.wait_for("[data-testid=detail]").await;
                pictures(page, &format!("{name}-detail")).await;
            }
        }
    });
}

async fn pictures(page: &Page, view: &str) {
    for size in SIZES {
        for (theme, look) in THEMES {
            page.appear(size, theme).await;
            // Tables and charts measure themselves anew.
            page.pause().await;
            let Size(width, height) = size;
            let path = page.screenshot(&format!("{view}-{look}-{width}x{height}")).await;
            println!("{}", path.display());
        }
    }
}

/// The tab's name in small letters, words joined by hyphens.
fn file_name(tab: &str) -> String {
    let words = tab.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}
