//! `/proc/kallsyms` with each address written as its difference to the line before.
//!
//! Two boots of one kernel differ by the random start of kernel and modules, so nearly every line of their kallsyms
//! differs, but hardly any difference between neighbours does: a kernel's second kallsyms costs almost nothing in
//! a common zstd stream. Nothing is lost.

use std::fmt::Write;

/// Rewrites kallsyms text; `None` if it is not the kernel's own layout (sixteen hex digits, a blank, the rest).
pub fn to_differences(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut before = 0u64;
    for line in text.split_inclusive('\n') {
        let (address, rest) = line.split_at_checked(16)?;
        let address = u64::from_str_radix(address, 16).ok()?;
        let (sign, difference) =
            if address < before { ("-", before - address) } else { ("", address - before) };
        write!(out, "{sign}{difference:x}{rest}").ok()?;
        before = address;
    }
    Some(out)
}

/// The text that [`to_differences`] was given; `None` if the text is not its work.
pub fn from_differences(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() * 3 / 2);
    let mut address = 0u64;
    for line in text.split_inclusive('\n') {
        let (difference, _) = line.split_once(' ')?;
        let rest = &line[difference.len()..];
        address = match difference.strip_prefix('-') {
            Some(digits) => address.wrapping_sub(u64::from_str_radix(digits, 16).ok()?),
            None => address.wrapping_add(u64::from_str_radix(difference, 16).ok()?),
        };
        write!(out, "{address:016x}{rest}").ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_give_the_text_back() {
        let text = "0000000000000000 A fixed_percpu_data\n\
                    ffffffff81000000 T _text\n\
                    ffffffff81000000 t b\tfoo\n\
                    ffffffffc0002000 t init\t[ext4]\n\
                    ffffffffc0001000 d a\t[ext4]\n";
        let packed = to_differences(text).unwrap();
        assert!(packed.contains("\n0 t b\tfoo\n-1000 d") || packed.contains("-1000 d a"));
        assert_eq!(from_differences(&packed).as_deref(), Some(text));
    }

    #[test]
    fn other_texts_are_refused() {
        assert_eq!(to_differences("hello\n"), None);
        assert_eq!(from_differences("no blank"), None);
    }
}
