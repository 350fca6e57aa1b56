use std::{any::Any, env, panic::AssertUnwindSafe, path::PathBuf};

use futures_util::FutureExt;

use crate::{driver::Chromedriver, page::Page, site::Site};

/// The page as `cargo xtask build` leaves it.
#[must_use]
pub fn dist() -> PathBuf {
    let dist = env::var_os("KMEMSCOPE_DIST").map(PathBuf::from);
    dist.unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../dist")))
}

/// Opens the page in a browser of its own, runs the test and closes the browser.
///
/// # Panics
/// With what the test panics with, and where the page wrote errors to the console, asked for missing files, or
/// talked to another host.
pub fn visit(test: impl AsyncFnOnce(&Page)) {
    assert!(dist().join("index.html").is_file(), "dist/ is empty: run `cargo xtask build` first");
    visit_site(dist(), test);
}

/// As [`visit`], with a page of another folder.
///
/// # Panics
/// As [`visit`].
pub fn visit_site(root: PathBuf, test: impl AsyncFnOnce(&Page)) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    runtime.block_on(async {
        let site = Site::serve(root).expect("a port on 127.0.0.1");
        let chromedriver = Chromedriver::start();
        let browser = chromedriver.browser().await;
        let page = Page::new(browser, site);
        let result = AssertUnwindSafe(async {
            page.open("").await;
            test(&page).await;
        })
        .catch_unwind()
        .await;
        let result = match result {
            Ok(()) => AssertUnwindSafe(page.check_manners()).catch_unwind().await,
            Err(panic) => {
                page.keep_evidence(&message(&*panic)).await;
                Err(panic)
            }
        };
        page.close().await;
        if let Err(panic) = result {
            std::panic::resume_unwind(panic);
        }
    });
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message").to_owned()
}
