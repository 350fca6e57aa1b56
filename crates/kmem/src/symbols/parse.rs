//! The lines of /proc/kallsyms and System.map: `ADDRESS TYPE NAME`, and `[MODULE]` after a tab.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Name, REFERENCES, Symbols, SymbolsError};

struct Line<'a> {
    address: u64,
    kind: u8,
    name: &'a str,
    module: Option<&'a str>,
}

#[derive(Clone, Copy)]
struct Entry {
    start: u64,
    name: Name,
}

pub(super) fn parse(bytes: &[u8]) -> Result<Symbols, SymbolsError> {
    let mut entries: Vec<Entry> = Vec::with_capacity(bytes.len() / 48);
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut modules: Vec<String> = Vec::new();
    let mut references = Vec::new();
    let mut all_zero = true;
    let mut lines = 0usize;
    let mut number = 0usize;
    let mut rest = bytes;
    while !rest.is_empty() {
        number += 1;
        let (line, after) = match rest.iter().position(|&b| b == b'\n') {
            Some(end) => (rest.get(..end).unwrap_or_default(), rest.get(end + 1..).unwrap_or_default()),
            None => (rest, &[][..]),
        };
        rest = after;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            continue;
        }
        let line = split(line).ok_or(SymbolsError::NotSymbols { line: number })?;
        lines += 1;
        all_zero &= line.address == 0;
        if line.name.starts_with('_')
            && let Some(name) = REFERENCES.iter().find(|name| **name == line.name)
        {
            references.push((*name, line.address));
        }
        if !is_listed(line.kind) || line.name.starts_with('$') {
            continue;
        }
        let offset = u32::try_from(text.len()).map_err(|_| SymbolsError::TooLarge)?;
        let Ok(len) = u16::try_from(line.name.len()) else { continue };
        let module = match line.module {
            None => 0,
            Some(module) => module_number(&mut modules, module).ok_or(SymbolsError::TooLarge)?,
        };
        text.push_str(line.name);
        entries.push(Entry { start: line.address, name: Name { offset, len, module } });
    }
    if lines == 0 {
        return Err(SymbolsError::Empty);
    }
    if all_zero {
        return Err(SymbolsError::AllZero { count: lines });
    }
    entries.sort_by_key(|entry| entry.start);
    let mut kept: Vec<Entry> = Vec::with_capacity(entries.len());
    for entry in entries {
        match kept.last_mut() {
            Some(last) if last.start == entry.start => {
                // Of several names for one address perf keeps the last: when it chooses, only that one has a length yet
                // (`symbols__fixup_end` runs before `symbols__fixup_duplicate`).
                *last = entry;
            }
            _ => kept.push(entry),
        }
    }
    let starts = kept.iter().map(|entry| entry.start).collect();
    let names = kept.iter().map(|entry| entry.name).collect();
    Ok(Symbols { starts, names, text, modules, references })
}

/// Modules come in long runs, so the last one is asked first.
fn module_number(modules: &mut Vec<String>, module: &str) -> Option<u16> {
    if modules.last().is_none_or(|last| last != module) {
        if let Some(at) = modules.iter().position(|known| known == module) {
            return u16::try_from(at + 1).ok();
        }
        modules.push(module.to_string());
    }
    u16::try_from(modules.len()).ok()
}

fn split(line: &[u8]) -> Option<Line<'_>> {
    let mut address = 0u64;
    let mut digits = 0usize;
    for &byte in line {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            b' ' => break,
            _ => return None,
        };
        address = address << 4 | u64::from(digit);
        digits += 1;
    }
    if digits == 0 || digits > 16 {
        return None;
    }
    let [b' ', kind, b' ', name @ ..] = line.get(digits..)? else { return None };
    if !kind.is_ascii_graphic() {
        return None;
    }
    let name = core::str::from_utf8(name).ok()?;
    let (name, module) = match name.split_once('\t') {
        Some((name, module)) => (name, Some(module.trim().trim_start_matches('[').trim_end_matches(']'))),
        None => (name, None),
    };
    (!name.is_empty()).then_some(Line { address, kind: *kind, name, module })
}

/// perf keeps text, weak, data and bss symbols, and leaves out read-only data and absolute ones.
fn is_listed(kind: u8) -> bool {
    matches!(kind.to_ascii_uppercase(), b'T' | b'W' | b'D' | b'B')
}
