//! Random recordings and random forms, for proptest. Everything is drawn from small pools, so that pointers, pages
//! and call sites meet again: double frees, frees without an allocation, allocations of what is still live.

use proptest::{collection::vec, option, prelude::*};

use crate::made::{
    Alloc, Compression, Endian, Era, Event, Form, Free, Identifier, Kind, Lost, Magic, Mode, Packing,
    PageAlloc, PageFree, Recording, Task, scenario::TEXT_START,
};

/// What a random recording may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Whether all addresses and sizes fit into 32 bits.
    pub narrow: bool,
    /// Whether two events may happen in the same nanosecond.
    pub equal_times: bool,
    /// Number of events at most.
    pub events: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { narrow: false, equal_times: true, events: 200 }
    }
}

/// A recording within the limits.
pub fn recordings(limits: Limits) -> impl Strategy<Value = Recording> {
    let events = vec((steps(limits), 0u32..4, 0usize..3, callers(limits), kinds(limits)), 0..=limits.events);
    let lost = vec((any::<prop::sample::Index>(), 1u64..1000), 0..3);
    let nodes = prop_oneof![
        Just(vec![]),
        Just(vec!["0-3".to_owned()]),
        Just(vec!["0,2".to_owned(), "1,3".to_owned()]),
        Just(vec!["0-1".to_owned(), "2".to_owned()]),
    ];
    (events, lost, nodes, prop_oneof![Just(4096u32), Just(65536)]).prop_map(
        move |(events, lost, nodes, page_size)| {
            let mut time = 5_000_000_000;
            let events: Vec<Event> = events
                .into_iter()
                .map(|(step, cpu, task, callers, kind)| {
                    time += step;
                    Event { time, cpu, task, ip: address(limits, 0x1000), callers, kind }
                })
                .collect();
            let lost = lost
                .into_iter()
                .filter(|_| !events.is_empty())
                .map(|(after, count)| Lost { after: after.index(events.len()), count })
                .collect();
            Recording { page_size, text_start: address(limits, 0), tasks: tasks(), events, lost, nodes }
        },
    )
}

/// Any form, but for packing. Narrow recordings may also come from a machine with longs of 32 bits.
pub fn forms(limits: Limits) -> impl Strategy<Value = Form> {
    let longs = if limits.narrow { prop_oneof![Just(4usize), Just(8)].boxed() } else { Just(8usize).boxed() };
    let container = (
        prop_oneof![Just(Endian::Little), Just(Endian::Big)],
        longs,
        prop::sample::select(Era::ALL.to_vec()),
        prop_oneof![Just(Mode::File), Just(Mode::Pipe)],
        prop_oneof![Just(Magic::V1), Just(Magic::V2)],
        prop::sample::select(vec![64usize, 72, 80, 96, 104, 112, 120, 128, 136, 144, 152]),
        prop_oneof![Just(Compression::None), Just(Compression::Compressed), Just(Compression::Compressed2)],
        prop_oneof![1usize..200, Just(4096)],
    );
    let samples = (
        prop_oneof![Just(Identifier::First), Just(Identifier::Inside), Just(Identifier::RawOnly)],
        any::<[bool; 7]>(),
        option::of(1usize..80),
    );
    (container, samples).prop_map(|(container, samples)| {
        let (endian, long_size, era, mode, magic, attr_size, compression, compressed_bytes) = container;
        // The first version's byte order is told from the size of its attrs, of which there were two.
        let attr_size = if magic == Magic::V1 { attr_size.min(72) } else { attr_size };
        let (identifier, [sample_id_all, addr, stream_id, period, read, callchain, after_raw], round) =
            samples;
        Form {
            endian,
            long_size,
            era,
            mode,
            magic,
            attr_size,
            sample_id_all,
            identifier,
            addr,
            stream_id,
            period,
            read,
            callchain,
            after_raw,
            arm64_pages: false,
            read_stuck: false,
            round,
            compression,
            compressed_bytes,
            packing: Packing::None,
        }
    })
}

/// How a file may be packed.
pub fn packings() -> impl Strategy<Value = Packing> {
    prop::sample::select(vec![Packing::None, Packing::Gzip, Packing::Zstd, Packing::Tar, Packing::TarZstd])
}

fn tasks() -> Vec<Task> {
    [(0, 0, "swapper"), (100, 100, "make"), (100, 103, "cc1")]
        .map(|(pid, tid, comm)| Task { pid, tid, comm: comm.to_owned() })
        .to_vec()
}

fn steps(limits: Limits) -> BoxedStrategy<u64> {
    if limits.equal_times { prop_oneof![0u64..3, 0u64..5000].boxed() } else { (1u64..5000).boxed() }
}

fn address(limits: Limits, offset: u64) -> u64 {
    if limits.narrow { 0xc100_0000 + offset } else { TEXT_START + offset }
}

fn callers(limits: Limits) -> impl Strategy<Value = Vec<u64>> {
    vec((1u64..6).prop_map(move |frame| address(limits, 0x1_0000 * frame)), 0..5)
}

fn call_sites(limits: Limits) -> impl Strategy<Value = u64> {
    (0u64..6).prop_map(move |site| address(limits, 0x10_0000 + 0x40 * site))
}

/// Few pointers, ptr 0 among them.
fn ptrs(limits: Limits) -> impl Strategy<Value = u64> {
    let base: u64 = if limits.narrow { 0x8800_0000 } else { 0xffff_8880_0400_0000 };
    prop_oneof![1 => Just(0u64), 6 => (0u64..8).prop_map(move |ptr| base + 64 * ptr)]
}

/// Bytes asked for and bytes given; now and then nothing, or all that fits.
fn sizes() -> impl Strategy<Value = (u64, u64)> {
    prop_oneof![
        8 => (1u64..9000).prop_map(|bytes| (bytes, bytes.next_power_of_two().max(8))),
        2 => (1u64..300).prop_map(|bytes| (bytes, bytes.next_multiple_of(8))),
        1 => Just((0, 0)),
        1 => (0u64..100).prop_map(|bytes| (bytes, 0)),
        1 => Just((i32::MAX as u64, i32::MAX as u64)),
    ]
}

fn allocs(limits: Limits) -> impl Strategy<Value = Alloc> {
    let nodes = option::weighted(0.7, -1i32..3);
    let caches = prop::sample::select(vec!["dentry", "kmalloc-64", "names_cache"]);
    (call_sites(limits), ptrs(limits), sizes(), gfp_flags(), nodes, caches).prop_map(
        |(call_site, ptr, (bytes_req, bytes_alloc), gfp_flags, node, cache)| Alloc {
            call_site,
            ptr,
            bytes_req,
            bytes_alloc,
            gfp_flags,
            node,
            cache: cache.to_owned(),
        },
    )
}

fn frees(limits: Limits) -> impl Strategy<Value = Free> {
    let caches = prop::sample::select(vec!["dentry", "kmalloc-64", "names_cache"]);
    (call_sites(limits), ptrs(limits), caches).prop_map(|(call_site, ptr, cache)| Free {
        call_site,
        ptr,
        cache: cache.to_owned(),
    })
}

fn gfp_flags() -> impl Strategy<Value = u64> {
    prop::sample::select(vec![0xcc0u64, 0xdc0, 0xa20, 0x4_2cc0])
}

/// Few blocks, each nearly always of the same order: perf stops at one that is freed in another order than it was
/// allocated in.
fn blocks() -> impl Strategy<Value = (u64, u32)> {
    let usual = (0u64..9).prop_map(|block| (128 + 8 * block, block as u32 % 4));
    let other = (0u64..72, 0u32..4).prop_map(|(page, order)| (128 + page, order));
    prop_oneof![60 => usual, 1 => other]
}

fn page_allocs() -> impl Strategy<Value = PageAlloc> {
    (blocks(), prop::bool::weighted(0.9), gfp_flags(), 0i32..6).prop_map(
        |((page, order), succeeds, gfp_flags, migrate_type)| PageAlloc {
            page: succeeds.then_some(page),
            order,
            gfp_flags,
            migrate_type,
        },
    )
}

fn page_frees() -> impl Strategy<Value = PageFree> {
    blocks().prop_map(|(page, order)| PageFree { page, order })
}

fn kinds(limits: Limits) -> impl Strategy<Value = Kind> {
    prop_oneof![
        3 => allocs(limits).prop_map(Kind::Kmalloc),
        2 => allocs(limits).prop_map(Kind::CacheAlloc),
        3 => frees(limits).prop_map(Kind::Kfree),
        2 => frees(limits).prop_map(Kind::CacheFree),
        1 => page_allocs().prop_map(Kind::PageAlloc),
        1 => page_frees().prop_map(Kind::PageFree),
    ]
}
