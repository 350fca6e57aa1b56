//! Words of a command line, as a shell reads and a user types them.

use alloc::string::String;
use alloc::vec::Vec;

/// The words of a line: blanks part them, single and double quotes hold them together.
#[must_use]
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in line.chars() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, _) if character.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

/// A word as a shell has to be given it.
#[must_use]
pub fn quoted(word: &str) -> String {
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-_./,:+=@%".contains(&byte) || !byte.is_ascii();
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.into();
    }
    let (quote, escaped) = if word.contains('\'') { ("\"", "\"'\"'\"") } else { ("'", "'") };
    let mut out = String::from(quote);
    for character in word.chars() {
        match character {
            '"' if quote == "\"" => out.push_str(escaped),
            _ => out.push(character),
        }
    }
    out.push_str(quote);
    out
}

#[cfg(test)]
mod tests {
    use super::{quoted, words};

    #[test]
    fn quotes_hold_words_together() {
        assert_eq!(words("  --caller -s  hit,bytes "), ["--caller", "-s", "hit,bytes"]);
        assert_eq!(words("-i 'my file' --time=\"1, 2\""), ["-i", "my file", "--time=1, 2"]);
        assert_eq!(words("-i ''"), ["-i", ""]);
        assert_eq!(words("-i 'open"), ["-i", "open"]);
    }

    #[test]
    fn a_word_survives() {
        for word in ["perf.data", "my file", "", "it's", "a\"b", "a'b\"c", "ü x", "$HOME"] {
            assert_eq!(words(&quoted(word)), [word], "{}", quoted(word));
        }
        assert_eq!(quoted("1.5,2"), "1.5,2");
    }
}
