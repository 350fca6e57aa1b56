//! An allocator that counts: to see that damaged input does not make a reader ask for more than it was given, and that
//! nothing takes more memory than it did.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

/// The system's allocator with a count of what is allocated; a test takes it as its global allocator.
#[derive(Debug, Default)]
pub struct Counting {
    now: AtomicUsize,
    peak: AtomicUsize,
    calls: AtomicUsize,
}

/// What one piece of work took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// How often memory was asked for; making a block larger counts.
    pub allocations: usize,
    /// The most bytes at once, above what was allocated before.
    pub peak: usize,
}

impl Counting {
    /// Nothing allocated yet.
    pub const fn new() -> Counting {
        Counting { now: AtomicUsize::new(0), peak: AtomicUsize::new(0), calls: AtomicUsize::new(0) }
    }

    /// The most bytes that were allocated at once while `work` ran, above what was allocated before. Other threads
    /// count too, so a test of this has a process of its own.
    pub fn peak_of<T>(&self, work: impl FnOnce() -> T) -> (T, usize) {
        let before = self.now.load(Relaxed);
        self.peak.store(before, Relaxed);
        let result = work();
        (result, self.peak.load(Relaxed).saturating_sub(before))
    }

    /// As [`peak_of`](Self::peak_of), with the number of allocations.
    pub fn taken_by<T>(&self, work: impl FnOnce() -> T) -> (T, Taken) {
        let before = self.calls.load(Relaxed);
        let (result, peak) = self.peak_of(work);
        (result, Taken { allocations: self.calls.load(Relaxed) - before, peak })
    }

    fn add(&self, bytes: usize) {
        self.calls.fetch_add(1, Relaxed);
        let now = self.now.fetch_add(bytes, Relaxed) + bytes;
        self.peak.fetch_max(now, Relaxed);
    }
}

// SAFETY: every call is handed on to the system's allocator as it came; counting does not touch the memory.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.add(layout.size());
        // SAFETY: the caller keeps `alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        self.now.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller keeps `dealloc`'s contract, and every block comes from the system's allocator.
        unsafe { System.dealloc(ptr, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.add(layout.size());
        // SAFETY: the caller keeps `alloc_zeroed`'s contract.
        unsafe { System.alloc_zeroed(layout) }
    }
}
