//! The whole page in a real browser: dist/ served from a sub-folder, Chromium driven through chromedriver.
//!
//! ```no_run
//! use kmemscope_browser_tests::{Inputs, visit};
//!
//! visit(async |page| {
//!     let inputs = Inputs::of("6.12-slab-page");
//!     page.drop_files(&inputs.all()).await;
//!     page.wait_for_text("main", "Call sites").await;
//! });
//! ```
//!
//! A visit ends with an error if the page wrote an error to the console, asked for a file that is not there, or
//! sent a request to any other host. `cargo xtask test` builds dist/ and says where the browser is; by hand,
//! `CHROMIUM` and `CHROMEDRIVER` name programs that are not in PATH.

mod driver;
mod inputs;
mod page;
mod site;
mod visit;
mod weight;

pub use inputs::Inputs;
pub use page::{Page, Size, Theme};
pub use visit::{dist, visit, visit_site};
pub use weight::{page_bytes, weights};
