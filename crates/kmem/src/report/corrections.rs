//! Where perf's numbers are not the right ones, with the reason.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use crate::page::{self, GfpText};
use crate::query::{Context, Truth};
use crate::report::{Correction, PageReport, SlabReport};

/// The places of this report where perf prints something else.
pub(crate) fn corrections(context: &Context<'_>, slab: &SlabReport, page: &PageReport) -> Vec<Correction> {
    let mut list = Vec::new();
    let summary = &slab.summary;
    if summary.freed.differs() {
        list.push(Correction {
            what: "Total bytes freed",
            perf_value: summary.freed.perf.to_string(),
            right_value: summary.freed.right.to_string(),
            why: "perf adds a ptr's last size again at every further free of it (bulk allocations have no event), and \
                  takes kfree(NULL) after a failed allocation for a free.",
        });
    }
    if summary.pingpong.differs() {
        list.push(Correction {
            what: "Ping-pong",
            perf_value: summary.pingpong.perf.to_string(),
            right_value: summary.pingpong.right.to_string(),
            why: "perf counts every further free of what is free already as one on another CPU.",
        });
    }
    if summary.cross_node.differs() {
        let unknown = !context.knows_nodes();
        list.push(Correction {
            what: "Cross CPU allocations",
            perf_value: summary.cross_node.perf.to_string(),
            right_value: if unknown { "unknown".into() } else { summary.cross_node.right.to_string() },
            why: if unknown {
                "perf takes the nodes from the machine it runs on; without nodes there every allocation that names a \
                 node counts as crossing. It counts nodes, not CPUs."
            } else {
                "perf before 6.1 looks only at the *_node events and counts those that ask for no particular node (-1) \
                 as crossing; and it takes the nodes from the machine it runs on, not from the recording."
            },
        });
    }
    let facts = context.trace.facts();
    let failures = page.summary.failures.blocks;
    if failures != 0 && facts.pages_by_pfn && facts.long_bits == Some(32) {
        list.push(Correction {
            what: "Total allocation failures",
            perf_value: "0".into(),
            right_value: failures.to_string(),
            why: "A failed allocation has the page number -1. That of a 32-bit kernel is not the 64-bit one that perf \
                  compares with, so perf takes it for page 4294967295.",
        });
    }
    if page.summary.free_only.differs() {
        list.push(Correction {
            what: "Total free-only requests",
            perf_value: page.summary.free_only.perf.blocks.to_string(),
            right_value: page.summary.free_only.right.blocks.to_string(),
            why: "perf knows a block only by its first page, so pages freed one by one out of a larger block look as \
                  if they had never been allocated.",
        });
    }
    if page.orders.iter().any(|(_, migrate_type, count)| count != 0 && matches!(migrate_type.0, 1 | 2)) {
        list.push(Correction {
            what: "Reclaimable and Movable",
            perf_value: "RECLAIM is type 1, MOVABLE is type 2".into(),
            right_value: "Movable is type 1, Reclaimable is type 2".into(),
            why: "The kernel swapped the two in Linux 4.4; perf still prints the names in the old order.",
        });
    }
    if page.orders.iter().any(|(order, migrate_type, count)| count != 0 && (order > 10 || migrate_type.0 > 4))
    {
        list.push(Correction {
            what: "Order and migrate type",
            perf_value: "orders 0 to 10, types 0 to 4".into(),
            right_value: "all".into(),
            why: "perf's table ends at order 10 and type 4 and writes past its end for larger ones.",
        });
    }
    if let Some(site) = page.misplaced {
        list.push(Correction {
            what: "Callsite of pages",
            perf_value: format!("{:x} and the like", site.perf.0),
            right_value: format!("{:x}", site.right.0),
            why: "perf adds the start of the kernel's map to the address, which gives one that is in no function; and \
                  it takes functions of the allocator that are newer than its pattern for call sites.",
        });
    }
    if let Some((one, other)) = alike(context, page) {
        list.push(Correction {
            what: "GFP flags",
            perf_value: format!("{} for both", one.compact),
            right_value: format!("{} and {}", one.names, other.names),
            why: "perf shortens different names to the same one and leaves out names that it does not know, so rows of \
                  different flags look alike.",
        });
    }
    if let Some(aborts) = page.perf_aborts {
        list.push(Correction {
            what: "Page tables",
            perf_value: format!("none: perf stops with error {}", aborts.errno),
            right_value: "shown".into(),
            why: if aborts.errno == -1 {
                "perf stops at gfp flags for which it gets no name."
            } else {
                "A block allocated whole is freed in parts; perf looks its row up under the order of the free, finds \
                 none, and stops."
            },
        });
    }
    list
}

/// The first two different flags that perf writes alike.
fn alike(context: &Context<'_>, page: &PageReport) -> Option<(GfpText, GfpText)> {
    let (texts, _) = page::legend(&page.gfp_flags, context.trace.gfp_names(), Truth::Perf);
    texts.iter().enumerate().find_map(|(at, one)| {
        let other = texts.iter().skip(at + 1).find(|other| other.compact == one.compact)?;
        (!one.compact.is_empty()).then(|| (one.clone(), other.clone()))
    })
}

/// The note for sizes that perf cuts to 32 bits: `perf` counted with the cut sizes, `right` with the whole ones.
pub(crate) fn large_sizes(perf: &SlabReport, right: &SlabReport) -> Option<Correction> {
    let (perf, right) = (perf.summary.counts, right.summary.counts);
    (perf != right).then(|| Correction {
        what: "Total bytes requested and allocated",
        perf_value: format!("{} and {}", perf.requested, perf.allocated),
        right_value: format!("{} and {}", right.requested, right.allocated),
        why: "perf keeps each allocation's sizes in a signed 32-bit number, which cuts sizes of 2 GiB and more.",
    })
}
