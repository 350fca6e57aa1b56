//! Long recordings out of short ones: a real `perf.data` repeated in time, with fresh ptrs in each copy, so that nothing
//! large has to be kept anywhere. Counts of a recording grown to `n` copies are `n` times those of the recording.
//!
//! Reads and writes as streams: a recording of any size takes a few megabytes of memory.

mod head;
mod plan;
mod records;
mod samples;
mod tail;

use std::{
    fs::{self, File},
    io::{self, BufWriter, Error, ErrorKind, Read, Result, Seek, SeekFrom, Write},
    path::Path,
};

pub use head::describe;
use plan::{Plan, Survey};
use records::{FINISHED_ROUND, Records, kind};
use samples::Places;
use tail::Tail;

/// How far a recording is to grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// So many copies of it.
    Copies(u64),
    /// Records of at least so many bytes: the last copy ends with the round that reaches them.
    Bytes(u64),
}

impl Until {
    /// `2G`, `500M`, `64K` (powers of 1000, as disks are sold), bytes without a letter, `3x` for copies.
    #[must_use]
    pub fn parse(text: &str) -> Option<Until> {
        if let Some(copies) = text.strip_suffix('x') {
            return copies.parse().ok().filter(|&copies| copies > 0).map(Until::Copies);
        }
        let split = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let unit: u64 = match unit {
            "" => 1,
            "K" => 1_000,
            "M" => 1_000_000,
            "G" => 1_000_000_000,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(unit).filter(|&bytes| bytes > 0).map(Until::Bytes)
    }
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grown {
    /// Copies, the last of them perhaps cut short.
    pub copies: u64,
    /// Samples of all copies.
    pub samples: u64,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Place of the data section's size in the file header.
const DATA_SIZE_AT: u64 = 48;

/// Writes the recording `from` to `to`, repeated. `to` exists only once it is whole.
///
/// # Errors
/// Of the file system, and `InvalidData` where the recording is damaged or is of a form that can't be repeated: a pipe's,
/// compressed, with AUX data, or with samples that don't say their event.
pub fn grow(from: &Path, to: &Path, until: Until) -> Result<Grown> {
    let meta = describe(from)?;
    let header = meta.header.ok_or_else(|| invalid("no header"))?;
    let places = Places::new(&meta)?;
    let mut source = File::open(from)?;
    let data = header.data;
    let tail = Tail::read(&mut source, &header, meta.endian)?;

    let mut survey = Survey::default();
    let mut records = Records::new(&mut source, data, meta.endian)?;
    while let Some(record) = records.next()? {
        survey.add(record, &places)?;
    }
    let copies = match until {
        Until::Copies(copies) => copies,
        Until::Bytes(bytes) => bytes / data.size.max(1) + 2,
    };
    let plan = Plan::new(&survey, &places, copies)?;

    let part = to.with_extension("part");
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&part)?);
    source.seek(SeekFrom::Start(0))?;
    io::copy(&mut (&source).take(data.offset), &mut out)?;
    let mut grown = Grown { copies: 0, samples: 0, bytes: 0 };
    let (mut written, mut newest) = (0, 0);
    'copies: for copy in 0..copies {
        grown.copies += 1;
        let shift = plan.shift(copy);
        let mut last = 0;
        let mut records = Records::new(&mut source, data, meta.endian)?;
        while let Some(record) = records.next()? {
            last = kind(record, meta.endian);
            if !plan.repeats(last, copy) {
                continue;
            }
            grown.samples += u64::from(last == records::SAMPLE);
            newest = newest.max(places.patch(record, &shift)?.unwrap_or(0));
            out.write_all(record)?;
            written += record.len() as u64;
            if last == FINISHED_ROUND && matches!(until, Until::Bytes(bytes) if written >= bytes) {
                break 'copies;
            }
        }
        // So that the events of a copy need not wait for those of the next.
        if last != FINISHED_ROUND {
            let round = records::finished_round(meta.endian);
            out.write_all(&round)?;
            written += round.len() as u64;
        }
        if matches!(until, Until::Bytes(bytes) if written >= bytes) {
            break;
        }
    }
    let tail = tail.moved(data.offset + written, newest);
    out.write_all(&tail)?;
    out.seek(SeekFrom::Start(DATA_SIZE_AT))?;
    out.write_all(&head::word(written, meta.endian))?;
    out.into_inner().map_err(|error| error.into_error())?;
    fs::rename(&part, to)?;
    grown.bytes = data.offset + written + tail.len() as u64;
    Ok(grown)
}

fn invalid(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidData, what.into())
}
