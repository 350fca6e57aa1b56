//! `struct perf_event_attr` and the ids of its events.

use super::{
    bytes::Bytes,
    event::Recording,
    form::{Endian, Form, Identifier},
    format::{Layout, Tracepoint},
};

const TYPE_SOFTWARE: u32 = 1;
const TYPE_TRACEPOINT: u32 = 2;
const CONFIG_DUMMY: u64 = 9;

/// Bits of the attr's bit field, counted from `disabled`.
const FLAG_DISABLED: u32 = 0;
const FLAG_INHERIT: u32 = 1;
const FLAG_SAMPLE_ID_ALL: u32 = 18;

/// `PERF_FORMAT_ID`
const READ_FORMAT: u64 = 1 << 2;

/// One attr: a tracepoint, or perf's own dummy event that carries COMM and MMAP records.
#[derive(Debug, Clone)]
pub(super) struct Attr {
    pub(super) tracepoint: Option<Tracepoint>,
    pub(super) layout: Option<Layout>,
    /// One a CPU.
    pub(super) ids: Vec<u64>,
}

/// The attrs of a recording, in the order in which they are written.
pub(super) fn attrs(recording: &Recording, form: &Form) -> Vec<Attr> {
    let cpus = recording.events.iter().map(|event| u64::from(event.cpu) + 1).max().unwrap_or(1).min(64);
    let mut attrs: Vec<Attr> = Tracepoint::ALL
        .into_iter()
        .filter_map(|tracepoint| Some((tracepoint, Layout::of(tracepoint, form)?)))
        .map(|(tracepoint, layout)| Attr {
            tracepoint: Some(tracepoint),
            layout: Some(layout),
            ids: Vec::new(),
        })
        .collect();
    // Where the sample itself does not say its event, every attr must be of the same kind.
    if form.identifier == Identifier::First {
        attrs.push(Attr { tracepoint: None, layout: None, ids: Vec::new() });
    }
    if form.has_ids() {
        for (index, attr) in attrs.iter_mut().enumerate() {
            attr.ids = (0..cpus).map(|cpu| 100 + 64 * index as u64 + cpu).collect();
        }
    }
    attrs
}

impl Attr {
    /// The id of the event on a CPU; 0 where events have none.
    pub(super) fn id(&self, cpu: u32) -> u64 {
        self.ids.get(cpu as usize).or(self.ids.first()).copied().unwrap_or(0)
    }

    pub(super) fn name(&self) -> String {
        match self.tracepoint {
            Some(tracepoint) => format!("kmem:{}", tracepoint.name()),
            None => "dummy:HG".to_owned(),
        }
    }

    pub(super) fn write(&self, bytes: &mut Bytes, form: &Form) {
        let start = bytes.len();
        match self.tracepoint {
            Some(_) => bytes.u32(TYPE_TRACEPOINT),
            None => bytes.u32(TYPE_SOFTWARE),
        }
        bytes.u32(form.attr_size as u32);
        bytes.u64(self.tracepoint.map_or(CONFIG_DUMMY, |tracepoint| u64::from(tracepoint.id())));
        bytes.u64(1);
        bytes.u64(form.sample_type());
        bytes.u64(READ_FORMAT);
        let mut flags = 1u64 << FLAG_DISABLED | 1 << FLAG_INHERIT;
        if form.sample_id_all {
            flags |= 1 << FLAG_SAMPLE_ID_ALL;
        }
        bit_field(bytes, flags);
        bytes.all.resize(start + form.attr_size, 0);
    }
}

/// A C bit field of 64 bits: the first is the lowest bit of the first byte in little endian, the highest in big.
fn bit_field(bytes: &mut Bytes, flags: u64) {
    for byte in flags.to_le_bytes() {
        bytes.u8(match bytes.endian {
            Endian::Little => byte,
            Endian::Big => byte.reverse_bits(),
        });
    }
}
