//! Names of call sites, as perf finds them.
//!
//! perf reads a module's symbols when it first looks one of its addresses up, from the module's own file. Where that
//! file is missing, the first look-up finds nothing; later ones find what kallsyms says, unless no kernel address had
//! been looked up before, for then kallsyms was not read yet and the module stays without names.

use alloc::vec::Vec;

use crate::ids::Address;
use crate::query::Truth;
use crate::symbols::{Resolved, Resolver};
use crate::trace::Trace;

/// Looks call sites up in the order in which they are printed.
pub(super) struct Lookup<'a, 'r> {
    resolver: &'r Resolver<'a>,
    /// Whether perf has no module files: it then analyses what another machine recorded.
    foreign: bool,
    kernel_read: bool,
    /// Modules looked at, by the start of their map, and whether their names are found from then on.
    modules: Vec<(Address, bool)>,
}

impl<'a, 'r> Lookup<'a, 'r> {
    /// perf runs on little-endian machines far and wide, so a big-endian trace was recorded elsewhere.
    pub(super) fn new(resolver: &'r Resolver<'a>, trace: &Trace, truth: Truth) -> Self {
        let facts = trace.facts();
        Lookup {
            resolver,
            foreign: truth == Truth::Perf && facts.big_endian,
            // The handler of page allocations looks into the kernel's symbols, whatever the options.
            kernel_read: facts.samples_of("kmem:mm_page_alloc").is_some_and(|samples| samples > 0),
            modules: Vec::new(),
        }
    }

    pub(super) fn resolve(&mut self, address: Address) -> Option<Resolved<'a>> {
        let found = self.resolver.resolve(address);
        if !self.foreign {
            return found;
        }
        let map = self.resolver.map_of(address)?;
        if map.module_name().is_none() {
            self.kernel_read = true;
            return found;
        }
        match self.modules.iter().find(|(start, _)| *start == map.start) {
            Some((_, named)) => found.filter(|_| *named),
            None => {
                self.modules.push((map.start, self.kernel_read));
                None
            }
        }
    }
}
