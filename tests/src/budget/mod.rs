//! What the libraries and the page may take: `tests/budget.json`, which `cargo xtask bench --budget` writes. A test fails
//! where something takes more than a twentieth more than the file says, so that nobody makes it grow unawares.

mod native;

use std::{
    collections::BTreeMap,
    fs,
    io::{Error, Result},
    path::PathBuf,
};

pub use native::native;
use serde::{Deserialize, Serialize};

/// What is measured, and how much of it there is.
pub type Amounts = BTreeMap<String, u64>;

/// The file's content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Allocations and bytes of memory of the libraries, by trace and by what is done with it.
    pub native: Amounts,
    /// Bytes of the page's files.
    pub page: Amounts,
}

/// Per cent by which an amount may exceed its budget.
const TOLERANCE: u64 = 5;

fn path() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/budget.json"))
}

impl Budget {
    /// The checked-in budget.
    ///
    /// # Errors
    /// Where the file is not there or is no budget.
    pub fn checked_in() -> Result<Budget> {
        serde_json::from_str(&fs::read_to_string(path())?).map_err(Error::other)
    }

    /// Puts it in place of the checked-in budget; where that is.
    ///
    /// # Errors
    /// Of the file system.
    pub fn check_in(&self) -> Result<PathBuf> {
        let text = serde_json::to_string_pretty(self).map_err(Error::other)?;
        fs::write(path(), text + "\n")?;
        Ok(path())
    }
}

/// A sentence for each amount that exceeds its budget, or that has none; for each budget that nothing is measured of.
#[must_use]
pub fn exceeded(budget: &Amounts, now: &Amounts) -> Vec<String> {
    let mut sentences = Vec::new();
    for (what, &amount) in now {
        match budget.get(what) {
            None => sentences.push(format!("{what}: {amount}, which has no budget")),
            Some(&allowed) if 100 * amount > (100 + TOLERANCE) * allowed => {
                let more = 100.0 * (amount as f64 / allowed as f64 - 1.0);
                sentences.push(format!("{what}: {amount} instead of {allowed}, {more:.1} % more"));
            }
            Some(_) => {}
        }
    }
    let gone = budget.keys().filter(|what| !now.contains_key(*what));
    sentences.extend(gone.map(|what| format!("{what}: in the budget, but not measured")));
    sentences
}

/// # Panics
/// Where [`exceeded`] has something to say.
pub fn assert_kept(budget: &Amounts, now: &Amounts) {
    let sentences = exceeded(budget, now);
    assert!(
        sentences.is_empty(),
        "over the budget of tests/budget.json by more than {TOLERANCE} %:\n  {}\nIf this is worth it, run \
         `cargo xtask bench --budget` and check the file in.",
        sentences.join("\n  ")
    );
}

#[cfg(test)]
mod tests {
    use super::{Amounts, exceeded};

    fn amounts(amounts: &[(&str, u64)]) -> Amounts {
        amounts.iter().map(|&(what, amount)| (what.to_owned(), amount)).collect()
    }

    #[test]
    fn a_twentieth_more_is_allowed() {
        let budget = amounts(&[("a", 100), ("b", 1000), ("c", 0)]);
        assert_eq!(exceeded(&budget, &amounts(&[("a", 105), ("b", 3), ("c", 0)])), [""; 0]);
        let over = exceeded(&budget, &amounts(&[("a", 106), ("b", 1000), ("c", 1)]));
        assert_eq!(over[0], "a: 106 instead of 100, 6.0 % more");
        assert_eq!(over.len(), 2);
    }

    #[test]
    fn names_must_match() {
        let (one, other) = (amounts(&[("old", 1)]), amounts(&[("new", 1)]));
        assert_eq!(exceeded(&one, &other).len(), 2);
    }
}
