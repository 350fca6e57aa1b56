//! A chart as a PNG file.

use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, CssStyleDeclaration, HtmlAnchorElement, HtmlCanvasElement};
use yew::AttrValue;

use super::squarify::Place;

/// One rectangle of the picture. Colours are the names of custom properties of the page.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mark {
    /// Where it is.
    pub(super) place: Place,
    /// Its colour.
    pub(super) fill: String,
    /// Its text's colour.
    pub(super) ink: String,
    /// What is written on it, cut off at its edge.
    pub(super) text: AttrValue,
}

/// Pixels of the picture for one of the page's: sharp on every screen.
const DENSITY: f64 = 2.0;
/// Room for the title above the marks.
const TITLE: f64 = 24.0;

/// Draws marks of an area of this size in the colours of the theme in force, and saves them under the title's name.
/// Where the browser can't, nothing happens.
pub(super) fn save(title: &str, width: f64, height: f64, marks: &[Mark]) {
    let document = gloo::utils::document();
    let canvas =
        document.create_element("canvas").ok().and_then(|it| it.dyn_into::<HtmlCanvasElement>().ok());
    let Some(canvas) = canvas else { return };
    canvas.set_width((width * DENSITY) as u32);
    canvas.set_height(((height + TITLE) * DENSITY) as u32);
    if draw(&canvas, title, (width, height), marks).is_none() {
        return;
    }
    let anchor = document.create_element("a").ok().and_then(|it| it.dyn_into::<HtmlAnchorElement>().ok());
    if let (Some(anchor), Ok(url)) = (anchor, canvas.to_data_url_with_type("image/png")) {
        anchor.set_href(&url);
        anchor.set_download("kmemscope.png");
        anchor.click();
    }
}

fn draw(canvas: &HtmlCanvasElement, title: &str, (width, height): (f64, f64), marks: &[Mark]) -> Option<()> {
    let context = canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
    let root = gloo::utils::document().document_element()?;
    let style = gloo::utils::window().get_computed_style(&root).ok()??;
    let colour = |name: &str| value(&style, name);
    context.scale(DENSITY, DENSITY).ok()?;
    context.set_fill_style_str(&colour("--surface"));
    context.fill_rect(0.0, 0.0, width, height + TITLE);
    context.set_text_baseline("top");
    context.set_font("13px system-ui, sans-serif");
    context.set_fill_style_str(&colour("--text"));
    context.fill_text(title, 4.0, 5.0).ok()?;
    context.set_font("11px ui-monospace, monospace");
    for mark in marks {
        let Place { x, y, width, height } = mark.place;
        let y = y + TITLE;
        context.set_fill_style_str(&colour(&mark.fill));
        context.fill_rect(x, y, (width - 1.0).max(0.5), (height - 1.0).max(0.5));
        if !mark.text.is_empty() {
            context.save();
            context.begin_path();
            context.rect(x, y, width - 2.0, height);
            context.clip();
            context.set_fill_style_str(&colour(&mark.ink));
            context.fill_text(&mark.text, x + 4.0, y + 3.0).ok()?;
            context.restore();
        }
    }
    Some(())
}

fn value(style: &CssStyleDeclaration, name: &str) -> String {
    style.get_property_value(name).unwrap_or_default()
}
