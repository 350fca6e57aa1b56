//! What std would bring.

use core::{
    alloc::{GlobalAlloc, Layout},
    arch::wasm32,
    cell::Cell,
    panic::PanicInfo,
    ptr,
};

const PAGE: usize = 65536;

/// Takes memory and never gives any back.
struct Grow {
    next: Cell<usize>,
    end: Cell<usize>,
}

// SAFETY: wasm32 without the `atomics` feature has one thread.
unsafe impl Sync for Grow {}

// SAFETY: each block lies in memory that was grown for it or for a block before it, ends before the next one starts,
// and is aligned as asked; `memory_grow` never gives the same page twice.
unsafe impl GlobalAlloc for Grow {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Alignment is made up for by one page.
        if layout.align() > PAGE {
            return ptr::null_mut();
        }
        let Some(mut start) = self.next.get().checked_next_multiple_of(layout.align()) else {
            return ptr::null_mut();
        };
        let Some(mut end) = start.checked_add(layout.size()) else {
            return ptr::null_mut();
        };
        if end > self.end.get() {
            let pages = layout.size().div_ceil(PAGE) + 1;
            let grown = wasm32::memory_grow::<0>(pages);
            if grown == usize::MAX {
                return ptr::null_mut();
            }
            let first = grown * PAGE;
            start = first.next_multiple_of(layout.align());
            end = start + layout.size();
            self.end.set(first + pages * PAGE);
        }
        self.next.set(end);
        ptr::with_exposed_provenance_mut(start)
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static MEMORY: Grow = Grow { next: Cell::new(0), end: Cell::new(0) };

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    wasm32::unreachable()
}
