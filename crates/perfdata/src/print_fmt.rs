//! Flag tables out of an event's print format: `__print_flags(REC->gfp_flags, "|", {0x400u, "__GFP_…"}, …)`.
//!
//! Values are C constant expressions: casts, parentheses, `|`, `<<`, `&`, `~`, `+`, `-`, in decimal, hexadecimal or octal
//! with suffixes, as kernels 2.6.33 to 7.x print them. What can't be evaluated (an enum's name on a kernel without
//! `TRACE_DEFINE_ENUM`) leaves its row out.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::fmt::Write as _;

/// One row: these bits have this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// All of the bits.
    pub bits: u64,
    /// The name; several joined by `|` stay one.
    pub name: String,
}

/// The table of the first `__print_flags` whose value mentions `REC->field`; empty where there is none.
pub fn flags(print_fmt: &str, field: &str) -> Vec<Flag> {
    let mut rest = print_fmt;
    while let Some(at) = rest.find("__print_flags") {
        rest = &rest[at + "__print_flags".len()..];
        let Some(open) = rest.find('(') else { break };
        let call = &rest[open + 1..];
        let Some((value, after)) = argument(call) else { break };
        let named = value.find("REC->").map(|at| &value[at + 5..]).is_some_and(|tail| {
            tail.strip_prefix(field)
                .is_some_and(|t| !t.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
        });
        if named && let Some((_, rows)) = argument(after) {
            return table(rows);
        }
    }
    Vec::new()
}

/// A value as libtraceevent's `print_flags` writes it: names in table order joined by `delimiter`, what is left in
/// hexadecimal; nothing for 0. libtraceevent takes the bits for a signed number and passes over rows that aren't
/// positive, but for a value that has nothing left it writes the first negative row's name.
pub fn write(flags: &[Flag], mut value: u64, delimiter: &str) -> String {
    let mut out = String::new();
    for flag in flags {
        let bits = flag.bits as i64;
        if value == 0 && bits < 0 {
            out.push_str(&flag.name);
            break;
        }
        if bits > 0 && value & flag.bits == flag.bits {
            if !out.is_empty() {
                out.push_str(delimiter);
            }
            out.push_str(&flag.name);
            value &= !flag.bits;
        }
    }
    if value != 0 {
        if !out.is_empty() {
            out.push_str(delimiter);
        }
        // Writing to a String can't fail.
        let _ = write!(out, "{value:#x}");
    }
    out
}

/// Splits at the first comma outside parentheses, braces and quotes.
fn argument(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0u32;
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'(' | b'{' => depth += 1,
            b')' | b'}' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => return Some((&text[..at], &text[at + 1..])),
            _ => {}
        }
    }
    None
}

/// Rows `{ value, "name" }` up to the call's closing parenthesis.
fn table(mut text: &str) -> Vec<Flag> {
    let mut rows = Vec::new();
    loop {
        text = text.trim_start_matches([' ', '\t', ',']);
        let Some(inner) = text.strip_prefix('{') else { return rows };
        let Some((value, after)) = argument(inner) else { return rows };
        // The row that ends a kernel's table has no name: `{ 0, ((void *)0) }`.
        let Some(name) = after.trim_start().strip_prefix('"') else { return rows };
        let Some((name, behind)) = name.split_once('"') else { return rows };
        let Some(end) = behind.find('}') else { return rows };
        if let Some(bits) = evaluate(value) {
            rows.push(Flag { bits, name: name.to_string() });
        }
        text = &behind[end + 1..];
    }
}

/// The value of a C constant expression.
fn evaluate(text: &str) -> Option<u64> {
    let mut parser = Expression { bytes: text.as_bytes(), at: 0, depth: 0 };
    let value = parser.or()?;
    parser.space();
    (parser.at == parser.bytes.len()).then_some(value)
}

/// Deeper nesting than any kernel prints is refused, so that no text can exhaust the stack.
const DEPTH_LIMIT: u32 = 64;

struct Expression<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: u32,
}

impl Expression<'_> {
    fn space(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn eat(&mut self, token: &[u8]) -> bool {
        self.space();
        let found = self.bytes[self.at..].starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn or(&mut self) -> Option<u64> {
        let mut value = self.and()?;
        while self.eat(b"|") {
            value |= self.and()?;
        }
        Some(value)
    }

    fn and(&mut self) -> Option<u64> {
        let mut value = self.shift()?;
        while self.eat(b"&") {
            value &= self.shift()?;
        }
        Some(value)
    }

    fn shift(&mut self) -> Option<u64> {
        let mut value = self.sum()?;
        loop {
            if self.eat(b"<<") {
                value = value.checked_shl(u32::try_from(self.sum()?).ok()?)?;
            } else if self.eat(b">>") {
                value = value.checked_shr(u32::try_from(self.sum()?).ok()?)?;
            } else {
                return Some(value);
            }
        }
    }

    fn sum(&mut self) -> Option<u64> {
        let mut value = self.unary()?;
        loop {
            if self.eat(b"+") {
                value = value.wrapping_add(self.unary()?);
            } else if self.eat(b"-") {
                value = value.wrapping_sub(self.unary()?);
            } else {
                return Some(value);
            }
        }
    }

    fn unary(&mut self) -> Option<u64> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return None;
        }
        let value = self.primary();
        self.depth -= 1;
        value
    }

    fn primary(&mut self) -> Option<u64> {
        if self.eat(b"~") {
            return self.unary().map(|value| !value);
        }
        if self.eat(b"(") {
            self.space();
            if self.peek()?.is_ascii_alphabetic() || self.peek()? == b'_' {
                let close = self.bytes[self.at..].iter().position(|&b| b == b')')?;
                self.at += close + 1;
                return self.unary();
            }
            let value = self.or()?;
            return self.eat(b")").then_some(value);
        }
        self.number()
    }

    fn number(&mut self) -> Option<u64> {
        self.space();
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_alphanumeric()) {
            self.at += 1;
        }
        let word = core::str::from_utf8(&self.bytes[start..self.at]).ok()?;
        let word = word.trim_end_matches(['u', 'U', 'l', 'L']);
        match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
            Some(hex) => u64::from_str_radix(hex, 16).ok(),
            None if word.len() > 1 && word.starts_with('0') => u64::from_str_radix(&word[1..], 8).ok(),
            None => word.parse().ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINT: &str = r#""page=%p order=%d gfp_flags=%s", REC->pfn, REC->order, (REC->gfp_flags) ? __print_flags(REC->gfp_flags, "|", {(unsigned long)((((((( gfp_t)(0x400u|0x800u)) | (( gfp_t)0x40u)) | (( gfp_t)0x80u)) | (( gfp_t)0x100000u)) | (( gfp_t)0x02u))), "GFP_HIGHUSER"}, {( unsigned long)(( gfp_t)((((1UL))) << (5))), "GFP_ATOMIC"}, {0x100, "__GFP_ZERO"}, {GFP_UNKNOWN_BIT, "x"} ) : "none""#;

    #[test]
    fn evaluates_what_kernels_print() {
        let flags = flags(PRINT, "gfp_flags");
        let rows: Vec<_> = flags.iter().map(|flag| (flag.bits, flag.name.as_str())).collect();
        assert_eq!(rows, [(0x100cc2, "GFP_HIGHUSER"), (0x20, "GFP_ATOMIC"), (0x100, "__GFP_ZERO")]);
        assert_eq!(write(&flags, 0x100dc2, "|"), "GFP_HIGHUSER|__GFP_ZERO");
        assert_eq!(write(&flags, 0x21, "|"), "GFP_ATOMIC|0x1");
        assert_eq!(write(&flags, 0, "|"), "");
    }

    #[test]
    fn the_last_row_of_a_table_has_no_name() {
        let print = r#""%s", __print_flags(REC->gfp_flags, "|", {( unsigned long)(((( gfp_t)(((((1UL))) << (10))|((((1UL))) << (11)))) | (( gfp_t)((((1UL))) << (6)))) & ~(( gfp_t)((((1UL))) << (10)))), "GFP_X"}, { 0, ((void *)0) } ), (REC->a) ? "{true}" : "{false}""#;
        let rows: Vec<_> = flags(print, "gfp_flags").into_iter().map(|flag| (flag.bits, flag.name)).collect();
        assert_eq!(rows, [(0x840, "GFP_X".to_string())]);
        assert_eq!(flags(print, "gfp"), []);
        assert_eq!(flags("__print_flags(REC->gfp_flags", "gfp_flags"), []);
        assert_eq!(flags("__print_flags(REC->gfp_flags, \"|\", {1, \"a", "gfp_flags"), []);
    }

    #[test]
    fn rows_that_are_not_positive_are_written_as_libtraceevent_does() {
        let row = |bits, name: &str| Flag { bits, name: name.to_string() };
        let flags = [row(0, "none"), row(4, "four"), row(1 << 63, "top"), row(1, "one")];
        assert_eq!(write(&flags, 0, "|"), "top");
        assert_eq!(write(&flags, 5, "|"), "four|one");
        assert_eq!(write(&flags, 4, "|"), "fourtop");
        assert_eq!(write(&flags, 1 << 63, "|"), "0x8000000000000000");
    }

    #[test]
    fn nesting_without_end_is_refused() {
        let mut deep = "(".repeat(100_000);
        deep.push('1');
        assert_eq!(evaluate(&deep), None);
        assert_eq!(evaluate(&"~".repeat(100_000)), None);
    }
}
