//! Names of kernel functions: /proc/kallsyms with modules, or System.map.

mod parse;
mod resolve;

use alloc::string::String;
use alloc::vec::Vec;

pub use resolve::{Fit, Resolved, Resolver};

/// The symbols of one kernel: one text holds all names, one sorted list all addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Symbols {
    starts: Vec<u64>,
    names: Vec<Name>,
    text: String,
    modules: Vec<String>,
    /// Symbols that a trace may refer to, although another name stands for their address: name and address.
    references: Vec<(&'static str, u64)>,
}

/// Symbols by which perf says where the kernel lay when it recorded (`ref_reloc_sym_names`).
const REFERENCES: [&str; 2] = ["_text", "_stext"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Name {
    offset: u32,
    len: u16,
    /// 0 for the kernel itself, else 1 + index into the modules.
    module: u16,
}

/// Why a text gives no symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SymbolsError {
    /// Not a symbol table at all.
    #[error("line {line}: expected `ADDRESS TYPE NAME` as in /proc/kallsyms or System.map")]
    NotSymbols {
        /// Line of the text, from 1.
        line: usize,
    },
    /// All addresses are zero.
    #[error(
        "all {count} addresses are zero, because the kernel hides them from ordinary users (kptr_restrict): record it \
         as root on the traced machine, before the next reboot: sudo cat /proc/kallsyms > kallsyms"
    )]
    AllZero {
        /// Symbols in the text.
        count: usize,
    },
    /// Nothing in it.
    #[error("the symbol table is empty: record it with: sudo cat /proc/kallsyms > kallsyms")]
    Empty,
    /// More than the table can address.
    #[error("the symbol table is larger than 4 GiB")]
    TooLarge,
}

/// A symbol that an address lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol<'a> {
    /// Its name.
    pub name: &'a str,
    /// The module it is in; `None` in the kernel itself.
    pub module: Option<&'a str>,
    /// Where it starts, in the addresses of the table.
    pub start: u64,
    /// First address after it.
    pub end: u64,
}

impl Symbols {
    /// Reads /proc/kallsyms or System.map.
    ///
    /// # Errors
    /// Where the text is none of them, is empty, or hides its addresses.
    pub fn parse(text: &[u8]) -> Result<Symbols, SymbolsError> {
        parse::parse(text)
    }

    /// How many symbols there are, aliases counted once.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Whether the table names modules, as /proc/kallsyms does on most machines and System.map never.
    #[must_use]
    pub fn has_modules(&self) -> bool {
        !self.modules.is_empty()
    }

    /// The symbol that `address` lies in, by the table's own addresses.
    #[must_use]
    pub fn find(&self, address: u64) -> Option<Symbol<'_>> {
        let index = self.starts.partition_point(|&start| start <= address).checked_sub(1)?;
        let symbol = self.at(index)?;
        (address < symbol.end).then_some(symbol)
    }

    /// The address of the symbol called `name`, in the kernel itself.
    #[must_use]
    pub fn address_of(&self, name: &str) -> Option<u64> {
        if let Some(&(_, address)) = self.references.iter().find(|(known, _)| *known == name) {
            return Some(address);
        }
        let index = self.names.iter().position(|n| n.module == 0 && self.text_of(n) == name)?;
        self.starts.get(index).copied()
    }

    /// All symbols by ascending address.
    pub fn iter(&self) -> impl Iterator<Item = Symbol<'_>> {
        (0..self.starts.len()).filter_map(|index| self.at(index))
    }

    /// A symbol ends where the next one starts; the last one of a module, or of the kernel before a module, at the end
    /// of the page after its own, as in perf (`symbols__fixup_end`).
    fn at(&self, index: usize) -> Option<Symbol<'_>> {
        let start = *self.starts.get(index)?;
        let name = self.names.get(index)?;
        let next = self.starts.get(index + 1).zip(self.names.get(index + 1));
        let end = match next {
            Some((&next_start, next)) if next.module == name.module => next_start,
            Some(_) => round_to_page(start.saturating_add(4096)),
            None => round_to_page(start).saturating_add(4096),
        };
        let module = usize::from(name.module).checked_sub(1).and_then(|at| self.modules.get(at));
        Some(Symbol { name: self.text_of(name), module: module.map(String::as_str), start, end })
    }

    fn text_of(&self, name: &Name) -> &str {
        let start = name.offset as usize;
        self.text.get(start..start + usize::from(name.len)).unwrap_or_default()
    }

    /// Bytes of memory that the table holds.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.starts.capacity() * 8 + self.names.capacity() * size_of::<Name>() + self.text.capacity()
    }
}

fn round_to_page(address: u64) -> u64 {
    address.checked_add(4095).map_or(u64::MAX, |sum| sum & !4095)
}

#[cfg(test)]
mod tests {
    use super::{Symbols, SymbolsError};

    const TEXT: &str = "0000000000000000 A fixed_percpu_data\n\
        ffffffff81000000 T _stext\n\
        ffffffff81000000 T _text\n\
        ffffffff81000100 t helper\n\
        ffffffff81000200 T $x\n\
        ffffffff81000200 R table\n\
        ffffffff81000300 T last\n\
        ffffffffc0000000 t mod_b_one\t[mod_b]\n\
        ffffffffc0001000 t mod_a_one\t[mod_a]\n\
        ffffffffc0000040 t mod_b_two\t[mod_b]\n";

    #[test]
    fn finds_what_perf_finds() {
        let symbols = Symbols::parse(TEXT.as_bytes()).unwrap();
        assert!(symbols.has_modules());
        assert_eq!(symbols.find(0xffff_ffff_8100_0000).unwrap().name, "_text");
        assert_eq!(symbols.find(0xffff_ffff_8100_0250).unwrap().name, "helper");
        assert_eq!(symbols.find(0xffff_ffff_8100_1fff).unwrap().name, "last");
        assert_eq!(symbols.find(0xffff_ffff_8100_2000), None);
        let found = symbols.find(0xffff_ffff_c000_0041).unwrap();
        assert_eq!((found.name, found.module), ("mod_b_two", Some("mod_b")));
        assert_eq!(symbols.find(0xffff_ffff_c000_1fff).unwrap().module, Some("mod_a"));
        assert_eq!(symbols.find(0x1000), None);
        assert_eq!(symbols.address_of("_stext"), symbols.address_of("_text"));
        assert_eq!(symbols.address_of("_text"), Some(0xffff_ffff_8100_0000));
    }

    #[test]
    fn hidden_addresses_are_told() {
        let zeros = "0000000000000000 T _stext\n0000000000000000 T _text\n";
        assert_eq!(Symbols::parse(zeros.as_bytes()), Err(SymbolsError::AllZero { count: 2 }));
        assert_eq!(Symbols::parse(b""), Err(SymbolsError::Empty));
        assert_eq!(Symbols::parse(b"hello\n"), Err(SymbolsError::NotSymbols { line: 1 }));
        assert_eq!(
            Symbols::parse(b"ffffffff81000000 T a\n\xff\xd8\xff\n"),
            Err(SymbolsError::NotSymbols { line: 2 })
        );
    }
}
