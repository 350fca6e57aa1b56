//! `lscpu`'s summary (`NUMA node0 CPU(s): 0,1`) and its table (`lscpu -p`). On a machine without nodes the summary has no
//! such lines, and the table's column is empty.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{Topology, TopologyError, cpulist};

pub(super) fn parse_summary(text: &str) -> Result<Option<Topology>, TopologyError> {
    let mut nodes: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let Some(rest) = line.trim().strip_prefix("NUMA node") else { continue };
        let Some((node, list)) = rest.split_once(" CPU(s):") else { continue };
        let error = TopologyError::BadCpuList { line: index + 1, form: "lscpu" };
        let node = cpulist::number(node).ok_or(error)?;
        nodes.insert(node, cpulist::parse(list).ok_or(error)?);
    }
    let has = |name: &str| text.lines().any(|line| line.trim().starts_with(name));
    let is_lscpu = !nodes.is_empty() || has("Architecture:") && has("CPU(s):");
    Ok(is_lscpu.then(|| Topology::from_map(nodes)))
}

pub(super) fn parse_table(text: &str) -> Result<Option<Topology>, TopologyError> {
    let mut columns: Option<(usize, usize)> = None;
    let mut nodes: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut has_cpus = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(head) = line.strip_prefix('#') {
            let position =
                |name: &str| head.split(',').position(|column| column.trim().eq_ignore_ascii_case(name));
            if let (Some(cpu), Some(node)) = (position("cpu"), position("node")) {
                columns = Some((cpu, node));
            }
            continue;
        }
        let Some((cpu, node)) = columns else { continue };
        if line.is_empty() {
            continue;
        }
        let error = TopologyError::BadCpuList { line: index + 1, form: "lscpu -p" };
        let cell = |column: usize| line.split(',').nth(column).ok_or(error);
        let cpu = cpulist::number(cell(cpu)?).ok_or(error)?;
        has_cpus = true;
        let node = cell(node)?;
        if node.is_empty() || node == "-" {
            continue;
        }
        nodes.entry(cpulist::number(node).ok_or(error)?).or_default().push(cpu);
    }
    Ok(has_cpus.then(|| Topology::from_map(nodes)))
}
