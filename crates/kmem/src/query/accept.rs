//! A filter made ready for one trace: every test that can be made once for a call site, thread or class is made once,
//! so that an event costs a few look-ups.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::ids::{Address, CallSiteId};
use crate::query::{CallSiteFilter, Context, Filter, ThreadFilter, TimeRange};
use crate::symbols::Resolver;
use crate::trace::{Class, Event, Trace};

/// A table by id; `None` accepts every id.
type Table = Option<Vec<bool>>;

#[derive(Clone, Debug)]
pub(crate) struct Accept<'a> {
    trace: &'a Trace,
    filter: &'a Filter,
    range: Range<usize>,
    sites: Table,
    threads: Table,
    classes: Table,
    cpus: Table,
    caches: Table,
    text: Option<Text>,
    all: bool,
    /// Tested for each event where the events are not in order of time.
    time: Option<TimeRange>,
}

/// Where the filter's text was found; one of them is enough.
#[derive(Clone, Debug)]
struct Text {
    needle: String,
    sites: Vec<bool>,
    threads: Vec<bool>,
    caches: Vec<bool>,
}

impl<'a> Accept<'a> {
    pub(crate) fn new(filter: &'a Filter, context: &Context<'a>, resolver: &Resolver<'_>) -> Accept<'a> {
        let trace = context.trace;
        let range = match filter.time {
            Some(time) => trace.columns.range(time.start, time.end),
            None => 0..trace.columns.len(),
        };
        let sites = (!filter.call_sites.is_empty()).then(|| {
            trace
                .call_sites()
                .iter()
                .map(|&site| site_listed(&filter.call_sites, Address(site), resolver))
                .collect()
        });
        let threads = (!filter.threads.is_empty()).then(|| {
            let threads = trace.threads();
            threads
                .all()
                .iter()
                .map(|thread| {
                    filter.threads.iter().any(|listed| match listed {
                        ThreadFilter::Pid(pid) => thread.pid == *pid,
                        ThreadFilter::Tid(tid) => thread.tid == *tid,
                        ThreadFilter::Comm(comm) => threads.comm(thread) == *comm,
                    })
                })
                .collect()
        });
        let classes = (!filter.kinds.is_empty())
            .then(|| trace.classes().iter().map(|class| filter.kinds.contains(&class.kind)).collect());
        let cpus = (!filter.cpus.is_empty() || !filter.nodes.is_empty()).then(|| {
            let topology = context.topology();
            (0..=u16::MAX)
                .map(|cpu| {
                    let node = topology.and_then(|topology| topology.node_of(u32::from(cpu)));
                    (filter.cpus.is_empty() || filter.cpus.contains(&cpu))
                        && (filter.nodes.is_empty() || node.is_some_and(|node| filter.nodes.contains(&node)))
                })
                .collect()
        });
        let caches = (!filter.caches.is_empty())
            .then(|| trace.caches().iter().map(|cache| filter.caches.contains(cache)).collect());
        let text = (!filter.text.is_empty()).then(|| Text::new(&filter.text, trace, resolver));
        let all = Filter { time: None, ..filter.clone() }.is_empty();
        let time = filter.time.filter(|_| trace.columns.is_unsorted());
        Accept { trace, filter, range, sites, threads, classes, cpus, caches, text, all, time }
    }

    /// Whether an event of the range is in time; perf lets events without a time pass.
    pub(crate) fn in_time(&self, event: &Event) -> bool {
        self.time.is_none_or(|time| event.time == 0 || (time.start..=time.end).contains(&event.time))
    }

    /// The events that the time range leaves.
    pub(crate) fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Whether a slab allocation counts.
    pub(crate) fn slab(&self, event: &Event, class: &Class, allocated: u64) -> bool {
        if self.all {
            return true;
        }
        if !self.common(event) || !listed(&self.sites, event.call_site.index()) {
            return false;
        }
        let cache = self.trace.cache_of(class, event.call_site);
        if self.caches.is_some() && !cache.is_some_and(|cache| listed(&self.caches, cache.index())) {
            return false;
        }
        if !self.filter.buckets.is_empty()
            && (!class.kind.is_kmalloc() || !self.filter.buckets.contains(&allocated))
        {
            return false;
        }
        self.text.as_ref().is_none_or(|text| {
            at(&text.sites, event.call_site.index())
                || at(&text.threads, event.thread.index())
                || cache.is_some_and(|cache| at(&text.caches, cache.index()))
        })
    }

    /// Whether a page allocation counts, but for its call site.
    pub(crate) fn page(&self, event: &Event) -> bool {
        self.all || self.common(event) && self.filter.caches.is_empty() && self.filter.buckets.is_empty()
    }

    /// Whether page allocations from `call_site` count; a thread's name may stand in for the call site's, if it has the
    /// text that is looked for.
    pub(crate) fn page_site(&self, call_site: Address, event: &Event, resolver: &Resolver<'_>) -> bool {
        (self.filter.call_sites.is_empty() || site_listed(&self.filter.call_sites, call_site, resolver))
            && self.text.as_ref().is_none_or(|text| {
                at(&text.threads, event.thread.index()) || site_has(&text.needle, call_site, resolver)
            })
    }

    /// Whether page call sites are restricted at all.
    pub(crate) fn tests_page_sites(&self) -> bool {
        !self.filter.call_sites.is_empty() || self.text.is_some()
    }

    fn common(&self, event: &Event) -> bool {
        listed(&self.classes, event.class.index())
            && listed(&self.threads, event.thread.index())
            && listed(&self.cpus, usize::from(event.cpu))
    }
}

impl Text {
    fn new(needle: &str, trace: &Trace, resolver: &Resolver<'_>) -> Text {
        let needle = needle.to_ascii_lowercase();
        let threads = trace.threads();
        Text {
            sites: (0..trace.call_sites().len() as u32)
                .map(|id| site_has(&needle, trace.call_site(CallSiteId(id)), resolver))
                .collect(),
            threads: threads.all().iter().map(|thread| has(&threads.comm(thread), &needle)).collect(),
            caches: trace.caches().iter().map(|cache| has(cache, &needle)).collect(),
            needle,
        }
    }
}

fn listed(table: &Table, id: usize) -> bool {
    table.as_ref().is_none_or(|table| at(table, id))
}

fn at(table: &[bool], id: usize) -> bool {
    table.get(id).copied().unwrap_or(false)
}

fn has(text: &str, needle: &str) -> bool {
    text.to_ascii_lowercase().contains(needle)
}

fn site_has(needle: &str, site: Address, resolver: &Resolver<'_>) -> bool {
    alloc::format!("{site:#x}").contains(needle)
        || resolver.resolve(site).is_some_and(|found| has(found.name, needle))
}

fn site_listed(list: &[CallSiteFilter], site: Address, resolver: &Resolver<'_>) -> bool {
    list.iter().any(|listed| match listed {
        CallSiteFilter::Address(address) => *address == site,
        CallSiteFilter::Function(name) => resolver.resolve(site).is_some_and(|found| found.name == name),
    })
}
