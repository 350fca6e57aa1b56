use std::path::Path;

/// What follows `cargo xtask bench`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Arguments {
    /// Write the budget anew.
    Budget,
    /// Measure; the words are for the program that does, with the file's path made whole.
    Measure(Vec<String>),
}

impl Arguments {
    /// `[FILE] [ROUNDS] [--grow]` in any order, or `--budget`; paths start from `here`, since programs are run in the
    /// workspace's root. `None` if it is something else.
    pub(crate) fn parse(words: &[String], here: &Path) -> Option<Arguments> {
        if words == ["--budget"] {
            return Some(Arguments::Budget);
        }
        let mut all = Vec::new();
        let (mut files, mut rounds) = (0, 0);
        for word in words {
            if word == "--grow" {
                all.push(word.clone());
            } else if word.starts_with('-') {
                return None;
            } else if word.parse::<usize>().is_ok_and(|rounds| rounds > 0) {
                rounds += 1;
                all.push(word.clone());
            } else {
                files += 1;
                all.push(here.join(word).to_string_lossy().into_owned());
            }
        }
        (files <= 1 && rounds <= 1).then_some(Arguments::Measure(all))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Arguments;

    fn parse(words: &str) -> Option<Arguments> {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        Arguments::parse(&words, Path::new("/here"))
    }

    #[test]
    fn words_come_in_any_order() {
        let measure =
            |words: &[&str]| Some(Arguments::Measure(words.iter().map(|&word| word.to_owned()).collect()));
        assert_eq!(parse(""), measure(&[]));
        assert_eq!(parse("--budget"), Some(Arguments::Budget));
        assert_eq!(parse("3 --grow"), measure(&["3", "--grow"]));
        #[cfg(unix)]
        assert_eq!(parse("--grow a.data 3"), measure(&["--grow", "/here/a.data", "3"]));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for words in ["--budget 3", "--fast", "one two", "3 4"] {
            assert_eq!(parse(words), None, "{words}");
        }
    }
}
