//! File mode: a header, the attrs, the data section and the feature sections.

use super::{
    attr,
    bytes::Bytes,
    compress::Compressor,
    event::Recording,
    feature,
    form::{Form, Magic},
    format::Era,
    record,
};

/// `PERFILE2` as a little-endian number.
const MAGIC_V2: u64 = 0x3245_4c49_4652_4550;
const HEADER_SIZE: u64 = 104;
/// Bytes of a section's offset and size.
const SECTION: usize = 16;

/// Places of the header's fields.
const ATTRS_AT: usize = 24;
const DATA_AT: usize = 40;
const EVENT_TYPES_AT: usize = 56;
const FEATURES_AT: usize = 72;

pub(super) fn write(recording: &Recording, form: &Form) -> Vec<u8> {
    let attrs = attr::attrs(recording, form);
    let mut bytes = Bytes::new(form.endian);
    match form.magic {
        Magic::V1 => bytes.raw(b"PERFFILE"),
        Magic::V2 => bytes.u64(MAGIC_V2),
    }
    bytes.u64(HEADER_SIZE);
    bytes.u64((form.attr_size + SECTION) as u64);
    bytes.all.resize(HEADER_SIZE as usize, 0);

    let ids: Vec<u64> = attrs
        .iter()
        .map(|attr| {
            let at = bytes.len() as u64;
            for id in &attr.ids {
                bytes.u64(*id);
            }
            at
        })
        .collect();
    let attrs_start = bytes.len();
    for (attr, ids_at) in attrs.iter().zip(ids) {
        attr.write(&mut bytes, form);
        bytes.u64(ids_at);
        bytes.u64(8 * attr.ids.len() as u64);
    }
    section(&mut bytes, ATTRS_AT, attrs_start);

    if form.era == Era::Linux2_6_33 {
        let start = bytes.len();
        for attr in &attrs {
            bytes.u64(attr.tracepoint.map_or(0, |tracepoint| u64::from(tracepoint.id())));
            let name_start = bytes.len();
            bytes.c_string(&attr.name());
            bytes.pad(name_start, 64);
        }
        section(&mut bytes, EVENT_TYPES_AT, start);
    }

    let data_start = bytes.len();
    bytes.raw(&record::opening(recording, form, &attrs));
    let mut compressor = Compressor::new(form);
    for round in record::rounds(recording, form, &attrs) {
        bytes.raw(&compressor.wrap(round.records, form));
        if round.finished {
            bytes.raw(&record::finished_round(form));
        }
    }
    section(&mut bytes, DATA_AT, data_start);

    let sections = feature::sections(recording, form, &attrs);
    let table = bytes.len();
    bytes.all.resize(table + SECTION * sections.len(), 0);
    let mut bits = [0u64; 4];
    for (index, (bit, content)) in sections.iter().enumerate() {
        bits[*bit as usize / 64] |= 1 << (bit % 64);
        let start = bytes.len();
        bytes.raw(content);
        section(&mut bytes, table + SECTION * index, start);
    }
    // The bits are an array of the recording machine's longs.
    let long = form.long_size;
    let mut place = Bytes::new(form.endian);
    for word in bits {
        for part in 0..8 / long {
            place.uint(word >> (8 * long * part), long);
        }
    }
    bytes.all[FEATURES_AT..FEATURES_AT + 32].copy_from_slice(&place.all);
    bytes.all
}

/// Notes at `at` that a section goes from `start` to here.
fn section(bytes: &mut Bytes, at: usize, start: usize) {
    let end = bytes.len();
    bytes.patch_u64(at, start as u64);
    bytes.patch_u64(at + 8, (end - start) as u64);
}
