//! A small time line: one column for each equal part of the time.

use yew::prelude::*;

/// What the chart is given.
#[derive(Clone, PartialEq, Properties)]
pub struct TimelineProps {
    /// A value for each part of the time.
    pub values: Vec<f64>,
    /// What a column says: part and value in words.
    pub say: Callback<(usize, f64), String>,
    /// What the chart shows, for those who do not see it.
    pub label: AttrValue,
}

const HEIGHT: f64 = 48.0;

/// Columns from left to right.
#[component]
pub fn Timeline(props: &TimelineProps) -> Html {
    let most = props.values.iter().copied().fold(0.0, f64::max);
    let count = props.values.len().max(1);
    html! {
        <svg class="timeline" viewBox={format!("0 0 {count} {HEIGHT}")} preserveAspectRatio="none" role="img" aria-label={props.label.clone()}>
            { for props.values.iter().enumerate().map(|(at, &value)| {
                let height = if most > 0.0 { value / most * (HEIGHT - 1.0) } else { 0.0 };
                // The whole height can be pointed at, however small the value is.
                html! {
                    <g>
                        <title>{ props.say.emit((at, value)) }</title>
                        <rect x={at.to_string()} y="0" width="1" height={HEIGHT.to_string()} fill="transparent" />
                        <rect x={at.to_string()} y={format!("{:.2}", HEIGHT - height)} width="0.85" height={format!("{height:.2}")} class="column" />
                    </g>
                }
            }) }
        </svg>
    }
}
