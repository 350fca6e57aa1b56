//! The page and its workers. One program is all of them, so that what they share comes over the wire once.

use kmemscope_web::{
    app,
    program::{self, Role},
    worker,
};

fn main() {
    match program::role() {
        Role::Page => app::start(),
        Role::Analyser => worker::start(),
        Role::Reader => worker::start_reader(),
    }
}
