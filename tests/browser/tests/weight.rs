//! What the page weighs.

use kmemscope_browser_tests::weights;
use kmemscope_tests::budget::{Budget, assert_kept};

#[test]
fn the_page_weighs_no_more_than_it_did() {
    let budget = Budget::checked_in().expect("tests/budget.json, which `cargo xtask bench --budget` writes");
    assert_kept(&budget.page, &weights());
}
