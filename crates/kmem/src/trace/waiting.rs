//! What waits for its place in time.

use super::TaskId;
use crate::ids::{OriginId, StackId};

/// Something that happens to the trace at its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Happening {
    /// A kmem event.
    Event { target: u32, origin: OriginId, task: TaskId, stack: Option<StackId> },
    /// A thread gets a name.
    Comm { tid: i32, name: u32 },
    /// A thread begins.
    Fork { tid: i32, parent: i32 },
}

/// A [`Happening`] in 16 bytes: what tells the kinds apart stands in indices that no event has, as millions of them are
/// moved.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    origin: u32,
    stack: u32,
    a: u32,
    b: u32,
}

const NO_STACK: u32 = u32::MAX;
const COMM: u32 = u32::MAX;
const FORK: u32 = u32::MAX - 1;

impl From<Happening> for Waiting {
    #[inline]
    fn from(happening: Happening) -> Waiting {
        match happening {
            Happening::Event { target, origin, task, stack } => {
                let stack = stack.map_or(NO_STACK, |stack| stack.0);
                Waiting { origin: origin.0.min(FORK - 1), stack, a: target, b: task.0 }
            }
            Happening::Comm { tid, name } => {
                Waiting { origin: COMM, stack: NO_STACK, a: tid as u32, b: name }
            }
            Happening::Fork { tid, parent } => {
                Waiting { origin: FORK, stack: NO_STACK, a: tid as u32, b: parent as u32 }
            }
        }
    }
}

impl From<Waiting> for Happening {
    #[inline]
    fn from(waiting: Waiting) -> Happening {
        match waiting.origin {
            COMM => Happening::Comm { tid: waiting.a as i32, name: waiting.b },
            FORK => Happening::Fork { tid: waiting.a as i32, parent: waiting.b as i32 },
            origin => Happening::Event {
                target: waiting.a,
                origin: OriginId(origin),
                task: TaskId(waiting.b),
                stack: (waiting.stack != NO_STACK).then_some(StackId(waiting.stack)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Happening, Waiting};
    use crate::ids::{OriginId, StackId};
    use crate::trace::TaskId;

    #[test]
    fn what_waits_stays_as_it_is() {
        let event = |stack| Happening::Event { target: 1, origin: OriginId(2), task: TaskId(3), stack };
        for happening in [
            event(None),
            event(Some(StackId(4))),
            Happening::Comm { tid: -1, name: 5 },
            Happening::Fork { tid: 6, parent: -1 },
        ] {
            assert_eq!(Happening::from(Waiting::from(happening)), happening);
        }
        assert_eq!(size_of::<Waiting>(), 16);
    }
}
