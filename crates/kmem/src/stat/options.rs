//! The options of `perf kmem`, by perf's own rules.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::shell::quoted;
use crate::query::TimeRange;
use crate::sort::{PageKey, SlabKey};

/// What perf's option parser prints below an error about `-s`.
const SORT_USAGE: &str = "\n Usage: perf kmem [<options>] {record|stat}\n\n    -s, --sort <key[,key2...]>\n                          \
     sort by keys: ptr, callsite, bytes, hit, pingpong, frag, page, order, migtype, gfp\n";

/// Which allocator perf analyses where neither `--slab` nor `--page` says it (its config `kmem.default`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The slab allocator.
    #[default]
    Slab,
    /// The page allocator.
    Page,
}

/// The options of `perf kmem stat`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `--slab`, or the default.
    pub slab: bool,
    /// `--page`, or the default.
    pub page: bool,
    /// `--caller`: the tables of call sites.
    pub caller: bool,
    /// `--alloc`: the tables of ptrs and pages.
    pub alloc: bool,
    /// `--raw-ip`: addresses instead of names in the slab tables.
    pub raw_ip: bool,
    /// `--live`: only pages still allocated.
    pub live: bool,
    /// `-l` of the call-site tables; `None` shows all rows.
    pub caller_lines: Option<i32>,
    /// `-l` of the other tables.
    pub alloc_lines: Option<i32>,
    /// `-s` of the slab call-site table; empty means `frag,hit,bytes`.
    pub slab_caller_sort: Vec<SlabKey>,
    /// `-s` of the ptr table; empty means `frag,hit,bytes`.
    pub slab_alloc_sort: Vec<SlabKey>,
    /// `-s` of the page call-site table; empty means `bytes,hit`.
    pub page_caller_sort: Vec<PageKey>,
    /// `-s` of the page table; empty means `bytes,hit`.
    pub page_alloc_sort: Vec<PageKey>,
    /// `--time`: seconds.
    pub time: Option<String>,
    /// `-f`: files of other owners are read too. Nothing here depends on it.
    pub force: bool,
    /// `-i`: the name of the file. Nothing here depends on it.
    pub input: Option<String>,
    /// The configuration's default.
    pub default_mode: Mode,
}

/// Why options are refused, with perf's words and exit code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// A key that the slab tables do not have.
    #[error("Unknown slab --sort key: '{0}'")]
    UnknownSlabKey(String),
    /// A key that the page tables do not have.
    #[error("Unknown page --sort key: '{0}'")]
    UnknownPageKey(String),
    /// `--time` is no pair of times, or ends before it begins.
    #[error("Invalid time string")]
    InvalidTime,
    /// No such option.
    #[error("unknown option `{0}'")]
    UnknownOption(String),
    /// An option that takes a value has none.
    #[error("option `{0}' requires a value")]
    MissingValue(String),
    /// An option that takes no value has one.
    #[error("option `{0}' takes no value")]
    UnexpectedValue(String),
    /// `kmem.default` is neither slab nor page.
    #[error("invalid default value ('slab' or 'page' required): {0}")]
    InvalidDefault(String),
}

impl OptionsError {
    /// perf's exit code.
    #[must_use]
    pub fn exit_code(&self) -> i32 {
        if matches!(self, OptionsError::InvalidTime) { 234 } else { 129 }
    }

    /// All that perf prints on its standard error, the usage below included.
    #[must_use]
    pub fn perf_text(&self) -> String {
        match self {
            OptionsError::UnknownSlabKey(_) | OptionsError::UnknownPageKey(_) => {
                format!("{self}{SORT_USAGE}")
            }
            OptionsError::InvalidTime => format!("{self}\n"),
            _ => format!("  Error: {self}\n\n Usage: perf kmem [<options>] {{record|stat}}\n"),
        }
    }
}

/// The order in which `--slab`, `--page`, `--caller` and `--alloc` came, as far as `-s` and `-l` depend on it.
#[derive(Default)]
struct Seen {
    slab: u32,
    page: u32,
    caller: u32,
    alloc: u32,
}

impl Seen {
    fn sorts_pages(&self, default: Mode) -> bool {
        self.page > self.slab || (self.page == 0 && self.slab == 0 && default == Mode::Page)
    }

    fn is_caller(&self) -> bool {
        self.caller > self.alloc
    }
}

impl Options {
    /// Reads the options of a `perf kmem` command line, without `perf kmem` itself; `stat` may stand anywhere, unlike in
    /// perf, which ignores what comes after it.
    ///
    /// # Errors
    /// As perf: unknown options and keys, missing values, bad times.
    pub fn parse<'a>(args: impl IntoIterator<Item = &'a str>) -> Result<Options, OptionsError> {
        Options::parse_with(args, Mode::Slab)
    }

    /// As [`Options::parse`], with the configuration's `kmem.default`.
    ///
    /// # Errors
    /// As perf: unknown options and keys, missing values, bad times.
    pub fn parse_with<'a>(
        args: impl IntoIterator<Item = &'a str>,
        default_mode: Mode,
    ) -> Result<Options, OptionsError> {
        let mut options = Options { default_mode, ..Options::default() };
        let mut seen = Seen::default();
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            let (name, mut value) = split(arg);
            let takes_value = matches!(name, "-s" | "--sort" | "-l" | "--line" | "--time" | "-i" | "--input");
            if takes_value && value.is_none() {
                value = Some(args.next().ok_or_else(|| OptionsError::MissingValue(bare(name)))?);
            }
            if !takes_value && value.is_some() {
                return Err(OptionsError::UnexpectedValue(bare(name)));
            }
            let value = value.unwrap_or_default();
            match name {
                "stat" => {}
                "--caller" => seen.caller = seen.alloc + 1,
                "--alloc" => seen.alloc = seen.caller + 1,
                "--slab" => seen.slab = seen.page + 1,
                "--page" => seen.page = seen.slab + 1,
                "--raw-ip" => options.raw_ip = true,
                "--live" => options.live = true,
                "-f" | "--force" => options.force = true,
                "-i" | "--input" => options.input = Some(value.to_string()),
                "-v" | "--verbose" => {}
                "--time" => options.time = Some(value.to_string()),
                "-l" | "--line" => {
                    let lines = Some(lines(value));
                    if seen.is_caller() {
                        options.caller_lines = lines;
                    } else {
                        options.alloc_lines = lines;
                    }
                }
                "-s" | "--sort" => options.sort(&seen, value)?,
                _ => return Err(OptionsError::UnknownOption(bare(name))),
            }
        }
        options.caller = seen.caller > 0;
        options.alloc = seen.alloc > 0;
        options.slab = seen.slab > 0 || (seen.page == 0 && default_mode == Mode::Slab);
        options.page = seen.page > 0 || (seen.slab == 0 && default_mode == Mode::Page);
        Ok(options)
    }

    fn sort(&mut self, seen: &Seen, keys: &str) -> Result<(), OptionsError> {
        if seen.sorts_pages(self.default_mode) {
            let list = if seen.is_caller() { &mut self.page_caller_sort } else { &mut self.page_alloc_sort };
            for key in keys.split(',') {
                list.push(
                    PageKey::from_perf_name(key)
                        .ok_or_else(|| OptionsError::UnknownPageKey(key.to_string()))?,
                );
            }
        } else {
            let list = if seen.is_caller() { &mut self.slab_caller_sort } else { &mut self.slab_alloc_sort };
            for key in keys.split(',') {
                list.push(
                    SlabKey::from_perf_name(key)
                        .ok_or_else(|| OptionsError::UnknownSlabKey(key.to_string()))?,
                );
            }
        }
        Ok(())
    }

    /// The range of `--time`, if it is given.
    ///
    /// # Errors
    /// Where it is no range.
    pub fn time_range(&self) -> Result<Option<TimeRange>, OptionsError> {
        self.time.as_deref().map_or(Ok(None), |text| parse_time(text).map(Some))
    }

    /// The command line of perf that says the same: each `-s` and `-l` behind the table it is for.
    #[must_use]
    pub fn command_line(&self) -> String {
        let mut line = String::from("perf kmem");
        let mut word = |text: &str| {
            line.push(' ');
            line.push_str(text);
        };
        if self.force {
            word("-f");
        }
        if let Some(input) = &self.input {
            word(&format!("-i {}", quoted(input)));
        }
        // `-s` sorts what came last of --slab and --page, and the last of --caller and --alloc.
        let keys = |keys: Vec<&str>| keys.join(",");
        let slab = |list: &[SlabKey]| keys(list.iter().map(|key| key.name()).collect());
        let page = |list: &[PageKey]| keys(list.iter().map(|key| key.name()).collect());
        let default =
            (self.slab, self.page) == (self.default_mode == Mode::Slab, self.default_mode == Mode::Page);
        let both = self.slab && self.page;
        let tables = |caller: &str, alloc: &str, word: &mut dyn FnMut(&str)| {
            if self.caller {
                word("--caller");
                if !caller.is_empty() {
                    word(&format!("-s {caller}"));
                }
                if let Some(lines) = self.caller_lines {
                    word(&format!("-l {lines}"));
                }
            }
            if self.alloc {
                word("--alloc");
                if !alloc.is_empty() {
                    word(&format!("-s {alloc}"));
                }
                if let Some(lines) = self.alloc_lines {
                    word(&format!("-l {lines}"));
                }
            }
        };
        if both {
            word("--slab");
            tables(&slab(&self.slab_caller_sort), &slab(&self.slab_alloc_sort), &mut word);
            word("--page");
            if !(self.page_caller_sort.is_empty() && self.page_alloc_sort.is_empty()) {
                tables(&page(&self.page_caller_sort), &page(&self.page_alloc_sort), &mut word);
            }
        } else if self.page {
            if !default {
                word("--page");
            }
            tables(&page(&self.page_caller_sort), &page(&self.page_alloc_sort), &mut word);
        } else {
            if !default {
                word("--slab");
            }
            tables(&slab(&self.slab_caller_sort), &slab(&self.slab_alloc_sort), &mut word);
        }
        if self.raw_ip {
            word("--raw-ip");
        }
        if self.live {
            word("--live");
        }
        if let Some(time) = &self.time {
            word(&format!("--time {}", quoted(time)));
        }
        word("stat");
        line
    }
}

/// An option and the value joined to it: `--sort=hit`, `-l10`.
fn split(arg: &str) -> (&str, Option<&str>) {
    if arg.starts_with("--") {
        return match arg.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (arg, None),
        };
    }
    match (arg.get(..2), arg.get(2..)) {
        (Some(name @ ("-s" | "-l" | "-i")), Some(value)) if !value.is_empty() => (name, Some(value)),
        _ => (arg, None),
    }
}

fn bare(name: &str) -> String {
    name.trim_start_matches('-').to_string()
}

/// perf's `strtoul`, cut to an `int`: leading digits, 0 where there are none.
fn lines(text: &str) -> i32 {
    let text = text.trim_start();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let value = digits
        .bytes()
        .take_while(u8::is_ascii_digit)
        .fold(0u64, |sum, digit| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
    let value = if negative { value.wrapping_neg() } else { value };
    value as i32
}

/// perf's `--time`: `start,stop`, either side may be empty, seconds with up to nine decimals.
fn parse_time(text: &str) -> Result<TimeRange, OptionsError> {
    if text.is_empty() {
        return Ok(TimeRange { start: 0, end: u64::MAX });
    }
    let (start, end) = match text.split_once(',') {
        Some((start, end)) => (start, end),
        None => (text, ""),
    };
    let start = if start.is_empty() { 0 } else { nanoseconds(start).ok_or(OptionsError::InvalidTime)? };
    let end = if end.is_empty() { 0 } else { nanoseconds(end).ok_or(OptionsError::InvalidTime)? };
    if end != 0 && end < start {
        return Err(OptionsError::InvalidTime);
    }
    Ok(TimeRange { start, end: if end == 0 { u64::MAX } else { end } })
}

/// Seconds with decimals, as perf's `parse_nsec_time`: decimals past the ninth are cut.
fn nanoseconds(text: &str) -> Option<u64> {
    let (seconds, decimals) = match text.split_once('.') {
        Some((seconds, decimals)) => (seconds, decimals),
        None => (text, ""),
    };
    let number = |text: &str| -> Option<u64> {
        if text.is_empty() {
            return Some(0);
        }
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
    };
    if seconds.is_empty() && decimals.is_empty() {
        return None;
    }
    let seconds = number(seconds)?.checked_mul(1_000_000_000)?;
    let kept = decimals.get(..decimals.len().min(9))?;
    number(decimals.get(kept.len()..)?)?;
    let nanoseconds = number(kept)?.checked_mul(10u64.checked_pow(9 - kept.len() as u32)?)?;
    seconds.checked_add(nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::{Mode, Options, OptionsError, nanoseconds};
    use crate::query::TimeRange;
    use crate::sort::{PageKey, SlabKey};

    fn parse(line: &str) -> Result<Options, OptionsError> {
        Options::parse(line.split_whitespace())
    }

    #[test]
    fn sort_and_line_belong_to_the_last_table() {
        let options = parse("--slab --caller -s bytes -l 5 --alloc -s ptr,hit stat").unwrap();
        assert_eq!(options.slab_caller_sort, [SlabKey::Bytes]);
        assert_eq!(options.slab_alloc_sort, [SlabKey::Ptr, SlabKey::Hit]);
        assert_eq!((options.caller_lines, options.alloc_lines), (Some(5), None));
        let options = parse("-s bytes -l 10 --caller --alloc stat").unwrap();
        assert_eq!(options.slab_alloc_sort, [SlabKey::Bytes]);
        assert_eq!((options.caller_lines, options.alloc_lines), (None, Some(10)));
        assert!(options.caller && options.alloc && options.slab && !options.page);
        let options = parse("--page --caller -s order,gfp stat").unwrap();
        assert_eq!(options.page_caller_sort, [PageKey::Order, PageKey::Gfp]);
    }

    #[test]
    fn options_may_follow_stat() {
        assert_eq!(parse("stat --caller -l5").unwrap(), parse("--caller -l 5 stat").unwrap());
        assert_eq!(parse("stat --caller --sort=hit").unwrap(), parse("--caller -s hit stat").unwrap());
    }

    #[test]
    fn errors_are_perfs() {
        let error = parse("--caller -s nosuch stat").unwrap_err();
        assert_eq!(error, OptionsError::UnknownSlabKey("nosuch".into()));
        assert_eq!(error.exit_code(), 129);
        assert!(error.perf_text().starts_with("Unknown slab --sort key: 'nosuch'\n Usage: perf kmem"));
        assert_eq!(parse("--page -s frag stat"), Err(OptionsError::UnknownPageKey("frag".into())));
        assert_eq!(parse("--bogus stat"), Err(OptionsError::UnknownOption("bogus".into())));
        assert_eq!(parse("stat -l"), Err(OptionsError::MissingValue("l".into())));
    }

    #[test]
    fn times() {
        let range = |text: &str| Options { time: Some(text.into()), ..Options::default() }.time_range();
        assert_eq!(range("1.5,2"), Ok(Some(TimeRange { start: 1_500_000_000, end: 2_000_000_000 })));
        assert_eq!(range("1.5,"), Ok(Some(TimeRange { start: 1_500_000_000, end: u64::MAX })));
        assert_eq!(range(",0.000000001"), Ok(Some(TimeRange { start: 0, end: 1 })));
        for bad in ["10%-50%", "2,1", "x,", "1,y"] {
            assert_eq!(range(bad), Err(OptionsError::InvalidTime), "{bad}");
        }
        assert_eq!(OptionsError::InvalidTime.exit_code(), 234);
        assert_eq!(nanoseconds("1.0000000019"), Some(1_000_000_001));
    }

    #[test]
    fn the_command_line_says_the_same() {
        for line in [
            "stat",
            "--page stat",
            "--slab --page --caller --alloc stat",
            "--caller -s bytes -l 5 --alloc -s ptr -l 0 --raw-ip --time 1,2 stat",
            "--page --live --caller -s order,migtype,gfp --alloc stat",
            "--slab --caller -s hit --page --caller -s order --alloc stat",
            "-f -i perf.data.old --slab --caller -s hit --alloc -l 7 --page --caller --alloc -s gfp stat",
            "-i/tmp/my.data stat",
        ] {
            let options = parse(line).unwrap();
            let again = options.command_line();
            assert_eq!(
                parse(again.strip_prefix("perf kmem ").unwrap()).unwrap(),
                options,
                "{line} -> {again}"
            );
        }
        let options = Options::parse_with(["stat"], Mode::Page).unwrap();
        assert!(options.page && !options.slab);
        assert_eq!(options.command_line(), "perf kmem stat");
    }
}
