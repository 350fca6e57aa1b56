//! Keys of the slab allocator's tables.

use core::cmp::Ordering;

use super::Sortable;
use crate::report::{AllocationRow, BucketRow, CallSiteRow, Counts, ThreadRow};

/// What a slab table can be sorted by. The first six are perf's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SlabKey {
    /// Address of the ptr; in the call-site table no row has one, so it orders nothing.
    Ptr,
    /// Address of the call site.
    CallSite,
    /// Allocations.
    Hit,
    /// Bytes allocated.
    Bytes,
    /// Fragmentation.
    Frag,
    /// Frees on another CPU, as perf counts them.
    PingPong,
    /// Frees on another CPU, as it is right.
    RightPingPong,
    /// Bytes requested.
    Requested,
    /// Bytes allocated and not requested.
    Waste,
    /// Bytes still allocated at the end.
    Live,
    /// Cross-node allocations.
    CrossNode,
}

impl SlabKey {
    /// The keys that perf knows, in perf's order.
    pub const PERF: [SlabKey; 6] =
        [SlabKey::Ptr, SlabKey::CallSite, SlabKey::Hit, SlabKey::Bytes, SlabKey::Frag, SlabKey::PingPong];

    /// The name of the key on perf's command line, or ours where perf has none.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            SlabKey::Ptr => "ptr",
            SlabKey::CallSite => "callsite",
            SlabKey::Hit => "hit",
            SlabKey::Bytes => "bytes",
            SlabKey::Frag => "frag",
            SlabKey::PingPong => "pingpong",
            SlabKey::RightPingPong => "pingpong-right",
            SlabKey::Requested => "requested",
            SlabKey::Waste => "waste",
            SlabKey::Live => "live",
            SlabKey::CrossNode => "crossnode",
        }
    }

    /// perf's key of this name.
    #[must_use]
    pub fn from_perf_name(name: &str) -> Option<SlabKey> {
        SlabKey::PERF.into_iter().find(|key| key.name() == name)
    }
}

fn compare_counts(a: &Counts, b: &Counts, key: SlabKey) -> Ordering {
    match key {
        SlabKey::Hit => a.hits.cmp(&b.hits),
        SlabKey::Bytes => a.allocated.cmp(&b.allocated),
        SlabKey::Frag => a.fragmentation().total_cmp(&b.fragmentation()),
        SlabKey::Requested => a.requested.cmp(&b.requested),
        SlabKey::Waste => a.waste().cmp(&b.waste()),
        _ => Ordering::Equal,
    }
}

impl Sortable<SlabKey> for CallSiteRow {
    fn compare(&self, other: &Self, key: SlabKey) -> Ordering {
        match key {
            SlabKey::CallSite => self.call_site.cmp(&other.call_site),
            SlabKey::PingPong => self.pingpong.perf.cmp(&other.pingpong.perf),
            SlabKey::RightPingPong => self.pingpong.right.cmp(&other.pingpong.right),
            SlabKey::Live => self.live.allocated.cmp(&other.live.allocated),
            SlabKey::CrossNode => self.cross_node.cmp(&other.cross_node),
            key => compare_counts(&self.counts, &other.counts, key),
        }
    }
}

impl Sortable<SlabKey> for BucketRow {
    fn compare(&self, other: &Self, key: SlabKey) -> Ordering {
        match key {
            SlabKey::Ptr | SlabKey::CallSite => self.bucket.cmp(&other.bucket),
            SlabKey::Live => self.live.allocated.cmp(&other.live.allocated),
            key => compare_counts(&self.counts, &other.counts, key),
        }
    }
}

impl Sortable<SlabKey> for ThreadRow {
    fn compare(&self, other: &Self, key: SlabKey) -> Ordering {
        match key {
            SlabKey::Ptr | SlabKey::CallSite => self.thread.cmp(&other.thread),
            SlabKey::Live => self.live.allocated.cmp(&other.live.allocated),
            key => compare_counts(&self.counts, &other.counts, key),
        }
    }
}

impl Sortable<SlabKey> for AllocationRow {
    fn compare(&self, other: &Self, key: SlabKey) -> Ordering {
        match key {
            SlabKey::Ptr => self.ptr.cmp(&other.ptr),
            SlabKey::CallSite => self.call_site.cmp(&other.call_site),
            SlabKey::PingPong => self.pingpong.perf.cmp(&other.pingpong.perf),
            SlabKey::RightPingPong => self.pingpong.right.cmp(&other.pingpong.right),
            SlabKey::Live => self.live_since.is_some().cmp(&other.live_since.is_some()),
            key => compare_counts(&self.counts, &other.counts, key),
        }
    }
}
