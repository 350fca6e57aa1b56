//! `numactl --hardware`: lines `node 0 cpus: 0 1 2`, or that there are no nodes.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{Topology, TopologyError, cpulist};

/// What it prints, and nothing else, on a machine without nodes.
pub(crate) const NO_NODES: &str = "No NUMA available on this system";

pub(super) fn parse(text: &str) -> Result<Option<Topology>, TopologyError> {
    if text.trim() == NO_NODES {
        return Ok(Some(Topology::none()));
    }
    let mut nodes: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let Some(rest) = line.trim().strip_prefix("node ") else { continue };
        let Some((node, cpus)) = rest.split_once(" cpus:") else { continue };
        let error = TopologyError::BadCpuList { line: index + 1, form: "numactl --hardware" };
        let node = cpulist::number(node).ok_or(error)?;
        let list = nodes.entry(node).or_default();
        for cpu in cpus.split_whitespace() {
            list.push(cpulist::number(cpu).ok_or(error)?);
        }
    }
    Ok((!nodes.is_empty()).then(|| Topology::from_map(nodes)))
}
