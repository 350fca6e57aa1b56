//! Areas in a rectangle, as square as they get (Bruls, Huizing, van Wijk: Squarified Treemaps).

use web_sys::Element;
use yew::prelude::*;

use super::{colour, ink};

/// One area.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// What names it when it is clicked; empty where it can't be.
    pub key: AttrValue,
    /// What is written on it.
    pub label: AttrValue,
    /// What is said of it while the mouse is over it.
    pub detail: AttrValue,
    /// How large it is.
    pub size: f64,
    /// Its colour, from 0 to 1; `None` where it has none.
    pub share: Option<f64>,
}

/// A place in a rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
    /// To the right.
    pub width: f64,
    /// Downwards.
    pub height: f64,
}

/// The places of areas of these sizes, largest first, in a rectangle.
pub fn layout(sizes: &[f64], width: f64, height: f64) -> Vec<Place> {
    let total: f64 = sizes.iter().sum();
    if total <= 0.0 || width <= 0.0 || height <= 0.0 {
        return vec![Place::default(); sizes.len()];
    }
    let scale = width * height / total;
    let mut free = Place { x: 0.0, y: 0.0, width, height };
    let mut places = Vec::with_capacity(sizes.len());
    let mut rest = sizes;
    while !rest.is_empty() {
        let side = free.width.min(free.height).max(f64::MIN_POSITIVE);
        let mut row = 1;
        let mut worst = worst_ratio(&rest[..1], scale, side);
        while let Some(longer) = rest.get(..row + 1) {
            let next = worst_ratio(longer, scale, side);
            if next > worst {
                break;
            }
            worst = next;
            row += 1;
        }
        let (now, later) = rest.split_at(row);
        let area: f64 = now.iter().sum::<f64>() * scale;
        let depth = area / side;
        let mut along = 0.0;
        for size in now {
            let length = if area > 0.0 { size * scale / depth } else { 0.0 };
            places.push(if free.width >= free.height {
                Place { x: free.x, y: free.y + along, width: depth, height: length }
            } else {
                Place { x: free.x + along, y: free.y, width: length, height: depth }
            });
            along += length;
        }
        if free.width >= free.height {
            free.x += depth;
            free.width -= depth;
        } else {
            free.y += depth;
            free.height -= depth;
        }
        rest = later;
    }
    places
}

/// How far from a square the worst of a row is.
fn worst_ratio(row: &[f64], scale: f64, side: f64) -> f64 {
    let area: f64 = row.iter().sum::<f64>() * scale;
    let depth = area / side;
    let ratio = |size: &f64| {
        let length = size * scale / depth;
        (length / depth).max(depth / length)
    };
    row.iter().map(ratio).fold(0.0, f64::max)
}

/// What the chart is given.
#[derive(Clone, PartialEq, Properties)]
pub struct TreemapProps {
    /// The areas, largest first.
    pub areas: Vec<Area>,
    /// What the chart shows, for those who do not see it.
    pub label: AttrValue,
    /// What is said while the mouse is over none.
    pub hint: AttrValue,
    /// An area was clicked.
    pub on_pick: Callback<AttrValue>,
}

/// Areas narrower or lower than this have no text.
const LABEL: (f64, f64) = (44.0, 16.0);

/// The chart, with a line below it that says what the mouse is over.
#[component]
pub fn Treemap(props: &TreemapProps) -> Html {
    let node = use_node_ref();
    let size = use_state(|| (1200.0, 152.0));
    let over = use_state(|| None::<usize>);
    {
        let (node, size) = (node.clone(), size.clone());
        use_effect_with((), move |()| {
            let measure = move || {
                if let Some(element) = node.cast::<Element>() {
                    size.set((f64::from(element.client_width()), f64::from(element.client_height())));
                }
            };
            measure();
            let listener =
                gloo::events::EventListener::new(&gloo::utils::window(), "resize", move |_| measure());
            move || drop(listener)
        });
    }
    let (width, height) = *size;
    let sizes: Vec<f64> = props.areas.iter().map(|area| area.size).collect();
    let places = layout(&sizes, width, height);
    let enter = |at: usize| {
        let over = over.clone();
        Callback::from(move |_: MouseEvent| over.set(Some(at)))
    };
    let leave = {
        let over = over.clone();
        Callback::from(move |_: MouseEvent| over.set(None))
    };
    let said = over.and_then(|at| props.areas.get(at)).map_or(&props.hint, |area| &area.detail);
    html! {
        <figure class="chart">
            <div class="treemap" ref={node} role="img" aria-label={props.label.clone()} onmouseleave={leave} data-testid="treemap">
                { for props.areas.iter().zip(&places).enumerate().filter(|(_, (_, place))| place.width >= 1.0 && place.height >= 1.0).map(|(at, (area, place))| {
                    let paint = match area.share {
                        Some(share) => format!("background:{};color:{}", colour(share), ink(share)),
                        None => String::from("background:var(--surface-sunken);color:var(--text-muted)"),
                    };
                    let style = format!(
                        "left:{:.3}%;top:{:.3}%;width:{:.3}%;height:{:.3}%;{paint}",
                        100.0 * place.x / width, 100.0 * place.y / height, 100.0 * place.width / width, 100.0 * place.height / height
                    );
                    let key = area.key.clone();
                    let onclick = (!key.is_empty()).then(|| props.on_pick.reform(move |_: MouseEvent| key.clone()));
                    html! {
                        <div key={at} class="area" {style} onmouseenter={enter(at)} {onclick}>
                            if place.width >= LABEL.0 && place.height >= LABEL.1 { { &area.label } }
                        </div>
                    }
                }) }
            </div>
            <figcaption class="said" data-testid="treemap-said">{ said }</figcaption>
        </figure>
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::layout;

    #[test]
    fn areas_fill_the_rectangle_in_proportion() {
        let sizes = [6.0, 6.0, 4.0, 3.0, 2.0, 2.0, 1.0];
        let places = layout(&sizes, 600.0, 400.0);
        let total: f64 = sizes.iter().sum();
        for (size, place) in sizes.iter().zip(&places) {
            assert!((place.width * place.height - size / total * 240_000.0).abs() < 1e-6);
            assert!(place.x >= -1e-9 && place.y >= -1e-9);
            assert!(place.x + place.width <= 600.0 + 1e-6 && place.y + place.height <= 400.0 + 1e-6);
        }
        // The paper's own example: the first two stand above each other, 200 by 300.
        assert!((places[0].width - 300.0).abs() < 1e-6 && (places[0].height - 200.0).abs() < 1e-6);
    }

    #[test]
    fn nothing_has_no_place() {
        assert!(layout(&[], 10.0, 10.0).is_empty());
        assert_eq!(layout(&[0.0, 0.0], 10.0, 10.0).len(), 2);
        assert_eq!(layout(&[1.0, 0.0], 10.0, 10.0)[1].width * layout(&[1.0, 0.0], 10.0, 10.0)[1].height, 0.0);
    }
}
