//! Small traces made by hand, for the tests of what counts them.

use alloc::vec::Vec;

use super::{Class, Event, EventCount, EventKind, GfpNames, KernelMap, NO_CPU, Task, Trace};
use crate::events::Payload;
use crate::ids::{Address, Node};

/// Makes a trace event by event.
#[derive(Debug, Default)]
pub(crate) struct Made {
    trace: Trace,
    time: u64,
    cpu: u16,
}

impl Made {
    pub(crate) fn new() -> Made {
        let mut made = Made::default();
        made.trace.facts.pages_by_pfn = true;
        made.trace.facts.page_size = Some(4096);
        made.trace.facts.events = ["kmem:kmalloc", "kmem:mm_page_alloc"]
            .map(|name| EventCount { name: name.into(), samples: 0 })
            .into();
        made.trace.facts.kernel_maps.push(KernelMap {
            start: Address(0xffff_ffff_8100_0000),
            len: 0x100_0000,
            page_offset: 0xffff_ffff_8100_0000,
            name: "[kernel.kallsyms]_text".into(),
        });
        made
    }

    pub(crate) fn recorded_by(mut self, perf: &str) -> Made {
        self.trace.facts.perf_version = Some(perf.into());
        self
    }

    pub(crate) fn named(mut self, names: GfpNames) -> Made {
        self.trace.gfp_names = names;
        self
    }

    /// The events that follow happen on this CPU.
    pub(crate) fn on(mut self, cpu: u16) -> Made {
        self.cpu = cpu;
        self
    }

    pub(crate) fn nowhere(self) -> Made {
        self.on(NO_CPU)
    }

    pub(crate) fn alloc(self, site: u64, ptr: u64, requested: u64, allocated: u64) -> Made {
        self.alloc_as(Class::of(EventKind::Kmalloc), site, ptr, requested, allocated)
    }

    pub(crate) fn alloc_on(self, kind: EventKind, node: i32, ptr: u64) -> Made {
        self.alloc_as(Class { node: Some(Node(node)), ..Class::of(kind) }, 1, ptr, 8, 8)
    }

    pub(crate) fn alloc_as(
        mut self,
        class: Class,
        site: u64,
        ptr: u64,
        requested: u64,
        allocated: u64,
    ) -> Made {
        let target = self.trace.ptrs.intern(ptr);
        self.push(class, target, site, (requested, allocated), &[])
    }

    pub(crate) fn free(mut self, ptr: u64) -> Made {
        let target = self.trace.ptrs.intern(ptr);
        self.push(Class::of(EventKind::Kfree), target, 2, (0, 0), &[])
    }

    pub(crate) fn page_alloc(mut self, page: u64, order: u32, migrate_type: i32, chain: &[u64]) -> Made {
        let target = self.trace.pages.intern(page);
        let class = Class { gfp: 0xcc0, order, migrate_type, ..Class::of(EventKind::PageAlloc) };
        self.push(class, target, 3, (0, 0), chain)
    }

    pub(crate) fn page_free(mut self, page: u64, order: u32) -> Made {
        let target = self.trace.pages.intern(page);
        self.push(Class { order, ..Class::of(EventKind::PageFree) }, target, 3, (0, 0), &[])
    }

    fn push(mut self, class: Class, target: u32, site: u64, sizes: (u64, u64), chain: &[u64]) -> Made {
        self.time += 10;
        let trace = &mut self.trace;
        let stack = if chain.is_empty() { None } else { trace.stacks.intern(chain) };
        let payload = Payload {
            requested: sizes.0,
            allocated: sizes.1,
            gfp: class.gfp,
            node: class.node.map(|Node(node)| node),
            order: class.order,
            migrate_type: class.migrate_type,
            ..Payload::default()
        };
        let origin = trace.origin(class.kind, &payload, site);
        let task = trace.threads.task(Task { pid: 7, tid: 7, cpu: self.cpu });
        let actor = trace.threads.actor(task);
        trace.rows.push(&Event { time: self.time, target, origin, actor, stack });
        self
    }

    pub(crate) fn trace(mut self) -> Trace {
        let ptrs = self.trace.ptrs.keys();
        let mut order: Vec<u32> = (0..ptrs.len() as u32).collect();
        order.sort_unstable_by_key(|&id| ptrs.get(id as usize).copied());
        self.trace.ptr_order = Some(order);
        self.trace
    }
}
