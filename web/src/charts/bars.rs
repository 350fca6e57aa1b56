//! Bars that are a table at the same time: what a bar shows stands beside it in numbers.

use yew::prelude::*;

use super::colour;

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What it is of.
    pub name: AttrValue,
    /// How long it is, from 0 to 1.
    pub length: f64,
    /// Its colour, from 0 to 1.
    pub share: f64,
    /// What is said of it while the mouse is over it.
    pub detail: AttrValue,
    /// The numbers beside it.
    pub numbers: Vec<AttrValue>,
}

/// What the chart is given.
#[derive(Clone, PartialEq, Properties)]
pub struct BarsProps {
    /// Heads of the name, the bar and the numbers.
    pub heads: Vec<AttrValue>,
    /// The bars.
    pub bars: Vec<Bar>,
    /// For tests.
    pub hook: AttrValue,
}

/// A row a bar.
#[component]
pub fn Bars(props: &BarsProps) -> Html {
    html! {
        <table class="plain bars" data-testid={props.hook.clone()}>
            <thead>
                <tr>{ for props.heads.iter().enumerate().map(|(at, head)| html! { <th class={(at > 1).then_some("number")}>{ head }</th> }) }</tr>
            </thead>
            <tbody>
                { for props.bars.iter().map(|bar| html! {
                    <tr title={bar.detail.clone()}>
                        <th scope="row" class="code">{ &bar.name }</th>
                        <td class="track">
                            <div class="bar-length" style={format!("width:{:.2}%;background:{}", 100.0 * bar.length.clamp(0.0, 1.0), colour(bar.share))}></div>
                        </td>
                        { for bar.numbers.iter().map(|number| html! { <td class="number">{ number }</td> }) }
                    </tr>
                }) }
            </tbody>
        </table>
    }
}
