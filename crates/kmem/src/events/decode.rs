//! Decoders compiled once per event of the trace: the tracepoint is found by its name, its fields by theirs, whatever
//! offset, size and sign they have.

use alloc::vec::Vec;

use perfdata::field::{FieldReader, StringReader, located_text};
use perfdata::tracing::FieldKind;
use perfdata::{Endian, EventFormat, Metadata, TracingData};

use crate::trace::EventKind;

/// A decoder for each event of the trace, in the file's order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decoders {
    list: Vec<Option<Decoder>>,
    /// Whether `mm_page_alloc` carries a page frame number.
    pub(crate) pages_by_pfn: bool,
}

/// How to read the payload of one tracepoint.
#[derive(Clone, Debug)]
pub(crate) struct Decoder {
    pub(crate) kind: EventKind,
    /// ptr, or page.
    target: FieldReader,
    call_site: Option<FieldReader>,
    requested: Option<FieldReader>,
    allocated: Option<FieldReader>,
    gfp: Option<FieldReader>,
    node: Option<FieldReader>,
    order: Option<FieldReader>,
    migrate_type: Option<FieldReader>,
    cache: Option<StringReader>,
    narrow: bool,
    common: Option<Common>,
}

/// The places of a slab event's fields where they are those of nearly every trace: little-endian numbers of 64 bits behind
/// the eight common bytes (call_site, ptr, bytes_req, bytes_alloc), then gfp_flags of either width and a 32-bit node.
#[derive(Clone, Copy, Debug)]
struct Common {
    alloc: Option<CommonAlloc>,
    /// The place of the word that says where the cache's name is (`__data_loc`).
    name: Option<usize>,
}

/// Where gfp_flags is, whether it has eight bytes, and where the node is.
#[derive(Clone, Copy, Debug)]
struct CommonAlloc {
    gfp: usize,
    wide_gfp: bool,
    node: Option<usize>,
}

impl Common {
    fn of(kind: EventKind, format: &EventFormat, tracing: &TracingData) -> Option<Common> {
        let plain = |name: &str| format.field(name).filter(|field| field.kind == FieldKind::Plain);
        let is_at =
            |name: &str, at: u32| plain(name).is_some_and(|field| (field.offset, field.size) == (at, 8));
        if tracing.endian != Endian::Little || kind.is_page() || !is_at("call_site", 8) || !is_at("ptr", 16) {
            return None;
        }
        let name = match format.field("name") {
            Some(field) if field.kind == FieldKind::DataLoc => Some(field.offset as usize),
            Some(field) if field.kind != FieldKind::Plain => return None,
            _ => None,
        };
        if !kind.is_slab_alloc() {
            return Some(Common { alloc: None, name });
        }
        let gfp = plain("gfp_flags").filter(|gfp| !gfp.signed && matches!(gfp.size, 4 | 8))?;
        let node = match format.field("node") {
            Some(field) if field.size == 4 && field.kind == FieldKind::Plain => Some(field.offset as usize),
            Some(_) => return None,
            None => None,
        };
        let sizes = is_at("bytes_req", 24) && is_at("bytes_alloc", 32);
        let alloc = CommonAlloc { gfp: gfp.offset as usize, wide_gfp: gfp.size == 8, node };
        sizes.then_some(Common { alloc: Some(alloc), name })
    }

    #[inline(always)]
    fn read<'a>(&self, raw: &'a [u8]) -> Option<Payload<'a>> {
        let (head, _) = raw.split_first_chunk::<24>()?;
        let words = head.as_chunks::<8>().0;
        let [_, call_site, target] = words else { return None };
        let mut payload = Payload {
            target: u64::from_le_bytes(*target),
            call_site: Some(u64::from_le_bytes(*call_site)),
            ..Payload::default()
        };
        let half = |at: usize| Some(u32::from_le_bytes(*raw.get(at..)?.first_chunk()?));
        if let Some(CommonAlloc { gfp, wide_gfp, node }) = self.alloc {
            let sizes = raw.get(24..)?.first_chunk::<16>()?.as_chunks::<8>().0;
            let [requested, allocated] = sizes else { return None };
            payload.requested = u64::from_le_bytes(*requested);
            payload.allocated = u64::from_le_bytes(*allocated);
            payload.gfp = if wide_gfp {
                u64::from_le_bytes(*raw.get(gfp..)?.first_chunk()?)
            } else {
                u64::from(half(gfp)?)
            };
            if let Some(node) = node {
                payload.node = Some(half(node)? as i32);
            }
        }
        if let Some(name) = self.name {
            // A name that does not lie within the payload is none, for the general reader too.
            payload.cache = located_text(raw, half(name)?);
        }
        Some(payload)
    }
}

/// The parts of one event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Payload<'a> {
    pub(crate) target: u64,
    pub(crate) call_site: Option<u64>,
    pub(crate) requested: u64,
    pub(crate) allocated: u64,
    pub(crate) gfp: u64,
    pub(crate) node: Option<i32>,
    pub(crate) order: u32,
    pub(crate) migrate_type: i32,
    pub(crate) cache: Option<&'a [u8]>,
}

impl Decoders {
    /// Decoders for the events of a file, as far as its formats are known.
    pub(crate) fn new(meta: &Metadata, tracing: Option<&TracingData>) -> Decoders {
        let mut decoders = Decoders::default();
        let Some(tracing) = tracing else { return decoders };
        for event in &meta.events {
            let format = event
                .attr
                .is_tracepoint()
                .then(|| tracing.formats.iter().find(|format| u64::from(format.id) == event.attr.config))
                .flatten();
            let decoder = format.and_then(|format| Decoder::new(format, tracing));
            if decoder.as_ref().is_some_and(|decoder| decoder.kind == EventKind::PageAlloc) {
                decoders.pages_by_pfn = format.is_some_and(|format| format.field("pfn").is_some());
            }
            decoders.list.push(decoder);
        }
        decoders
    }

    #[inline]
    pub(crate) fn get(&self, event: u32) -> Option<&Decoder> {
        self.list.get(event as usize)?.as_ref()
    }
}

impl Decoder {
    fn new(format: &EventFormat, tracing: &TracingData) -> Option<Decoder> {
        if format.system != "kmem" {
            return None;
        }
        let kind = EventKind::from_name(&format.name)?;
        let number = |name: &str| FieldReader::new(format.field(name)?, tracing.endian);
        let target = if kind.is_page() { number("pfn").or_else(|| number("page"))? } else { number("ptr")? };
        let is_alloc = kind.is_slab_alloc();
        let (requested, allocated) = (number("bytes_req"), number("bytes_alloc"));
        if is_alloc && (requested.is_none() || allocated.is_none()) {
            return None;
        }
        Some(Decoder {
            kind,
            target,
            call_site: number("call_site"),
            requested: requested.filter(|_| is_alloc),
            allocated: allocated.filter(|_| is_alloc),
            gfp: number("gfp_flags"),
            node: number("node").filter(|_| is_alloc),
            order: number("order").filter(|_| kind.is_page()),
            migrate_type: number("migratetype").filter(|_| kind == EventKind::PageAlloc),
            cache: format.field("name").and_then(|field| StringReader::new(field, tracing.endian)),
            narrow: tracing.long_size == 4,
            common: Common::of(kind, format, tracing),
        })
    }

    /// The parts of a payload, where it is laid out as most are.
    #[inline(always)]
    pub(crate) fn usual<'a>(&self, raw: &'a [u8]) -> Option<Payload<'a>> {
        self.common.as_ref()?.read(raw)
    }

    /// The parts of a payload; `None` where it ends too early.
    pub(crate) fn read<'a>(&self, raw: &'a [u8]) -> Option<Payload<'a>> {
        let mut target = self.target.read(raw)?;
        // A page frame number of a 32-bit kernel says "none" in 32 bits.
        if self.narrow && self.kind.is_page() && target == u64::from(u32::MAX) {
            target = u64::MAX;
        }
        let optional = |field: &Option<FieldReader>| match field {
            Some(field) => field.read(raw),
            None => Some(0),
        };
        Some(Payload {
            target,
            call_site: match &self.call_site {
                Some(field) => Some(field.read(raw)?),
                None => None,
            },
            requested: optional(&self.requested)?,
            allocated: optional(&self.allocated)?,
            gfp: optional(&self.gfp)?,
            node: match &self.node {
                Some(field) => Some(field.read(raw)? as i32),
                None => None,
            },
            order: optional(&self.order)? as u32,
            migrate_type: optional(&self.migrate_type)? as i32,
            cache: self.cache.as_ref().and_then(|cache| cache.read(raw)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Decoder;
    use crate::trace::EventKind;
    use perfdata::{Endian, EventFormat, TracingData};

    const OLD: &str = "name: kmalloc_node\nID: 47\nformat:\n\
        \tfield:unsigned short common_type;\toffset:0;\tsize:2;\n\
        \tfield:unsigned long call_site;\toffset:8;\tsize:4;\n\
        \tfield:const void * ptr;\toffset:12;\tsize:4;\n\
        \tfield:size_t bytes_req;\toffset:16;\tsize:4;\n\
        \tfield:size_t bytes_alloc;\toffset:20;\tsize:4;\n\
        \tfield:gfp_t gfp_flags;\toffset:24;\tsize:4;\n\
        \tfield:int node;\toffset:28;\tsize:4;\n";

    fn tracing() -> TracingData {
        TracingData { endian: Endian::Big, long_size: 4, ..TracingData::default() }
    }

    #[test]
    fn fields_are_found_by_name_whatever_their_place() {
        let format = EventFormat::parse(OLD, "kmem").unwrap();
        let decoder = Decoder::new(&format, &tracing()).unwrap();
        assert_eq!(decoder.kind, EventKind::KmallocNode);
        let mut raw = [0u8; 32];
        raw[8..12].copy_from_slice(&0xc010_0000u32.to_be_bytes());
        raw[12..16].copy_from_slice(&0xdead_0000u32.to_be_bytes());
        raw[16..20].copy_from_slice(&100u32.to_be_bytes());
        raw[20..24].copy_from_slice(&128u32.to_be_bytes());
        raw[24..28].copy_from_slice(&0xd0u32.to_be_bytes());
        raw[28..32].copy_from_slice(&(-1i32).to_be_bytes());
        let payload = decoder.read(&raw).unwrap();
        assert_eq!((payload.target, payload.call_site), (0xdead_0000, Some(0xc010_0000)));
        assert_eq!((payload.requested, payload.allocated, payload.gfp), (100, 128, 0xd0));
        assert_eq!(payload.node, Some(-1));
        assert_eq!(decoder.read(&raw[..31]), None);
    }

    const NEW: &str = "name: kmalloc\nID: 626\nformat:\n\
        \tfield:unsigned long call_site;\toffset:8;\tsize:8;\tsigned:0;\n\
        \tfield:const void * ptr;\toffset:16;\tsize:8;\tsigned:0;\n\
        \tfield:size_t bytes_req;\toffset:24;\tsize:8;\tsigned:0;\n\
        \tfield:size_t bytes_alloc;\toffset:32;\tsize:8;\tsigned:0;\n\
        \tfield:unsigned long gfp_flags;\toffset:40;\tsize:8;\tsigned:0;\n\
        \tfield:int node;\toffset:48;\tsize:4;\tsigned:1;\n";

    #[test]
    fn the_common_layout_reads_the_same() {
        let tracing = TracingData { endian: Endian::Little, long_size: 8, ..TracingData::default() };
        let named = "field:__data_loc char[] name;\toffset:52;\tsize:4;\tsigned:1;\n";
        for text in
            [NEW.into(), NEW.replace("offset:40;\tsize:8", "offset:40;\tsize:4"), [NEW, named].concat()]
        {
            let format = EventFormat::parse(&text, "kmem").unwrap();
            let decoder = Decoder::new(&format, &tracing).unwrap();
            let mut raw: alloc::vec::Vec<u8> = (0..70u8).map(|byte| byte ^ 0xf5).collect();
            raw[52..56].copy_from_slice(&(60u32 | 9 << 16).to_le_bytes());
            raw[65] = 0;
            for len in 0..=raw.len() {
                let usual = decoder.usual(&raw[..len]);
                assert!(usual.is_none() || usual == decoder.read(&raw[..len]), "{len}");
            }
            let usual = decoder.usual(&raw).unwrap();
            assert_eq!(usual.cache, text.contains(named).then_some(&raw[60..65]));
        }
    }

    #[test]
    fn other_systems_have_the_same_names_in_vain() {
        let format = EventFormat::parse(OLD, "other").unwrap();
        assert!(Decoder::new(&format, &tracing()).is_none());
    }
}
