//! What an event shares with many others.

use alloc::vec::Vec;

use hashbrown::HashMap;

use crate::ids::{CacheId, ClassId, Node};
use crate::trace::EventKind;

/// The part of an event that has few distinct values in a trace; it is stored once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Class {
    /// Which tracepoint.
    pub kind: EventKind,
    /// gfp flags as the kernel wrote them; 0 where the event has none.
    pub gfp: u64,
    /// The node asked for, where the event has that field.
    pub node: Option<Node>,
    /// The kmem_cache, where the event names it.
    pub cache: Option<CacheId>,
    /// Of page events: the block is 2^order pages.
    pub order: u32,
    /// Of page allocations: the migrate type, in the kernel's numbering.
    pub migrate_type: i32,
}

impl Class {
    /// A class that says nothing but the tracepoint.
    #[must_use]
    pub const fn of(kind: EventKind) -> Class {
        Class { kind, gfp: 0, node: None, cache: None, order: 0, migrate_type: 0 }
    }

    fn mix(&self) -> u64 {
        let mut hash = self.gfp ^ (self.kind as u64) << 56;
        hash ^= (self.node.map_or(0x5555, |node| node.0 as u64)).rotate_left(32);
        hash ^= self.cache.map_or(0, |cache| u64::from(cache.0) + 1).rotate_left(17);
        hash ^= u64::from(self.order) << 48 ^ (self.migrate_type as u64).rotate_left(40);
        hash.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

const RECENT: usize = 256;

/// Interns classes; the ones in use are found without hashing through a small table of recent ones.
#[derive(Clone, Debug)]
pub(crate) struct ClassInterner {
    recent: Vec<Option<(Class, ClassId)>>,
    index: HashMap<Class, ClassId>,
    classes: Vec<Class>,
}

impl Default for ClassInterner {
    fn default() -> Self {
        ClassInterner { recent: alloc::vec![None; RECENT], index: HashMap::new(), classes: Vec::new() }
    }
}

impl ClassInterner {
    pub(crate) fn classes(&self) -> &[Class] {
        &self.classes
    }

    pub(crate) fn intern(&mut self, class: Class) -> ClassId {
        let slot = (class.mix() >> 56) as usize & (RECENT - 1);
        if let Some(Some((known, id))) = self.recent.get(slot)
            && *known == class
        {
            return *id;
        }
        let classes = &mut self.classes;
        let id = *self.index.entry(class).or_insert_with(|| {
            classes.push(class);
            ClassId((classes.len() - 1) as u32)
        });
        if let Some(entry) = self.recent.get_mut(slot) {
            *entry = Some((class, id));
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, ClassInterner};
    use crate::ids::{ClassId, Node};
    use crate::trace::EventKind;

    #[test]
    fn equal_classes_share_an_id() {
        let mut interner = ClassInterner::default();
        let a = Class { gfp: 0xcc0, node: Some(Node(-1)), ..Class::of(EventKind::Kmalloc) };
        let b = Class { node: None, ..a };
        assert_eq!(interner.intern(a), ClassId(0));
        assert_eq!(interner.intern(b), ClassId(1));
        assert_eq!(interner.intern(a), ClassId(0));
        for gfp in 0..2000 {
            interner.intern(Class { gfp, ..a });
        }
        assert_eq!(interner.intern(b), ClassId(1));
        assert_eq!(interner.classes().len(), 2002);
    }
}
