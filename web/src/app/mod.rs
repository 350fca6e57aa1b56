//! The root of the page.

mod drop;
mod folder;
mod link;
mod shell;

pub(crate) use drop::list;
pub use link::Link;
pub use shell::App;

/// Puts the page into the document.
pub fn start() {
    let document = gloo::utils::document();
    if let Some(root) = document.get_element_by_id("app") {
        root.set_inner_html("");
        yew::Renderer::<App>::with_root(root).render();
    }
}
