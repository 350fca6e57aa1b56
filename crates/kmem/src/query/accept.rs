//! A filter made ready for one trace: every test that can be made once for an origin or an actor is made once, so that
//! an event costs two look-ups.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use crate::ids::{Address, CallSiteId, OriginId};
use crate::query::filter::EVERYTHING;
use crate::query::{CallSiteFilter, Context, Filter, ThreadFilter, TimeRange};
use crate::symbols::Resolver;
use crate::trace::{Actor, Event, Origin, Thread, Trace};

/// What was found of one origin or one actor.
#[derive(Clone, Copy, Debug)]
struct Found {
    /// Every test that it alone decides has passed.
    passes: bool,
    /// The filter's text is in one of its names; it need not be in those of both.
    has_text: bool,
    /// Of an origin: whether its tracepoint is one of those asked for.
    kind: bool,
}

const NOTHING: Found = Found { passes: false, has_text: false, kind: false };

/// What is known of all slab allocations of an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Always,
    Never,
    /// Some actors' allocations count, some do not.
    ByActor,
}

impl Verdict {
    fn of(actors: &[Found], passes: impl Fn(&Found) -> bool) -> Verdict {
        match actors.iter().filter(|actor| passes(actor)).count() {
            0 => Verdict::Never,
            count if count == actors.len() => Verdict::Always,
            _ => Verdict::ByActor,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Accept<'a> {
    filter: &'a Filter,
    range: Range<usize>,
    origins: Vec<Found>,
    actors: Vec<Found>,
    /// Of the actors: which pass, and which pass by the filter's text in a name of their own.
    any_text: Verdict,
    own_text: Verdict,
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
            Some(time) => trace.rows.range(time.start, time.end),
            None => 0..trace.rows.len(),
        };
        let text = (!filter.text.is_empty()).then(|| Text::new(&filter.text, trace, resolver));
        let all = Filter { time: None, ..filter.clone() }.is_empty();
        let actors = if all { Vec::new() } else { actors(filter, context, text.as_ref()) };
        Accept {
            filter,
            range,
            origins: if all { Vec::new() } else { origins(filter, trace, resolver, text.as_ref()) },
            any_text: Verdict::of(&actors, |actor| actor.passes),
            own_text: Verdict::of(&actors, |actor| actor.passes && actor.has_text),
            actors,
            text,
            all,
            time: filter.time.filter(|_| trace.rows.is_unsorted()),
        }
    }

    /// Lets every event through.
    pub(crate) fn everything(trace: &Trace) -> Accept<'static> {
        Accept {
            filter: &EVERYTHING,
            range: 0..trace.rows.len(),
            origins: Vec::new(),
            actors: Vec::new(),
            any_text: Verdict::Always,
            own_text: Verdict::Always,
            text: None,
            all: true,
            time: None,
        }
    }

    /// Whether an event of the range is in time; perf lets events without a time pass.
    #[inline]
    pub(crate) fn in_time(&self, event: &Event) -> bool {
        self.time.is_none_or(|time| event.time == 0 || (time.start..=time.end).contains(&event.time))
    }

    /// Whether it lets every event through.
    pub(crate) fn is_whole(&self) -> bool {
        self.all && self.filter.time.is_none()
    }

    /// The events that the time range leaves.
    pub(crate) fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Whether slab allocations of an origin count.
    pub(crate) fn slab_of(&self, origin: OriginId) -> Verdict {
        if self.all {
            return Verdict::Always;
        }
        let origin = self.origins.get(origin.index()).copied().unwrap_or(NOTHING);
        match (origin.passes, origin.has_text) {
            (false, _) => Verdict::Never,
            (true, true) => self.any_text,
            (true, false) => self.own_text,
        }
    }

    /// Whether a slab allocation counts.
    #[inline]
    pub(crate) fn slab(&self, event: &Event) -> bool {
        if self.all {
            return true;
        }
        let (origin, actor) = self.found(event);
        origin.passes && actor.passes && (origin.has_text || actor.has_text)
    }

    /// Whether a page allocation counts, but for its call site.
    pub(crate) fn page(&self, event: &Event) -> bool {
        let (origin, actor) = self.found(event);
        self.all
            || origin.kind && actor.passes && self.filter.caches.is_empty() && self.filter.buckets.is_empty()
    }

    /// Whether page allocations from `call_site` count; a thread's name may stand in for the call site's, if it has the
    /// text that is looked for.
    pub(crate) fn page_site(&self, call_site: Address, event: &Event, resolver: &Resolver<'_>) -> bool {
        (self.filter.call_sites.is_empty() || site_listed(&self.filter.call_sites, call_site, resolver))
            && self.text.as_ref().is_none_or(|text| {
                self.found(event).1.has_text || site_has(&text.needle, call_site, resolver)
            })
    }

    /// Whether page call sites are restricted at all.
    pub(crate) fn tests_page_sites(&self) -> bool {
        !self.filter.call_sites.is_empty() || self.text.is_some()
    }

    #[inline]
    fn found(&self, event: &Event) -> (Found, Found) {
        let of = |list: &[Found], index: usize| list.get(index).copied().unwrap_or(NOTHING);
        (of(&self.origins, event.origin.index()), of(&self.actors, event.actor.index()))
    }
}

fn origins(filter: &Filter, trace: &Trace, resolver: &Resolver<'_>, text: Option<&Text>) -> Vec<Found> {
    let sites: Option<Vec<bool>> = (!filter.call_sites.is_empty()).then(|| {
        let sites = trace.call_sites().iter();
        sites.map(|&site| site_listed(&filter.call_sites, Address(site), resolver)).collect()
    });
    let of = |origin: &Origin| {
        let class = trace.class(origin.class);
        let cache = trace.cache_of(&class, origin.call_site);
        let kind = filter.kinds.is_empty() || filter.kinds.contains(&class.kind);
        let in_cache = filter.caches.is_empty()
            || cache
                .and_then(|cache| trace.caches().get(cache.index()))
                .is_some_and(|cache| filter.caches.contains(cache));
        let in_bucket = filter.buckets.is_empty()
            || class.kind.is_kmalloc() && filter.buckets.contains(&origin.allocated);
        let at_site = sites.as_ref().is_none_or(|sites| at(sites, origin.call_site.index()));
        Found {
            passes: kind && in_cache && in_bucket && at_site,
            has_text: text.is_none_or(|text| {
                at(&text.sites, origin.call_site.index())
                    || cache.is_some_and(|cache| at(&text.caches, cache.index()))
            }),
            kind,
        }
    };
    trace.origins().iter().map(of).collect()
}

fn actors(filter: &Filter, context: &Context<'_>, text: Option<&Text>) -> Vec<Found> {
    let (trace, topology) = (context.trace, context.topology());
    let threads = trace.threads();
    let listed: Option<Vec<bool>> = (!filter.threads.is_empty()).then(|| {
        let is_listed = |thread: &Thread| {
            filter.threads.iter().any(|listed| match listed {
                ThreadFilter::Pid(pid) => thread.pid == *pid,
                ThreadFilter::Tid(tid) => thread.tid == *tid,
                ThreadFilter::Comm(comm) => threads.comm(thread) == *comm,
            })
        };
        threads.all().iter().map(is_listed).collect()
    });
    let on_cpu = |cpu: u16| {
        let node = || topology.and_then(|topology| topology.node_of(u32::from(cpu)));
        (filter.cpus.is_empty() || filter.cpus.contains(&cpu))
            && (filter.nodes.is_empty() || node().is_some_and(|node| filter.nodes.contains(&node)))
    };
    let of = |actor: &Actor| Found {
        passes: listed.as_ref().is_none_or(|listed| at(listed, actor.thread.index())) && on_cpu(actor.cpu),
        has_text: text.is_none_or(|text| at(&text.threads, actor.thread.index())),
        kind: true,
    };
    trace.actors().iter().map(of).collect()
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
