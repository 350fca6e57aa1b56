use std::collections::BTreeMap;

/// The node of each CPU; −1 for a CPU that no node has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CpuNodes(BTreeMap<u32, i32>);

impl CpuNodes {
    /// From the CPU list of each node: single numbers and ranges, with commas.
    pub fn from_lists(lists: &[String]) -> CpuNodes {
        let mut nodes = BTreeMap::new();
        for (node, list) in lists.iter().enumerate() {
            for part in list.split(',').filter(|part| !part.is_empty()) {
                let (first, last) = part.split_once('-').unwrap_or((part, part));
                let (first, last): (u32, u32) = (first.parse().unwrap_or(0), last.parse().unwrap_or(0));
                for cpu in first..=last {
                    nodes.insert(cpu, node as i32);
                }
            }
        }
        CpuNodes(nodes)
    }

    /// The CPU's node.
    pub fn of(&self, cpu: u32) -> i32 {
        self.0.get(&cpu).copied().unwrap_or(-1)
    }
}
