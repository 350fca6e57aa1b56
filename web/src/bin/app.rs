//! The page: see `kmemscope_web::app`.

fn main() {
    kmemscope_web::app::start();
}
