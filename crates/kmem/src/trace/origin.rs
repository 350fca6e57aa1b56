//! What many events share: where in the kernel they come from, and what was asked for there.
//!
//! A place in the kernel asks for the same thing again and again: the four million events of a recording have some
//! hundred origins, so that an event needs no more than the index of one.

use alloc::vec;
use alloc::vec::Vec;

use crate::events::Payload;
use crate::ids::{CacheId, CallSiteId, ClassId, Node, OriginId};
use crate::trace::{Class, ClassInterner, EventKind, Interner, Strings};

/// What an event shares with all others of its origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The event's own call site; of a page event the address at which it was sampled.
    pub call_site: CallSiteId,
    /// Which tracepoint, gfp flags, node, cache, order, migrate type.
    pub class: ClassId,
    /// Bytes requested, of slab allocations.
    pub requested: u64,
    /// Bytes allocated, of slab allocations.
    pub allocated: u64,
}

/// An origin as the payload of a sample has it, but for the cache's name: call_site, bytes_req, bytes_alloc, gfp_flags;
/// node and order; migrate type, tracepoint, and whether there is a node. In words, as they are compared for each event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key([u64; 6]);

impl Key {
    #[inline]
    fn new(kind: EventKind, payload: &Payload<'_>, call_site: u64) -> Key {
        let place = u64::from(payload.node.unwrap_or(0) as u32) | u64::from(payload.order) << 32;
        let what = u64::from(payload.migrate_type as u32)
            | (kind as u64) << 32
            | u64::from(payload.node.is_some()) << 40;
        Key([call_site, payload.requested, payload.allocated, payload.gfp, place, what])
    }

    #[inline]
    fn hash(&self) -> u64 {
        let [call_site, requested, allocated, gfp, place, what] = self.0;
        let mixed = call_site
            ^ requested.rotate_left(32)
            ^ allocated.rotate_left(19)
            ^ gfp.rotate_left(45)
            ^ place.rotate_left(11)
            ^ what.rotate_left(27);
        (mixed ^ mixed >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    #[inline]
    fn is(&self, other: &Key) -> bool {
        self.0.iter().zip(&other.0).fold(0, |bits, (a, b)| bits | (a ^ b)) == 0
    }
}

const EMPTY: u32 = u32::MAX;
/// Mostly empty, since a look-up that does not hit at once costs more than all else of it; what is not touched costs nothing.
const BITS: u32 = 13;

/// Interns origins: open addressing, at most a quarter of the slots taken.
#[derive(Clone, Debug)]
pub(crate) struct Origins {
    slots: Vec<u32>,
    shift: u32,
    keys: Vec<(Key, Option<CacheId>)>,
    origins: Vec<Origin>,
}

impl Default for Origins {
    fn default() -> Self {
        Origins { slots: vec![EMPTY; 1 << BITS], shift: 64 - BITS, keys: Vec::new(), origins: Vec::new() }
    }
}

/// The tables that an origin points into.
pub(crate) struct Tables<'a> {
    pub(crate) call_sites: &'a mut Interner,
    pub(crate) classes: &'a mut ClassInterner,
    pub(crate) caches: &'a mut Strings,
}

impl Origins {
    pub(crate) fn all(&self) -> &[Origin] {
        &self.origins
    }

    /// The origin of a payload; `call_site` is where the event was sampled if the payload does not say more.
    #[inline(always)]
    pub(crate) fn intern(
        &mut self,
        kind: EventKind,
        payload: &Payload<'_>,
        call_site: u64,
        tables: Tables<'_>,
    ) -> OriginId {
        let key = Key::new(kind, payload, call_site);
        let mask = self.slots.len() - 1;
        let mut at = (key.hash() >> self.shift) as usize & mask;
        while let Some(&id) = self.slots.get(at)
            && let Some((known, cache)) = self.keys.get(id as usize)
        {
            if known.is(&key) && same_cache(*cache, payload.cache, tables.caches) {
                return OriginId(id);
            }
            at = (at + 1) & mask;
        }
        self.add(at, kind, key, payload, tables)
    }

    #[cold]
    fn add(
        &mut self,
        at: usize,
        kind: EventKind,
        key: Key,
        payload: &Payload<'_>,
        tables: Tables<'_>,
    ) -> OriginId {
        let cache = payload.cache.map(|name| CacheId(tables.caches.intern(name)));
        let class = Class {
            kind,
            gfp: payload.gfp,
            node: payload.node.map(Node),
            cache,
            order: payload.order,
            migrate_type: payload.migrate_type,
        };
        let [call_site, ..] = key.0;
        let id = self.origins.len() as u32;
        self.origins.push(Origin {
            call_site: CallSiteId(tables.call_sites.intern(call_site)),
            class: tables.classes.intern(class),
            requested: payload.requested,
            allocated: payload.allocated,
        });
        self.keys.push((key, cache));
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = id;
        }
        if self.keys.len() * 4 > self.slots.len() {
            self.grow();
        }
        OriginId(id)
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        self.shift -= 1;
        self.slots.clear();
        self.slots.resize(mask + 1, EMPTY);
        for ((key, _), id) in self.keys.iter().zip(0..) {
            let mut at = (key.hash() >> self.shift) as usize & mask;
            while let Some(slot) = self.slots.get_mut(at) {
                if *slot == EMPTY {
                    *slot = id;
                    break;
                }
                at = (at + 1) & mask;
            }
        }
    }

    /// Bytes of memory that the origins hold.
    pub(crate) fn memory(&self) -> usize {
        self.slots.capacity() * size_of::<u32>()
            + self.keys.capacity() * size_of::<(Key, Option<CacheId>)>()
            + self.origins.capacity() * size_of::<Origin>()
    }
}

/// Whether the cache of an origin has this name.
#[inline]
fn same_cache(cache: Option<CacheId>, name: Option<&[u8]>, caches: &Strings) -> bool {
    match (cache, name) {
        (None, None) => true,
        (Some(cache), Some(name)) => caches.is(cache.0, name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Origins, Tables};
    use crate::events::Payload;
    use crate::ids::OriginId;
    use crate::trace::{ClassInterner, EventKind, Interner, Strings};

    #[test]
    fn origins_differ_in_every_part() {
        let mut origins = Origins::default();
        let (mut call_sites, mut classes, mut caches) =
            (Interner::new(), ClassInterner::default(), Strings::default());
        let mut intern = |kind, payload: &Payload<'_>, site| {
            let (call_sites, classes, caches) = (&mut call_sites, &mut classes, &mut caches);
            origins.intern(kind, payload, site, Tables { call_sites, classes, caches })
        };
        let plain = Payload { requested: 5, allocated: 8, gfp: 1, node: Some(-1), ..Payload::default() };
        let all = [
            (EventKind::Kmalloc, plain, 7),
            (EventKind::KmemCacheAlloc, plain, 7),
            (EventKind::Kmalloc, plain, 8),
            (EventKind::Kmalloc, Payload { requested: 6, ..plain }, 7),
            (EventKind::Kmalloc, Payload { allocated: 16, ..plain }, 7),
            (EventKind::Kmalloc, Payload { gfp: 2, ..plain }, 7),
            (EventKind::Kmalloc, Payload { node: None, ..plain }, 7),
            (EventKind::Kmalloc, Payload { node: Some(0), ..plain }, 7),
            (EventKind::Kmalloc, Payload { order: 1, ..plain }, 7),
            (EventKind::Kmalloc, Payload { migrate_type: 1, ..plain }, 7),
            (EventKind::Kmalloc, Payload { cache: Some(b"a"), ..plain }, 7),
            (EventKind::Kmalloc, Payload { cache: Some(b"ab"), ..plain }, 7),
            (EventKind::Kmalloc, Payload { cache: Some(b""), ..plain }, 7),
        ];
        for _ in 0..2 {
            for ((kind, payload, site), id) in all.iter().zip(0..) {
                assert_eq!(intern(*kind, payload, *site), OriginId(id), "{payload:?}");
            }
        }
        for i in 0..5000 {
            let payload = Payload { requested: 1000 + i, ..plain };
            assert_eq!(intern(EventKind::Kmalloc, &payload, 7), OriginId(all.len() as u32 + i as u32));
        }
        assert_eq!(intern(all[11].0, &all[11].1, all[11].2), OriginId(11));
        let origin = origins.all()[4];
        assert_eq!((origin.requested, origin.allocated), (5, 16));
        assert_eq!(origin.call_site, origins.all()[0].call_site);
    }
}
