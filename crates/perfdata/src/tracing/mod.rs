//! TRACING_DATA: what perf copied from tracefs when it recorded, above all the format of every event.
//!
//! The layout is that of `tools/perf/util/trace-event-info.c`: a magic, a version, the byte order, the sizes of a long
//! and of a page, then texts with their lengths.

mod format;

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

pub use format::{EventFormat, Field, FieldKind};

use crate::{Cursor, Endian, Error, Tid, bytes::text};

/// What every trace's tracing data begins with.
const MAGIC: &[u8] = b"\x17\x08\x44tracing";

/// The formats of the trace's tracepoints and the facts that stand beside them.
#[derive(Clone, Debug, Default)]
pub struct TracingData {
    /// The layout's version: `0.5`, `0.6`.
    pub version: String,
    /// The byte order of the payloads.
    pub endian: Endian,
    /// Bytes of a C `long` of the recording kernel: 4 or 8.
    pub long_size: u8,
    /// Bytes of a page.
    pub page_size: u32,
    /// Every event format of the trace.
    pub formats: Vec<EventFormat>,
    /// (thread, name) of those that the kernel remembered when the recording ended.
    pub saved_cmdlines: Vec<(Tid, String)>,
}

/// `saved_cmdlines` of tracefs: lines of a thread's number and its name.
fn saved_cmdlines(lines: &str) -> Vec<(Tid, String)> {
    let line = |line: &str| {
        let (tid, name) = line.trim_start().split_once(' ')?;
        Some((Tid(tid.parse().ok()?), name.to_string()))
    };
    lines.lines().filter_map(line).collect()
}

impl TracingData {
    /// Reads the tracing data from `bytes`, which lie at `base` in the file.
    ///
    /// # Errors
    /// Where the magic is missing or the data ends early; formats that can't be read are passed over.
    pub fn parse(bytes: &[u8], base: u64) -> Result<TracingData, Error> {
        match TracingData::parse_partly(bytes, base) {
            (Some(data), None) => Ok(data),
            (_, error) => Err(error.unwrap_or(Error::TracingMagic { offset: base })),
        }
    }

    /// As much of the tracing data as can be read, and where it was damaged, if so.
    pub(crate) fn parse_partly(bytes: &[u8], base: u64) -> (Option<TracingData>, Option<Error>) {
        let mut cursor = Cursor::new(bytes, base, Endian::Little, "the tracing data");
        let mut data = match TracingData::header(&mut cursor, base) {
            Ok(data) => data,
            Err(error) => return (None, Some(error)),
        };
        let damage = data.contents(&mut cursor).err();
        (Some(data), damage)
    }

    fn header(cursor: &mut Cursor<'_>, base: u64) -> Result<TracingData, Error> {
        if cursor.take(MAGIC.len())? != MAGIC {
            return Err(Error::TracingMagic { offset: base });
        }
        let version = text(cursor.until_nul()?);
        let endian = if cursor.u8()? == 0 { Endian::Little } else { Endian::Big };
        cursor.set_endian(endian);
        let long_size = cursor.u8()?;
        let page_size = cursor.u32()?;
        Ok(TracingData { version, endian, long_size, page_size, ..TracingData::default() })
    }

    fn contents(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Error> {
        for name in ["header_page", "header_event"] {
            let offset = cursor.offset();
            if cursor.until_nul()? != name.as_bytes() {
                return Err(Error::Tracing { expected: name, offset });
            }
            let len = cursor.u64()?;
            cursor.take_u64(len)?;
        }
        let ftrace = cursor.u32()?;
        self.events(cursor, "ftrace", ftrace)?;
        let systems = cursor.u32()?;
        for _ in 0..systems {
            let system = text(cursor.until_nul()?);
            let count = cursor.u32()?;
            self.events(cursor, &system, count)?;
        }
        // Kernel symbols, of which perf keeps those it needs for itself, and the texts of printk formats.
        let symbols = cursor.u32()?;
        cursor.take_u64(symbols.into())?;
        let printk = cursor.u32()?;
        cursor.take_u64(printk.into())?;
        // Saved command lines: since version 0.6.
        if cursor.left() >= 8 && self.version.parse::<f32>().is_ok_and(|version| version >= 0.6) {
            let len = cursor.u64()?;
            self.saved_cmdlines = saved_cmdlines(&text(cursor.take_u64(len)?));
        }
        Ok(())
    }

    fn events(&mut self, cursor: &mut Cursor<'_>, system: &str, count: u32) -> Result<(), Error> {
        for _ in 0..count {
            let len = cursor.u64()?;
            let bytes = cursor.take_u64(len)?;
            self.formats.extend(EventFormat::parse(&text(bytes), system));
        }
        Ok(())
    }

    /// The format with this id (`attr.config` of a tracepoint).
    pub fn by_id(&self, id: u64) -> Option<&EventFormat> {
        self.formats.iter().find(|format| u64::from(format.id) == id && format.system != "ftrace")
    }

    /// The format of this name.
    pub fn by_name(&self, system: &str, name: &str) -> Option<&EventFormat> {
        self.formats.iter().find(|format| format.name == name && format.system == system)
    }

    /// Formats from a text in which the `format` files of tracefs follow one another, for a trace that has lost its own.
    /// Byte order and sizes are those of the trace's file header, which the text doesn't say.
    pub fn from_format_files(
        files: &str,
        system: &str,
        endian: Endian,
        long_size: u8,
        page_size: u32,
    ) -> TracingData {
        let mut formats = Vec::new();
        let mut rest = files;
        while let Some(start) = rest.find("name:") {
            let after = &rest[start + 5..];
            let end = next_format(after).map_or(rest.len(), |at| start + 5 + at);
            formats.extend(EventFormat::parse(&rest[start..end], system));
            rest = &rest[end..];
        }
        TracingData { endian, long_size, page_size, formats, ..TracingData::default() }
    }
}

/// Where the next line that begins with `name:` begins.
fn next_format(text: &str) -> Option<usize> {
    text.match_indices("\nname:").map(|(at, _)| at + 1).next()
}

impl core::fmt::Display for EventFormat {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}:{}", self.system, self.name)
    }
}
