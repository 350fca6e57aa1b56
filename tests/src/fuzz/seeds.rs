//! Valid inputs to start from.

use crate::made::{
    self, Compression, Endian, Era, Form, Identifier, Magic, Mode, Packing,
    scenario::{SCENARIOS, Scenario},
};

/// Small files in file mode, of every kind.
pub fn files() -> Vec<Vec<u8>> {
    forms(Mode::File)
}

/// Small files in pipe mode, of every kind.
pub fn pipes() -> Vec<Vec<u8>> {
    forms(Mode::Pipe)
}

/// Whole files, packed too.
pub fn packed() -> Vec<Vec<u8>> {
    [Packing::Gzip, Packing::Zstd, Packing::Tar, Packing::TarZstd]
        .into_iter()
        .map(|packing| write(&SCENARIOS[0], Form { packing, ..Form::today() }))
        .collect()
}

fn forms(mode: Mode) -> Vec<Vec<u8>> {
    let today = Form { mode, callchain: true, round: Some(3), ..Form::today() };
    let mut forms: Vec<Form> = Era::ALL.into_iter().map(|era| Form { era, ..today.clone() }).collect();
    forms.extend([
        Form { endian: Endian::Big, ..today.clone() },
        Form { endian: Endian::Big, long_size: 4, era: Era::Linux5_10, ..today.clone() },
        Form { compression: Compression::Compressed, compressed_bytes: 300, ..today.clone() },
        Form { compression: Compression::Compressed2, compressed_bytes: 300, ..today.clone() },
        Form { identifier: Identifier::RawOnly, sample_id_all: false, attr_size: 64, ..today.clone() },
        Form {
            identifier: Identifier::Inside,
            magic: Magic::V1,
            era: Era::Linux2_6_33,
            attr_size: 64,
            ..today.clone()
        },
        Form { addr: true, stream_id: true, read: true, after_raw: true, ..today },
    ]);
    let mut files: Vec<Vec<u8>> = forms.into_iter().map(|form| write(&SCENARIOS[0], form)).collect();
    files.extend(SCENARIOS.iter().skip(1).map(|scenario| write(scenario, Form { mode, ..Form::today() })));
    files
}

fn write(scenario: &Scenario, form: Form) -> Vec<u8> {
    made::write(&(scenario.recording)(), &form)
}

/// Event format texts.
pub fn formats() -> Vec<Vec<u8>> {
    Era::ALL
        .into_iter()
        .flat_map(|era| made::formats(&Form { era, ..Form::today() }))
        .map(String::into_bytes)
        .collect()
}

/// TRACING_DATA blocks.
pub fn tracing() -> Vec<Vec<u8>> {
    let recording = (SCENARIOS[0].recording)();
    [
        Form::today(),
        Form { endian: Endian::Big, era: Era::Linux7_3, ..Form::today() },
        Form { long_size: 4, era: Era::Linux2_6_33, ..Form::today() },
    ]
    .iter()
    .map(|form| made::tracing_data(&recording, form))
    .collect()
}

/// kallsyms, System.map.
pub fn symbols() -> Vec<Vec<u8>> {
    [
        "0000000000000000 A fixed_percpu_data\nffffffff81000000 T _text\nffffffff81000000 T startup_64\n\
         ffffffff81001000 t __alloc_pages\nffffffff81001000 W alias\nffffffff82000000 D data\n\
         ffffffffc0001000 t init_module\t[ext4]\n",
        "0000000000000000 T _text\n0000000000000000 T _stext\n0000000000000000 t a\n",
        "ffffffff81000000 T _text\nffffffff81002000 T _stext\nffffffff82000000 R __end_rodata\n",
        "c1000000 T _text\nc1000100 t do_one\nc1000200 t do_two\t[mod]\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}

/// NUMA topologies in every form of text.
pub fn topologies() -> Vec<Vec<u8>> {
    [
        "available: 2 nodes (0-1)\nnode 0 cpus: 0 1\nnode 0 size: 1977 MB\nnode 1 cpus: 2 3\nnode distances:\n\
         node     0    1 \n   0:   10   20 \n",
        "/sys/devices/system/node/node0/cpulist:0-1,8-1023\n/sys/devices/system/node/node1/cpulist:2-3\n",
        "Architecture:            x86_64\nNUMA node(s):            2\nNUMA node0 CPU(s):       0,1\n\
         NUMA node1 CPU(s):       2,3\n",
        "# CPU,Core,Socket,Node,,L1d,L1i,L2,L3\n0,0,0,0,,0,0,0,0\n1,1,0,1,,1,1,1,0\n",
        "/sys/devices/system/node/node0:\ntotal 0\nlrwxrwxrwx 1 root root 0 Nov 23 15:34 cpu0 -> ../../cpu/cpu0\n\
         -r--r--r-- 1 root root 28672 Nov 23 15:34 cpulist\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .to_vec()
}
