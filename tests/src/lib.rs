//! What the whole-program tests stand on: the recorded traces with what perf said of them ([`data`]), and the
//! comparison with perf's texts ([`parity`]).

pub mod arbitrary;
pub mod data;
pub mod made;
pub mod model;
