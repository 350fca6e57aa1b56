//! Pipe mode: attrs, features and tracing data are records too.

use super::{
    attr,
    bytes::Bytes,
    compress::Compressor,
    event::Recording,
    feature,
    form::Form,
    format::Era,
    record::{self, record},
    tracing,
};

/// `PERFILE2` as a little-endian number.
const MAGIC_V2: u64 = 0x3245_4c49_4652_4550;
const HEADER_SIZE: u64 = 16;

const HEADER_ATTR: u32 = 64;
const HEADER_EVENT_TYPE: u32 = 65;
const HEADER_TRACING_DATA: u32 = 66;
const HEADER_FEATURE: u32 = 80;

pub(super) fn write(recording: &Recording, form: &Form) -> Vec<u8> {
    let attrs = attr::attrs(recording, form);
    let mut bytes = Bytes::new(form.endian);
    bytes.u64(MAGIC_V2);
    bytes.u64(HEADER_SIZE);
    for attr in &attrs {
        record(&mut bytes, HEADER_ATTR, 0, |bytes| {
            attr.write(bytes, form);
            for id in &attr.ids {
                bytes.u64(*id);
            }
        });
    }
    if form.era == Era::Linux2_6_33 {
        for attr in &attrs {
            record(&mut bytes, HEADER_EVENT_TYPE, 0, |bytes| {
                bytes.u64(attr.tracepoint.map_or(0, |tracepoint| u64::from(tracepoint.id())));
                let start = bytes.len();
                bytes.c_string(&attr.name());
                bytes.pad(start, 64);
            });
        }
    }
    for (bit, content) in feature::sections(recording, form, &attrs) {
        record(&mut bytes, HEADER_FEATURE, 0, |bytes| {
            bytes.u64(u64::from(bit));
            bytes.raw(&content);
        });
    }
    let mut formats = tracing::write(recording, form);
    formats.resize(formats.len().next_multiple_of(8), 0);
    record(&mut bytes, HEADER_TRACING_DATA, 0, |bytes| bytes.u32(formats.len() as u32));
    // The record's size does not count its content.
    bytes.raw(&formats);

    bytes.raw(&record::opening(recording, form, &attrs));
    let mut compressor = Compressor::new(form);
    for round in record::rounds(recording, form, &attrs) {
        bytes.raw(&compressor.wrap(round.records, form));
        if round.finished {
            bytes.raw(&record::finished_round(form));
        }
    }
    bytes.all
}
