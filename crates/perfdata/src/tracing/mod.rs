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
        if cursor.left() > 0 && has_cmdlines(&self.version) {
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

/// Whether tracing data of this version ends with saved command lines: those from 0.6 on do.
fn has_cmdlines(version: &str) -> bool {
    let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
    match (major.parse::<u32>(), minor.parse::<u32>()) {
        (Ok(0), Ok(minor)) => minor >= 6,
        (Ok(major), Ok(_)) => major > 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KMALLOC: &str =
        "name: kmalloc\nID: 500\nformat:\n\tfield:void * ptr;\toffset:8;\tsize:8;\tsigned:0;\n";

    fn data(version: &str, big: bool) -> Vec<u8> {
        let u32 = |value: u32| if big { value.to_be_bytes() } else { value.to_le_bytes() };
        let u64 = |value: u64| if big { value.to_be_bytes() } else { value.to_le_bytes() };
        let mut bytes = MAGIC.to_vec();
        bytes.extend(version.bytes());
        bytes.extend([0, big.into(), 4]);
        bytes.extend(u32(65536));
        bytes.extend(b"header_page\0");
        bytes.extend(u64(4));
        bytes.extend(b"page");
        bytes.extend(b"header_event\0");
        bytes.extend(u64(0));
        bytes.extend(u32(1));
        bytes.extend(u64(KMALLOC.len() as u64));
        bytes.extend(KMALLOC.replace("500", "3").bytes().chain(*b"  "));
        bytes.extend(u32(1));
        bytes.extend(b"kmem\0");
        bytes.extend(u32(1));
        bytes.extend(u64(KMALLOC.len() as u64));
        bytes.extend(KMALLOC.bytes());
        bytes.extend(u32(3));
        bytes.extend(b"sym");
        bytes.extend(u32(0));
        if version != "0.5" {
            bytes.extend(u64(14));
            bytes.extend(b"7 bash\n12 a b\n");
        }
        bytes
    }

    #[test]
    fn both_byte_orders_and_versions() {
        for big in [false, true] {
            for version in ["0.5", "0.6"] {
                let data = TracingData::parse(&data(version, big), 0).expect("tracing data");
                assert_eq!((data.long_size, data.page_size, data.formats.len()), (4, 65536, 2));
                assert_eq!(data.endian == Endian::Big, big);
                assert_eq!(data.by_id(500).map(|format| format.fields.len()), Some(1));
                assert!(data.by_id(3).is_none(), "ftrace's own formats have no events");
                assert!(data.by_name("kmem", "kmalloc").is_some());
                let saved = [(Tid(7), "bash".to_string()), (Tid(12), "a b".to_string())];
                assert_eq!(data.saved_cmdlines, if version == "0.5" { &[][..] } else { &saved });
            }
        }
    }

    #[test]
    fn cut_anywhere_what_came_before_stays() {
        let whole = data("0.6", false);
        let formats = whole.windows(5).rposition(|window| window == b"sym\0\0").expect("symbols") - 4;
        for end in 0..whole.len() {
            let (data, error) = TracingData::parse_partly(&whole[..end], 100);
            assert_eq!(
                error.is_none(),
                end == whole.len() - 22,
                "only the command lines may be missing: {end}"
            );
            assert!(TracingData::parse(&whole[..end], 100).is_err() == error.is_some());
            let found = data.is_some_and(|data| data.by_id(500).is_some());
            assert_eq!(found, end >= formats, "{end}");
        }
    }

    #[test]
    fn texts_of_format_files() {
        let files =
            alloc::format!("{KMALLOC}\n{}", KMALLOC.replace("kmalloc", "kfree").replace("500", "501"));
        let data = TracingData::from_format_files(&files, "kmem", Endian::Little, 8, 4096);
        let names: Vec<_> = data.formats.iter().map(|format| (format.id, format.to_string())).collect();
        assert_eq!(names, [(500, "kmem:kmalloc".to_string()), (501, "kmem:kfree".to_string())]);
        assert_eq!(TracingData::from_format_files("hello", "kmem", Endian::Little, 8, 4096).formats, []);
    }
}
