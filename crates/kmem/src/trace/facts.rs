//! What a trace says about itself and the machine that recorded it.

use alloc::string::String;
use alloc::vec::Vec;

use perfdata::head::{Event, Mode};
use perfdata::{Endian, Metadata, TracingData};

use crate::ids::Address;
use crate::topology::Topology;

/// Facts about the recording. All that the file does not tell is `None` or empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Name of the machine.
    pub hostname: Option<String>,
    /// Kernel release, as `uname -r`.
    pub os_release: Option<String>,
    /// Version of the perf that recorded.
    pub perf_version: Option<String>,
    /// Machine architecture, as `uname -m`.
    pub arch: Option<String>,
    /// The processor's name.
    pub cpu_description: Option<String>,
    /// CPUs that were online.
    pub cpus_online: Option<u32>,
    /// CPUs that the machine could have.
    pub cpus_available: Option<u32>,
    /// Memory of the machine, KiB.
    pub total_memory_kib: Option<u64>,
    /// The command that recorded, argument by argument.
    pub command_line: Vec<String>,
    /// NUMA nodes of the recording machine, from the file's own NUMA_TOPOLOGY feature.
    pub topology: Option<Topology>,
    /// Bytes of a page, from the tracing data.
    pub page_size: Option<u64>,
    /// Bits of a kernel `long`.
    pub long_bits: Option<u32>,
    /// Whether the recording machine was big-endian.
    pub big_endian: bool,
    /// Whether the file was a stream (`perf record -o -`).
    pub pipe: bool,
    /// Whether `mm_page_alloc` carries a page frame number; before Linux 4.1 it carried an address.
    pub pages_by_pfn: bool,
    /// Every event of the file, with the samples seen of it.
    pub events: Vec<EventCount>,
    /// Kernel and modules as they lay in memory.
    pub kernel_maps: Vec<KernelMap>,
    /// Samples read, kmem ones or not.
    pub samples: u64,
    /// Records of any type read.
    pub records: u64,
    /// Time of the first and the last sample, nanoseconds.
    pub span: Option<(u64, u64)>,
}

impl Facts {
    pub(super) fn see(&mut self, time: u64) {
        self.span = Some(match self.span {
            Some((first, last)) => (first.min(time), last.max(time)),
            None => (time, time),
        });
    }

    /// Whether the recording perf is known and older than `major.minor`.
    #[must_use]
    pub fn perf_older_than(&self, major: u32, minor: u32) -> bool {
        let Some(version) = &self.perf_version else { return false };
        let mut numbers = version.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
        let Some(Ok(got_major)) = numbers.next().map(str::parse::<u32>) else { return false };
        let got_minor = numbers.next().and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
        (got_major, got_minor) < (major, minor)
    }

    /// Samples of the event called `system:name`, if the file has that event.
    #[must_use]
    pub fn samples_of(&self, event: &str) -> Option<u64> {
        self.events.iter().find(|count| count.name == event).map(|count| count.samples)
    }

    /// The map of the kernel itself.
    #[must_use]
    pub fn kernel_map(&self) -> Option<&KernelMap> {
        self.kernel_maps.iter().find(|map| map.name.starts_with("[kernel.kallsyms]"))
    }
}

/// Fills in what a file's head and features say.
pub(super) fn describe(facts: &mut Facts, meta: &Metadata, tracing: Option<&TracingData>) {
    let features = &meta.features;
    facts.hostname.clone_from(&features.hostname);
    facts.os_release.clone_from(&features.os_release);
    facts.perf_version.clone_from(&features.perf_version);
    facts.arch.clone_from(&features.arch);
    facts.cpu_description.clone_from(&features.cpu_desc);
    facts.cpus_online = features.cpus_online;
    facts.cpus_available = features.cpus_available;
    facts.total_memory_kib = features.total_mem_kb;
    facts.command_line.clone_from(&features.cmdline);
    if let Some(nodes) = &features.numa {
        facts.topology =
            Topology::from_cpu_lists(nodes.iter().map(|node| (node.node, node.cpus.as_str()))).ok();
    }
    facts.big_endian = meta.endian == Endian::Big;
    facts.pipe = meta.header.as_ref().is_some_and(|header| header.mode == Mode::Pipe);
    if let Some(tracing) = tracing {
        facts.page_size = (tracing.page_size > 0).then_some(u64::from(tracing.page_size));
        facts.long_bits = Some(u32::from(tracing.long_size) * 8);
    }
    for (index, event) in meta.events.iter().enumerate() {
        let name = event_name(event, tracing, index);
        match facts.events.get_mut(index) {
            Some(known) => known.name = name,
            None => facts.events.push(EventCount { name, samples: 0 }),
        }
    }
}

/// A tracepoint's name is that of its format; the file's own description may say it otherwise or not at all.
fn event_name(event: &Event, tracing: Option<&TracingData>, index: usize) -> String {
    let format = tracing
        .filter(|_| event.attr.is_tracepoint())
        .and_then(|tracing| tracing.formats.iter().find(|format| u64::from(format.id) == event.attr.config));
    match (format, &event.name) {
        (Some(format), _) => alloc::format!("{}:{}", format.system, format.name),
        (None, Some(name)) => name.clone(),
        (None, None) => {
            alloc::format!("event {index} (type {}, config {:#x})", event.attr.kind, event.attr.config)
        }
    }
}

/// An event of the file and how often it was sampled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventCount {
    /// `system:name`, or what the file calls it.
    pub name: String,
    /// Samples seen of it.
    pub samples: u64,
}

/// A part of the kernel's address space, from an MMAP record of the kernel's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelMap {
    /// First address.
    pub start: Address,
    /// Bytes.
    pub len: u64,
    /// Offset as recorded; for the kernel the address of the reference symbol when it was recorded.
    pub page_offset: u64,
    /// `[kernel.kallsyms]_text`, or the path of a module.
    pub name: String,
}

impl KernelMap {
    /// Whether `address` lies in it.
    #[must_use]
    pub fn contains(&self, address: u64) -> bool {
        address.wrapping_sub(self.start.0) < self.len
    }

    /// The reference symbol of the kernel's own map: `_text` of `[kernel.kallsyms]_text`.
    #[must_use]
    pub fn reference_symbol(&self) -> Option<&str> {
        self.name.strip_prefix("[kernel.kallsyms]").filter(|name| !name.is_empty())
    }

    /// The module's name as kallsyms writes it between brackets, if this is a module's map.
    #[must_use]
    pub fn module_name(&self) -> Option<String> {
        if self.name.starts_with("[kernel") || self.name.is_empty() {
            return None;
        }
        if let Some(name) = self.name.strip_prefix('[') {
            return name.strip_suffix(']').map(String::from);
        }
        let file = self.name.rsplit('/').next()?;
        let end = file.find(".ko")?;
        Some(file.get(..end)?.replace('-', "_"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Facts, KernelMap};
    use crate::ids::Address;
    use alloc::string::String;

    #[test]
    fn versions_compare_by_number() {
        let of = |version: &str| Facts { perf_version: Some(version.into()), ..Facts::default() };
        assert!(of("5.10.223").perf_older_than(6, 1));
        assert!(!of("6.1.176").perf_older_than(6, 1));
        assert!(!of("6.12.117").perf_older_than(6, 1));
        assert!(!of("7.3.4").perf_older_than(6, 1));
        assert!(of("2.6.33").perf_older_than(6, 1));
        assert!(!of("unknown").perf_older_than(6, 1));
        assert!(!Facts::default().perf_older_than(6, 1));
    }

    #[test]
    fn module_names_are_those_of_kallsyms() {
        let of = |name: &str| KernelMap { start: Address(0), len: 0, page_offset: 0, name: name.into() };
        let module = of("/lib/modules/6.1/kernel/drivers/net/virtio-net.ko.xz");
        assert_eq!(module.module_name(), Some(String::from("virtio_net")));
        assert_eq!(of("[kernel.kallsyms]_text").module_name(), None);
        assert_eq!(of("[kernel.kallsyms]_text").reference_symbol(), Some("_text"));
        assert_eq!(of("[ext4]").module_name(), Some(String::from("ext4")));
    }
}
