//! The worker: see `kmemscope_web::worker`.

fn main() {
    kmemscope_web::worker::start();
}
