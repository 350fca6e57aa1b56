//! The name of a module's function that perf does not find.
//!
//! perf reads a module's symbols from its file when it first looks an address of the module up. Where that file is
//! missing (on any machine but the recording one) this first look-up finds nothing, the ones after it find what
//! kallsyms says, and if no kernel function was looked up before, they find nothing either. Some texts of one and the
//! same trace were made with the files and some without, so both are right.

use std::collections::BTreeSet;

/// Whether two texts differ in nothing but names of modules' functions that perf may or may not find.
pub(super) fn differ_by_chance(perf: &[u8], ours: &[u8], module_of: impl Fn(u64) -> Option<String>) -> bool {
    let (Ok(perf), Ok(ours)) = (std::str::from_utf8(perf), std::str::from_utf8(ours)) else {
        return false;
    };
    if perf.lines().count() != ours.lines().count() {
        return false;
    }
    let mut kernel_seen = false;
    let mut modules = BTreeSet::new();
    for (perf, ours) in perf.lines().zip(ours.lines()) {
        if perf == ours {
            kernel_seen |= perf.split_whitespace().next().is_some_and(|name| name.contains('+'));
            continue;
        }
        let (Some((perf_name, perf_rest)), Some((our_name, our_rest))) =
            (perf.split_once('|'), ours.split_once('|'))
        else {
            return false;
        };
        let (address, name) = match (perf_name.trim(), our_name.trim()) {
            (address, name) | (name, address) if address.starts_with("0x") && name.contains('+') => {
                (address, name)
            }
            _ => return false,
        };
        let Some(module) = u64::from_str_radix(&address[2..], 16).ok().and_then(&module_of) else {
            return false;
        };
        let first_of_module = modules.insert(module);
        if perf_rest != our_rest || name.is_empty() || (!first_of_module && kernel_seen) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::differ_by_chance;

    fn module_of(address: u64) -> Option<String> {
        (address >= 0x1000).then(|| "ext4".to_owned())
    }

    #[test]
    fn the_first_name_of_a_module_may_be_missing() {
        let named = b" kernel+1 | 2\n ext4_readdir+a | 3\n ext4_find+c | 4\n";
        let first = b" kernel+1 | 2\n 0x100a | 3\n ext4_find+c | 4\n";
        let second = b" kernel+1 | 2\n ext4_readdir+a | 3\n 0x200c | 4\n";
        assert!(differ_by_chance(first, named, module_of));
        assert!(differ_by_chance(named, first, module_of));
        assert!(differ_by_chance(named, second, module_of));
        let both = b" kernel+1 | 2\n 0x100a | 3\n 0x200c | 4\n";
        assert!(!differ_by_chance(both, named, module_of));
    }

    #[test]
    fn nothing_else_may_differ() {
        let named = b" kernel+1 | 2\n ext4_readdir+a | 3\n";
        assert!(!differ_by_chance(b" kernel+1 | 2\n 0x100a | 4\n", named, module_of));
        assert!(!differ_by_chance(b" 0x10 | 2\n ext4_readdir+a | 3\n", named, module_of));
        assert!(!differ_by_chance(b" kernel+1 | 2\n", named, module_of));
    }
}
