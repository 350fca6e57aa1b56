//! Sentences about what can't be used.

use yew::prelude::*;

/// What the list is given.
#[derive(Clone)]
pub struct ProblemsProps {
    /// The sentences.
    pub problems: Vec<String>,
    /// One is put away.
    pub on_dismiss: Callback<usize>,
}

/// One line a sentence, each to be put away.
pub fn problems(props: &ProblemsProps) -> Html {
    if props.problems.is_empty() {
        return html! {};
    }
    html! {
        <ul class="problems" role="alert">
            { for props.problems.iter().enumerate().map(|(at, sentence)| html! {
                <li key={sentence.clone()} data-testid="problem">
                    <span>{ sentence }</span>
                    <button class="quiet" aria-label="Dismiss" onclick={props.on_dismiss.reform(move |_| at)}>{ "✕" }</button>
                </li>
            }) }
        </ul>
    }
}
