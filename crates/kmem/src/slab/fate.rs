//! Whether a ptr is allocated, as far as the trace sees.

/// What became of a ptr. One byte each: an event of an allocation that does not count needs nothing else of the ptr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Fate {
    /// No allocation of it was seen.
    #[default]
    Unseen,
    /// Allocated, by an allocation that counts.
    Live,
    /// Allocated, by one that the filter leaves out.
    LiveUncounted,
    /// Free, after an allocation that counts.
    Free,
    /// Free, after one that the filter leaves out.
    FreeUncounted,
    /// Ptr 0, which failed allocations and kfree(NULL) have: it is never live.
    Null,
    /// Ptr 0, where the latest allocation that failed counts.
    NullCounted,
}

/// What an event does to its ptr.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Nothing: it is no event of the slab allocator.
    None,
    Free,
    Alloc,
    /// Allocates, but the filter leaves it out.
    AllocUncounted,
}

/// What follows from an event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// What becomes of the ptr.
    pub(super) next: Fate,
    /// Whether there is something to be counted or noted.
    pub(super) counts: bool,
}

const FATES: [Fate; 8] = [
    Fate::Unseen,
    Fate::Live,
    Fate::LiveUncounted,
    Fate::Free,
    Fate::FreeUncounted,
    Fate::Null,
    Fate::NullCounted,
    Fate::Unseen,
];
const ACTS: [Act; 4] = [Act::None, Act::Free, Act::Alloc, Act::AllocUncounted];

/// The steps of every act from every fate. Which act follows which is not foreseeable, so that a branch on it would cost
/// more than all else.
static STEPS: [Step; 32] = {
    let mut steps = [Step { next: Fate::Unseen, counts: false }; 32];
    let mut at = 0;
    while at < steps.len() {
        let (fate, act) = (FATES[at % FATES.len()], ACTS[at / FATES.len()]);
        steps[at] = Step { next: fate.after(act), counts: fate.counts(act) };
        at += 1;
    }
    steps
};

impl Fate {
    /// What an act does to a ptr of this fate.
    #[inline(always)]
    pub(super) fn step(self, act: Act) -> Step {
        STEPS[(act as usize) << 3 | self as usize]
    }

    const fn after(self, act: Act) -> Fate {
        match (act, self) {
            (Act::None, fate) | (Act::Free, fate @ (Fate::Unseen | Fate::Null | Fate::NullCounted)) => fate,
            (Act::Free, Fate::Live | Fate::Free) => Fate::Free,
            (Act::Free, Fate::LiveUncounted | Fate::FreeUncounted) => Fate::FreeUncounted,
            (Act::Alloc, Fate::Null | Fate::NullCounted) => Fate::NullCounted,
            (Act::Alloc, _) => Fate::Live,
            (Act::AllocUncounted, Fate::Null | Fate::NullCounted) => Fate::Null,
            (Act::AllocUncounted, _) => Fate::LiveUncounted,
        }
    }

    const fn counts(self, act: Act) -> bool {
        match act {
            Act::None | Act::AllocUncounted => false,
            Act::Alloc => true,
            Act::Free => !matches!(self, Fate::LiveUncounted),
        }
    }

    #[inline]
    pub(super) fn is_live(self) -> bool {
        matches!(self, Fate::Live | Fate::LiveUncounted)
    }

    #[inline]
    pub(super) fn is_null(self) -> bool {
        matches!(self, Fate::Null | Fate::NullCounted)
    }

    /// Whether its latest allocation counts.
    #[inline]
    pub(super) fn is_counted(self) -> bool {
        matches!(self, Fate::Live | Fate::Free | Fate::NullCounted)
    }
}

#[cfg(test)]
mod tests {
    use super::{ACTS, Act, FATES, Fate};

    #[test]
    fn the_table_says_what_the_rules_say() {
        for fate in FATES {
            for act in ACTS {
                let step = fate.step(act);
                assert_eq!((step.next, step.counts), (fate.after(act), fate.counts(act)), "{fate:?} {act:?}");
                assert_eq!(fate.is_null(), step.next.is_null(), "{fate:?} {act:?}");
            }
        }
        assert_eq!(Fate::Unseen.step(Act::Alloc).next, Fate::Live);
        assert_eq!(Fate::Live.step(Act::AllocUncounted).next, Fate::LiveUncounted);
        assert!(!Fate::LiveUncounted.step(Act::Free).counts);
    }
}
