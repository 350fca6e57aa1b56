//! How much memory the libraries take. A test program of its own with one test, so that nothing else is counted.

use kmemscope_tests::{
    budget::{Budget, assert_kept, native},
    memory::Counting,
};

#[global_allocator]
static ALLOCATOR: Counting = Counting::new();

#[test]
fn the_libraries_take_no_more_memory_than_they_did() {
    let budget = Budget::checked_in().expect("tests/budget.json, which `cargo xtask bench --budget` writes");
    assert_kept(&budget.native, &native(&ALLOCATOR));
}
