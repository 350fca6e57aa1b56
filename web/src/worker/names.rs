//! How addresses are written in tables.

use kmem::{ids::Address, symbols::Resolver};

/// `symbol+offset [module]`, as perf writes it with the module behind; the address where there is no symbol.
pub(crate) fn call_site(resolver: &Resolver<'_>, address: Address, raw: bool) -> String {
    if raw {
        return format!("{address:#x}");
    }
    match resolver.resolve(address) {
        Some(found) => match found.module {
            Some(module) => format!("{}+{:x} [{module}]", found.name, found.offset),
            None => format!("{}+{:x}", found.name, found.offset),
        },
        None => format!("{address:#x}"),
    }
}

/// Seconds with perf's six decimals.
pub(crate) fn seconds(time: u64) -> String {
    format!("{}.{:06}", time / 1_000_000_000, time % 1_000_000_000 / 1000)
}
