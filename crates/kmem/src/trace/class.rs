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
}

/// Interns classes.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClassInterner {
    index: HashMap<Class, ClassId>,
    classes: Vec<Class>,
}

impl ClassInterner {
    pub(crate) fn classes(&self) -> &[Class] {
        &self.classes
    }

    pub(crate) fn intern(&mut self, class: Class) -> ClassId {
        let classes = &mut self.classes;
        *self.index.entry(class).or_insert_with(|| {
            classes.push(class);
            ClassId((classes.len() - 1) as u32)
        })
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
