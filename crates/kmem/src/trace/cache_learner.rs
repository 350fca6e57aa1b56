//! Which cache a call site allocates from, where only the frees name it (Linux 6.1 and later, until allocations do too).

use alloc::vec::Vec;

use super::{Class, EventKind, SiteCache, Trace};
use crate::ids::{CacheId, CallSiteId, OriginId};

/// A free that names its cache says from which cache the allocation came; the call site of that allocation is taken to
/// allocate from it always, until another cache is seen there.
#[derive(Debug, Default)]
pub(super) struct CacheLearner {
    /// For each ptr the origin of its latest allocation, or [`NONE`].
    last: Vec<u32>,
    /// What there is to learn from an event of each origin.
    lessons: Vec<Lesson>,
    /// For each origin of allocations the cache that it was seen with last.
    seen: Vec<Option<CacheId>>,
}

const NONE: u32 = u32::MAX;

/// What an event of an origin tells.
#[derive(Clone, Copy, Debug)]
enum Lesson {
    Nothing,
    Allocation,
    Free(Option<CacheId>),
}

impl CacheLearner {
    /// Learns from the trace's next event.
    #[inline]
    pub(super) fn see(&mut self, trace: &mut Trace, target: u32, origin: OriginId) {
        let lesson = match self.lessons.get(origin.index()) {
            Some(lesson) => *lesson,
            None => self.prepare(trace, origin),
        };
        match lesson {
            Lesson::Nothing => {}
            Lesson::Allocation => {
                let at = target as usize;
                if self.last.len() <= at {
                    self.last.resize(at + 1, NONE);
                }
                if let Some(last) = self.last.get_mut(at) {
                    *last = origin.0;
                }
            }
            Lesson::Free(cache) => {
                let Some(last) = self.last.get_mut(target as usize) else { return };
                let last = core::mem::replace(last, NONE);
                if let Some(cache) = cache
                    && let Some(seen) = self.seen.get_mut(last as usize)
                    && *seen != Some(cache)
                {
                    *seen = Some(cache);
                    if let Some(site) = trace.origins().get(last as usize).map(|origin| origin.call_site) {
                        learn(&mut trace.site_caches, site, cache);
                    }
                }
            }
        }
    }

    #[cold]
    fn prepare(&mut self, trace: &mut Trace, origin: OriginId) -> Lesson {
        let known = self.lessons.len();
        let Trace { origins, classes, site_caches, .. } = trace;
        for origin in origins.all().get(known..).unwrap_or_default() {
            let Some(Class { kind, cache, .. }) = classes.classes().get(origin.class.index()) else {
                continue;
            };
            self.lessons.push(match kind {
                EventKind::KmemCacheAlloc | EventKind::KmemCacheAllocNode => Lesson::Allocation,
                EventKind::KmemCacheFree => Lesson::Free(*cache),
                _ => Lesson::Nothing,
            });
            if let (Some(Lesson::Allocation), Some(cache)) = (self.lessons.last(), cache) {
                learn(site_caches, origin.call_site, *cache);
            }
        }
        self.seen.resize(self.lessons.len(), None);
        self.lessons.get(origin.index()).copied().unwrap_or(Lesson::Nothing)
    }
}

fn learn(site_caches: &mut Vec<SiteCache>, site: CallSiteId, cache: CacheId) {
    let at = site.index();
    if site_caches.len() <= at {
        site_caches.resize(at + 1, SiteCache::Unknown);
    }
    if let Some(known) = site_caches.get_mut(at) {
        *known = match *known {
            SiteCache::Unknown => SiteCache::One(cache),
            SiteCache::One(one) if one == cache => SiteCache::One(cache),
            _ => SiteCache::Several,
        };
    }
}
