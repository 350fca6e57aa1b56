//! From a sample's payload to an event's parts, by the trace's own formats.

mod decode;

pub(crate) use decode::{Decoders, Payload};
