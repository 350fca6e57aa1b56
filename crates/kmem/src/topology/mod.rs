//! Which CPU belongs to which NUMA node, from the file itself or from what a machine's own tools print.

mod cpulist;
mod lscpu;
mod numactl;
mod sysfs;

pub(crate) use numactl::NO_NODES;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::ids::Node;

/// CPU numbers above this are taken for damage, as no kernel knows so many.
const MAX_CPU: u32 = 1 << 16;

/// Nodes and their CPUs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topology {
    nodes: Vec<i32>,
    node_of_cpu: Vec<Option<i32>>,
}

/// Why a text is no NUMA topology.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TopologyError {
    /// No known form fits.
    #[error(
        "this is no NUMA topology: expected the output of `numactl --hardware`, `lscpu`, `lscpu -p`, \
         `grep . /sys/devices/system/node/node*/cpulist` or `ls /sys/devices/system/node/node*`"
    )]
    Unknown,
    /// A line names a list of CPUs that is none.
    #[error("line {line}: `{form}` should list CPU numbers below 65536, such as 0-3,8")]
    BadCpuList {
        /// Line of the text, from 1.
        line: usize,
        /// The form that the text has.
        form: &'static str,
    },
    /// The form lists nodes, but no CPU of them.
    #[error(
        "this lists the NUMA nodes but not their CPUs: run `ls /sys/devices/system/node/node*` (with the `node*`) or \
         `numactl --hardware`"
    )]
    NoCpus,
}

impl Topology {
    /// A machine of which no node is known: every CPU's node is −1, as where /sys has no nodes.
    #[must_use]
    pub fn none() -> Topology {
        Topology::default()
    }

    /// Nodes with their CPU lists, each list written as the kernel does (`0-3,8`).
    ///
    /// # Errors
    /// The index of the first node whose list cannot be read.
    pub fn from_cpu_lists<'a>(nodes: impl IntoIterator<Item = (u32, &'a str)>) -> Result<Topology, usize> {
        let mut topology = Topology::default();
        for (index, (node, list)) in nodes.into_iter().enumerate() {
            let Some(cpus) = cpulist::parse(list) else { return Err(index) };
            topology.add_node(node);
            for cpu in cpus {
                topology.add_cpu(cpu, node);
            }
        }
        Ok(topology)
    }

    /// Reads a topology from any text form that the kernel's or util-linux's tools print, [`Topology::none`] where they
    /// say that the machine has no nodes.
    ///
    /// # Errors
    /// Where the text is none of the forms, or its lists are no lists of CPUs.
    pub fn parse(text: &str) -> Result<Topology, TopologyError> {
        for form in
            [numactl::parse, sysfs::parse_cpulists, lscpu::parse_table, sysfs::parse_ls, lscpu::parse_summary]
        {
            if let Some(found) = form(text)? {
                return Ok(found);
            }
        }
        Err(TopologyError::Unknown)
    }

    /// The node of a CPU, if it is known.
    #[must_use]
    pub fn node_of(&self, cpu: u32) -> Option<Node> {
        self.node_of_cpu.get(cpu as usize).copied().flatten().map(Node)
    }

    /// The nodes, ascending.
    pub fn nodes(&self) -> impl Iterator<Item = Node> + '_ {
        self.nodes.iter().copied().map(Node)
    }

    /// The CPUs of a node, ascending.
    pub fn cpus_of(&self, node: Node) -> impl Iterator<Item = u32> + '_ {
        self.node_of_cpu
            .iter()
            .enumerate()
            .filter(move |(_, of)| **of == Some(node.0))
            .map(|(cpu, _)| cpu as u32)
    }

    /// Whether no node is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    pub(crate) fn add_node(&mut self, node: u32) {
        let node = node as i32;
        if let Err(at) = self.nodes.binary_search(&node) {
            self.nodes.insert(at, node);
        }
    }

    /// A CPU listed twice belongs to the later node, as in perf.
    pub(crate) fn add_cpu(&mut self, cpu: u32, node: u32) {
        let at = cpu.min(MAX_CPU) as usize;
        if self.node_of_cpu.len() <= at {
            self.node_of_cpu.resize(at + 1, None);
        }
        if let Some(of) = self.node_of_cpu.get_mut(at) {
            *of = Some(node as i32);
        }
    }

    fn from_map(nodes: BTreeMap<u32, Vec<u32>>) -> Topology {
        let mut topology = Topology::default();
        for (node, cpus) in nodes {
            topology.add_node(node);
            for cpu in cpus {
                topology.add_cpu(cpu, node);
            }
        }
        topology
    }
}

#[cfg(test)]
mod tests {
    use super::{Topology, TopologyError};
    use crate::ids::Node;
    use alloc::vec::Vec;

    fn two_by_two() -> Topology {
        Topology::from_cpu_lists([(0, "0-1"), (1, "2-3")]).unwrap()
    }

    #[test]
    fn every_form_says_the_same() {
        let numactl = "available: 2 nodes (0-1)\nnode 0 cpus: 0 1\nnode 0 size: 1977 MB\nnode 0 free: 1908 MB\n\
            node 1 cpus: 2 3\nnode 1 size: 1950 MB\nnode distances:\nnode     0    1 \n   0:   10   20 \n";
        let grep = "/sys/devices/system/node/node0/cpulist:0-1\n/sys/devices/system/node/node1/cpulist:2-3\n";
        let lscpu = "Architecture:            x86_64\nCPU(s):                  4\nNUMA node(s):            2\n\
            NUMA node0 CPU(s):       0,1\nNUMA node1 CPU(s):       2,3\n";
        let table = "# The following is the parsable format\n# CPU,Core,Socket,Node,,L1d,L1i,L2,L3\n\
            0,0,0,0,,0,0,0,0\n1,1,0,0,,1,1,1,0\n2,2,0,1,,2,2,2,2\n3,3,0,1,,3,3,3,2\n";
        let long = "/sys/devices/system/node/node0:\ntotal 0\n\
            lrwxrwxrwx 1 root root     0 Nov 23 15:34 cpu0 -> ../../cpu/cpu0\n\
            lrwxrwxrwx 1 root root     0 Nov 23 15:34 cpu1 -> ../../cpu/cpu1\n\
            -r--r--r-- 1 root root 28672 Nov 23 15:34 cpulist\n\n/sys/devices/system/node/node1:\ntotal 0\n\
            lrwxrwxrwx 1 root root     0 Nov 23 15:34 cpu2 -> ../../cpu/cpu2\n\
            lrwxrwxrwx 1 root root     0 Nov 23 15:34 cpu3 -> ../../cpu/cpu3\n";
        let short = "/sys/devices/system/node/node0:\ncompact  cpu0  cpu1  cpulist\n\n\
            /sys/devices/system/node/node1:\ncompact\ncpu2\ncpu3\ncpulist\n";
        for text in [numactl, grep, lscpu, table, long, short] {
            assert_eq!(Topology::parse(text), Ok(two_by_two()), "{text}");
            let dos = text.replace('\n', "\r\n");
            assert_eq!(Topology::parse(&dos), Ok(two_by_two()), "{dos}");
        }
    }

    #[test]
    fn a_machine_without_nodes_says_so() {
        let numactl = "No NUMA available on this system\n";
        let lscpu = "Architecture:                            s390x\nByte Order:                              Big Endian\n\
            CPU(s):                                  2\nOn-line CPU(s) list:                     0,1\n";
        let table = "# The following is the parsable format\n# CPU,Core,Socket,Node\n0,0,0,\n1,1,1,\n";
        for text in [numactl, lscpu, table] {
            assert_eq!(Topology::parse(text), Ok(Topology::none()), "{text}");
        }
        let no_cpu = "# The following is the parsable format\n# CPU,Core,Socket,Node\n";
        assert_eq!(Topology::parse(no_cpu), Err(TopologyError::Unknown));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "hello", "0-3\n", "ffffffff81000000 T _text\n", "{\"cpus\": 4}"] {
            assert_eq!(Topology::parse(text), Err(TopologyError::Unknown), "{text}");
        }
        assert!(matches!(
            Topology::parse("/sys/devices/system/node/node0/cpulist:0-x\n"),
            Err(TopologyError::BadCpuList { line: 1, .. })
        ));
        assert_eq!(
            Topology::parse("/sys/devices/system/node:\nhas_cpu\nnode0\nnode1\nonline\n"),
            Err(TopologyError::NoCpus)
        );
    }

    #[test]
    fn nodes_without_cpus_are_nodes() {
        let topology = Topology::parse("available: 2 nodes (0-1)\nnode 0 cpus: 0\nnode 1 cpus:\n").unwrap();
        assert_eq!(topology.nodes().collect::<Vec<_>>(), [Node(0), Node(1)]);
        assert_eq!(topology.node_of(0), Some(Node(0)));
        assert_eq!(topology.node_of(1), None);
        assert_eq!(topology.cpus_of(Node(1)).count(), 0);
    }
}
