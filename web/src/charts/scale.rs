//! One sequential scale for every chart: viridis, which people who do not see some colours can read, and which is as
//! clear in grey.

use yew::prelude::*;

/// Viridis at equal steps, as published with matplotlib (CC0).
const STOPS: [(u8, u8, u8); 9] = [
    (0x44, 0x01, 0x54),
    (0x47, 0x2d, 0x7b),
    (0x3b, 0x52, 0x8b),
    (0x2c, 0x72, 0x8e),
    (0x21, 0x91, 0x8c),
    (0x28, 0xae, 0x80),
    (0x5e, 0xc9, 0x62),
    (0xad, 0xdc, 0x30),
    (0xfd, 0xe7, 0x25),
];

fn rgb(share: f64) -> (f64, f64, f64) {
    let place = share.clamp(0.0, 1.0) * (STOPS.len() - 1) as f64;
    let low = (place.floor() as usize).min(STOPS.len() - 2);
    let part = place - low as f64;
    let mix = |a: u8, b: u8| f64::from(a) + (f64::from(b) - f64::from(a)) * part;
    let (a, b) = (STOPS[low], STOPS[low + 1]);
    (mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

/// The colour of a share from 0 to 1; what lies outside has the colour of the end.
pub fn colour(share: f64) -> String {
    let (r, g, b) = rgb(if share.is_nan() { 0.0 } else { share });
    format!("rgb({r:.0},{g:.0},{b:.0})")
}

/// The colour of text on it.
pub fn ink(share: f64) -> &'static str {
    let (r, g, b) = rgb(share);
    if 0.299 * r + 0.587 * g + 0.114 * b > 125.0 { "#111" } else { "#fff" }
}

/// What the legend is given.
#[derive(Clone, PartialEq, Properties)]
pub struct LegendProps {
    /// What the colours say.
    pub title: AttrValue,
    /// What the first colour stands for.
    pub low: AttrValue,
    /// What the last colour stands for.
    pub high: AttrValue,
}

/// The scale, with what its ends stand for.
#[component]
pub fn Legend(props: &LegendProps) -> Html {
    let stops: Vec<String> = (0..=8).map(|step| colour(f64::from(step) / 8.0)).collect();
    let style = format!("background:linear-gradient(to right,{})", stops.join(","));
    html! {
        <span class="legend">
            <span class="muted">{ &props.title }</span>
            <span>{ &props.low }</span>
            <span class="ramp" {style}></span>
            <span>{ &props.high }</span>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::{colour, ink};

    #[test]
    fn the_ends_are_those_of_viridis() {
        assert_eq!(colour(0.0), "rgb(68,1,84)");
        assert_eq!(colour(1.0), "rgb(253,231,37)");
        assert_eq!(colour(-3.0), colour(0.0));
        assert_eq!(colour(f64::NAN), colour(0.0));
        assert_eq!(colour(2.0), colour(1.0));
        assert_eq!((ink(0.0), ink(1.0)), ("#fff", "#111"));
    }
}
