//! What the whole-program tests stand on: the recorded traces with what perf said of them ([`data`]), the comparison
//! with perf's texts ([`parity`]), a writer of `perf.data` files of any form ([`made`]) with random recordings for it
//! ([`arbitrary`]), and perf's rules written a second time ([`model`]).

pub mod arbitrary;
pub mod budget;
pub mod comparable;
pub mod damage;
pub mod data;
pub mod fuzz;
pub mod grown;
pub mod made;
pub mod memory;
pub mod model;
pub mod parity;
pub mod subject;
pub mod tally;
