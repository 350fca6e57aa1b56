//! Names for the addresses of one trace: the table's addresses brought to those of the recording.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Symbol, Symbols};
use crate::ids::Address;
use crate::sort::sorted_by_key;
use crate::trace::{Facts, KernelMap};

/// How a symbol table fits a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// The kernel lies where the table says.
    Exact,
    /// The trace does not say where its kernel lay; the table is taken as it is.
    Unchecked,
    /// The kernel lay elsewhere by this many bytes (trace − table, modulo 2⁶⁴). Functions of the kernel are found
    /// through the difference, if it is the same kernel; modules are not.
    Moved {
        /// trace − table.
        by: u64,
        /// Whether the table names modules: then it is of another boot, and a System.map otherwise.
        other_boot: bool,
    },
    /// The table lacks the symbol by which the trace says where its kernel lay, so it is of another kernel or cut.
    NoReference,
}

impl Fit {
    /// A sentence to show where the table does not simply fit.
    #[must_use]
    pub fn note(&self) -> Option<&'static str> {
        match self {
            Fit::Exact | Fit::Unchecked => None,
            Fit::Moved { other_boot: false, .. } => Some(
                "The symbol table is relocated by where the trace's kernel lay; names are right if it is the System.map of \
                 that kernel. It has no modules.",
            ),
            Fit::Moved { other_boot: true, .. } => Some(
                "The symbol table is of another boot than the trace: kernel functions are found by relocation and right only \
                 if the kernel is the same, modules are not found. Use the /proc/kallsyms of the recorded boot.",
            ),
            Fit::NoReference => Some(
                "The symbol table lacks the symbol that the trace's kernel map names, so it is of another kernel or was cut: \
                 names may be wrong. Use the whole /proc/kallsyms of the recorded boot.",
            ),
        }
    }
}

/// An address with its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolved<'a> {
    /// The function.
    pub name: &'a str,
    /// The module it is in; `None` in the kernel itself.
    pub module: Option<&'a str>,
    /// Bytes from the function's start.
    pub offset: u64,
}

/// Resolves addresses of one trace with one symbol table.
#[derive(Clone, Debug)]
pub struct Resolver<'a> {
    symbols: Option<&'a Symbols>,
    fit: Fit,
    /// Address in the trace − address in the table, for the kernel itself.
    delta: u64,
    maps: Vec<&'a KernelMap>,
    modules: Vec<Option<String>>,
}

impl<'a> Resolver<'a> {
    /// A resolver for a trace's addresses; without symbols it resolves none.
    #[must_use]
    pub fn new(symbols: Option<&'a Symbols>, facts: &'a Facts) -> Resolver<'a> {
        let fit = symbols.map_or(Fit::Unchecked, |symbols| fit(symbols, facts));
        let delta = if let Fit::Moved { by, .. } = fit { by } else { 0 };
        let maps: Vec<&KernelMap> = facts.kernel_maps.iter().collect();
        let maps = sorted_by_key(&maps, |map| map.start);
        let modules = maps.iter().map(|map| map.module_name()).collect();
        Resolver { symbols, fit, delta, maps, modules }
    }

    /// How the table fits the trace.
    #[must_use]
    pub fn fit(&self) -> Fit {
        self.fit
    }

    /// The function that an address lies in. As in perf, only addresses inside a map of the kernel or of a module have
    /// one, where the trace has such maps.
    #[must_use]
    pub fn resolve(&self, address: Address) -> Option<Resolved<'a>> {
        let symbols = self.symbols?;
        let module = match self.map_index(address.0) {
            Some(at) => self.modules.get(at)?.as_deref(),
            None if self.maps.is_empty() => {
                return resolved(symbols.find(address.0.wrapping_sub(self.delta))?, address.0, self.delta);
            }
            None => return None,
        };
        let delta = if module.is_some() { 0 } else { self.delta };
        let symbol = symbols.find(address.0.wrapping_sub(delta))?;
        if symbol.module != module {
            return None;
        }
        resolved(symbol, address.0, delta)
    }

    /// The map that an address lies in.
    #[must_use]
    pub fn map_of(&self, address: Address) -> Option<&'a KernelMap> {
        self.maps.get(self.map_index(address.0)?).copied()
    }

    /// The symbol table.
    #[must_use]
    pub fn symbols(&self) -> Option<&'a Symbols> {
        self.symbols
    }

    /// Address in the trace − address in the table, for the kernel itself.
    #[must_use]
    pub fn delta(&self) -> u64 {
        self.delta
    }

    fn map_index(&self, address: u64) -> Option<usize> {
        let index = self.maps.partition_point(|map| map.start.0 <= address).checked_sub(1)?;
        self.maps.get(index)?.contains(address).then_some(index)
    }
}

fn resolved(symbol: Symbol<'_>, address: u64, delta: u64) -> Option<Resolved<'_>> {
    let offset = address.wrapping_sub(symbol.start.wrapping_add(delta));
    Some(Resolved { name: symbol.name, module: symbol.module, offset })
}

/// The kernel's map names its reference symbol, and carries its address as page offset (perf's
/// `perf_event__synthesize_kernel_mmap`).
fn fit(symbols: &Symbols, facts: &Facts) -> Fit {
    let Some(map) = facts.kernel_map() else { return Fit::Unchecked };
    let Some(name) = map.reference_symbol() else { return Fit::Unchecked };
    let Some(address) = symbols.address_of(name) else { return Fit::NoReference };
    match map.page_offset.wrapping_sub(address) {
        0 => Fit::Exact,
        by => Fit::Moved { by, other_boot: symbols.has_modules() },
    }
}

#[cfg(test)]
mod tests {
    use super::{Fit, Resolver};
    use crate::ids::Address;
    use crate::symbols::Symbols;
    use crate::trace::{Facts, KernelMap};

    const TEXT: &str =
        "ffffffff81000000 T _text\nffffffff81000100 T kmalloc_user\nffffffff81000200 T _etext\n";

    fn facts(text_at: u64) -> Facts {
        Facts {
            kernel_maps: [KernelMap {
                start: Address(text_at),
                len: 0x200,
                page_offset: text_at,
                name: "[kernel.kallsyms]_text".into(),
            }]
            .into(),
            ..Facts::default()
        }
    }

    #[test]
    fn an_exact_table() {
        let symbols = Symbols::parse(TEXT.as_bytes()).unwrap();
        let facts = facts(0xffff_ffff_8100_0000);
        let resolver = Resolver::new(Some(&symbols), &facts);
        assert_eq!(resolver.fit(), Fit::Exact);
        let found = resolver.resolve(Address(0xffff_ffff_8100_0123)).unwrap();
        assert_eq!((found.name, found.offset), ("kmalloc_user", 0x23));
        assert_eq!(resolver.resolve(Address(0xffff_ffff_8100_0200)), None, "outside the kernel's map");
    }

    #[test]
    fn a_moved_kernel_is_followed() {
        let symbols = Symbols::parse(TEXT.as_bytes()).unwrap();
        let facts = facts(0xffff_ffff_aa60_0000);
        let resolver = Resolver::new(Some(&symbols), &facts);
        assert!(matches!(resolver.fit(), Fit::Moved { other_boot: false, .. }));
        let found = resolver.resolve(Address(0xffff_ffff_aa60_0123)).unwrap();
        assert_eq!((found.name, found.offset), ("kmalloc_user", 0x23));
    }
}
