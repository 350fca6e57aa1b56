//! One sequential scale for every chart and table. Its colours are custom properties of the page (web/style/tokens.css),
//! a light and a dark set, so that a change of theme needs nothing drawn again.

use yew::prelude::*;

/// The last step; the first one is 0.
pub const STEPS: u8 = 12;

const COLOURS: [&str; 13] = [
    "var(--heat-0)",
    "var(--heat-1)",
    "var(--heat-2)",
    "var(--heat-3)",
    "var(--heat-4)",
    "var(--heat-5)",
    "var(--heat-6)",
    "var(--heat-7)",
    "var(--heat-8)",
    "var(--heat-9)",
    "var(--heat-10)",
    "var(--heat-11)",
    "var(--heat-12)",
];

/// The step of a share from 0 to 1; what lies outside has that of the end.
pub fn step(share: f64) -> u8 {
    // A share that is no number has the first step, as casts make it 0.
    (share.clamp(0.0, 1.0) * f64::from(STEPS)).round() as u8
}

/// The colour of a share from 0 to 1, for a style.
pub fn colour(share: f64) -> &'static str {
    COLOURS[usize::from(step(share).min(STEPS))]
}

/// A style: the colour of a share, and that of text on it.
pub fn paint(share: f64) -> String {
    format!("background:{};color:var(--on-heat-{})", colour(share), step(share))
}

/// The scale, with what the colours say and what its ends stand for.
pub fn legend(title: &'static str, low: &'static str, high: &'static str) -> Html {
    let style = format!("background:linear-gradient(to right,{})", COLOURS.join(","));
    html! {
        <span class="legend">
            <span class="muted">{ title }</span>
            <span>{ low }</span>
            <span class="ramp" {style}></span>
            <span>{ high }</span>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::{STEPS, colour, paint, step};

    #[test]
    fn shares_have_steps_up_to_the_ends() {
        assert_eq!((step(0.0), step(0.5), step(1.0)), (0, 6, STEPS));
        assert_eq!((step(-3.0), step(2.0), step(f64::INFINITY), step(f64::NAN)), (0, STEPS, STEPS, 0));
        assert_eq!(
            (colour(0.04), colour(0.05), colour(1.0)),
            ("var(--heat-0)", "var(--heat-1)", "var(--heat-12)")
        );
        assert_eq!(paint(1.0), "background:var(--heat-12);color:var(--on-heat-12)");
    }

    #[test]
    fn the_sheet_has_every_step_in_every_theme() {
        let sheet = include_str!("../../style/tokens.css");
        for step in 0..=STEPS {
            for name in [format!("--heat-{step}: #"), format!("--on-heat-{step}: #")] {
                // Light, dark by the system's wish, dark by the user's.
                let found =
                    sheet.match_indices(&name).filter(|(at, _)| !sheet[..*at].ends_with("--on")).count();
                assert_eq!(found, 3, "{name}");
            }
        }
    }
}
