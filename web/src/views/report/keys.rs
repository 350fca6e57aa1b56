//! Sort keys as chips: those in force in their order, then those that can be added.

use yew::prelude::*;

use super::form::{Form, Sorted, on_click};

/// The keys of one table; `on_form` is given the form with other ones.
pub(super) fn keys(form: &Form, table: Sorted, name: &str, on_form: &Callback<Form>) -> Html {
    let chosen = form.keys(table);
    let set = |keys: Vec<&'static str>| {
        let mut form = form.clone();
        form.set_keys(table, &keys);
        on_click(on_form, form)
    };
    let id = table.id();
    html! {
        <div class="keys" role="group" aria-label={format!("Sort {name} by")}>
            <span class="muted">{ name }{ " by" }</span>
            { for chosen.iter().enumerate().map(|(at, key)| {
                let mut earlier = chosen.clone();
                if at > 0 {
                    earlier.swap(at - 1, at);
                }
                let mut fewer = chosen.clone();
                fewer.remove(at);
                html! {
                    <span class="chip">
                        if at > 0 {
                            <button title={format!("Sort by {key} before {}", chosen[at - 1])} aria-label={format!("{key} earlier")}
                                onclick={set(earlier)} data-testid={format!("earlier-{id}-{key}")}>{ "\u{2039}" }</button>
                        }
                        <span><sup>{ at + 1 }</sup>{ *key }</span>
                        <button title={format!("Do not sort by {key}")} aria-label={format!("without {key}")}
                            onclick={set(fewer)} data-testid={format!("without-{id}-{key}")}>{ "\u{00d7}" }</button>
                    </span>
                }
            }) }
            if chosen.is_empty() {
                <span class="muted" title="perf’s order where no key is given">{ table.by_default() }{ " or" }</span>
            }
            { for table.offered().into_iter().filter(|key| !chosen.contains(key)).map(|key| {
                let mut more = chosen.clone();
                more.push(key);
                html! {
                    <button class="add" title={if chosen.is_empty() { format!("Sort by {key}") } else { format!("Then by {key}") }}
                        onclick={set(more)} data-testid={format!("key-{id}-{key}")}>{ key }</button>
                }
            }) }
        </div>
    }
}
