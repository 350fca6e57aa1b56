//! Event formats for a file that has lost its own: they stand at the end of a perf.data, so a cut one has none.
//!
//! Every event's payloads are looked at: where a kernel's call site, a ptr, sizes, a page frame number and an order can
//! be in all of them, as the formats of Linux 5 to 7 on 64-bit machines have them. What remains open, such as which of two
//! allocations is kmalloc, follows from the order in which `perf kmem record` asks for its events.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use perfdata::tracing::{Field, FieldKind};
use perfdata::{Endian, EventFormat, Metadata, TracingData};

use super::KernelMap;

/// Samples of an event that are looked at.
const LOOKED_AT: usize = 2000;
/// Of ten samples so many must fit a shape.
const OF_TEN: usize = 9;
/// The largest slab object, of any kernel.
const MAX_OBJECT: u64 = 1 << 30;
/// More nodes than any machine has.
const MAX_NODES: u32 = 1024;
/// The page frame number of a failed allocation.
const NO_PAGE: u64 = u64::MAX;

/// A shape of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// call_site, ptr, bytes_req, bytes_alloc, then gfp_flags and node at these places.
    Alloc { name: bool, gfp_size: u32, node: bool },
    /// call_site, ptr, and the cache's name where `name`.
    Free { name: bool },
    /// pfn, order, then gfp_flags of this size and migratetype.
    PageAlloc { gfp_size: u32 },
    /// pfn, order.
    PageFree,
}

/// Looks at the payloads of a trace without formats. A payload's length counts: the kernel rounds it, with the 32-bit
/// length before it, up to 8 bytes, after the compiler has rounded its structure up.
#[derive(Debug, Default)]
pub(super) struct Salvage {
    events: Vec<Vec<Vec<u8>>>,
}

struct Payload<'a> {
    raw: &'a [u8],
    endian: Endian,
}

impl Payload<'_> {
    fn u64(&self, at: usize) -> Option<u64> {
        Some(self.endian.u64(*self.raw.get(at..)?.first_chunk()?))
    }

    fn u32(&self, at: usize) -> Option<u32> {
        Some(self.endian.u32(*self.raw.get(at..)?.first_chunk()?))
    }

    /// A `__data_loc` word whose text lies behind it in the payload.
    fn is_text(&self, at: usize) -> bool {
        let Some(word) = self.u32(at) else { return false };
        let (offset, len) = ((word & 0xffff) as usize, (word >> 16) as usize);
        offset >= at + 4
            && len > 0
            && len < 256
            && self.raw.get(offset..offset + len).is_some_and(|t| t.ends_with(&[0]))
    }
}

impl Salvage {
    /// Keeps a payload to look at.
    pub(super) fn see(&mut self, event: u32, raw: &[u8]) {
        let event = event as usize;
        if self.events.len() <= event {
            self.events.resize(event + 1, Vec::new());
        }
        if let Some(seen) = self.events.get_mut(event)
            && seen.len() < LOOKED_AT
        {
            seen.push(raw.to_vec());
        }
    }

    /// The formats that the payloads seem to have; `None` where no event has a known shape.
    pub(super) fn infer(&self, meta: &Metadata, maps: &[KernelMap]) -> Option<TracingData> {
        let mut shapes: Vec<(usize, Shape)> = Vec::new();
        for (index, seen) in self.events.iter().enumerate() {
            let is_tracepoint = meta.events.get(index).is_some_and(|event| event.attr.is_tracepoint());
            if is_tracepoint && let Some(shape) = shape(seen, meta.endian, maps) {
                shapes.push((index, shape));
            }
        }
        let mut taken: Vec<&str> = Vec::new();
        let mut formats = Vec::new();
        for &(index, shape) in &shapes {
            let seen = self.events.get(index).map_or(&[][..], Vec::as_slice);
            let Some(name) = names(shape, seen, meta.endian).into_iter().find(|name| !taken.contains(name))
            else {
                continue;
            };
            taken.push(name);
            let id = meta.events.get(index).map_or(0, |event| event.attr.config as u32);
            formats.push(format(id, name, shape));
        }
        (!formats.is_empty()).then_some(TracingData {
            endian: meta.endian,
            long_size: 8,
            page_size: 4096,
            formats,
            ..TracingData::default()
        })
    }
}

fn shape(seen: &[Vec<u8>], endian: Endian, maps: &[KernelMap]) -> Option<Shape> {
    let payloads = || seen.iter().map(|raw| Payload { raw, endian });
    let fits = |test: &dyn Fn(&Payload<'_>) -> bool| {
        !seen.is_empty() && payloads().filter(test).count() * 10 >= seen.len() * OF_TEN
    };
    let is_code = |address: u64| {
        maps.iter().any(|map| map.contains(address))
            || maps.is_empty() && address >> 63 == 1 && address != NO_PAGE
    };
    let sizes = |payload: &Payload<'_>, at: usize| {
        let (Some(requested), Some(allocated)) = (payload.u64(at), payload.u64(at + 8)) else { return false };
        requested <= allocated && allocated <= MAX_OBJECT && payload.u32(at + 16).is_some()
    };
    let has_site = |payload: &Payload<'_>| payload.u64(8).is_some_and(is_code) && payload.u64(16).is_some();
    if fits(&|payload| has_site(payload) && payload.is_text(24) && sizes(payload, 32)) {
        return Some(Shape::Alloc { name: true, gfp_size: 8, node: true });
    }
    if fits(&|payload| has_site(payload) && sizes(payload, 24)) {
        // gfp_flags has 64 bits since 6.1, with node behind; before, 32 bits, with node behind in the *_node events.
        let nodes = || payloads().filter_map(|payload| payload.u32(44));
        let is_node =
            nodes().all(|node| node == u32::MAX || node < MAX_NODES) && nodes().any(|node| node != 0);
        return Some(match seen.iter().map(Vec::len).min().unwrap_or(0) {
            60.. => Shape::Alloc { name: false, gfp_size: 8, node: true },
            _ => Shape::Alloc { name: false, gfp_size: 4, node: is_node },
        });
    }
    if fits(&|payload| has_site(payload)) {
        return Some(Shape::Free { name: fits(&|payload| payload.is_text(24)) });
    }
    let is_page = |payload: &Payload<'_>| {
        payload.u64(8).is_some_and(|pfn| pfn < 1 << 52 || pfn == NO_PAGE)
            && payload.u32(16).is_some_and(|order| order <= 20)
    };
    let migrates =
        |payload: &Payload<'_>, at: usize| payload.u32(at).is_some_and(|migrate_type| migrate_type <= 8);
    if fits(&|payload| is_page(payload) && payload.raw.len() >= 44 && migrates(payload, 32)) {
        return Some(Shape::PageAlloc { gfp_size: 8 });
    }
    if fits(&|payload| is_page(payload) && payload.raw.len() >= 36 && migrates(payload, 24)) {
        return Some(Shape::PageAlloc { gfp_size: 4 });
    }
    fits(&is_page).then_some(Shape::PageFree)
}

/// The names that an event of a shape may have, the likelier first.
fn names(shape: Shape, seen: &[Vec<u8>], endian: Endian) -> Vec<&'static str> {
    match shape {
        Shape::Alloc { name: true, .. } => ["kmem_cache_alloc"].into(),
        Shape::Alloc { node: true, gfp_size: 4, .. } => ["kmalloc_node", "kmem_cache_alloc_node"].into(),
        Shape::Alloc { .. } => {
            let classes = seen.iter().all(|raw| {
                let size = Payload { raw, endian }.u64(32).unwrap_or(0);
                size.is_power_of_two() || matches!(size, 0 | 96 | 192) || size.is_multiple_of(4096)
            });
            if classes { ["kmalloc", "kmem_cache_alloc"].into() } else { ["kmem_cache_alloc"].into() }
        }
        Shape::Free { name: true } => ["kmem_cache_free"].into(),
        Shape::Free { name: false } => ["kfree", "kmem_cache_free"].into(),
        Shape::PageAlloc { .. } => ["mm_page_alloc"].into(),
        Shape::PageFree => ["mm_page_free"].into(),
    }
}

fn format(id: u32, name: &str, shape: Shape) -> EventFormat {
    let mut fields = Vec::new();
    let mut add = |name: &str, offset: u32, size: u32, signed: bool, kind: FieldKind| {
        fields.push(Field { name: name.to_string(), type_name: String::new(), offset, size, signed, kind });
    };
    match shape {
        Shape::Alloc { name, gfp_size, node } => {
            let sizes = if name { 32 } else { 24 };
            add("call_site", 8, 8, false, FieldKind::Plain);
            add("ptr", 16, 8, false, FieldKind::Plain);
            if name {
                add("name", 24, 4, false, FieldKind::DataLoc);
            }
            add("bytes_req", sizes, 8, false, FieldKind::Plain);
            add("bytes_alloc", sizes + 8, 8, false, FieldKind::Plain);
            add("gfp_flags", sizes + 16, gfp_size, false, FieldKind::Plain);
            if node {
                add("node", sizes + 16 + gfp_size, 4, true, FieldKind::Plain);
            }
        }
        Shape::Free { name } => {
            add("call_site", 8, 8, false, FieldKind::Plain);
            add("ptr", 16, 8, false, FieldKind::Plain);
            if name {
                add("name", 24, 4, false, FieldKind::DataLoc);
            }
        }
        Shape::PageAlloc { gfp_size } => {
            let gfp = if gfp_size == 8 { 24 } else { 20 };
            add("pfn", 8, 8, false, FieldKind::Plain);
            add("order", 16, 4, false, FieldKind::Plain);
            add("gfp_flags", gfp, gfp_size, false, FieldKind::Plain);
            add("migratetype", gfp + gfp_size, 4, true, FieldKind::Plain);
        }
        Shape::PageFree => {
            add("pfn", 8, 8, false, FieldKind::Plain);
            add("order", 16, 4, false, FieldKind::Plain);
        }
    }
    EventFormat { id, system: "kmem".to_string(), name: name.to_string(), fields, print_fmt: String::new() }
}

#[cfg(test)]
mod tests {
    use super::{Shape, shape};
    use crate::ids::Address;
    use crate::trace::KernelMap;
    use alloc::vec;
    use alloc::vec::Vec;
    use perfdata::Endian;

    const CODE: u64 = 0xffff_ffff_8110_0000;
    const PTR: u64 = 0xffff_8880_0123_4500;

    fn payload(words: &[u64], len: usize) -> Vec<u8> {
        let mut raw = vec![0; 8];
        raw.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        raw.resize(len, 0);
        raw
    }

    fn told(raw: Vec<u8>) -> Option<Shape> {
        let map = KernelMap {
            start: Address(0xffff_ffff_8100_0000),
            len: 0x100_0000,
            page_offset: 0,
            name: "[kernel.kallsyms]_text".into(),
        };
        shape(&vec![raw; 10], Endian::Little, &[map])
    }

    #[test]
    fn shapes_of_every_era() {
        let new = Shape::Alloc { name: false, gfp_size: 8, node: true };
        assert_eq!(told(payload(&[CODE, PTR, 100, 128, 0xcc0, 0xffff_ffff], 60)), Some(new));
        let old = Shape::Alloc { name: false, gfp_size: 4, node: false };
        assert_eq!(told(payload(&[CODE, PTR, 100, 128, 0xcc0], 52)), Some(old));
        let node = Shape::Alloc { name: false, gfp_size: 4, node: true };
        assert_eq!(told(payload(&[CODE, PTR, 100, 128, 0xffff_ffff_0000_0cc0], 52)), Some(node));
        assert_eq!(told(payload(&[CODE, PTR], 28)), Some(Shape::Free { name: false }));
        let named = payload(&[CODE, PTR, 28 | 4 << 16 | u64::from(u32::from_le_bytes(*b"abc\0")) << 32], 36);
        assert_eq!(told(named), Some(Shape::Free { name: true }));
        assert_eq!(told(payload(&[0x12_3456, 2], 28)), Some(Shape::PageFree));
        assert_eq!(told(payload(&[0x12_3456, 2, 0xcc0, 1], 44)), Some(Shape::PageAlloc { gfp_size: 8 }));
        assert_eq!(told(payload(&[0x12_3456, 0xcc0 << 32, 1], 36)), Some(Shape::PageAlloc { gfp_size: 4 }));
    }

    #[test]
    fn what_fits_nothing_stays_unknown() {
        assert_eq!(told(payload(&[PTR, PTR, 7, 3], 44)), None);
        assert_eq!(told(vec![0xaa; 12]), None);
        assert_eq!(shape(&[], Endian::Little, &[]), None);
    }
}
