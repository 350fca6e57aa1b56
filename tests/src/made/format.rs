//! The tracepoints' formats of several kernels.

use std::fmt::Write;

use super::{bytes::Bytes, form::Form};

/// Whose event formats: they differ in fields, their sizes and their places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    /// `common_lock_depth`, no `signed:`, `_node` events, pages as `struct page` addresses.
    Linux2_6_33,
    /// `_node` events, pages as `struct page` addresses.
    Linux3_10,
    /// `_node` events, page frame numbers.
    Linux5_10,
    /// The node in every allocation, the cache's name in kmem_cache_free.
    Linux6_1,
    /// The cache's name in kmem_cache_alloc as well, in the middle.
    Linux7_3,
    /// No kernel's: fields in another order, of other sizes, with holes, names relative to their place.
    Shuffled,
}

impl Era {
    /// Every one.
    pub const ALL: [Era; 6] =
        [Era::Linux2_6_33, Era::Linux3_10, Era::Linux5_10, Era::Linux6_1, Era::Linux7_3, Era::Shuffled];

    /// Whether allocations that name a node are events of their own.
    pub fn has_node_events(self) -> bool {
        matches!(self, Era::Linux2_6_33 | Era::Linux3_10 | Era::Linux5_10)
    }

    /// Whether pages are frame numbers, not addresses.
    pub fn has_pfn(self) -> bool {
        !matches!(self, Era::Linux2_6_33 | Era::Linux3_10)
    }

    /// Whether a kmem_cache_alloc says its cache.
    pub fn alloc_has_cache(self) -> bool {
        matches!(self, Era::Linux7_3 | Era::Shuffled)
    }

    /// Whether a kmem_cache_free says its cache.
    pub fn free_has_cache(self) -> bool {
        matches!(self, Era::Linux6_1 | Era::Linux7_3 | Era::Shuffled)
    }

    /// Whether perf counts an allocation for no particular node (−1) as one for another node.
    pub fn counts_any_node_as_cross(self) -> bool {
        self.has_node_events()
    }

    /// The version of the kernel and its perf.
    pub fn version(self) -> &'static str {
        match self {
            Era::Linux2_6_33 => "2.6.33",
            Era::Linux3_10 => "3.10.0",
            Era::Linux5_10 => "5.10.223",
            Era::Linux6_1 | Era::Shuffled => "6.1.176",
            Era::Linux7_3 => "7.3.4",
        }
    }
}

/// The tracepoints that `perf kmem` records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Tracepoint {
    Kmalloc,
    KmallocNode,
    Kfree,
    CacheAlloc,
    CacheAllocNode,
    CacheFree,
    PageAlloc,
    PageFree,
}

impl Tracepoint {
    /// Every one, in the order in which their attrs are written.
    pub const ALL: [Tracepoint; 8] = [
        Tracepoint::Kmalloc,
        Tracepoint::KmallocNode,
        Tracepoint::Kfree,
        Tracepoint::CacheAlloc,
        Tracepoint::CacheAllocNode,
        Tracepoint::CacheFree,
        Tracepoint::PageAlloc,
        Tracepoint::PageFree,
    ];

    /// The kernel's name of it.
    pub fn name(self) -> &'static str {
        match self {
            Tracepoint::Kmalloc => "kmalloc",
            Tracepoint::KmallocNode => "kmalloc_node",
            Tracepoint::Kfree => "kfree",
            Tracepoint::CacheAlloc => "kmem_cache_alloc",
            Tracepoint::CacheAllocNode => "kmem_cache_alloc_node",
            Tracepoint::CacheFree => "kmem_cache_free",
            Tracepoint::PageAlloc => "mm_page_alloc",
            Tracepoint::PageFree => "mm_page_free",
        }
    }

    /// The number that the made kernel gave it.
    pub fn id(self) -> u16 {
        500 + 7 * self as u16
    }
}

/// A field of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The C type, as the format text spells it.
    pub type_name: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Bytes from the start of the event.
    pub offset: usize,
    /// Bytes.
    pub size: usize,
    /// Whether it may be negative.
    pub signed: bool,
}

/// What is written into a field.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Number(u64),
    Text(&'a str),
}

/// Where each field of a tracepoint lies.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    tracepoint: Tracepoint,
    fields: Vec<Field>,
    common: usize,
    says_signed: bool,
    gfp_named: bool,
    arm64_pages: bool,
}

impl Layout {
    /// `None` if the kernel has no such tracepoint.
    pub(super) fn of(tracepoint: Tracepoint, form: &Form) -> Option<Layout> {
        let era = form.era;
        let node_event = matches!(tracepoint, Tracepoint::KmallocNode | Tracepoint::CacheAllocNode);
        if node_event && !era.has_node_events() {
            return None;
        }
        let mut fields = Fields::common(era);
        let common = fields.all.len();
        let own = own_fields(tracepoint, form);
        for (type_name, name, size, signed) in own {
            fields.push(type_name, name, size, signed, era == Era::Shuffled);
        }
        Some(Layout {
            tracepoint,
            fields: fields.all,
            common,
            says_signed: era != Era::Linux2_6_33,
            gfp_named: tracepoint == Tracepoint::PageAlloc,
            arm64_pages: form.arm64_pages,
        })
    }

    /// The event's raw data, `common_` fields included.
    pub(super) fn encode<'a>(
        &self,
        form: &Form,
        pid: u32,
        value: impl Fn(&str) -> Option<Value<'a>>,
    ) -> Vec<u8> {
        let end = self.fields.iter().map(|field| field.offset + field.size).max().unwrap_or(0);
        let mut bytes = Bytes::new(form.endian);
        bytes.all.resize(end, 0);
        for field in &self.fields {
            let number = match field.name {
                "common_type" => u64::from(self.tracepoint.id()),
                "common_pid" => u64::from(pid),
                "common_lock_depth" => u64::MAX,
                name => match value(name) {
                    None => 0,
                    Some(Value::Number(number)) => number,
                    Some(Value::Text(text)) => {
                        let at = bytes.len();
                        bytes.c_string(text);
                        let from = if field.type_name.starts_with("__rel_loc") {
                            field.offset + field.size
                        } else {
                            0
                        };
                        ((text.len() as u64 + 1) << 16) | (at - from) as u64
                    }
                },
            };
            let place = &mut bytes.all[field.offset..field.offset + field.size];
            super::bytes::put(place, form.endian, number);
        }
        bytes.all
    }

    /// The text of the format file.
    pub(super) fn text(&self) -> String {
        let mut text = format!("name: {}\nID: {}\nformat:\n", self.tracepoint.name(), self.tracepoint.id());
        for (index, field) in self.fields.iter().enumerate() {
            if index == self.common {
                text.push('\n');
            }
            write!(
                text,
                "\tfield:{} {};\toffset:{};\tsize:{};",
                field.type_name, field.name, field.offset, field.size
            )
            .ok();
            if self.says_signed {
                write!(text, "\tsigned:{};", u8::from(field.signed)).ok();
            }
            text.push('\n');
        }
        text.push_str("\nprint fmt: ");
        text.push_str(&self.print_fmt());
        text.push('\n');
        text
    }

    fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name == name)
    }

    fn print_fmt(&self) -> String {
        if self.tracepoint == Tracepoint::PageFree {
            let page = if self.has("pfn") { "pfn" } else { "page" };
            return format!("\"page=%p order=%d\", REC->{page}, REC->order");
        }
        if self.gfp_named {
            let page = if self.has("pfn") { "pfn" } else { "page" };
            let page = if self.arm64_pages { ARM64_PAGE.to_owned() } else { format!("REC->{page}") };
            return format!(
                "\"page=%p order=%d migratetype=%d gfp_flags=%s\", {page}, REC->order, REC->migratetype, \
                 (REC->gfp_flags) ? __print_flags(REC->gfp_flags, \"|\", {GFP_NAMES}) : \"none\""
            );
        }
        let mut format = String::from("\"call_site=%lx ptr=%p");
        let mut arguments = String::from("\", REC->call_site, REC->ptr");
        if self.has("bytes_req") {
            format.push_str(" bytes_req=%zu bytes_alloc=%zu gfp_flags=%s");
            write!(
                arguments,
                ", REC->bytes_req, REC->bytes_alloc, \
                 (REC->gfp_flags) ? __print_flags(REC->gfp_flags, \"|\", {GFP_NAMES}) : \"none\""
            )
            .ok();
        }
        if self.has("node") {
            format.push_str(" node=%d");
            arguments.push_str(", REC->node");
        }
        format + &arguments
    }
}

/// `pfn_to_page` of arm64 with 48 bits of addresses, cut to what matters: `VMEMMAP_START` depends on the size of a page's
/// structure, which the preprocessor leaves as it is.
const ARM64_PAGE: &str = "REC->pfn != -1UL ? (((struct page *)(-(((1UL)) << ((48) - (12 - ( \
     __builtin_constant_p(sizeof(struct page)) ? 6 : 7)))))) - (memstart_addr >> 12)) + (REC->pfn)) : ((void *)0)";

/// Names of flag bits, as a kernel of 2022 writes them.
const GFP_NAMES: &str = "{(unsigned long)(((( gfp_t)(0x400u|0x800u)) | (( gfp_t)0x40u) | (( gfp_t)0x80u))), \"GFP_KERNEL\"}, \
     {(unsigned long)(((( gfp_t)(0x400u|0x800u)) | (( gfp_t)0x40u))), \"GFP_NOFS\"}, \
     {(unsigned long)((( gfp_t)0x20u)|(( gfp_t)0x200u)|(( gfp_t)0x800u)), \"GFP_ATOMIC\"}, \
     {(unsigned long)(( gfp_t)0x01u), \"GFP_DMA\"}, {(unsigned long)(( gfp_t)0x02u), \"__GFP_HIGHMEM\"}, \
     {(unsigned long)(( gfp_t)0x40u), \"__GFP_IO\"}, {(unsigned long)(( gfp_t)0x80u), \"__GFP_FS\"}, \
     {(unsigned long)(( gfp_t)0x2000u), \"__GFP_NOWARN\"}, \
     {(unsigned long)(( gfp_t)0x4000u), \"__GFP_RETRY_MAYFAIL\"}, {(unsigned long)(( gfp_t)0x8000u), \"__GFP_NOFAIL\"}, \
     {(unsigned long)(( gfp_t)(0x400u|0x800u)), \"__GFP_RECLAIM\"}, {(unsigned long)(( gfp_t)0x40000u), \"__GFP_COMP\"}, \
     {(unsigned long)(( gfp_t)0x100u), \"__GFP_ZERO\"}, {(unsigned long)(( gfp_t)0x800000u), \"__GFP_ZEROTAGS\"}";

type Own = (&'static str, &'static str, usize, bool);

fn own_fields(tracepoint: Tracepoint, form: &Form) -> Vec<Own> {
    let era = form.era;
    let long = form.long_size;
    let call_site = ("unsigned long", "call_site", long, false);
    let ptr = ("const void *", "ptr", long, false);
    let bytes_req = ("size_t", "bytes_req", long, false);
    let bytes_alloc = ("size_t", "bytes_alloc", long, false);
    let node = ("int", "node", 4, true);
    let gfp_flags = if matches!(era, Era::Linux6_1 | Era::Linux7_3) {
        ("unsigned long", "gfp_flags", long, false)
    } else {
        ("gfp_t", "gfp_flags", 4, false)
    };
    let name = ("__data_loc char[]", "name", 4, era == Era::Linux6_1);
    let accounted = ("bool", "accounted", 1, false);
    let page = if era.has_pfn() {
        ("unsigned long", "pfn", long, false)
    } else {
        ("struct page *", "page", long, false)
    };
    let order = ("unsigned int", "order", 4, false);
    let migrate_type = ("int", "migratetype", 4, true);

    if era == Era::Shuffled {
        let name = ("__rel_loc char[]", "name", 4, false);
        let node = ("s64", "node", 8, true);
        return match tracepoint {
            Tracepoint::Kmalloc => {
                vec![node, ("u8", "zone[3]", 3, false), bytes_alloc, gfp_flags, ptr, bytes_req, call_site]
            }
            Tracepoint::CacheAlloc => {
                vec![name, node, accounted, bytes_alloc, gfp_flags, ptr, bytes_req, call_site]
            }
            Tracepoint::Kfree => vec![accounted, ptr, call_site],
            Tracepoint::CacheFree => vec![name, accounted, ptr, call_site],
            Tracepoint::PageAlloc => vec![migrate_type, ("u8", "order", 1, false), page, gfp_flags],
            Tracepoint::PageFree => vec![("u16", "order", 2, false), page],
            Tracepoint::KmallocNode | Tracepoint::CacheAllocNode => Vec::new(),
        };
    }
    match tracepoint {
        Tracepoint::Kmalloc if era.has_node_events() => {
            vec![call_site, ptr, bytes_req, bytes_alloc, gfp_flags]
        }
        Tracepoint::Kmalloc | Tracepoint::KmallocNode => {
            vec![call_site, ptr, bytes_req, bytes_alloc, gfp_flags, node]
        }
        Tracepoint::CacheAlloc if era.has_node_events() => {
            vec![call_site, ptr, bytes_req, bytes_alloc, gfp_flags]
        }
        Tracepoint::CacheAllocNode => vec![call_site, ptr, bytes_req, bytes_alloc, gfp_flags, node],
        Tracepoint::CacheAlloc if era.alloc_has_cache() => {
            vec![call_site, ptr, name, bytes_req, bytes_alloc, gfp_flags, node, accounted]
        }
        Tracepoint::CacheAlloc => vec![call_site, ptr, bytes_req, bytes_alloc, gfp_flags, node, accounted],
        Tracepoint::CacheFree if era.free_has_cache() => vec![call_site, ptr, name],
        Tracepoint::Kfree | Tracepoint::CacheFree => vec![call_site, ptr],
        Tracepoint::PageAlloc => vec![page, order, gfp_flags, migrate_type],
        Tracepoint::PageFree => vec![page, order],
    }
}

struct Fields {
    all: Vec<Field>,
    end: usize,
}

impl Fields {
    fn common(era: Era) -> Fields {
        let mut fields = Fields { all: Vec::new(), end: 0 };
        fields.push("unsigned short", "common_type", 2, false, false);
        fields.push("unsigned char", "common_flags", 1, false, false);
        fields.push("unsigned char", "common_preempt_count", 1, false, false);
        fields.push("int", "common_pid", 4, true, false);
        if era == Era::Linux2_6_33 {
            fields.push("int", "common_lock_depth", 4, true, false);
        }
        fields
    }

    fn push(&mut self, type_name: &'static str, name: &'static str, size: usize, signed: bool, hole: bool) {
        let alignment = if size.is_power_of_two() { size } else { 1 };
        let offset = (self.end + usize::from(hole)).next_multiple_of(alignment);
        self.all.push(Field { type_name, name, offset, size, signed });
        self.end = offset + size;
    }
}
