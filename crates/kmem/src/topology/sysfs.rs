//! /sys/devices/system/node: `grep . …/node*/cpulist`, and `ls` of its folders, with or without `-l`, `-R`.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{Topology, TopologyError, cpulist};

pub(super) fn parse_cpulists(text: &str) -> Result<Option<Topology>, TopologyError> {
    let mut nodes: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let Some((path, list)) = line.trim().split_once("/cpulist:") else { continue };
        let Some(node) = node_of(path) else { continue };
        let error = TopologyError::BadCpuList {
            line: index + 1,
            form: "grep . /sys/devices/system/node/node*/cpulist",
        };
        nodes.insert(node, cpulist::parse(list).ok_or(error)?);
    }
    Ok((!nodes.is_empty()).then(|| Topology::from_map(nodes)))
}

pub(super) fn parse_ls(text: &str) -> Result<Option<Topology>, TopologyError> {
    let mut nodes: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut folder: Option<u32> = None;
    let mut saw_nodes = false;
    for line in text.lines() {
        let line = line.trim_end();
        if let Some(path) = line.strip_suffix(':')
            && !path.contains(char::is_whitespace)
        {
            folder = node_of(path);
            if let Some(node) = folder {
                nodes.entry(node).or_default();
            }
            continue;
        }
        let names = line.split(" -> ").next().unwrap_or(line).split_whitespace();
        for name in names {
            let path = name.trim_end_matches('/');
            let last = path.rsplit('/').next().unwrap_or(path);
            saw_nodes |= node_of(last).is_some();
            let holder = path.rsplit_once('/').and_then(|(parent, _)| node_of(parent)).or(folder);
            if let (Some(node), Some(cpu)) = (holder, last.strip_prefix("cpu").and_then(cpulist::number)) {
                nodes.entry(node).or_default().push(cpu);
            }
        }
    }
    if nodes.values().all(Vec::is_empty) {
        let is_listing =
            text.contains("has_cpu") || text.contains("/sys/devices/system/node") || !nodes.is_empty();
        return if saw_nodes && is_listing { Err(TopologyError::NoCpus) } else { Ok(None) };
    }
    Ok(Some(Topology::from_map(nodes)))
}

/// The node of a path that ends in a node's folder.
fn node_of(path: &str) -> Option<u32> {
    path.rsplit('/').next().and_then(|name| name.strip_prefix("node")).and_then(cpulist::number)
}
