//! The recorded machines' own files: every form of the NUMA topology says the same, kallsyms come back whole, and each
//! input is recognised by its content.

use kmem::{
    Symbols, Topology,
    input::{Recognised, recognise},
};
use kmemscope_tests::data::{checked_in, folders};

const FORMS: [&str; 5] =
    ["node-cpulist.txt", "numactl-hardware.txt", "lscpu.txt", "lscpu-p.txt", "sys-node-ls.txt"];

#[test]
fn every_form_of_a_topology_says_the_same() {
    let mut compared = 0;
    for folder in folders(&checked_in()).unwrap() {
        let mut texts = FORMS.map(|form| (form, folder.text(form).unwrap())).to_vec();
        let has_nodes = !folder.name.starts_with("s390x");
        if !has_nodes {
            // /sys has nothing to list there.
            texts.retain(|(_, text)| !text.is_empty());
            assert_eq!(texts.len(), 3, "{}", folder.name);
        }
        let first = Topology::parse(&texts[0].1).unwrap();
        assert_eq!(first.is_empty(), !has_nodes, "{}", folder.name);
        for (form, text) in &texts {
            assert_eq!(Topology::parse(text).as_ref(), Ok(&first), "{}/{form}", folder.name);
            assert!(
                matches!(recognise(&text.as_bytes()[..text.len().min(4096)]), Recognised::Topology),
                "{}/{form}",
                folder.name
            );
            compared += 1;
        }
    }
    assert_eq!(compared, 29 * FORMS.len() + 5 * 3);
}

#[test]
fn recordings_and_kallsyms_are_recognised_and_read() {
    let mut seen = std::collections::BTreeSet::new();
    for folder in folders(&checked_in()).unwrap() {
        let recording = folder.recording().unwrap();
        let recognised = recognise(&recording[..4096]);
        let expected = if folder.is_pipe() { Recognised::PerfPipe } else { Recognised::PerfData };
        assert_eq!(format!("{recognised:?}"), format!("{expected:?}"), "{}", folder.name);

        let name = folder.text("kallsyms.name").unwrap();
        if seen.insert(name) {
            let kallsyms = folder.kallsyms().unwrap();
            assert!(matches!(recognise(&kallsyms[..4096]), Recognised::Symbols), "{}", folder.name);
            assert!(Symbols::parse(&kallsyms).is_ok(), "{}", folder.name);
        }
    }
    assert_eq!(seen.len(), 10);
}
