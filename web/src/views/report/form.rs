//! The options as the controls have them, and the words of perf's command line that say the same.

use kmem::{
    sort::{PageKey, SlabKey},
    stat::{Mode, Options, OptionsError},
};
use yew::{Callback, MouseEvent};

/// A table that has sort keys of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sorted {
    /// Slab, a row a call site.
    SlabCaller,
    /// Slab, a row a ptr.
    SlabAlloc,
    /// Pages, a row a call site.
    PageCaller,
    /// Pages, a row a page.
    PageAlloc,
}

impl Sorted {
    /// Its name in test hooks.
    pub(super) fn id(self) -> &'static str {
        match self {
            Sorted::SlabCaller => "slab-caller",
            Sorted::SlabAlloc => "slab-alloc",
            Sorted::PageCaller => "page-caller",
            Sorted::PageAlloc => "page-alloc",
        }
    }

    /// The keys that order it. perf takes `ptr` and `page` for call sites too, which have neither.
    pub(super) fn offered(self) -> Vec<&'static str> {
        match self {
            Sorted::SlabAlloc => SlabKey::PERF.map(SlabKey::name).to_vec(),
            Sorted::SlabCaller => SlabKey::PERF[1..].iter().map(|key| key.name()).collect(),
            Sorted::PageAlloc => PageKey::ALL.map(PageKey::name).to_vec(),
            Sorted::PageCaller => PageKey::ALL[1..].iter().map(|key| key.name()).collect(),
        }
    }

    /// What it is sorted by without keys.
    pub(super) fn by_default(self) -> &'static str {
        match self {
            Sorted::SlabCaller | Sorted::SlabAlloc => "frag, hit, bytes",
            Sorted::PageCaller | Sorted::PageAlloc => "bytes, hit",
        }
    }
}

/// All options. Only what is said with a word of its own counts as chosen; perf's defaults do not.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Form {
    /// The options; whether they show slab, pages or both follows from `slab`, `page` and their default.
    pub(super) options: Options,
    /// `--slab` is given.
    pub(super) slab: bool,
    /// `--page` is given.
    pub(super) page: bool,
}

impl Form {
    /// Reads words of perf's command line.
    ///
    /// # Errors
    /// As perf.
    pub(super) fn read(words: &[String], default_mode: Mode) -> Result<Form, OptionsError> {
        let options = Options::parse_with(words.iter().map(String::as_str), default_mode)?;
        let has = |word: &str| words.iter().any(|other| other == word);
        Ok(Form { options, slab: has("--slab"), page: has("--page") })
    }

    /// Reads as many words as perf would before it refuses one, for controls beside its error.
    pub(super) fn read_until_error(words: &[String], default_mode: Mode) -> Form {
        (0..=words.len())
            .rev()
            .find_map(|end| Form::read(&words[..end], default_mode).ok())
            .unwrap_or_default()
    }

    /// The words that say the same: each `-s` and `-l` behind the table it is for.
    pub(super) fn words(&self) -> String {
        let mut options = self.options.clone();
        options.slab = self.shows_slab();
        options.page = self.shows_pages();
        if self.slab || self.page {
            // Then the words have to say so, whatever the default.
            options.default_mode = if self.slab { Mode::Page } else { Mode::Slab };
        }
        let line = options.command_line();
        let line = line.strip_prefix("perf kmem").unwrap_or(&line);
        line.strip_suffix("stat").unwrap_or(line).trim().into()
    }

    /// Whether there are tables of the slab allocator.
    pub(super) fn shows_slab(&self) -> bool {
        self.slab || (!self.page && self.options.default_mode == Mode::Slab)
    }

    /// Whether there are tables of the page allocator.
    pub(super) fn shows_pages(&self) -> bool {
        self.page || (!self.slab && self.options.default_mode == Mode::Page)
    }

    /// The keys that a table is sorted by.
    pub(super) fn keys(&self, table: Sorted) -> Vec<&'static str> {
        let options = &self.options;
        match table {
            Sorted::SlabCaller => options.slab_caller_sort.iter().map(|key| key.name()).collect(),
            Sorted::SlabAlloc => options.slab_alloc_sort.iter().map(|key| key.name()).collect(),
            Sorted::PageCaller => options.page_caller_sort.iter().map(|key| key.name()).collect(),
            Sorted::PageAlloc => options.page_alloc_sort.iter().map(|key| key.name()).collect(),
        }
    }

    /// Sorts a table; keys that it does not know are passed over.
    pub(super) fn set_keys(&mut self, table: Sorted, keys: &[&str]) {
        let slab = || keys.iter().filter_map(|key| SlabKey::from_perf_name(key)).collect();
        let page = || keys.iter().filter_map(|key| PageKey::from_perf_name(key)).collect();
        let options = &mut self.options;
        match table {
            Sorted::SlabCaller => options.slab_caller_sort = slab(),
            Sorted::SlabAlloc => options.slab_alloc_sort = slab(),
            Sorted::PageCaller => options.page_caller_sort = page(),
            Sorted::PageAlloc => options.page_alloc_sort = page(),
        }
    }

    /// Both ends of the time span, in seconds as they were typed.
    pub(super) fn time(&self) -> (&str, &str) {
        let time = self.options.time.as_deref().unwrap_or_default();
        time.split_once(',').unwrap_or((time, ""))
    }

    /// Sets both ends of the time span; two empty ones take the whole trace.
    pub(super) fn set_time(&mut self, start: &str, stop: &str) {
        let (start, stop) = (start.trim(), stop.trim());
        self.options.time = (!(start.is_empty() && stop.is_empty())).then(|| format!("{start},{stop}"));
    }
}

/// Gives the form on when something is clicked.
pub(super) fn on_click(on_form: &Callback<Form>, form: Form) -> Callback<MouseEvent> {
    on_form.reform(move |_| form.clone())
}

/// The words before the user chose any: the tables of what the trace has.
pub(super) fn initial(has_slab: bool, has_pages: bool) -> &'static str {
    if has_pages && !has_slab { "--page" } else { "--caller --alloc -l 50" }
}

#[cfg(test)]
mod tests {
    use kmem::stat;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn form(line: &str, default_mode: Mode) -> Form {
        Form::read(&stat::words(line), default_mode).expect("perf takes it")
    }

    #[test]
    fn words_and_controls_say_the_same() {
        for default_mode in [Mode::Slab, Mode::Page] {
            for line in [
                "",
                "--slab",
                "--page",
                "--slab --page",
                "--caller -s hit,bytes -l 20 --alloc -l 7",
                "--page --live --caller -s order,gfp --alloc -s page",
                "--slab --caller -s hit --alloc -s ptr --page --caller -s gfp --alloc -s page,hit",
                "-f -i 'my trace' --slab --raw-ip --time 1.5,",
            ] {
                // Keys of the slab tables are no keys of the page tables.
                if default_mode == Mode::Page && line.starts_with("--caller") {
                    continue;
                }
                let form = form(line, default_mode);
                assert_eq!(
                    super::tests::form(&form.words(), default_mode),
                    form,
                    "{line} -> {}",
                    form.words()
                );
            }
        }
    }

    #[test]
    fn without_a_word_the_default_decides() {
        let mut form = form("--caller", Mode::Page);
        assert!(form.shows_pages() && !form.shows_slab());
        assert_eq!(form.words(), "--caller");
        form.page = true;
        assert_eq!(form.words(), "--page --caller");
        form.slab = true;
        assert_eq!(form.words(), "--slab --caller --page");
    }

    #[test]
    fn keys_are_set_and_read() {
        let mut form = form("--caller --alloc", Mode::Slab);
        form.set_keys(Sorted::SlabCaller, &["bytes", "nosuch", "hit"]);
        assert_eq!(form.keys(Sorted::SlabCaller), ["bytes", "hit"]);
        assert_eq!(form.words(), "--caller -s bytes,hit --alloc");
        assert!(!Sorted::SlabCaller.offered().contains(&"ptr"));
        assert!(!Sorted::PageCaller.offered().contains(&"page"));
    }

    #[test]
    fn time_has_two_ends() {
        let mut form = form("--time 1.5", Mode::Slab);
        assert_eq!(form.time(), ("1.5", ""));
        form.set_time("", " 2 ");
        assert_eq!(form.words(), "--time ,2");
        form.set_time("", "");
        assert_eq!(form.words(), "");
    }

    #[test]
    fn what_perf_refuses_leaves_the_rest() {
        let words = stat::words("--caller -l 3 -s nosuch --alloc");
        assert!(Form::read(&words, Mode::Slab).is_err());
        let form = Form::read_until_error(&words, Mode::Slab);
        assert!(form.options.caller && form.options.caller_lines == Some(3) && !form.options.alloc);
    }
}
