//! Where the parts of a sample lie, worked out once an event instead of once a sample.

use alloc::vec::Vec;

use super::{Cpu, EventIndex, SampleId, Time};
use crate::{
    Endianity, Metadata, Sample,
    endian::{u32_at, u64_at},
    head::{Event, ReadFormat, SampleType},
    record::{Callchain, Pid, Tid},
};

/// Offsets within a sample's body (what follows its 8-byte header); `None` where the event doesn't carry the part.
#[derive(Clone, Copy, Debug, Default)]
struct Layout {
    ip: Option<u16>,
    tid: Option<u16>,
    time: Option<u16>,
    cpu: Option<u16>,
    /// Where the parts end whose size is fixed; READ, CALLCHAIN and RAW follow.
    fixed: u16,
    read: Option<ReadFormat>,
    callchain: bool,
    raw: bool,
    trailer: Trailer,
}

/// Distances from a record's end of the parts of its sample id.
#[derive(Clone, Copy, Debug, Default)]
struct Trailer {
    time: Option<u16>,
    cpu: Option<u16>,
}

impl Layout {
    fn new(event: &Event) -> Layout {
        let bits = event.attr.sample_type;
        let mut layout = Layout::default();
        let mut at = 0;
        let mut place = |bit| {
            bits.has(bit).then(|| {
                at += 8;
                at - 8
            })
        };
        place(SampleType::IDENTIFIER);
        layout.ip = place(SampleType::IP);
        layout.tid = place(SampleType::TID);
        layout.time = place(SampleType::TIME);
        place(SampleType::ADDR);
        place(SampleType::ID);
        place(SampleType::STREAM_ID);
        layout.cpu = place(SampleType::CPU);
        place(SampleType::PERIOD);
        layout.fixed = at;
        layout.read = bits.has(SampleType::READ).then_some(event.attr.read_format);
        layout.callchain = bits.has(SampleType::CALLCHAIN);
        layout.raw = bits.has(SampleType::RAW);
        if event.attr.sample_id_all {
            layout.trailer = Trailer::new(bits);
        }
        layout
    }
}

impl Trailer {
    fn new(bits: SampleType) -> Trailer {
        // `struct sample_id` from its end: IDENTIFIER, CPU, STREAM_ID, ID, TIME, TID.
        let mut from_end = 0;
        let mut place = |bit| {
            bits.has(bit).then(|| {
                from_end += 8;
                from_end
            })
        };
        place(SampleType::IDENTIFIER);
        let cpu = place(SampleType::CPU);
        place(SampleType::STREAM_ID);
        place(SampleType::ID);
        let time = place(SampleType::TIME);
        Trailer { time, cpu }
    }
}

/// How a sample says which event it belongs to.
#[derive(Clone, Debug, Default)]
enum Identity {
    /// There is one event, or samples say nothing and there are no tracepoints to tell them apart by.
    #[default]
    First,
    /// An id at a fixed place of the body.
    At(u16),
    /// The format id in the raw data (`common_type`), as before there were ids in samples.
    CommonType,
}

/// The layouts of all events, and how to find a sample's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layouts {
    layouts: Vec<Layout>,
    identity: Identity,
    /// (id, event), ascending.
    ids: Vec<(u64, u32)>,
    /// Ids are small and close together in every real trace: `dense[id - first]` is the event + 1.
    dense: Vec<u16>,
    dense_first: u64,
    /// (format id, event), ascending.
    types: Vec<(u64, u32)>,
}

/// The most places that the direct table of ids may have.
const DENSE_LIMIT: u64 = 1 << 16;

impl Layouts {
    pub(crate) fn new(meta: &Metadata) -> Layouts {
        let events = &meta.events;
        let mut ids: Vec<_> =
            (0..).zip(events).flat_map(|(i, e)| e.ids.iter().map(move |&id| (id, i))).collect();
        ids.sort_unstable();
        ids.dedup_by_key(|(id, _)| *id);
        let mut types: Vec<_> = (0..)
            .zip(events)
            .filter(|(_, e)| e.attr.is_tracepoint())
            .map(|(i, e)| (e.attr.config, i))
            .collect();
        types.sort_unstable();
        let mut dense = Vec::new();
        let dense_first = ids.first().map_or(0, |&(id, _)| id);
        if let Some(&(last, _)) = ids.last()
            && last - dense_first < DENSE_LIMIT
            && events.len() < usize::from(u16::MAX)
        {
            dense.resize((last - dense_first) as usize + 1, 0);
            for &(id, event) in &ids {
                dense[(id - dense_first) as usize] = event as u16 + 1;
            }
        }
        Layouts {
            layouts: events.iter().map(Layout::new).collect(),
            identity: identity(events),
            ids,
            dense,
            dense_first,
            types,
        }
    }

    #[inline]
    fn by_id(&self, id: u64) -> Option<u32> {
        if !self.dense.is_empty() {
            let at = usize::try_from(id.wrapping_sub(self.dense_first)).ok()?;
            return self.dense.get(at).and_then(|&event| u32::from(event).checked_sub(1));
        }
        let at = self.ids.binary_search_by_key(&id, |&(id, _)| id).ok()?;
        Some(self.ids[at].1)
    }

    /// The parts of a sample, or `None` where its event can't be told or its parts don't fit.
    #[inline]
    pub(crate) fn sample<'a, E: Endianity>(&self, body: &'a [u8], offset: u64) -> Option<Sample<'a>> {
        let (event, layout) = match self.identity {
            Identity::At(at) => {
                let event = self.by_id(u64_at::<E>(body, usize::from(at))?)?;
                (event, self.layouts.get(event as usize)?)
            }
            Identity::First => (0, self.layouts.first()?),
            Identity::CommonType => {
                let layout = self.layouts.first()?;
                let raw = layout.parts::<E>(body)?.1;
                let common_type = E::u16(*raw.first_chunk()?);
                let at = self.types.binary_search_by_key(&u64::from(common_type), |&(id, _)| id).ok()?;
                let event = self.types[at].1;
                (event, self.layouts.get(event as usize)?)
            }
        };
        let (callchain, raw) = layout.parts::<E>(body)?;
        let word = |at: Option<u16>| at.and_then(|at| u64_at::<E>(body, usize::from(at)));
        let half = |at: Option<u16>, more: usize| at.and_then(|at| u32_at::<E>(body, usize::from(at) + more));
        Some(Sample {
            event: EventIndex(event),
            offset,
            ip: word(layout.ip).unwrap_or(0),
            pid: half(layout.tid, 0).map(Pid),
            tid: half(layout.tid, 4).map(Tid),
            time: word(layout.time).map(Time),
            cpu: half(layout.cpu, 0).map(Cpu),
            callchain,
            raw,
        })
    }

    /// The sample id at the end of a record's body. Every event has the same parts in it, or perf refuses the file.
    pub(crate) fn trailer<E: Endianity>(&self, body: &[u8]) -> SampleId {
        let Some(trailer) = self.layouts.last().map(|layout| layout.trailer) else {
            return SampleId::default();
        };
        let at = |from_end: u16| body.len().checked_sub(usize::from(from_end));
        SampleId {
            time: trailer.time.and_then(at).and_then(|at| u64_at::<E>(body, at)).map(Time),
            cpu: trailer.cpu.and_then(at).and_then(|at| u32_at::<E>(body, at)).map(Cpu),
        }
    }
}

impl Layout {
    /// The two parts whose place depends on the sample: its callchain and its raw data.
    #[inline]
    fn parts<'a, E: Endianity>(&self, body: &'a [u8]) -> Option<(Callchain<'a>, &'a [u8])> {
        let mut at = usize::from(self.fixed);
        if let Some(format) = self.read {
            at = at.checked_add(read_size::<E>(body.get(at..)?, format)?)?;
        }
        let mut callchain = Callchain::default();
        if self.callchain {
            let entries = usize::try_from(u64_at::<E>(body, at)?).ok()?;
            let len = entries.checked_mul(8)?;
            at += 8;
            let end = at.checked_add(len)?;
            callchain = Callchain { bytes: body.get(at..end)?, endian: E::ENDIAN };
            at = end;
        }
        let mut raw: &[u8] = &[];
        if self.raw {
            let len = u32_at::<E>(body, at)? as usize;
            at += 4;
            raw = body.get(at..at.checked_add(len)?)?;
        }
        Some((callchain, raw))
    }
}

/// Bytes of the READ part.
fn read_size<E: Endianity>(bytes: &[u8], ReadFormat(format): ReadFormat) -> Option<usize> {
    let one = |bit| usize::from(format & bit != 0);
    let times = one(ReadFormat::TOTAL_TIME_ENABLED) + one(ReadFormat::TOTAL_TIME_RUNNING);
    let value = 1 + one(ReadFormat::ID) + one(ReadFormat::LOST);
    let values = if format & ReadFormat::GROUP != 0 {
        let events = usize::try_from(u64_at::<E>(bytes, 0)?).ok()?;
        1usize.checked_add(times)?.checked_add(events.checked_mul(value)?)?
    } else {
        times + value
    };
    values.checked_mul(8)
}

fn identity(events: &[Event]) -> Identity {
    if events.len() < 2 {
        return Identity::First;
    }
    let bits = |event: &Event| event.attr.sample_type;
    if events.iter().all(|event| bits(event).has(SampleType::IDENTIFIER)) {
        return Identity::At(0);
    }
    let id_place = |event: &Event| {
        let before =
            [SampleType::IDENTIFIER, SampleType::IP, SampleType::TID, SampleType::TIME, SampleType::ADDR];
        bits(event)
            .has(SampleType::ID)
            .then(|| before.iter().filter(|&&bit| bits(event).has(bit)).count() as u16 * 8)
    };
    match id_place(&events[0]) {
        Some(at) if events.iter().all(|event| id_place(event) == Some(at)) => Identity::At(at),
        _ => Identity::CommonType,
    }
}
