//! Where two texts part.

use std::fmt::Write;

/// Lines shown before the first difference, and at most of each side from there on.
const CONTEXT: usize = 3;
const SHOWN: usize = 4;

/// The first difference as a unified diff's hunk; `None` if the texts are equal.
pub fn first_difference(perf: &[u8], ours: &[u8]) -> Option<String> {
    if perf == ours {
        return None;
    }
    let perf: Vec<&[u8]> = perf.split(|byte| *byte == b'\n').collect();
    let ours: Vec<&[u8]> = ours.split(|byte| *byte == b'\n').collect();
    let same = perf.iter().zip(&ours).take_while(|(perf, ours)| perf == ours).count();
    let line = same + 1;
    let mut hunk = format!("@@ line {line} of perf's {}, of ours {} @@\n", perf.len() - 1, ours.len() - 1);
    let mut add = |sign: char, line: &[u8]| {
        writeln!(hunk, "{sign}{}", String::from_utf8_lossy(line)).ok();
    };
    for line in &perf[same.saturating_sub(CONTEXT)..same] {
        add(' ', line);
    }
    for line in perf[same..].iter().take(SHOWN) {
        add('-', line);
    }
    for line in ours[same..].iter().take(SHOWN) {
        add('+', line);
    }
    Some(hunk)
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn equal_texts_have_none() {
        assert_eq!(first_difference(b"a\nb\n", b"a\nb\n"), None);
    }

    #[test]
    fn the_first_line_that_differs_is_shown_with_what_stands_before() {
        let hunk = first_difference(b"a\nb\nc\n", b"a\nb\nd\n").unwrap();
        assert_eq!(hunk, "@@ line 3 of perf's 3, of ours 3 @@\n a\n b\n-c\n-\n+d\n+\n");
    }

    #[test]
    fn a_missing_end_differs() {
        assert!(first_difference(b"a\n", b"a").unwrap().starts_with("@@ line 2"));
        assert!(first_difference(b"a\n", b"").unwrap().starts_with("@@ line 1"));
    }
}
