//! Where the parts of a sample lie, worked out once an event instead of once a sample.

use alloc::{
    collections::{BTreeMap, btree_map::Entry},
    vec::Vec,
};

use super::{Cpu, EventIndex, SampleId, Time};
use crate::{
    Endian, Endianity, Sample,
    endian::{u32_at, u64_at},
    head::{Event, ReadFormat, SampleType},
    record::{Callchain, Pid, Tid},
};

/// The place of a part, counted in words of eight bytes from the start of a sample's body (what follows its 8-byte
/// header); [`ABSENT`] where the event doesn't carry it.
type Word = u16;

/// Beyond every sample, since a record has less than 64 KiB: a load from there finds nothing, and so one comparison
/// tells what is absent and what is cut.
const ABSENT: Word = Word::MAX;

/// Where the parts of one event's samples lie.
#[derive(Clone, Copy, Debug)]
struct Layout {
    ip: Word,
    tid: Word,
    time: Word,
    cpu: Word,
    /// Bytes of the parts whose size is fixed; READ, CALLCHAIN and RAW follow.
    fixed: u16,
    /// There is nothing but raw data behind the fixed parts.
    simple: bool,
    /// It is the one of `perf kmem record` without callchains: IDENTIFIER, IP, TID, TIME, CPU, PERIOD and RAW.
    usual: bool,
    read: Option<ReadFormat>,
    callchain: bool,
    raw: Raw,
    trailer: Trailer,
}

const USUAL: u64 = SampleType::IDENTIFIER
    | SampleType::IP
    | SampleType::TID
    | SampleType::TIME
    | SampleType::CPU
    | SampleType::PERIOD
    | SampleType::RAW;

/// Whether a sample has raw data, and whether anything follows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Raw {
    #[default]
    None,
    /// Its size alone says where it ends.
    Inside,
    /// It goes on to the record's end. perf looks at fields without looking at the size, and so reads samples whose size
    /// is too small.
    Last,
}

/// Distances from a record's end of the parts of its sample id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Trailer {
    identifier: bool,
    tid: Option<u16>,
    time: Option<u16>,
    cpu: Option<u16>,
}

impl Layout {
    fn new(event: &Event) -> Layout {
        let bits = event.attr.sample_type;
        let mut words = 0;
        let mut place = |bit| {
            if !bits.has(bit) {
                return ABSENT;
            }
            words += 1;
            words - 1
        };
        place(SampleType::IDENTIFIER);
        let ip = place(SampleType::IP);
        let tid = place(SampleType::TID);
        let time = place(SampleType::TIME);
        place(SampleType::ADDR);
        place(SampleType::ID);
        place(SampleType::STREAM_ID);
        let cpu = place(SampleType::CPU);
        place(SampleType::PERIOD);
        // IDENTIFIER is the one higher bit whose part lies before.
        let behind = bits.0 & !SampleType::IDENTIFIER & !(2 * SampleType::RAW - 1);
        let raw = match bits.has(SampleType::RAW) {
            false => Raw::None,
            true if behind == 0 => Raw::Last,
            true => Raw::Inside,
        };
        let read = bits.has(SampleType::READ).then_some(event.attr.read_format);
        let callchain = bits.has(SampleType::CALLCHAIN);
        Layout {
            ip,
            tid,
            time,
            cpu,
            fixed: 8 * words,
            simple: read.is_none() && !callchain && raw == Raw::Last,
            usual: bits.0 == USUAL,
            read,
            callchain,
            raw,
            trailer: if event.attr.sample_id_all { Trailer::new(bits) } else { Trailer::default() },
        }
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
        let identifier = place(SampleType::IDENTIFIER).is_some();
        let cpu = place(SampleType::CPU);
        place(SampleType::STREAM_ID);
        place(SampleType::ID);
        let time = place(SampleType::TIME);
        let tid = place(SampleType::TID);
        Trailer { identifier, tid, time, cpu }
    }
}

/// How a sample says which event it belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Identity {
    /// There is one event.
    #[default]
    First,
    /// An id at a fixed place of the body.
    At(u16),
    /// The format id in the raw data (`common_type`), as before there were ids in samples.
    CommonType,
}

/// Why a sample can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It says that it is of an event that isn't there.
    NoEvent,
    /// It ends before its parts do.
    Short,
}

/// The layouts of all events, and how to find a sample's. Grows with the events of a pipe.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layouts {
    layouts: Vec<Layout>,
    identity: Identity,
    /// Event of an id.
    ids: BTreeMap<u64, u32>,
    /// Ids are small and close together in every real trace: `dense[id - first]` is the event + 1, or 0 where only
    /// [`ids`](Self::ids) knows.
    dense: Vec<u16>,
    dense_first: u64,
    /// Event of a format id.
    types: BTreeMap<u64, u32>,
    /// The first event whose samples have raw data.
    raw: Option<u32>,
    /// The ids of some event are missing, so that samples may carry some that are not known.
    lacks_ids: bool,
    /// Not all events have the same trailer.
    trailers_differ: bool,
}

/// The most places that the direct table of ids may have.
const DENSE_LIMIT: usize = 1 << 16;
/// How far below the first id another may be and still get a place in the direct table.
const DENSE_BELOW: u64 = 1 << 12;

impl Layouts {
    /// Adds the events that are new since the last time.
    pub(crate) fn extend(&mut self, events: &[Event]) {
        for (event, index) in events.iter().zip(0u32..).skip(self.layouts.len()) {
            let layout = Layout::new(event);
            for &id in &event.ids {
                self.add_id(id, index);
            }
            if event.attr.is_tracepoint() {
                self.types.entry(event.attr.config).or_insert(index);
                self.lacks_ids |= event.ids.is_empty();
            }
            if layout.raw != Raw::None && self.raw.is_none() {
                self.raw = Some(index);
            }
            let own = identity(event);
            self.identity = match (self.layouts.len(), self.identity) {
                (0, _) => Identity::First,
                // Only with a second event does it matter how they are told apart.
                (1, _) if self.first_identity(events) == own => own,
                (1, _) => Identity::CommonType,
                (_, identity) if identity == own => own,
                _ => Identity::CommonType,
            };
            self.trailers_differ |= self.layouts.first().is_some_and(|first| first.trailer != layout.trailer);
            self.layouts.push(layout);
        }
    }

    fn first_identity(&self, events: &[Event]) -> Identity {
        events.first().map_or(Identity::First, identity)
    }

    fn add_id(&mut self, id: u64, event: u32) {
        let Entry::Vacant(entry) = self.ids.entry(id) else { return };
        entry.insert(event);
        if self.dense.is_empty() {
            self.dense_first = id.saturating_sub(DENSE_BELOW);
        }
        let place = usize::try_from(id.wrapping_sub(self.dense_first)).unwrap_or(usize::MAX);
        let Ok(event) = u16::try_from(event + 1) else { return };
        if place < DENSE_LIMIT {
            if place >= self.dense.len() {
                self.dense.resize(place + 1, 0);
            }
            self.dense[place] = event;
        }
    }

    /// The event whose samples carry this id.
    #[inline]
    pub(crate) fn by_id(&self, id: u64) -> Option<u32> {
        self.by_usual_id(id).or_else(|| self.by_rare_id(id))
    }

    #[inline(always)]
    fn by_usual_id(&self, id: u64) -> Option<u32> {
        let place = usize::try_from(id.wrapping_sub(self.dense_first)).ok()?;
        u32::from(*self.dense.get(place)?).checked_sub(1)
    }

    #[cold]
    fn by_rare_id(&self, id: u64) -> Option<u32> {
        match self.ids.get(&id) {
            Some(&event) => Some(event),
            // Records that perf made up itself carry the id 0 and belong to the first event (`evlist__event2evsel`).
            None if id == 0 && !self.layouts.is_empty() => Some(0),
            None => None,
        }
    }

    /// The event of a sample by the format id that its raw data begins with.
    #[cold]
    fn by_common_type<E: Endianity>(&self, body: &[u8]) -> Result<u32, Unreadable> {
        let layout =
            self.raw.and_then(|event| self.layouts.get(event as usize)).ok_or(Unreadable::NoEvent)?;
        let raw = layout.parts::<E>(body).ok_or(Unreadable::Short)?.1;
        let common_type = E::u16(*raw.first_chunk().ok_or(Unreadable::Short)?);
        self.types.get(&u64::from(common_type)).copied().ok_or(Unreadable::NoEvent)
    }

    /// The parts of a sample of a little-endian trace whose events are laid out as `perf kmem record` does it; `None` for
    /// every other one. All places are constants here: these samples come by the million.
    #[inline(always)]
    pub(crate) fn usual_sample<'a, E: Endianity>(&self, body: &'a [u8], offset: u64) -> Option<Sample<'a>> {
        if !matches!((E::ENDIAN, self.identity), (Endian::Little, Identity::At(0) | Identity::First)) {
            return None;
        }
        let (fixed, rest) = body.split_first_chunk::<48>()?;
        let [id, ip, task, time, cpu, _] = fixed.as_chunks::<8>().0 else { return None };
        let (len, raw) = rest.split_first_chunk::<4>()?;
        let event = match self.identity {
            Identity::First => 0,
            _ => self.by_usual_id(E::u64(*id))?,
        };
        if !self.layouts.get(event as usize)?.usual || raw.len() < E::u32(*len) as usize {
            return None;
        }
        let task = E::u64(*task);
        Some(Sample {
            event: EventIndex(event),
            offset,
            ip: E::u64(*ip),
            pid: Some(Pid(task as u32)),
            tid: Some(Tid((task >> 32) as u32)),
            time: Some(Time(E::u64(*time))),
            cpu: Some(Cpu(E::u64(*cpu) as u32)),
            callchain: Callchain::default(),
            raw,
        })
    }

    /// The parts of a sample.
    pub(crate) fn sample<'a, E: Endianity>(
        &self,
        body: &'a [u8],
        offset: u64,
    ) -> Result<Sample<'a>, Unreadable> {
        let event = match self.identity {
            Identity::At(at) => {
                let id = u64_at::<E>(body, usize::from(at)).ok_or(Unreadable::Short)?;
                match self.by_id(id) {
                    Some(event) => event,
                    None if self.lacks_ids => self.by_common_type::<E>(body)?,
                    None => return Err(Unreadable::NoEvent),
                }
            }
            Identity::First => 0,
            Identity::CommonType => self.by_common_type::<E>(body)?,
        };
        let layout = self.layouts.get(event as usize).ok_or(Unreadable::NoEvent)?;
        let fixed = usize::from(layout.fixed);
        let (callchain, raw) = if layout.simple {
            // The size of the raw data, then the data.
            let len = u32_at::<E>(body, fixed).ok_or(Unreadable::Short)? as usize;
            let raw = body.get(fixed + 4..).filter(|raw| raw.len() >= len).ok_or(Unreadable::Short)?;
            (Callchain::default(), raw)
        } else {
            layout.parts::<E>(body).ok_or(Unreadable::Short)?
        };
        let (words, _) = body.as_chunks::<8>();
        let word = |at: Word| words.get(usize::from(at)).map(|word| E::u64(*word));
        let [tid, cpu] = [layout.tid, layout.cpu].map(|at| words.get(usize::from(at)));
        let low = |&[a, b, c, d, ..]: &[u8; 8]| E::u32([a, b, c, d]);
        let high = |&[.., a, b, c, d]: &[u8; 8]| E::u32([a, b, c, d]);
        Ok(Sample {
            event: EventIndex(event),
            offset,
            ip: word(layout.ip).unwrap_or(0),
            pid: tid.map(low).map(Pid),
            tid: tid.map(high).map(Tid),
            time: word(layout.time).map(Time),
            cpu: cpu.map(low).map(Cpu),
            callchain,
            raw,
        })
    }

    /// The sample id at the end of a record's body.
    pub(crate) fn trailer<E: Endianity>(&self, body: &[u8]) -> SampleId {
        let Some(mut trailer) = self.layouts.first().map(|layout| layout.trailer) else {
            return SampleId::default();
        };
        let at = |from_end: u16| body.len().checked_sub(usize::from(from_end));
        if self.trailers_differ
            && trailer.identifier
            && let Some(event) = at(8).and_then(|at| u64_at::<E>(body, at)).and_then(|id| self.by_id(id))
            && let Some(layout) = self.layouts.get(event as usize)
        {
            trailer = layout.trailer;
        }
        let word = |from_end: Option<u16>| from_end.and_then(at).and_then(|at| u64_at::<E>(body, at));
        let half = |from_end: Option<u16>, more: usize| {
            from_end.and_then(at).and_then(|at| u32_at::<E>(body, at + more))
        };
        SampleId {
            time: word(trailer.time).map(Time),
            cpu: half(trailer.cpu, 0).map(Cpu),
            pid: half(trailer.tid, 0).map(Pid),
            tid: half(trailer.tid, 4).map(Tid),
        }
    }
}

impl Layout {
    /// The two parts whose place depends on the sample: its callchain and its raw data.
    #[inline(never)]
    fn parts<'a, E: Endianity>(&self, body: &'a [u8]) -> Option<(Callchain<'a>, &'a [u8])> {
        let mut at = usize::from(self.fixed);
        let behind = body.get(at..)?;
        if let Some(format) = self.read {
            at = at.checked_add(read_size::<E>(behind, format)?)?;
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
        if self.raw != Raw::None {
            let len = u32_at::<E>(body, at)? as usize;
            raw = body.get(at + 4..)?;
            let sized = raw.get(..len)?;
            if self.raw == Raw::Inside {
                raw = sized;
            }
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

/// How one event's samples say that they are its.
fn identity(event: &Event) -> Identity {
    let bits = event.attr.sample_type;
    if bits.has(SampleType::IDENTIFIER) {
        return Identity::At(0);
    }
    if !bits.has(SampleType::ID) {
        return Identity::CommonType;
    }
    let before = [SampleType::IP, SampleType::TID, SampleType::TIME, SampleType::ADDR];
    Identity::At(8 * before.iter().filter(|&&bit| bits.has(bit)).count() as u16)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::{BigEndian, LittleEndian, head::EventAttr};

    fn event(sample_type: u64, read_format: u64, config: u64, ids: &[u64]) -> Event {
        let attr = EventAttr {
            kind: 2,
            config,
            sample_type: SampleType(sample_type),
            read_format: ReadFormat(read_format),
            sample_id_all: true,
        };
        Event { attr, ids: ids.to_vec(), name: None }
    }

    fn layouts(events: &[Event]) -> Layouts {
        let mut layouts = Layouts::default();
        layouts.extend(events);
        layouts
    }

    fn words(words: &[u64]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    #[test]
    fn parts_of_any_size_before_the_raw_data() {
        use ReadFormat as R;
        const BASE: u64 = SampleType::TIME | SampleType::READ | SampleType::CALLCHAIN | SampleType::RAW;
        const BRANCH_STACK: u64 = 1 << 11;
        let all = R::TOTAL_TIME_ENABLED | R::TOTAL_TIME_RUNNING | R::ID | R::LOST;
        for (read_format, read) in [
            (0, vec![1]),
            (R::ID, vec![1, 2]),
            (all, vec![1, 2, 3, 4, 5]),
            (R::GROUP, vec![2, 1, 2]),
            (R::GROUP | all, vec![2, 10, 11, 1, 2, 3, 4, 5, 6]),
        ] {
            for behind in [0, BRANCH_STACK] {
                let layouts = layouts(&[event(BASE | behind, read_format, 5, &[])]);
                let mut body = words(&[[77].as_slice(), &read, &[2, -128i64 as u64, 0xabc]].concat());
                body.extend(&4u32.to_le_bytes());
                body.extend(b"rawd");
                let whole = body.len();
                if behind != 0 {
                    body.extend(words(&[0]));
                }
                let sample = layouts.sample::<LittleEndian>(&body, 0).expect("a sample");
                assert_eq!((sample.time, sample.cpu, sample.raw), (Some(Time(77)), None, &b"rawd"[..]));
                assert_eq!(sample.callchain.entries().collect::<Vec<_>>(), [-128i64 as u64, 0xabc]);
                assert_eq!(sample.callchain.frames().collect::<Vec<_>>(), [0xabc]);
                for end in 0..whole {
                    let cut = layouts.sample::<LittleEndian>(&body[..end], 0);
                    assert_eq!(cut.err(), Some(Unreadable::Short), "cut at {end}");
                }
            }
        }
    }

    #[test]
    fn lengths_beyond_all_measure_are_short() {
        let sample_type = SampleType::READ | SampleType::CALLCHAIN | SampleType::RAW;
        let layouts = layouts(&[event(sample_type, ReadFormat::GROUP, 5, &[])]);
        for huge in [u64::MAX, u64::MAX / 8, 1 << 61, 1 << 32] {
            let group = layouts.sample::<LittleEndian>(&words(&[huge, 1, 2]), 0).err();
            assert_eq!(group, Some(Unreadable::Short));
            let chain = layouts.sample::<LittleEndian>(&words(&[0, huge, 2]), 0).err();
            assert_eq!(chain, Some(Unreadable::Short));
        }
    }

    #[test]
    fn events_are_told_by_identifier_id_or_format() {
        let raw = |format: u16| {
            let mut raw = 4u32.to_le_bytes().to_vec();
            raw.extend(format.to_le_bytes());
            raw.extend([0; 2]);
            raw
        };
        let body = |head: &[u64], format| [words(head), raw(format)].concat();
        let told = |layouts: &Layouts, body: &[u8]| {
            layouts.sample::<LittleEndian>(body, 0).map(|sample| sample.event.0)
        };

        const IDENTIFIER: u64 = SampleType::IDENTIFIER | SampleType::RAW;
        let first = layouts(&[event(IDENTIFIER, 0, 5, &[70]), event(IDENTIFIER, 0, 6, &[1 << 40, 3])]);
        assert_eq!(told(&first, &body(&[70], 9)), Ok(0));
        assert_eq!(told(&first, &body(&[1 << 40], 9)), Ok(1));
        assert_eq!(told(&first, &body(&[3], 9)), Ok(1));
        assert_eq!(told(&first, &body(&[0], 9)), Ok(0), "what perf makes up itself is the first event's");
        assert_eq!(told(&first, &body(&[71], 6)), Err(Unreadable::NoEvent));

        const ID: u64 =
            SampleType::IP | SampleType::TIME | SampleType::ID | SampleType::CPU | SampleType::RAW;
        let inside = layouts(&[event(ID, 0, 5, &[70]), event(ID, 0, 6, &[71])]);
        assert_eq!(told(&inside, &body(&[1, 2, 71, 3], 9)), Ok(1));

        let none = layouts(&[event(SampleType::RAW, 0, 5, &[70]), event(SampleType::RAW, 0, 6, &[71])]);
        assert_eq!(told(&none, &body(&[], 6)), Ok(1));
        assert_eq!(told(&none, &body(&[], 7)), Err(Unreadable::NoEvent));

        let lost_ids = layouts(&[event(IDENTIFIER, 0, 5, &[70]), event(IDENTIFIER, 0, 6, &[])]);
        assert_eq!(told(&lost_ids, &body(&[71], 6)), Ok(1), "an id that is nowhere, where some are missing");
    }

    #[test]
    fn sample_ids_are_counted_from_the_end() {
        let bits = SampleType::TID | SampleType::TIME | SampleType::CPU | SampleType::IDENTIFIER;
        let all = layouts(&[event(bits, 0, 5, &[70]), event(bits & !SampleType::CPU, 0, 6, &[71])]);
        let mut body = 10u32.to_be_bytes().to_vec();
        body.extend(11u32.to_be_bytes());
        body.extend(99u64.to_be_bytes());
        let without_cpu = [&body[..], &71u64.to_be_bytes()].concat();
        body.extend(2u32.to_be_bytes());
        body.extend([0; 4]);
        body.extend(70u64.to_be_bytes());
        let id = SampleId { time: Some(Time(99)), cpu: Some(Cpu(2)), pid: Some(Pid(10)), tid: Some(Tid(11)) };
        assert_eq!(all.trailer::<BigEndian>(&body), id);
        assert_eq!(all.trailer::<BigEndian>(&[&[1; 40][..], &body].concat()), id);
        assert_eq!(all.trailer::<BigEndian>(&without_cpu), SampleId { cpu: None, ..id });
        assert_eq!(all.trailer::<BigEndian>(&[1]), SampleId::default());
    }
}
