/// What a line begins with in which a test says how much it compared: such lines are repeated at the end of all tests.
const BEGINNINGS: [&str; 2] = ["parity: ", "page: "];

/// Whether a line of a test's output says how much was compared.
pub(super) fn is_total(line: &str) -> bool {
    BEGINNINGS.iter().any(|beginning| line.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::is_total;

    #[test]
    fn totals_are_told_from_other_lines() {
        assert!(is_total("parity: 1215 texts compared, 1215 equal"));
        assert!(is_total("page: 34 traces opened"));
        assert!(!is_total("test parity::every_text ... ok"));
        assert!(!is_total("page::opening ... ok"));
    }
}
