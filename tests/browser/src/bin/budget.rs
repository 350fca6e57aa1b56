//! `budget`: measures what the libraries and the page of dist/ take, and checks it in as tests/budget.json. Prints what
//! changed by more than a test would notice.

use std::io::Result;

use kmemscope_browser_tests::weights;
use kmemscope_tests::{
    budget::{Amounts, Budget, native},
    memory::Counting,
};

#[global_allocator]
static ALLOCATOR: Counting = Counting::new();

fn main() -> Result<()> {
    let before = Budget::checked_in().unwrap_or_default();
    let budget = Budget { native: native(&ALLOCATOR), page: weights() };
    for (before, now) in [(&before.native, &budget.native), (&before.page, &budget.page)] {
        print_changes(before, now);
    }
    println!("{}", budget.check_in()?.display());
    Ok(())
}

fn print_changes(before: &Amounts, now: &Amounts) {
    for (what, amount) in now {
        match before.get(what) {
            None => println!("{what}: {amount}"),
            Some(old) if old != amount => {
                let change = 100.0 * (*amount as f64 / *old as f64 - 1.0);
                println!("{what}: {amount} instead of {old} ({change:+.1} %)");
            }
            Some(_) => {}
        }
    }
    for what in before.keys().filter(|what| !now.contains_key(*what)) {
        println!("{what}: gone");
    }
}
