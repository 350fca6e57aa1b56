//! Recognises a file by its first bytes.

use crate::topology::NO_NODES;

/// What a file is, as far as its first bytes tell. 4 KiB of them are enough; with fewer, texts may not be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recognised {
    /// A perf.data with a table of contents, to be read at random.
    PerfData,
    /// A perf.data written as a stream (`perf record -o -`).
    PerfPipe,
    /// /proc/kallsyms or System.map.
    Symbols,
    /// NUMA topology in one of the known text forms.
    Topology,
    /// Format files of tracepoints (`cat /sys/kernel/tracing/events/kmem/*/format`).
    EventFormats,
    /// Packed: what is inside is told by its own first bytes.
    Packed(Packing),
    /// Something else, that can be named.
    Other(Other),
}

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// gzip
    Gzip,
    /// Zstandard
    Zstd,
    /// tar
    Tar,
}

/// What a file is that is none of the inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Other {
    /// No bytes at all.
    Empty,
    /// A picture.
    Picture(&'static str),
    /// A program, a library or a core dump.
    Elf,
    /// A network capture.
    NetworkCapture,
    /// A kernel trace of ftrace's trace-cmd.
    TraceCmd,
    /// A packing that is not unpacked here.
    UnsupportedPacking(&'static str),
    /// The text that `perf script` prints.
    PerfScript,
    /// The text that `perf kmem stat` prints.
    PerfKmemText,
    /// A web page or other markup.
    Markup,
    /// JSON.
    Json,
    /// A PDF.
    Pdf,
    /// Some other text.
    Text,
    /// Only zero bytes so far: a file that was never written, or a sparse copy.
    Zeros,
    /// Bytes of no known kind.
    Binary,
}

impl Recognised {
    /// What it is and what to do, in a sentence; for the inputs just what it is.
    #[must_use]
    pub fn sentence(&self) -> &'static str {
        match self {
            Recognised::PerfData => "a perf.data file",
            Recognised::PerfPipe => "a perf.data stream",
            Recognised::Symbols => "a kernel symbol table",
            Recognised::Topology => "a NUMA topology",
            Recognised::EventFormats => "tracepoint format files",
            Recognised::Packed(Packing::Gzip) => "gzip-packed",
            Recognised::Packed(Packing::Zstd) => "zstd-packed",
            Recognised::Packed(Packing::Tar) => "a tar archive",
            Recognised::Other(other) => other.sentence(),
        }
    }
}

impl Other {
    /// What it is and what to do instead, in a sentence.
    #[must_use]
    pub fn sentence(&self) -> &'static str {
        match self {
            Other::Empty => {
                "The file is empty. If a recording was cut short, perf had nothing to write: record again with `perf \
                 kmem record`."
            }
            Other::Picture(_) => {
                "This is a picture, not a trace: drop the perf.data that `perf kmem record` wrote."
            }
            Other::Elf => {
                "This is an ELF file (a program, a vmlinux or a core dump): drop perf.data, and for symbols the text \
                 of /proc/kallsyms."
            }
            Other::NetworkCapture => {
                "This is a network capture: drop the perf.data that `perf kmem record` wrote."
            }
            Other::TraceCmd => {
                "This is a trace.dat of trace-cmd, which is not read here: record with `perf kmem record` instead."
            }
            Other::UnsupportedPacking(_) => {
                "This file is packed in a way that is not unpacked here (gzip, zstd and tar are): unpack it first."
            }
            Other::PerfScript => {
                "This is the text of `perf script`: drop the perf.data itself, which it was made from."
            }
            Other::PerfKmemText => {
                "This is the text of `perf kmem stat`: drop the perf.data itself, which it was made from."
            }
            Other::Markup => {
                "This is a web page or other markup, not a trace: was it a download that failed?"
            }
            Other::Json => "This is JSON, not a trace: drop the perf.data that `perf kmem record` wrote.",
            Other::Pdf => "This is a PDF, not a trace: drop the perf.data that `perf kmem record` wrote.",
            Other::Text => {
                "This text is none that is known here: expected perf.data, /proc/kallsyms, System.map, or a NUMA \
                 topology (`numactl --hardware`, `lscpu`, or a listing of /sys/devices/system/node)."
            }
            Other::Zeros => {
                "This file begins with nothing but zero bytes: it was not fully copied or written."
            }
            Other::Binary => {
                "This is no perf.data (which begins with PERFILE2): drop the file that `perf kmem record` wrote."
            }
        }
    }
}

/// Recognises a file by its first bytes (`head`); an empty `head` means an empty file.
#[must_use]
pub fn recognise(head: &[u8]) -> Recognised {
    if head.is_empty() {
        return Recognised::Other(Other::Empty);
    }
    by_magic(head).unwrap_or_else(|| match text_of(head) {
        Some(text) => by_text(text),
        None if head.iter().all(|&b| b == 0) => Recognised::Other(Other::Zeros),
        None => Recognised::Other(Other::Binary),
    })
}

fn by_magic(head: &[u8]) -> Option<Recognised> {
    if let Some(size) = perf_header_size(head) {
        return Some(if size == 16 { Recognised::PerfPipe } else { Recognised::PerfData });
    }
    let other = |other| Some(Recognised::Other(other));
    match head {
        [0x1f, 0x8b, ..] => Some(Recognised::Packed(Packing::Gzip)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Recognised::Packed(Packing::Zstd)),
        // A skippable frame may come first.
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Recognised::Packed(Packing::Zstd)),
        _ if head.get(257..262) == Some(b"ustar") => Some(Recognised::Packed(Packing::Tar)),
        [0xff, 0xd8, 0xff, ..] => other(Other::Picture("JPEG")),
        [0x89, b'P', b'N', b'G', ..] => other(Other::Picture("PNG")),
        [b'G', b'I', b'F', b'8', ..] => other(Other::Picture("GIF")),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => other(Other::Picture("WebP")),
        [0x7f, b'E', b'L', b'F', ..] => other(Other::Elf),
        [0xd4, 0xc3, 0xb2, 0xa1, ..]
        | [0xa1, 0xb2, 0xc3, 0xd4, ..]
        | [0x4d, 0x3c, 0xb2, 0xa1, ..]
        | [0x0a, 0x0d, 0x0d, 0x0a, ..] => other(Other::NetworkCapture),
        [0x17, 0x08, 0x44, b't', b'r', b'a', ..] => other(Other::TraceCmd),
        [b'%', b'P', b'D', b'F', ..] => other(Other::Pdf),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => other(Other::UnsupportedPacking("xz")),
        [b'B', b'Z', b'h', ..] => other(Other::UnsupportedPacking("bzip2")),
        [b'P', b'K', 3, 4, ..] => other(Other::UnsupportedPacking("zip")),
        [b'7', b'z', 0xbc, 0xaf, ..] => other(Other::UnsupportedPacking("7z")),
        [0x04, 0x22, 0x4d, 0x18, ..] => other(Other::UnsupportedPacking("lz4")),
        _ => None,
    }
}

/// The header size that a perf.data gives for itself, if `head` begins one: 16 for a stream.
fn perf_header_size(head: &[u8]) -> Option<u64> {
    let size = <[u8; 8]>::try_from(head.get(8..16).unwrap_or_default()).ok();
    match head.get(..8)? {
        b"PERFILE2" | b"PERFFILE" => Some(size.map_or(0, u64::from_le_bytes)),
        b"2ELIFREP" | b"ELIFFREP" => Some(size.map_or(0, u64::from_be_bytes)),
        _ => None,
    }
}

/// The head as text, if it is one; a character cut by its end is left out.
fn text_of(head: &[u8]) -> Option<&str> {
    let text = match core::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            core::str::from_utf8(head.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let text = text.trim_start_matches('\u{feff}');
    (!text.bytes().any(|b| b < 0x20 && !matches!(b, b'\n' | b'\r' | b'\t' | 0x0c | 0x1b))).then_some(text)
}

fn by_text(text: &str) -> Recognised {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    if is_symbol_line(first) {
        return Recognised::Symbols;
    }
    if text.contains("\nformat:") && text.contains("\tfield:")
        || first.starts_with("name: ") && text.contains("\nID: ")
    {
        return Recognised::EventFormats;
    }
    let topology =
        [NO_NODES, "available: ", "node 0 cpus:", "/sys/devices/system/node", "NUMA node", "# CPU,"];
    if topology.iter().any(|mark| text.contains(mark))
        || first.starts_with("# The following is the parsable format")
    {
        return Recognised::Topology;
    }
    if text.contains("Architecture:") && text.contains("CPU(s):")
        || text.contains("has_cpu") && text.contains("node0")
    {
        return Recognised::Topology;
    }
    Recognised::Other(if text.contains("SUMMARY (SLAB allocator)") || text.contains(" Total_alloc/Per |") {
        Other::PerfKmemText
    } else if text.contains(" kmem:k") && text.contains("bytes_req=") || text.contains("kmem:kfree: ") {
        Other::PerfScript
    } else if first.starts_with('<') {
        Other::Markup
    } else if first.starts_with('{') || first.starts_with('[') {
        Other::Json
    } else {
        Other::Text
    })
}

fn is_symbol_line(line: &str) -> bool {
    let mut parts = line.split_whitespace();
    let (Some(address), Some(kind), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    matches!(address.len(), 8 | 16)
        && address.bytes().all(|b| b.is_ascii_hexdigit())
        && kind.len() == 1
        && kind.bytes().all(|b| b.is_ascii_alphabetic() || b == b'?')
}

#[cfg(test)]
mod tests {
    use super::{Other, Packing, Recognised, recognise};

    #[test]
    fn by_content() {
        let file = |magic: &[u8; 8], size: [u8; 8]| [magic.as_slice(), &size].concat();
        let table: &[(&[u8], Recognised)] = &[
            (&file(b"PERFILE2", 104u64.to_le_bytes()), Recognised::PerfData),
            (&file(b"PERFILE2", 16u64.to_le_bytes()), Recognised::PerfPipe),
            (&file(b"2ELIFREP", 16u64.to_be_bytes()), Recognised::PerfPipe),
            (&file(b"2ELIFREP", 104u64.to_be_bytes()), Recognised::PerfData),
            (b"PERFFILE", Recognised::PerfData),
            (b"", Recognised::Other(Other::Empty)),
            (b"\xff\xd8\xff\xe0", Recognised::Other(Other::Picture("JPEG"))),
            (b"\x7fELF\x02", Recognised::Other(Other::Elf)),
            (b"\xd4\xc3\xb2\xa1\x02", Recognised::Other(Other::NetworkCapture)),
            (b"\x1f\x8b\x08", Recognised::Packed(Packing::Gzip)),
            (b"\x28\xb5\x2f\xfd\x04", Recognised::Packed(Packing::Zstd)),
            (b"ffffffff81000000 T _text\n", Recognised::Symbols),
            (b"00100000 T startup_continue\n", Recognised::Symbols),
            (b"available: 2 nodes (0-1)\nnode 0 cpus: 0 1\n", Recognised::Topology),
            (b"/sys/devices/system/node/node0/cpulist:0-1\n", Recognised::Topology),
            (b"No NUMA available on this system\n", Recognised::Topology),
            (
                b"name: kfree\nID: 625\nformat:\n\tfield:unsigned short common_type;\n",
                Recognised::EventFormats,
            ),
            (b"<!DOCTYPE html>", Recognised::Other(Other::Markup)),
            (b"{\"a\":1}", Recognised::Other(Other::Json)),
            (b"hello, world", Recognised::Other(Other::Text)),
            (&[0; 64], Recognised::Other(Other::Zeros)),
            (&[1, 2, 3, 0xfe], Recognised::Other(Other::Binary)),
        ];
        for (head, expected) in table {
            assert_eq!(recognise(head), *expected, "{head:?}");
        }
        let mut tar = [0u8; 512];
        tar[..9].copy_from_slice(b"perf.data");
        tar[257..262].copy_from_slice(b"ustar");
        assert_eq!(recognise(&tar), Recognised::Packed(Packing::Tar));
    }
}
