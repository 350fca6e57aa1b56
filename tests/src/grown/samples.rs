//! Where in a record its times and ptrs lie, and how they are changed.

use std::{collections::BTreeMap, io::Result};

use perfdata::{
    Endian, Event, Metadata, TracingData,
    head::{Mode, SampleType},
    tracing::FieldKind,
};

use super::{
    head, invalid,
    records::{FIRST_OF_PERF, HEADER, SAMPLE, kind},
};

/// What is numbered apart, by the names of the events' fields: `page` is the address of a `struct page`.
pub(super) const NUMBERED: [&str; 3] = ["ptr", "pfn", "page"];

/// What changes from one copy to the next.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shift {
    /// Nanoseconds.
    pub(super) time: u64,
    /// Added to each number of its kind, wrapping.
    pub(super) numbers: [u64; NUMBERED.len()],
}

/// A number of an event's payload.
#[derive(Debug, Clone, Copy)]
struct Number {
    /// Which of [`NUMBERED`].
    which: usize,
    offset: usize,
    width: usize,
}

/// One event's samples. Places are counted from the start of the record.
#[derive(Debug, Default)]
struct Sample {
    time: Option<usize>,
    callchain: bool,
    raw: bool,
    /// Where the callchain lies, or the raw data without one.
    fixed_end: usize,
    numbers: Vec<Number>,
}

/// Places in all records of a recording.
#[derive(Debug)]
pub(super) struct Places {
    endian: Endian,
    /// Byte order of what the kernel traced.
    payload_endian: Endian,
    /// Place of the event's id.
    id: Option<usize>,
    ids: BTreeMap<u64, usize>,
    samples: Vec<Sample>,
    /// The time in the sample id of other records, counted from their end.
    trailer_time: Option<usize>,
    /// The widest number that a field holds.
    pub(super) widest: u64,
}

impl Places {
    pub(super) fn new(meta: &Metadata) -> Result<Places> {
        let header = meta.header.ok_or_else(|| invalid("no header"))?;
        if header.mode == Mode::Pipe {
            return Err(invalid("a pipe's recording can't be repeated"));
        }
        let tracing = meta.tracing.as_ref().ok_or_else(|| invalid("the recording has no event formats"))?;
        let mut id = None;
        let mut ids = BTreeMap::new();
        let mut trailer_time = None;
        let mut samples = Vec::new();
        for (index, event) in meta.events.iter().enumerate() {
            let (own_id, own_trailer) = (id_place(event), trailer_time_place(event));
            if index > 0 && (own_id != id || own_trailer != trailer_time) {
                return Err(invalid("events with ids or times at different places"));
            }
            (id, trailer_time) = (own_id, own_trailer);
            ids.extend(event.ids.iter().map(|&id| (id, index)));
            samples.push(sample(event, tracing)?);
        }
        if samples.len() > 1 && id.is_none() {
            return Err(invalid("samples that don't say their event"));
        }
        let widths = samples.iter().flat_map(|sample| &sample.numbers).map(|number| number.width);
        let widest = if widths.min().unwrap_or(8) == 8 { u64::MAX } else { u32::MAX.into() };
        Ok(Places {
            endian: meta.endian,
            payload_endian: tracing.endian,
            id,
            ids,
            samples,
            trailer_time,
            widest,
        })
    }

    /// Gives a record another time and other ptrs; its new time, if it has one. Null stays null, and so do the page of a
    /// failed allocation and a time that isn't set.
    pub(super) fn patch(&self, record: &mut [u8], shift: &Shift) -> Result<Option<u64>> {
        let mut newest = None;
        self.visit(record, |what, number| match what {
            What::Time => {
                let time = number + shift.time;
                newest = Some(time);
                time
            }
            What::Number(which) => number.wrapping_add(shift.numbers[which]),
        })?;
        Ok(newest)
    }

    /// Hands out the time and the numbers of a record that are set, and puts in place what comes back.
    pub(super) fn visit(&self, record: &mut [u8], mut change: impl FnMut(What, u64) -> u64) -> Result<()> {
        let short = || invalid("a sample ends before its parts do");
        let kind = kind(record, self.endian);
        if kind != SAMPLE {
            let at = self.trailer_time.and_then(|from_end| record.len().checked_sub(from_end));
            return match at {
                Some(at) if kind < FIRST_OF_PERF && at >= HEADER => {
                    self.change(record, at, 8, self.endian, |time| change(What::Time, time)).ok_or_else(short)
                }
                _ => Ok(()),
            };
        }
        let sample = self.sample_of(record)?;
        if let Some(at) = sample.time {
            self.change(record, at, 8, self.endian, |time| change(What::Time, time)).ok_or_else(short)?;
        }
        if sample.numbers.is_empty() || !sample.raw {
            return Ok(());
        }
        let mut payload = sample.fixed_end;
        if sample.callchain {
            let entries = self.u64_at(record, payload).ok_or_else(short)?;
            payload += 8 + 8 * usize::try_from(entries).ok().filter(|&n| n < 8192).ok_or_else(short)?;
        }
        // The size of the raw data, then the data.
        payload += 4;
        for number in &sample.numbers {
            let at = payload + number.offset;
            let which = What::Number(number.which);
            self.change(record, at, number.width, self.payload_endian, |number| change(which, number))
                .ok_or_else(short)?;
        }
        Ok(())
    }

    fn sample_of(&self, record: &[u8]) -> Result<&Sample> {
        let index = match self.id {
            Some(at) => self.u64_at(record, at).and_then(|id| self.ids.get(&id).copied()),
            None => Some(0),
        };
        index.and_then(|index| self.samples.get(index)).ok_or_else(|| invalid("a sample of no event"))
    }

    fn u64_at(&self, record: &[u8], at: usize) -> Option<u64> {
        Some(self.endian.u64(*record.get(at..)?.first_chunk()?))
    }

    /// Changes one number, unless it is zero or all ones.
    fn change(
        &self,
        record: &mut [u8],
        at: usize,
        width: usize,
        endian: Endian,
        change: impl FnOnce(u64) -> u64,
    ) -> Option<()> {
        let bytes = record.get_mut(at..at + width)?;
        if bytes.iter().all(|&byte| byte == 0) || bytes.iter().all(|&byte| byte == 0xff) {
            return Some(());
        }
        match endian {
            Endian::Little => {
                let mut whole = [0; 8];
                whole[..width].copy_from_slice(bytes);
                bytes.copy_from_slice(&head::word(change(endian.u64(whole)), endian)[..width]);
            }
            Endian::Big => {
                let mut whole = [0; 8];
                whole[8 - width..].copy_from_slice(bytes);
                bytes.copy_from_slice(&head::word(change(endian.u64(whole)), endian)[8 - width..]);
            }
        }
        Some(())
    }
}

/// What [`Places::visit`] hands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// Nanoseconds.
    Time,
    /// A number of this kind of [`NUMBERED`].
    Number(usize),
}

/// Bytes of those of the parts that an event's samples carry.
fn bytes_of(event: &Event, parts: &[u64]) -> usize {
    8 * parts.iter().filter(|&&part| event.attr.sample_type.has(part)).count()
}

fn id_place(event: &Event) -> Option<usize> {
    let bits = event.attr.sample_type;
    if bits.has(SampleType::IDENTIFIER) {
        return Some(HEADER);
    }
    let before = [SampleType::IP, SampleType::TID, SampleType::TIME, SampleType::ADDR];
    bits.has(SampleType::ID).then(|| HEADER + bytes_of(event, &before))
}

/// `struct sample_id` ends with TIME, ID, STREAM_ID, CPU and IDENTIFIER.
fn trailer_time_place(event: &Event) -> Option<usize> {
    let behind = [SampleType::ID, SampleType::STREAM_ID, SampleType::CPU, SampleType::IDENTIFIER];
    (event.attr.sample_id_all && event.attr.sample_type.has(SampleType::TIME))
        .then(|| 8 + bytes_of(event, &behind))
}

fn sample(event: &Event, tracing: &TracingData) -> Result<Sample> {
    let bits = event.attr.sample_type;
    if bits.has(SampleType::READ) {
        return Err(invalid("samples with counter values can't be repeated"));
    }
    let before = [SampleType::IDENTIFIER, SampleType::IP, SampleType::TID];
    let time = bits.has(SampleType::TIME).then(|| HEADER + bytes_of(event, &before));
    let fixed = [
        SampleType::IDENTIFIER,
        SampleType::IP,
        SampleType::TID,
        SampleType::TIME,
        SampleType::ADDR,
        SampleType::ID,
        SampleType::STREAM_ID,
        SampleType::CPU,
        SampleType::PERIOD,
    ];
    let format = tracing.formats.iter().find(|format| {
        event.attr.is_tracepoint() && u64::from(format.id) == event.attr.config && format.system == "kmem"
    });
    let mut numbers = Vec::new();
    for field in format.iter().flat_map(|format| &format.fields) {
        let Some(which) = NUMBERED.iter().position(|name| *name == field.name) else { continue };
        if field.kind != FieldKind::Plain || !matches!(field.size, 4 | 8) {
            return Err(invalid(format!("a field {} of {} bytes", field.name, field.size)));
        }
        numbers.push(Number { which, offset: field.offset as usize, width: field.size as usize });
    }
    Ok(Sample {
        time,
        callchain: bits.has(SampleType::CALLCHAIN),
        raw: bits.has(SampleType::RAW),
        fixed_end: HEADER + bytes_of(event, &fixed),
        numbers,
    })
}
